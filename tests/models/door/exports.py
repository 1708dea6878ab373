"""Exports of platforms as they write them, small, with invented people and a known truth.

`write(platform, folder)` gives the file; `EXPORTS[platform].truth` is what a reader must make of it, worked out by hand.
Headers are those of public import scripts and help pages (whole where one was seen whole), rows have each platform's quirks.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

MEMBER = "会员号"  # the column that a shop joins to an export whose platform hides the buyer


@dataclass(frozen=True)
class Truth:
    """What is in an export: orders that count, who placed them, their money after refunds by currency, what was paid back
    on all its rows, rows left out by reason, and the wall time of the first order that counts."""

    orders: int
    customers: int
    money: Mapping[str, Decimal]
    refunded: Decimal
    first: str
    dropped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Export:
    """A file of a platform: the name of its kind of sheet, its text, how it is written, and what to tell a reader."""

    kind: str
    header: Sequence[str]
    rows: Sequence[Mapping[str, str]]
    truth: Truth
    file: str = "orders.csv"
    encoding: str = "utf-8"
    delimiter: str = ","
    hidden: bool = False  # names no buyer without the column MEMBER, which is written for `joined=True` only
    options: Mapping[str, str] = field(default_factory=dict)


def write(platform: str, folder: Path, *, joined: bool = True) -> Path:
    """The export of a platform (a key of EXPORTS) as a file in the folder; `joined`: with the member's number where buyers
    are hidden, as a shop adds it, else as the platform writes it."""
    export = EXPORTS[platform]
    header = [name for name in export.header if joined or name != MEMBER]
    path = folder / f"{platform} {export.file}"
    with path.open("w", encoding=export.encoding, newline="") as file:
        writer = csv.writer(file, delimiter=export.delimiter, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows([row.get(name.strip(), "") for name in header] for row in export.rows)
    return path


def header_of(platform: str) -> list[str]:
    """The header as the platform writes it."""
    return [name for name in EXPORTS[platform].header if name != MEMBER]


def filled(header: str, columns: str, *lines: str) -> tuple[list[str], list[dict[str, str]]]:
    """A header (`,` between names, tabs where there are tabs), and rows in which only the columns named (`|`) are filled."""
    names = header.split("\t" if "\t" in header else ",")
    wanted = columns.split("|")
    assert set(wanted) <= {name.strip() for name in names}, set(wanted) - set(names)
    rows = []
    for line in lines:
        cells = line.split("|")
        assert len(cells) == len(wanted), line
        rows.append(dict(zip(wanted, cells, strict=True)))
    return names, rows


def money(**totals: str) -> dict[str, Decimal]:
    """Amounts by currency."""
    return {code: Decimal(total) for code, total in totals.items()}


def yuan(total: str) -> dict[str, Decimal]:
    """Amounts of a platform of China."""
    return {"CNY": Decimal(total)}


# Offsets change with summer time on 8 March; figures stand on the first row of a Name; items repeat its Name and Email.
SHOPIFY = filled(
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,"
    "Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,"
    "Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Tax 1 Name,Tax 1 Value,Phone,Receipt Number",
    "Name|Email|Financial Status|Paid at|Currency|Subtotal|Total|Created at|Lineitem quantity|Lineitem name"
    "|Lineitem price|Cancelled at|Payment Method|Refunded Amount",
    "#1009|bob@example.com|paid|2026-03-12 10:00:00 -0400|USD|6.00|7.00|2026-03-12 10:00:00 -0400|1|soap|3.00"
    "||Shopify Payments|0.00",
    "#1009|bob@example.com||||||2026-03-12 10:00:00 -0400|1|soap|3.00|||",
    "#1008|bob@example.com|pending||USD|8.00|8.00|2026-03-11 11:00:00 -0400|1|soap|8.00||Bank Deposit|0.00",
    "#1007|Ann@Example.com|partially_paid|2026-03-10 09:00:00 -0400|USD|12.50|12.50|2026-03-10 09:00:00 -0400|5|tea|2.50"
    "||Shopify Payments|0.00",
    "#1006|cat@example.com|refunded|2026-03-09 12:00:00 -0400|USD|25.00|25.00|2026-03-09 12:00:00 -0400|1|lamp|25.00"
    "||Shopify Payments|25.00",
    "#1005|bob@example.com|paid|2026-03-09 11:00:00 -0400|USD|99.00|99.00|2026-03-09 11:00:00 -0400|1|lamp|99.00"
    "||(for testing) Bogus Gateway|0.00",
    "#1004|cat@example.com|paid|2026-03-09 10:00:00 -0400|USD|20.00|20.00|2026-03-09 10:00:00 -0400|1|lamp|20.00"
    "|2026-03-10 10:00:00 -0400|Shopify Payments|0.00",
    "#1003|ann@example.com|voided||USD|15.00|15.00|2026-03-09 09:00:00 -0400|1|lamp|15.00||manual|0.00",
    "#1002|bob@example.com|partially_refunded|2026-03-09 00:10:00 -0400|USD|27.00|30.00|2026-03-09 00:10:00 -0400|3|tea|9.00"
    "||Shopify Payments|10.00",
    "#1001|ann@example.com|paid|2026-03-07 23:50:00 -0500|USD|44.00|48.00|2026-03-07 23:49:00 -0500|1|lamp|20.00"
    "||Shopify Payments|0.00",
    "#1001|ann@example.com||||||2026-03-07 23:49:00 -0500|2|tea|9.00|||",
    "#1001|ann@example.com||||||2026-03-07 23:49:00 -0500|1|soap|6.00|||",
)
WOO_HEADER = (
    "order_number,order_date,paid_date,status,shipping_total,tax_total,discount_total,order_total,order_currency,"
    "payment_method,customer_user,billing_first_name,billing_last_name,billing_email,billing_phone,"
    "shipping_first_name,item_name,item_quantity,item_total"
)
WOO_COLUMNS = (
    "order_number|order_date|paid_date|status|order_total|order_currency|customer_user|billing_email"
    "|item_name|item_total"
)
_WOO_OTHERS = (
    "503|2026-02-03 09:00:00||cancelled|11.00|EUR|2|bob@example.com|lamp|11.00",
    "504|2026-02-04 09:00:00||pending|12.00|EUR|2|bob@example.com|lamp|12.00",
    "505|2026-02-05 09:00:00||failed|13.00|EUR|2|bob@example.com|lamp|13.00",
    "506|2026-02-06 09:00:00|2026-02-06 09:01:00|refunded|14.00|EUR|0|cat@example.com|lamp|14.00",
    "507|2026-02-07 09:00:00||on-hold|15.00|EUR|0|cat@example.com|lamp|15.00",
    "508|2026-02-08 09:00:00|2026-02-08 09:01:00|processing|16.50|EUR|0|ANN@example.com|lamp|16.50",
)
WOO_REPEATED = filled(
    WOO_HEADER,
    WOO_COLUMNS,
    "501|2026-02-01 09:00:00|2026-02-01 09:01:00|completed|34.00|EUR|1|ann@example.com|tea|10.00",
    "501|2026-02-01 09:00:00|2026-02-01 09:01:00|completed|34.00|EUR|1|ann@example.com|soap|20.00",
    "502|2026-02-02 09:00:00|2026-02-02 09:01:00|completed|5.00|EUR|2|bob@example.com|tea|5.00",
    *_WOO_OTHERS,
)
WOO_FIRST = filled(
    WOO_HEADER,
    WOO_COLUMNS,
    "501|2026-02-01 09:00:00|2026-02-01 09:01:00|completed|34.00|EUR|1|ann@example.com|tea|10.00",
    "501|2026-02-01 09:00:00|2026-02-01 09:01:00|completed||EUR|1|ann@example.com|soap|20.00",
    "502|2026-02-02 09:00:00|2026-02-02 09:01:00|completed|5.00|EUR|2|bob@example.com|tea|5.00",
    *_WOO_OTHERS,
)
WOO_TRUTH = Truth(
    3, 2, money(EUR="55.50"), Decimal("14.00"), "2026-02-01 09:01:00",
    {"cancelled or closed": 1, "not paid": 3, "refunded in full": 1},
)  # fmt: skip
# Order Total is what was charged; Adjusted Order Total is 0, empty or the same without a refund.
ETSY = filled(
    "Sale Date,Order ID,Buyer User ID,Full Name,First Name,Last Name,Number of Items,Payment Method,Date Shipped,"
    "Street 1,Street 2,Ship City,Ship State,Ship Zipcode,Ship Country,Currency,Order Value,Coupon Code,"
    "Coupon Details,Discount Amount,Shipping Discount,Shipping,Sales Tax,Order Total,Status,Card Processing Fees,"
    "Order Net,Adjusted Order Total,Adjusted Card Processing Fees,Adjusted Net Order Amount,Buyer,Order Type,"
    "Payment Type,InPerson Discount,InPerson Location,SKU",
    "Sale Date|Order ID|Buyer User ID|Currency|Order Value|Discount Amount|Order Total|Status|Order Net"
    "|Adjusted Order Total",
    "03/04/26|9001|ann|USD|20.00|2.00|24.50|Completed|22.00|0.00",
    "03/05/26|9002|bob|USD|30.00|0.00|36.00|Partially Refunded|33.00|26.00",
    "03/05/26|9003|ann|USD|10.00|0.00|12.00|Paid|11.00|12.00",
    "12/11/25|9004|cat|USD|8.00|0.00|9.00|Canceled|0.00|",
    "12/12/25|9005|cat|USD|8.00|0.00|9.00|Fully Refunded|0.00|0.00",
    "12/13/25|9006|cat|USD|8.00|0.00|9.00|Paid|0.00|",
    "12/14/25|9007||USD|7.00|0.00|7.75|Completed|7.00|",
)
_STRIPE_HEADER = (
    "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,Converted Amount Refunded,"
    "Converted Currency,Decline Reason,Description,Fee,Is Link,Link Funding,Mode,PaymentIntent ID,"
    "Payment Source Type,Refunded date (UTC),Statement Descriptor,Status,Seller Message,Taxes On Fee,Card ID,"
    "Customer ID,Customer Description,Customer Email,Invoice ID,Transfer,Customer Name"
)
_STRIPE_COLUMNS = (
    "id|Created date (UTC)|Amount|Amount Refunded|Currency|Converted Amount|Mode|Status|Customer ID|Customer Email"
)
STRIPE = filled(
    _STRIPE_HEADER,
    _STRIPE_COLUMNS,
    'ch_1|2026-04-01 18:00:00|1,000.00|0.00|usd|920.00|Live|Paid|cus_a|ann@example.com',
    "ch_2|2026-04-02 18:00:00|50.00|20.00|usd|46.00|Live|Paid|cus_b|bob@example.com",
    "ch_3|2026-04-03 18:00:00|129.00|129.00|usd|118.00|Live|Refunded|cus_b|bob@example.com",
    "ch_4|2026-04-04 18:00:00|89.00|0.00|usd|81.00|Live|Failed|cus_a|ann@example.com",
    "ch_5|2026-04-05 18:00:00|5.00|0.00|usd|4.60|Test|Paid|cus_a|ann@example.com",
    "ch_6|2026-04-06 18:00:00|7.25|0.00|usd|6.60|Live|Paid|cus_a|ann@example.com",
)  # fmt: skip
STRIPE_THREE = filled(
    _STRIPE_HEADER,
    _STRIPE_COLUMNS,
    "ch_1|2026-04-01 18:00:00|10.00|0.00|usd|9.20|Live|Paid|cus_a|ann@example.com",
    "ch_2|2026-04-02 18:00:00|200.00|0.00|mxn|10.00|Live|Paid|cus_b|bob@example.com",
    "ch_3|2026-04-03 18:00:00|30.00|0.00|eur|30.00|Live|Paid|cus_b|bob@example.com",
)
AMAZON = filled(
    "amazon-order-id\tmerchant-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel\tsales-channel\t"
    "order-channel\turl\tship-service-level\tproduct-name\tsku\tasin\titem-status\tquantity\tcurrency\titem-price\titem-tax\t"
    "shipping-price\tshipping-tax\tship-city\tship-state\tship-postal-code\tship-country\tpromotion-ids\t" + MEMBER,
    f"amazon-order-id|purchase-date|order-status|sku|quantity|currency|item-price|{MEMBER}",
    "111-1|2026-01-05T10:00:00+00:00|Shipped|A|2|GBP|18.00|M1",
    "111-1|2026-01-05T10:00:00+00:00|Shipped|B|1|GBP|4.50|M1",
    "111-2|2026-01-06T10:00:00+00:00|Shipped - Delivered to Buyer|A|1|GBP|9.00|M2",
    "111-3|2026-01-07T10:00:00+00:00|Cancelled|A|0|GBP||M2",
    "111-4|2026-01-08T10:00:00+00:00|Pending|A|1|GBP|9.00|M2",
)
AMAZON_SHIPMENTS = filled(
    "amazon-order-id\tmerchant-order-id\tshipment-id\tshipment-item-id\tamazon-order-item-id\tpurchase-date\tpayments-date\t"
    "shipment-date\treporting-date\tbuyer-email\tbuyer-name\tbuyer-phone-number\tsku\tproduct-name\tquantity-shipped\tcurrency\t"
    "item-price\titem-tax\tshipping-price",
    "amazon-order-id|shipment-id|shipment-item-id|purchase-date|payments-date|buyer-email|quantity-shipped|currency|item-price",
    "222-1|S1|I1|2026-01-05T10:00:00+00:00|2026-01-05T10:30:00+00:00|aa@marketplace.amazon.com|2|GBP|18.00",
    "222-1|S2|I2|2026-01-05T10:00:00+00:00|2026-01-06T08:00:00+00:00|aa@marketplace.amazon.com|1|GBP|4.50",
    "222-2|S3|I3|2026-01-06T10:00:00+00:00|2026-01-06T10:30:00+00:00|bb@marketplace.amazon.com|1|GBP|9.00",
)
# Items add up; a gift has the code of its good and the price 0.
XIAOHONGSHU = filled(
    "订单号,订单状态,售后状态,订单类型,订单标记,用户编号,收件人姓名,收件人电话,收件人地址,小红书编码,条形码,规格ID,"
    "达人ID,SKU名称,SKU规格,SKU件数,是否为赠品,商品总价(元),用户应付金额(元),平台优惠(元),店铺优惠(元),"
    "支付渠道优惠(元),商家应收金额(元)（支付金额）,支付方式,支付时间,订单创建时间,订单完成时间",
    "订单号|订单状态|售后状态|用户编号|收件人电话|小红书编码|SKU件数|是否为赠品|用户应付金额(元)|商家应收金额(元)（支付金额）"
    "|支付时间|订单创建时间",
    "P1|已完成|无售后|U1|139****0001|A|1|否|55.00|60.00|2026-05-01 10:00:10|2026-05-01 10:00:00",
    "P1|已完成|无售后|U1|139****0001|B|2|否|30.00|30.00|2026-05-01 10:00:10|2026-05-01 10:00:00",
    "P1|已完成|无售后|U1|139****0001|B|1|是|0.00|0.00|2026-05-01 10:00:10|2026-05-01 10:00:00",
    "P2|待配货|无售后|U2|139****0002|A|1|否|60.00|60.00|2026-05-02 10:00:10|2026-05-02 10:00:00",
    "P3|已完成|售后完成|U2|139****0002|A|1|否|60.00|60.00|2026-05-03 10:00:10|2026-05-03 10:00:00",
    "P3|已完成|售后关闭|U2|139****0002|B|1|否|15.50|15.50|2026-05-03 10:00:10|2026-05-03 10:00:00",
    "P4|已取消|无售后|U2|139****0002|B|1|否|15.00|15.00||2026-05-04 10:00:00",
    "P5|待付款|无售后|U2|139****0002|B|1|否|15.00|15.00||2026-05-05 10:00:00",
)
JD = filled(
    "订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,余额支付,应付金额,订单状态,订单类型,"
    "下单帐号,客户姓名,客户地址,联系电话,订单备注,发票类型,发票抬头,发票内容,商家备注,"
    "商家备注等级（等级1-5为由高到低）,运费金额,付款确认时间,增值税发票,货号,订单完成时间,订单来源,订单渠道",
    "订单号|商品ID|订购数量|下单时间|京东价|订单金额|结算金额|余额支付|应付金额|订单状态|下单帐号|付款确认时间",
    "29001|A|1|2026-06-01 10:00:00|70.00|100.00|90.00|0.00|90.00|完成|jd_甲|2026-06-01 10:01:00",
    "29001|B|1|2026-06-01 10:00:00|30.00|100.00|90.00|0.00|90.00|完成|jd_甲|2026-06-01 10:01:00",
    "29002|A|1|2026-06-02 10:00:00|70.00|70.00|70.00|0.00|70.00|等待出库|jd_乙|2026-06-02 10:01:00",
    "29003|A|1|2026-06-03 10:00:00|70.00|70.00|70.00|0.00|70.00|(删除)等待出库|jd_乙|2026-06-03 10:01:00",
    "29004|A|1|2026-06-04 10:00:00|70.00|70.00|70.00|0.00|70.00|等待付款|jd_乙|",
    "29005|A|1|2026-06-05 10:00:00|70.00|70.00|70.00|0.00|70.00|已取消|jd_乙|",
)
KUAISHOU = filled(
    "订单号,赠品订单号,活动订单编号,订单创建时间,订单支付时间,预售定金支付时间,订单状态,实付款,快递费,店铺优惠,"
    "平台补贴,主播补贴,支付方式,成交数量,买家留言,订单备注,旗帜颜色,售后状态,活动订单,商品名称,商品ID,商品规格,"
    "SKU编码,商品单价,渠道,CPS达人ID,CPS达人昵称,团长ID,收货人姓名,收货人电话,收货地址,"
    "发货时间,快递公司,快递单号," + MEMBER,
    f"订单号|订单创建时间|订单支付时间|订单状态|实付款|成交数量|售后状态|{MEMBER}",
    "2601|2026-07-01 20:00:00|2026-07-01 20:00:20|交易成功|￥59.90|1|无售后|M1",
    "2602|2026-07-02 20:00:00|2026-07-02 20:00:20|已发货|￥20.00|1|售后待处理|M2",
    "2603|2026-07-03 20:00:00|2026-07-03 20:00:20|已收货|￥30.00|1|仅退款成功|M2",
    "2604|2026-07-04 20:00:00||待付款|￥40.00|1||M1",
    "2605|2026-07-05 20:00:00||交易失败|￥50.00|1||M1",
)
# The order's total on each of its rows, refunds by item.
WEIXIN = filled(
    "订单号,订单下单时间,订单发货时间,订单确认收货时间,订单完成结算时间,订单状态,发货方式,收件人姓名,收件人地址,省,"
    "市,区,收件人手机,买家备注,商家备注,商品总价,订单实际支付金额,订单实际收款金额,订单运费,商品优惠,跨店优惠,"
    "商品改价,支付方式,支付时间,交易单号,商品名称,商品编码(平台),商品属性,商品价格(单件),"
    "商品实际价格(总共),商品数量,商品发货,商品售后,商品已退款金额," + MEMBER,
    f"订单号|订单下单时间|订单状态|商品总价|订单实际支付金额|订单实际收款金额|支付时间|商品编码(平台)|商品售后|商品已退款金额|{MEMBER}",
    "3701|2026-08-01 09:00:00|已完成|80.00|85.00|85.00|2026-08-01 09:00:30|A||0|M1",
    "3701|2026-08-01 09:00:00|已完成|80.00|85.00|85.00|2026-08-01 09:00:30|B|退款成功|20.00|M1",
    "3701|2026-08-01 09:00:00|已完成|80.00|85.00|85.00|2026-08-01 09:00:30|C|退款成功|20.00|M1",
    "3702|2026-08-02 09:00:00|待发货|30.00|30.00|30.00|2026-08-02 09:00:30|A||0|M2",
    "3703|2026-08-03 09:00:00|已取消|30.00|30.00|0|2026-08-03 09:00:30|A|退款成功|30.00|M2",
    "3704|2026-08-04 09:00:00|待付款|30.00|30.00|0||A||0|M2",
)
PINDUODUO = filled(
    "商品,订单号,订单状态,商品总价(元),邮费(元),店铺优惠折扣(元),平台优惠折扣(元),多多支付立减金额(元),"
    "用户实付金额(元),商家实收金额(元),商品数量(件),支付时间,订单成交时间,发货时间,确认收货时间,商品id,商品规格,"
    "样式ID,商家备注,售后状态,快递单号,快递公司,用户购买手机号," + MEMBER,
    f"商品|订单号|订单状态|商品总价(元)|用户实付金额(元)|商家实收金额(元)|支付时间|订单成交时间|售后状态|{MEMBER}",
    "茶|260901-1|已收货|20.00|17.00|18.00|2026-09-01 12:00:00|2026-09-01 12:00:01|无售后或售后取消|M1",
    "茶|260902-2|已发货，待收货|20.00|20.00|20.00|2026-09-02 12:00:00|2026-09-02 12:00:01|售后处理中|M2",
    "茶|260903-3|未发货，退款成功|20.00|20.00|20.00|2026-09-03 12:00:00|2026-09-03 12:00:01|退款成功|M2",
    "茶|260904-4|已收货|20.00|20.00|20.00|2026-09-04 12:00:00|2026-09-04 12:00:01|退款成功|M2",
    "茶|260905-5|已取消|20.00|20.00|20.00|||无售后或售后取消|M1",
)
QIANNIU = filled(
    "订单编号,支付单号,支付详情,买家应付货款,买家应付邮费,总金额,买家实付金额,订单创建时间,订单付款时间,商品标题,"
    "退款金额,是否主动赔付,主动赔付金额,主动赔付出账时间,"
    "商品属性SKU,C2B小额收款,确认收货打款金额,含应开票给个人红包,总金额(旧版)," + MEMBER,
    f"订单编号|支付单号|总金额|买家实付金额|订单创建时间|订单付款时间|退款金额|主动赔付金额|确认收货打款金额|{MEMBER}",
    "5001|9001|100.00|100.00|2026-10-01 10:00:00|2026-10-01 10:00:30|30.00|0.00|70.00|M1",
    "5002|9002|50.00|50.00|2026-10-02 10:00:00|2026-10-02 10:00:30|无退款申请|5.00|50.00|M2",
    "5003|9003|40.00|0.00|2026-10-03 10:00:00||0.00|0.00|0.00|M2",
    "5004|9004|60.00|60.00|2026-10-04 10:00:00|2026-10-04 10:00:30|60.00|0.00|0.00|M2",
)
DOUYIN_FULL = filled(
    "主订单编号,子订单编号,选购商品,商品规格,商品数量,商品ID,商家编码,商品单价,订单应付金额,运费,优惠总金额,平台优惠,"
    "商家优惠,达人优惠,商家改价,支付优惠,红包抵扣,支付方式,手续费,收件人,收件人手机号,省,市,区,街道,详细地址,"
    "是否修改过地址,买家留言,订单提交时间,旗帜颜色,商家备注,订单完成时间,支付完成时间,APP渠道,流量来源,订单状态,"
    "承诺发货时间,订单类型,鲁班落地页ID,达人ID,达人昵称,所属门店ID,售后状态,取消原因,预约发货时间,仓库ID,仓库名称,"
    "是否安心购,广告渠道,流量类型,流量体裁,流量渠道,发货主体,发货主体明细,发货时间,降价类优惠,平台实际承担优惠金额,"
    "商家实际承担优惠金额,达人实际承担优惠金额,预计送达时间,是否平台仓自流转,车型,预约送达时间,"
    "建议发货时间（起）,建议发货时间（止）," + MEMBER,
    f"主订单编号|子订单编号|订单应付金额|收件人|收件人手机号|订单提交时间|支付完成时间|订单状态|售后状态|{MEMBER}",
    "\t6901|\t6901|30.00|##a|$$a|\t2026-05-01 20:00:00|\t2026-05-01 20:00:09|已完成|-|M1",
    "\t6901|\t6902|12.00|##a|$$a|\t2026-05-01 20:00:00|\t2026-05-01 20:00:09|已完成|补寄成功|M1",
    "\t6903|\t6903|40.00|##b|$$b|\t2026-05-02 20:00:00|\t2026-05-02 20:00:09|已发货|换货待收货|M2",
    "\t6904|\t6904|50.00|##b|$$b|\t2026-05-03 20:00:00|\t2026-05-03 20:00:09|已完成|换货成功|M2",
    "\t6905|\t6905|60.00|##b|$$b|\t2026-05-04 20:00:00|\t2026-05-04 20:00:09|已完成|已发货仅退款成功|M2",
    "\t6906|\t6906|70.00|##b|$$b|\t2026-05-05 20:00:00|\t2026-05-05 20:00:09|待发货|售后待处理|M2",
    "\t6907|\t6907|80.00|##b|$$b|\t2026-05-06 20:00:00|-|已关闭|-|M2",
)
LINKWECHAT = filled(
    "商品,客户,联系电话,付款金额(元),交易状态,交易时间,交易单号,商户单号,退款状态,退款金额,退款单号",
    "商品|客户|联系电话|付款金额(元)|交易状态|交易时间|交易单号|退款状态|退款金额",
    "茶|昵称甲甲|13900010001|60.00|已完成|2026-06-01 12:00:00|T1||",
    "茶|昵称乙乙|13900010002|50.00|已完成有退款|2026-06-02 12:00:00|T2|退款成功|20.00",
    "茶|昵称乙乙|13900010002|40.00|已完成有退款|2026-06-03 12:00:00|T3|退款关闭|40.00",
    "茶|昵称甲甲|+86 139 0001 0001|30.00|已完成有退款|2026-06-04 12:00:00|T4|退款成功|30.00",
    "茶|昵称甲甲|+86 139 0001 0001|10.00|已完成|2026-06-05 12:00:00|T5||",
)
TAOBAO_REFUNDS = filled(
    "订单编号,买家会员名,买家支付宝账号,支付交易号,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,"
    "买家实际支付金额,买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址 ,运送方式,联系电话 ,联系手机,"
    "订单创建时间,订单付款时间 ,宝贝标题 ,宝贝种类 ,物流单号 ,物流公司,订单备注,宝贝总数量,店铺Id,店铺名称,"
    "订单关闭原因,卖家服务费,买家服务费,发票抬头,是否手机订单,退款金额",
    "订单编号|买家会员名|买家应付货款|总金额|买家实际支付金额|订单状态|订单创建时间|订单付款时间|订单关闭原因|退款金额",
    '="1234567890123456781"|会员甲|100.00|100.00|100.00|交易成功|2026-01-01 09:00:00|2026-01-01 09:05:00||30.00',
    '="1234567890123456782"|会员乙|100.00|100.00|60.00|交易成功|2026-01-02 09:00:00|2026-01-02 09:05:00||40.00',
    '="1234567890123456783"|会员甲|20.00|20.00|20.00|卖家已发货，等待买家确认|2026-01-03 09:00:00|2026-01-03 09:05:00||0.00',
    '="1234567890123456784"|会员乙|20.00|20.00|0.00|交易关闭|2026-01-04 09:00:00|2026-01-04 09:05:00|退款|20.00',
    '="1234567890123456785"|会员乙|20.00|20.00|0.00|等待买家付款|2026-01-05 09:00:00|||',
)  # fmt: skip
_DROPPED = {"cancelled or closed": 1, "not paid": 1}

EXPORTS: dict[str, Export] = {
    "shopify": Export(
        "shopify_orders",
        *SHOPIFY,
        Truth(4, 2, money(USD="87.50"), Decimal(35), "2026-03-07 23:50:00",
              {"cancelled or closed": 2, "not paid": 1, "refunded in full": 1, "test order": 1}),
    ),
    "woocommerce": Export("woocommerce_orders", *WOO_REPEATED, WOO_TRUTH),
    "woocommerce_first": Export("woocommerce_orders", *WOO_FIRST, WOO_TRUTH),
    "etsy": Export(
        "etsy_orders",
        *ETSY,
        Truth(4, 3, money(USD="71.50"), Decimal(19), "2025-12-13 00:00:00",
              {"cancelled or closed": 1, "refunded in full": 1, "no customer": 1}),
        options={"identity": "etsy_user"},
    ),
    "stripe": Export(
        "stripe_payments",
        *STRIPE,
        Truth(3, 2, money(USD="1037.25"), Decimal(149), "2026-04-01 18:00:00",
              {"not paid": 1, "refunded in full": 1, "test order": 1}),
        encoding="utf-8-sig",
    ),
    "amazon": Export(
        "amazon_orders", *AMAZON, Truth(2, 2, money(GBP="31.50"), Decimal(0), "2026-01-05 10:00:00", _DROPPED),
        file="orders.txt", delimiter="\t", hidden=True, options={"identity": MEMBER},
    ),
    "amazon_shipments": Export(
        "amazon_shipments", *AMAZON_SHIPMENTS, Truth(2, 2, money(GBP="31.50"), Decimal(0), "2026-01-05 10:30:00"),
        file="shipments.txt", delimiter="\t",
    ),
    "xiaohongshu": Export(
        "xiaohongshu_orders",
        *XIAOHONGSHU,
        Truth(3, 2, yuan("165.50"), Decimal(60), "2026-05-01 10:00:10", {**_DROPPED, "refunded in full": 1}),
    ),
    "jd": Export(
        "jd_orders",
        *JD,
        Truth(2, 2, yuan("160.00"), Decimal(0), "2026-06-01 10:01:00", {"cancelled or closed": 2, "not paid": 1}),
        encoding="gb18030", options={"lines": "repeat"},
    ),
    "kuaishou": Export(
        "kuaishou_orders",
        *KUAISHOU,
        Truth(2, 2, yuan("79.90"), Decimal(30), "2026-07-01 20:00:20", {**_DROPPED, "refunded in full": 1}),
        hidden=True, options={"identity": MEMBER},
    ),
    "weixin": Export(
        "weixin_orders", *WEIXIN, Truth(2, 2, yuan("75.00"), Decimal(70), "2026-08-01 09:00:30", _DROPPED),
        hidden=True, options={"identity": MEMBER},
    ),
    "pinduoduo": Export(
        "pinduoduo_orders",
        *PINDUODUO,
        Truth(2, 2, yuan("38.00"), Decimal(40), "2026-09-01 12:00:00", {"cancelled or closed": 1, "refunded in full": 2}),
        encoding="utf-8-sig", hidden=True, options={"identity": MEMBER},
    ),
    "qianniu": Export(
        "qianniu_orders",
        *QIANNIU,
        Truth(2, 2, yuan("120.00"), Decimal(90), "2026-10-01 10:00:30", {"not paid": 1, "refunded in full": 1}),
        encoding="gb18030", hidden=True, options={"identity": MEMBER},
    ),
    "douyin_full": Export(
        "douyin_orders",
        *DOUYIN_FULL,
        Truth(4, 2, yuan("202.00"), Decimal(60), "2026-05-01 20:00:09", {"cancelled or closed": 1, "refunded in full": 1}),
        encoding="utf-8-sig", hidden=True, options={"identity": MEMBER},
    ),
    "linkwechat": Export(
        "linkwechat_orders",
        *LINKWECHAT,
        Truth(4, 2, yuan("140.00"), Decimal(50), "2026-06-01 12:00:00", {"refunded in full": 1}),
    ),
    "taobao_refunds": Export(
        "taobao_orders_classic",
        *TAOBAO_REFUNDS,
        Truth(3, 2, yuan("150.00"), Decimal(90), "2026-01-01 09:05:00", _DROPPED),
        encoding="gb18030",
    ),
}  # fmt: skip
# Three currencies in one file: there is no total.
MIXED = Export("stripe_payments", *STRIPE_THREE, Truth(0, 0, {}, Decimal(0), ""), file="payments.csv")
EXPORTS["stripe_three"] = MIXED
