"""Cells: money in its signs and currencies, times as they are written, keys that tell people apart or do not."""

from datetime import date, datetime

from .case import Totals, book, case, parquet, plain, refused, text

_PLAIN = "customer,date,amount"

MONEY = [
    case(
        "dollars with thousands", plain('a,2026-01-05,"$1,234.50"', "b,2026-01-06,$20"), Totals(2, 2, "1254.50", "USD")
    ),
    case("euro before, with a space", plain("a,2026-01-05,€ 20", "b,2026-01-06,€ 5.50"), Totals(2, 2, "25.50", "EUR")),
    case("euro behind", plain("a,2026-01-05,20 €", "b,2026-01-06,5.50 €"), Totals(2, 2, "25.50", "EUR")),
    case("code before", plain("a,2026-01-05,USD 5", "b,2026-01-06,USD 7.25"), Totals(2, 2, "12.25", "USD")),
    case("code behind", plain("a,2026-01-05,5 GBP", "b,2026-01-06,7.25 GBP"), Totals(2, 2, "12.25", "GBP")),
    case("full-width yuan", plain("a,2026-01-05,￥１２．５０", "b,2026-01-06,¥3"), Totals(2, 2, "15.50", "CNY")),
    case("yuan in words", plain("a,2026-01-05,12.50元", "b,2026-01-06,3元"), Totals(2, 2, "15.50", "CNY")),
    case("Hong Kong dollars", plain("a,2026-01-05,HK$12.50", "b,2026-01-06,HK$3"), Totals(2, 2, "15.50", "HKD")),
    case("no currency is said", plain("a,2026-01-05,12.50", "b,2026-01-06,3"), Totals(2, 2, "15.50", "")),
    case("brackets are below zero", plain("a,2026-01-05,100", "a,2026-01-06,(12.00)"), Totals(None, 1, "88.00", "")),
    case("a minus behind", plain("a,2026-01-05,100", "a,2026-01-06,12.00-"), Totals(None, 1, "88.00", "")),
    case(
        "decimal comma beside thousands' points",
        text("customer;date;amount", "a;2026-01-05;1.234,50", "b;2026-01-06;12,5"),
        Totals(2, 2, "1247.00", ""),
    ),
    case(
        "decimal comma with a euro",
        text("customer;date;amount", "a;2026-01-05;€ 12,50", "b;2026-01-06;€ 3,25"),
        Totals(2, 2, "15.75", "EUR"),
    ),
    case(
        "three digits behind every comma",
        plain('a,2026-01-05,"1,234"', 'b,2026-01-06,"2,500"'),
        refused("'amount'", "1,234 is 1234 or 1.234", "export"),
    ),
    case(
        "three digits behind a comma, two behind a point",
        plain('a,2026-01-05,"1,234"', "b,2026-01-06,12.50"),
        Totals(2, 2, "1246.50", ""),
    ),
    case(
        "thousands told by two commas",
        plain('a,2026-01-05,"1,234,000"', 'b,2026-01-06,"2,500"'),
        Totals(2, 2, "1236500.00", ""),
    ),
    case("apostrophe thousands", plain("a,2026-01-05,1'234.50", "b,2026-01-06,3"), Totals(2, 2, "1237.50", "")),
    case("spaces as thousands", plain("a,2026-01-05,1\u00a0234.50", "b,2026-01-06,3"), Totals(2, 2, "1237.50", "")),
    case(
        "cents add up",
        plain(*(f"a,2026-01-05 10:{i // 60:02}:{i % 60:02},0.10" for i in range(1000))),
        Totals(1000, 1, "100.00", ""),
    ),
    case(
        "two currencies by their signs",
        plain("a,2026-01-05,$5", "b,2026-01-06,€5", "c,2026-01-07,$7"),
        refused("USD", "EUR", "one currency at a time"),
    ),
    case("yuan and dollars", plain("a,2026-01-05,¥5", "b,2026-01-06,$5"), refused("CNY", "USD")),
    case(
        "a column of one currency",
        text(_PLAIN + ",currency", "a,2026-01-05,5,eur", "b,2026-01-06,7,EUR"),
        Totals(2, 2, "12.00", "EUR"),
    ),
    case(
        "a column of currencies in Chinese",
        text("客户,日期,金额,币种", "甲,2026-01-05,5,人民币", "乙,2026-01-06,7,人民币"),
        Totals(2, 2, "12.00", "CNY"),
    ),
    case(
        "a column that is named as the currency",
        text(_PLAIN + ",paid in", "a,2026-01-05,5,JPY", "b,2026-01-06,7,JPY"),
        Totals(2, 2, "12.00", "JPY"),
        currency="paid in",
    ),
    case(
        "several currencies in a column",
        text(_PLAIN + ",currency", "a,2026-01-05,5,eur", "b,2026-01-06,7,MXN", "c,2026-01-06,7,usd"),
        refused("EUR", "MXN", "USD", "one currency at a time"),
    ),
    case(
        "a column of currencies that is not there",
        plain("a,2026-01-05,5"),
        refused("'paid in'", "customer"),
        currency="paid in",
    ),
    case(
        "the sign says other than the column",
        text(_PLAIN + ",currency", "a,2026-01-05,$5,EUR", "b,2026-01-06,$7,EUR"),
        refused("USD", "EUR"),
    ),
    case("no number", plain("a,2026-01-05,5", "b,2026-01-06,free"), refused("row 3", "'amount'", "drop")),
    case(
        "no number, left out",
        plain("a,2026-01-05,5", "b,2026-01-06,free"),
        Totals(1, 1, "5.00", dropped={"unreadable amount": 1}),
        bad_rows="drop",
    ),
    case("not finite", plain("a,2026-01-05,5", "b,2026-01-06,inf"), refused("row 3", "'amount'")),
    case("gifts are orders", plain("a,2026-01-05,5", "b,2026-01-06,0"), Totals(2, 2, "5.00")),
    case(
        "numbers of a workbook",
        book({"S": [["customer", "date", "amount"], ["a", date(2026, 1, 5), 12.5], ["b", date(2026, 1, 6), 1234]]}),
        Totals(2, 2, "1246.50", ""),
    ),
    case(
        "numbers of Parquet",
        parquet(customer=["a", "b"], date=[date(2026, 1, 5), date(2026, 1, 6)], amount=[12.5, 3.0]),
        Totals(2, 2, "15.50", "", days=("2026-01-05", "2026-01-06")),
    ),
]

