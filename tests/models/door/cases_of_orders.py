"""Lines and orders, states and refunds of plain files."""

from .case import Door, Totals, case, ordered, refused, stated, text

_TWICE = ("1,a,2026-01-05,25", "1,a,2026-01-05,25")
_CHOICES = ("sum", "repeat", "first", "lines")
_IMPORT: tuple[Door, ...] = ("import",)
_ITEMS = "order_id,customer,date,amount,price,quantity"
_KEPT = "order_id,customer,date,amount,state of payment"
_MANY = tuple(f"{i},c{i},2026-01-05,10,paid" for i in range(1000, 1200))

LINES = [
    case("every number once", ordered("1,a,2026-01-05,25", "2,a,2026-01-05,25"), Totals(2, 1, "50.00")),
    case("equal rows of one order say nothing", ordered(*_TWICE), refused(*_CHOICES)),
    case("equal rows that add up", ordered(*_TWICE), Totals(1, 1, "50.00"), lines="sum"),
    case("equal rows that repeat the total", ordered(*_TWICE), Totals(1, 1, "25.00"), lines="repeat"),
    case("the first of equal rows", ordered(*_TWICE), Totals(1, 1, "25.00"), lines="first"),
    case("no such rule", ordered(*_TWICE), refused("'all'", "sum", "repeat", "first"), lines="all"),
    case(
        "amounts that differ add up",
        ordered("1,a,2026-01-05,25", "1,a,2026-01-05,10", "2,b,2026-01-06,5"),
        Totals(2, 2, "40.00"),
    ),
    case(
        "the total stands on the first row",
        ordered("1,a,2026-01-05,25", "1,a,2026-01-05,", "2,b,2026-01-06,5", "2,b,2026-01-06,"),
        Totals(2, 2, "30.00"),
    ),
    case(
        "price times quantity is the row's",
        text(_ITEMS, "1,a,2026-01-05,20,10,2", "1,a,2026-01-05,20,5,4", "2,b,2026-01-06,5,5,1"),
        Totals(2, 2, "45.00"),
    ),
    case("two shops with one number", ordered("#1001,a,2026-01-05,25", "#1001,b,2026-01-05,25"), Totals(2, 2, "50.00")),
    case(
        "a till that restarts daily",
        ordered("1,a,2026-01-05,25", "1,a,2026-01-06,25", "1,b,2026-01-06,10"),
        Totals(3, 2, "60.00"),
    ),
    case(
        "what came back on the same day",
        ordered("1,a,2026-01-05,100", "1,a,2026-01-05,-30", "2,b,2026-01-06,5"),
        Totals(2, 2, "75.00"),
    ),
    case(
        "what came back, the total repeated",
        ordered("1,a,2026-01-05,100", "1,a,2026-01-05,100", "1,a,2026-01-05,-30"),
        Totals(1, 1, "70.00"),
        lines="repeat",
    ),
    case(
        "totals of one order that differ",
        ordered("1,a,2026-01-05,25", "1,a,2026-01-05,30", "2,b,2026-01-06,5"),
        refused("'amount'|'order_id'", "differ", "sum"),
        lines="repeat",
    ),
    case(
        "what came back whole",
        ordered("1,a,2026-01-05,100", "1,a,2026-01-05,-100", "2,b,2026-01-06,5"),
        Totals(1, 1, "5.00", dropped={"refunded in full": 2}),
    ),
    case(
        "what came back on a later day",
        ordered("1,a,2026-01-05,100", "1,a,2026-01-09,-30", "2,b,2026-01-06,5"),
        Totals(None, 2, "75.00"),
    ),
    case(
        "order numbers in Chinese",
        text("订单编号,客户,日期,金额", "1,甲,2026-01-05,25", "1,甲,2026-01-05,10"),
        Totals(1, 1, "35.00"),
    ),
    case(
        "a column that is named as the order's",
        text("bill,customer,date,amount", "1,a,2026-01-05,25", "1,a,2026-01-05,10"),
        Totals(1, 1, "35.00"),
        order="bill",
    ),
    case(
        "a column of orders that is not there",
        ordered("1,a,2026-01-05,25"),
        refused("'bill'", "order_id"),
        order="bill",
    ),
    case(
        "without numbers rows are orders",
        text("customer,date,amount", "a,2026-01-05,25", "a,2026-01-05,25"),
        Totals(2, 1, "50.00"),
    ),
    case(
        "numbers cut by a spreadsheet",
        ordered("1.23457E+18,a,2026-01-05,25", "1.23457E+18,b,2026-01-05,10"),
        refused("'order_id'", "spreadsheet"),
    ),
    case("a row without a number is an order", ordered("1,a,2026-01-05,25", ",b,2026-01-06,10"), Totals(2, 2, "35.00")),
    case(
        "times of one day are one order",
        ordered("1,a,2026-01-05 10:00:00,25", "1,a,2026-01-05 10:00:03,10"),
        Totals(1, 1, "35.00"),
    ),
]

