"""Files: what stands around a table, how it is written, and what is no table."""

from datetime import date

from .case import Totals, book, case, locked_zip, parquet, plain, raw, refused, text, web_page, zipped
from .case import lines as rows_of

_ROWS = ("a,2026-01-05,5", "b,2026-01-06,7")
_TWO = Totals(2, 2, "12.00")
_TABLE = rows_of("customer,date,amount", *_ROWS)
_CHINESE = rows_of("客户,日期,金额,备注", "甲,2026-01-05,5,請於門口", "乙,2026-01-06,7,謝謝您")
_SHEET = [["customer", "date", "amount"], ["a", date(2026, 1, 5), 5], ["b", date(2026, 1, 6), 7]]
_MORE = [["customer", "date", "amount"], ["c", date(2026, 1, 7), 1]]
_NOTES = [["what to do", "who"], ["call the customers", "Ann"]]

SHAPES = [
    case("a plain table", plain(*_ROWS), _TWO),
    case("title rows above", raw(("订单导出\n导出时间：2026-02-01,,\n\n" + _TABLE).encode()), _TWO),
    case("a title with commas", raw(("Orders, of all shops, until today\n" + _TABLE).encode()), _TWO),
    case("sep=, for Excel", raw(("sep=,\n" + _TABLE).encode()), _TWO),
    case("sep=; for Excel", raw(("sep=;\r\n" + _TABLE.replace(",", ";").replace("\n", "\r\n")).encode()), _TWO),
    case("tabs", raw(_TABLE.replace(",", "\t").encode(), "orders.txt"), _TWO),
    case("bars", raw(_TABLE.replace(",", "|").encode()), _TWO),
    case(
        "empty tails of rows and columns",
        text("customer,date,amount,,", *(row + ",," for row in _ROWS), ",,,,", ",,,,"),
        _TWO,
    ),
    case("blank lines", raw(("\n\n" + _TABLE.replace("\n", "\n\n")).encode()), _TWO),
    case(
        "quoted line breaks",
        text("customer,date,amount,note", 'a,2026-01-05,5,"leave it\nat the door, please"', "b,2026-01-06,7,"),
        _TWO,
    ),
    case(
        "two exports on top of each other",
        raw((_TABLE + rows_of("customer,date,amount", "c,2026-01-07,1")).encode()),
        Totals(3, 3, "13.00"),
    ),
    case("carriage returns of old", raw(_TABLE.replace("\n", "\r").encode()), _TWO),
    case("no line end at the end", raw(_TABLE.rstrip().encode()), _TWO),
    case("columns in another order", text("amount,note,date,customer", "5,,2026-01-05,a", "7,,2026-01-06,b"), _TWO),
    case(
        "a summary row in Chinese",
        text("客户,日期,金额", "甲,2026-01-05,5", "乙,2026-01-06,7", "合计,,12"),
        Totals(2, 2, "12.00", said=("row 4", "sum")),
    ),
    case(
        "summary rows of both sizes",
        text("客户,日期,金额", "甲,2026-01-05,5", "小计,,5", "乙,2026-01-06,7", "小计,,7", "总计,,12"),
        Totals(2, 2, "12.00", said=("rows 3, 5, 6", "sum")),
    ),
    case("a summary row in English", plain(*_ROWS, "Total,,12"), Totals(2, 2, "12.00", said=("row 4", "sum"))),
    case("a customer called Total", plain(*_ROWS, "Total,2026-01-07,3"), Totals(3, 3, "15.00")),
    case("a row too long", plain("a,2026-01-05,5", "b,2026-01-06,7,8,9"), refused("row 3", "5 fields", "3", "drop")),
    case(
        "a row too long, left out", plain("a,2026-01-05,5", "b,2026-01-06,7,8,9"), Totals(1, 1, "5.00"), bad_rows="drop"
    ),
    case(
        "a quotation mark that is not closed",
        plain("a,2026-01-05,5", '"b,2026-01-06,7'),
        refused("row 3", "quotation mark"),
    ),
    case("a header alone", text("customer,date,amount"), refused("no orders", "export")),
    case(
        "two columns of one name",
        text("customer,date,amount,amount", "a,2026-01-05,5,6"),
        refused("two columns", "amount", "rename"),
    ),
    case(
        "no column of dates",
        text("customer,when it was,amount", "a,2026-01-05,5"),
        refused("date"),
        doors=("forecast",),
    ),
    case("a column misspelt", plain(*_ROWS), refused("'custmer'", "customer"), doors=("forecast",), customer="custmer"),
    case(
        "a date that is a column of its own choosing",
        text("who,when it was,paid", "a,2026-01-05,5", "b,2026-01-06,7"),
        _TWO,
        customer="who",
        date="when it was",
        amount="paid",
    ),
    case(
        "one column for two things",
        plain(*_ROWS),
        refused("two things at once"),
        customer="date",
        date="date",
        amount="amount",
    ),
]