TIMES = [
    case(
        "a day above 12 decides: day first",
        plain("a,05/01/2026,5", "b,25/01/2026,7"),
        Totals(2, 2, "12.00", days=("2026-01-05", "2026-01-25")),
    ),
    case(
        "a day above 12 decides: month first",
        plain("a,01/05/2026,5", "b,01/25/2026,7"),
        Totals(2, 2, "12.00", days=("2026-01-05", "2026-01-25")),
    ),
    case(
        "every date allows both orders",
        plain("a,05/01/2026,5", "b,06/02/2026,7"),
        refused("'date'", "--date-format", "dmy", "mdy"),
    ),
    case(
        "every date allows both, day first by name",
        plain("a,05/01/2026,5", "b,06/02/2026,7"),
        Totals(2, 2, "12.00", days=("2026-01-05", "2026-02-06")),
        date_format="dmy",
    ),
    case(
        "every date allows both, month first by name",
        plain("a,05/01/2026,5", "b,06/02/2026,7"),
        Totals(2, 2, "12.00", days=("2026-05-01", "2026-06-02")),
        date_format="mdy",
    ),
    case("one row says day first, one month first", plain("a,25/01/2026,5", "b,01/25/2026,7"), refused("date")),
    case(
        "two-digit years",
        plain("a,01/25/26,5", "b,02/03/26,7"),
        Totals(2, 2, "12.00", days=("2026-01-25", "2026-02-03")),
    ),
    case(
        "a pattern",
        plain("a,05.01.26,5", "b,06.02.26,7"),
        Totals(2, 2, "12.00", days=("2026-01-05", "2026-02-06")),
        date_format="%d.%m.%y",
    ),
    case("a pattern without a day", plain("a,01/2026,5"), refused("%m/%Y", "day"), date_format="%m/%Y"),
    case("no pattern at all", plain("a,01/2026,5"), refused("'soon'", "dmy", "mdy"), date_format="soon"),
    case(
        "morning and afternoon in Chinese",
        plain("a,2026/1/5 上午9:05,5", "b,2026/1/5 下午11:30:00,7", "c,2026-01-06 下午12:10,1"),
        Totals(3, 3, "13.00", days=("2026-01-05", "2026-01-06")),
    ),
    case(
        "AM and PM",
        plain("a,2026-01-05 12:05 AM,5", "b,2026-01-05 11:30 PM,7"),
        Totals(2, 2, "12.00", days=("2026-01-05", "2026-01-05")),
    ),
    case(
        "months by name",
        plain('a,"Jan 25, 2026",5', "b,3 February 2026,7"),
        Totals(2, 2, "12.00", days=("2026-01-25", "2026-02-03")),
    ),
    case(
        "Chinese dates with hours and minutes",
        plain("a,2026年1月26日10时5分,5", "b,2026年1月27日,7"),
        Totals(2, 2, "12.00", days=("2026-01-26", "2026-01-27")),
    ),
    case(
        "serials of Excel", plain("a,46027,5", "b,46028.75,7"), Totals(2, 2, "12.00", days=("2026-01-05", "2026-01-06"))
    ),
    case(
        "seconds since 1970, moved to Shanghai",
        plain("a,1767542400,5", "b,1767628799,7"),  # 00:00:00 and 23:59:59 in Shanghai
        Totals(2, 2, "12.00", days=("2026-01-05", "2026-01-05")),
        timezone="Asia/Shanghai",
    ),
    case(
        "milliseconds since 1970, moved to Shanghai",
        plain("a,1767542400000,5", "b,1767628799000,7"),
        Totals(2, 2, "12.00", days=("2026-01-05", "2026-01-05")),
        timezone="Asia/Shanghai",
    ),
    case(
        "times of London moved to Shanghai",
        plain("a,2026-01-05T16:30:00Z,5", "b,2026-01-05T15:30:00Z,7"),
        Totals(2, 2, "12.00", days=("2026-01-05", "2026-01-06")),
        timezone="Asia/Shanghai",
    ),
    case(
        "times with one offset stay on the wall",
        plain("a,2026-01-05 23:30:00 -0500,5", "b,2026-01-06 00:10:00 -0500,7"),
        Totals(2, 2, "12.00", days=("2026-01-05", "2026-01-06")),
    ),
    case(
        "summer time is that of the zone",
        plain("a,2026-01-06 04:30:00 +0000,5", "b,2026-07-06 03:30:00 +0000,7"),
        Totals(2, 2, "12.00", days=("2026-01-05", "2026-07-05")),
        timezone="America/New_York",
    ),
    case(
        "wall clocks are kept",
        plain("a,2026-01-05 23:30:00,5", "b,2026-01-06 00:10:00,7"),
        Totals(2, 2, "12.00", days=("2026-01-05", "2026-01-06")),
        timezone="America/New_York",
    ),
    case(
        "offsets that differ",
        plain("a,2026-01-05T16:30:00+08:00,5", "b,2026-01-05T15:30:00-04:00,7"),
        refused("'date'", "--timezone"),
    ),
    case(
        "offsets that differ, moved",
        plain("a,2026-01-05T16:30:00+08:00,5", "b,2026-01-05T15:30:00-04:00,7"),
        Totals(2, 2, "12.00", days=("2026-01-05", "2026-01-06")),
        timezone="Asia/Shanghai",
    ),
    case("a zone that is none", plain("a,2026-01-05,5"), refused("'Mars/Base'", "Asia/Shanghai"), timezone="Mars/Base"),
    case("no date", plain("a,2026-01-05,5", "b,yesterday,7"), refused("row 3", "'date'", "drop")),
    case("a day that there is not", plain("a,2026-01-05,5", "b,2026-02-30,7"), refused("row 3", "'date'")),
    case("in the future", plain("a,2026-01-05,5", "b,2030-01-05,7"), refused("row 3", "future")),
    case(
        "dates of a workbook",
        book(
            {
                "S": [
                    ["customer", "date", "amount"],
                    ["a", datetime(2026, 1, 5, 23, 59, 59), 5],
                    ["b", date(2026, 1, 6), 7],
                ]
            }
        ),
        Totals(2, 2, "12.00", days=("2026-01-05", "2026-01-06")),
    ),
]