STATES = [
    case(
        "known states under a known name",
        stated("1,a,2026-01-05,25,paid", "2,b,2026-01-06,10,Cancelled", "3,c,2026-01-07,5,completed"),
        Totals(2, 2, "30.00", dropped={"cancelled or closed": 1}),
    ),
    case(
        "what was never paid",
        stated("1,a,2026-01-05,25,paid", "2,b,2026-01-06,10,pending", "3,c,2026-01-07,5,paid"),
        Totals(2, 2, "30.00", dropped={"not paid": 1}),
    ),
    case(
        "what was voided",
        stated("1,a,2026-01-05,25,paid", "2,b,2026-01-06,10,voided", "3,c,2026-01-07,5,paid"),
        Totals(2, 2, "30.00"),
    ),
    case(
        "states in Chinese",
        text(
            "订单号,客户,日期,金额,订单状态",
            "1,甲,2026-01-05,25,已完成",
            "2,乙,2026-01-06,10,已取消",
            "3,丙,2026-01-07,5,待付款",
        ),
        Totals(1, 1, "25.00", dropped={"cancelled or closed": 1, "not paid": 1}),
    ),
    case(
        "what was refunded by its state",
        stated("1,a,2026-01-05,25,paid", "2,b,2026-01-06,10,refunded", "3,c,2026-01-07,5,paid"),
        Totals(2, 2, "30.00", dropped={"refunded in full": 1}),
    ),
    case(
        "the states that count are named",
        text(_KEPT, "1,a,2026-01-05,25,OK", "2,b,2026-01-06,10,NO", "3,c,2026-01-07,5, ok "),
        Totals(2, 2, "30.00"),
        status="state of payment",
        keep="ok",
    ),
    case(
        "several states count",
        text(_KEPT, "1,a,2026-01-05,25,Paid", "2,b,2026-01-06,10,Com pleted", "3,c,2026-01-07,5,void"),
        Totals(2, 2, "35.00"),
        status="state of payment",
        keep="paid,completed",
    ),
    case(
        "several states as a list",
        text(_KEPT, "1,a,2026-01-05,25,Paid", "2,b,2026-01-06,10,completed", "3,c,2026-01-07,5,void"),
        Totals(2, 2, "35.00"),
        status="state of payment",
        keep=["paid", "completed"],
    ),
    case(
        "no row has a state that counts",
        text(_KEPT, "1,a,2026-01-05,25,done", "2,b,2026-01-06,10,void"),
        refused("done", "keep"),
        status="state of payment",
        keep="paid",
    ),
    case("states that count, of no column", ordered("1,a,2026-01-05,25"), refused("keep", "status"), keep="paid"),
    case(
        "a column of states that is not there",
        ordered("1,a,2026-01-05,25"),
        refused("'state'", "order_id"),
        status="state",
        keep="paid",
    ),
    case(
        "all are cancelled",
        stated("1,a,2026-01-05,25,cancelled", "2,b,2026-01-06,10,cancelled"),
        refused("no orders", "2 cancelled or closed", "keep"),
    ),
    case(
        "unknown states of a column that is named",
        text(_KEPT, "1,a,2026-01-05,25,paid", "2,b,2026-01-06,10,zzz"),
        refused("zzz", "keep"),
        status="state of payment",
    ),
    case(
        "few unknown states are counted with their text",
        stated(*_MANY, "1200,d,2026-01-06,10,on a ship"),
        Totals(None, None, None, said=("on a ship",)),
        status="status",
    ),
    case(
        "few unknown states with much of the money",
        stated(*_MANY, "1200,d,2026-01-06,9000,on a ship"),
        refused("on a ship"),
        status="status",
    ),
    case(
        "a column of states that are none is not read",
        stated("1,a,2026-01-05,25,north", "2,b,2026-01-06,10,south"),
        Totals(2, 2, "35.00", said=("status",)),
    ),
    case(
        "test orders",
        stated("1,a,2026-01-05,25,paid", "2,b,2026-01-06,10,test", "3,c,2026-01-07,5,paid"),
        Totals(2, 2, "30.00"),
    ),
]