ENCODINGS = [
    case("UTF-8 with a mark", raw(_TABLE.encode("utf-8-sig")), _TWO),
    case("GB18030", raw(_CHINESE.encode("gb18030")), _TWO),
    case("UTF-16, low byte first", raw(b"\xff\xfe" + _CHINESE.encode("utf-16-le")), _TWO),
    case("UTF-16, high byte first", raw(b"\xfe\xff" + _CHINESE.encode("utf-16-be")), _TWO),
    case(
        "UTF-16 cut in the middle",
        raw((b"\xff\xfe" + _CHINESE.encode("utf-16-le"))[:-3]),
        refused("cut off or damaged", "UTF-8"),
    ),
    case(
        "Big5",
        raw(
            rows_of("客戶,日期,金額,備註", "王小明,2026-01-05,5,請於門口", "陳美麗,2026-01-06,7,謝謝您的訂單").encode(
                "big5"
            )
        ),
        _TWO,
        customer="客戶",
        date="日期",
        amount="金額",
    ),
    case(
        "Latin letters of Western Europe",
        raw(
            rows_of("customer,date,amount,note", "a,2026-01-05,5,café für zwölf", "b,2026-01-06,7,naïve").encode(
                "latin-1"
            )
        ),
        refused("UTF-8"),
    ),
    case("zeros in a text", raw(b"customer,date,amount\na,2026-01-05,\x005\n"), refused("not a text file")),
]

WORKBOOKS = [
    case("a workbook", book({"Orders": _SHEET}), _TWO),
    case("a title above the table of a workbook", book({"Orders": [["Orders of all shops"], [], *_SHEET]}), _TWO),
    case(
        "sheets with the same header are one table", book({"January": _SHEET, "February": _MORE}), Totals(3, 3, "13.00")
    ),
    case("one of the sheets", book({"January": _SHEET, "February": _MORE}), Totals(1, 1, "1.00"), sheet="February"),
    case(
        "a sheet that is not there",
        book({"January": _SHEET, "February": _MORE}),
        refused("'March'", "January", "February"),
        sheet="March",
    ),
    case("a CSV file has no sheets to choose from", plain(*_ROWS), _TWO, sheet="March"),
    case(
        "a hidden sheet is left out and named",
        book({"Orders": _SHEET, "Old": _MORE}, hidden=["Old"]),
        Totals(2, 2, "12.00", said=("Old",)),
    ),
    case("a sheet of something else", book({"Orders": _SHEET, "Notes": _NOTES}), _TWO),
    case("a workbook without orders", book({"Notes": _NOTES}), refused("orders.xlsx")),
    case("an empty workbook", book({"Sheet1": []}), refused("orders.xlsx")),
    case(
        "a summary row of a workbook",
        book({"Orders": [*_SHEET, ["合计", None, 12]]}),
        Totals(2, 2, "12.00", said=("row 4", "sum")),
    ),
    case("empty columns beside the table", book({"Orders": [[None, *row, None] for row in _SHEET]}), _TWO),
    case(
        "a workbook that is none", raw(b"PK\x03\x04 no workbook", "orders.xlsx"), refused("damaged", "export it again")
    ),
    case("an old workbook that is none", raw(b"\xd0\xcf\x11\xe0 no workbook", "orders.xls"), refused("damaged")),
    case(
        "a page saved as a workbook",
        web_page(["客户", "日期", "金额"], ["甲", "2026-01-05", "5"], ["乙", "2026-01-06", "7"]),
        _TWO,
    ),
    case(
        "a page without a table",
        raw(b"<html><body><p>Please log in</p></body></html>", "orders.xls"),
        refused("orders.xls"),
    ),
    case("a workbook under the name of a CSV", book({"Orders": _SHEET}, name="orders.csv"), _TWO),
]

OTHERS = [
    case("a zip of one table", zipped({"orders.csv": _TABLE.encode()}), _TWO),
    case(
        "a zip of a table and a note of the system",
        zipped({"orders.csv": _TABLE.encode(), "__MACOSX/._orders.csv": b"\0\5"}),
        _TWO,
    ),
    case(
        "a zip of two tables",
        zipped({"january.csv": _TABLE.encode(), "february.csv": _TABLE.encode()}),
        refused("january.csv", "february.csv"),
    ),
    case("a zip of nothing", zipped({}), refused("orders.zip")),
    case("a zip with a password", locked_zip(), refused("password")),
    case("Parquet", parquet(customer=["a", "b"], date=["2026-01-05", "2026-01-06"], amount=["5", "7"]), _TWO),
    case("Parquet that is none", raw(b"PAR1....PAR1", "orders.parquet"), refused("orders.parquet")),
    case("an empty file", raw(b""), refused("empty", "export")),
    case("a file of spaces", raw(b" \n \n"), refused("empty", "export")),
    case("a picture", raw(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), refused("picture|not a text file")),
    case("bad_rows is neither", plain(*_ROWS), refused("'keep'", "refuse", "drop"), bad_rows="keep"),
]