KEYS = [
    case(
        "full-width digits are digits",
        plain("１３９００００００１１,2026-01-05,5", "13900000011,2026-01-06,7"),
        Totals(2, 1, "12.00"),
    ),
    case(
        "phones as people write them",
        text(
            "买家手机号,日期,金额",
            "13900000011,2026-01-05,5",
            "+86 139 0000 0011,2026-01-06,7",
            "139-0000-0011,2026-01-07,1",
            "8613900000011,2026-01-08,2",
            "13900000022,2026-01-09,3",
        ),
        Totals(5, 2, "18.00"),
        customer="买家手机号",
    ),
    case(
        "e-mail without case",
        text(
            "email,date,amount",
            "Ann@Example.com,2026-01-05,5",
            " ann@example.COM,2026-01-06,7",
            "bob@example.com,2026-01-07,1",
        ),
        Totals(3, 2, "13.00"),
        customer="email",
    ),
    case("leading zeros tell apart", plain("00001,2026-01-05,5", "1,2026-01-06,7"), Totals(2, 2, "12.00")),
    case("upper and lower case tell apart", plain("aB,2026-01-05,5", "ab,2026-01-06,7"), Totals(2, 2, "12.00")),
    case(
        "nineteen digits are kept",
        plain("1234567890123456789,2026-01-05,5", "1234567890123456788,2026-01-06,7"),
        Totals(2, 2, "12.00"),
    ),
    case(
        "wrapped for Excel",
        plain('"=""00017""",2026-01-05,5', "'00017,2026-01-06,7", "\t00017,2026-01-07,1"),
        Totals(3, 1, "13.00"),
    ),
    case(
        "whole numbers of a workbook are ids",
        book({"S": [["customer", "date", "amount"], [7, date(2026, 1, 5), 5], ["7", date(2026, 1, 6), 7]]}),
        Totals(2, 1, "12.00"),
    ),
    case(
        "decimals of Parquet are ids",
        parquet(customer=[7.0, 7.0, 8.0], date=["2026-01-05", "2026-01-06", "2026-01-07"], amount=[5.0, 7.0, 1.0]),
        Totals(3, 2, "13.00"),
    ),
    case(
        "masked phones tell nobody apart",
        plain("138****0001,2026-01-05,5", "138****0001,2026-01-06,7"),
        refused("mask", "customer|repeat purchases"),
    ),
    case(
        "one masked phone is refused",
        plain(*(f"139000000{i},2026-01-05,5" for i in range(10, 50)), "138****0001,2026-01-06,7"),
        refused("row 42", "'customer'"),
    ),
    case(
        "one masked phone is left out",
        plain(*(f"139000000{i},2026-01-05,5" for i in range(10, 50)), "138****0001,2026-01-06,7"),
        Totals(40, 40, "200.00", dropped={"no customer": 1}),
        bad_rows="drop",
    ),
    case(
        "stand-ins are nobody",
        plain(*(f"c{i},2026-01-05,5" for i in range(10, 50)), "匿名,2026-01-06,7", "匿名,2026-01-07,7"),
        Totals(40, 40, "200.00", dropped={"no customer": 2}),
        bad_rows="drop",
    ),
    case(
        "an id cut by a spreadsheet",
        plain(*(f"c{i},2026-01-05,5" for i in range(10, 50)), "1.23E+18,2026-01-06,7"),
        refused("row 42", "'customer'"),
    ),
    case(
        "an id cut by a spreadsheet, left out",
        plain(*(f"c{i},2026-01-05,5" for i in range(10, 50)), "1.23E+18,2026-01-06,7"),
        Totals(40, 40, "200.00"),
        bad_rows="drop",
    ),
    case("every id is cut", plain("1.23E+18,2026-01-05,5", "1.23E+18,2026-01-06,7"), refused("spreadsheet|Excel")),
    case(
        "ids that end in zeros after 15 digits",
        plain(*(f"{123456789012345 + i}0000,2026-01-05,5" for i in range(30))),
        refused("zeros", "Excel|spreadsheet"),
    ),
    case("nobody bought", plain("a,2026-01-05,5", ",2026-01-06,7"), refused("row 3", "'customer'", "drop")),
    case(
        "the file says who is left out",
        plain("reseller,2026-01-05,5000", "a,2026-01-06,7", "test,2026-01-07,1"),
        Totals(1, 1, "7.00"),
        exclude=["reseller", "test"],
    ),
]