REFUNDS = [
    case(
        "a column of refunds",
        text(
            "order_id,customer,date,amount,paid back", "1,a,2026-01-05,25,5", "2,b,2026-01-06,10,", "3,c,2026-01-07,5,0"
        ),
        Totals(3, 3, "35.00"),
        refund="paid back",
    ),
    case(
        "refunds as import counts them",
        text("order_id,customer,date,amount,paid back", "1,a,2026-01-05,25,5", "2,b,2026-01-06,10,"),
        Totals(2, 2, "30.00", refunded="5.00"),
        doors=_IMPORT,
        refund="paid back",
    ),
    case(
        "refunded in full",
        text("order_id,customer,date,amount,paid back", "1,a,2026-01-05,25,25", "2,b,2026-01-06,10,"),
        Totals(1, 1, "10.00", dropped={"refunded in full": 1}),
        refund="paid back",
    ),
    case(
        "refunds of items that add up",
        text("order_id,customer,date,amount,paid back", "1,a,2026-01-05,25,5", "1,a,2026-01-05,10,2"),
        Totals(1, 1, "28.00"),
        refund="paid back",
    ),
    case(
        "a refund that repeats with the total",
        text("order_id,customer,date,amount,paid back", "1,a,2026-01-05,25,5", "1,a,2026-01-05,25,5"),
        Totals(1, 1, "20.00"),
        refund="paid back",
        lines="repeat",
    ),
    case(
        "a refund without order numbers",
        text("customer,date,amount,paid back", "a,2026-01-05,25,5", "b,2026-01-06,10,"),
        Totals(2, 2, "30.00"),
        refund="paid back",
    ),
    case(
        "a refund that is no number",
        text("customer,date,amount,paid back", "a,2026-01-05,25,some", "b,2026-01-06,10,"),
        refused("row 2", "'paid back'"),
        refund="paid back",
    ),
    case(
        "a column of refunds that is not there",
        ordered("1,a,2026-01-05,25"),
        refused("'paid back'", "order_id"),
        refund="paid back",
    ),
    case("a column that is both amount and refund", ordered("1,a,2026-01-05,25"), refused("amount"), refund="amount"),
    case(
        "a negative row without numbers",
        text("customer,date,amount", "a,2026-01-05,25", "a,2026-01-06,-5"),
        Totals(None, 1, "20.00"),
    ),
    case(
        "all came back",
        text("order_id,customer,date,amount,paid back", "1,a,2026-01-05,25,25"),
        refused("no orders", "refunded in full"),
        refund="paid back",
    ),
]
