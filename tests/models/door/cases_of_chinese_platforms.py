"""Exports of Chinese platforms by their own headers, with the quirks that once gave wrong totals."""

from tests.models.imports import conftest as exports

from . import headers
from .case import Totals, case, refused, sheet


def _taobao(day: int, who: str, paid: str, status: str = "交易成功", **more: str) -> dict[str, str]:
    moment = f"2026-01-{day:02} 10:00:00"
    return {
        "订单编号": f"26010000000000{day:04}",
        "买家会员名": who,
        "买家应付货款": paid,
        "总金额": paid,
        "买家实际支付金额": paid,
        "订单状态": status,
        "订单创建时间": moment,
        "订单付款时间": moment,
    } | more


def _redbook(day: int, who: str, amount: str) -> dict[str, str]:
    moment = f"2026-01-{day:02} 10:00:00"
    return {
        "订单号": f"P6500000000000{day:04}",
        "用户应付金额(元)": amount,
        "商家应收金额(元)（支付金额）": amount,
        "订单创建时间": moment,
        "支付时间": moment,
        "订单状态": "已完成",
        "用户编号": who,
        "SKU件数": "1",
    }


def _jd(number: int, who: str, due: str) -> dict[str, str]:
    moment = f"2026-01-{number:02} 10:00:00"
    return {
        "订单号": f"2900000000{number:02}",
        "下单时间": moment,
        "付款确认时间": moment,
        "订单金额": due,
        "应付金额": due,
        "结算金额": due,
        "订单状态": "完成",
        "下单帐号": who,
        "京东价": due,
        "订购数量": "1",
    }


_BACK = [*exports.TAOBAO_CLASSIC, "退款金额"]
_TMALL = {
    "订单编号": "1",
    "总金额": "178.8",
    "买家实际支付金额": "0",
    "收货地址": "浙江省",
    "订单创建时间": "2020/2/21 0:00",
    "订单付款时间": "2020/2/21 0:10",
    "退款金额": "178.8",
}
_KEYED = [*exports.TMALL_REPORT, "买家会员名"]
_DOUYIN = {
    "主订单编号": "6900000000000000001A",
    "子订单编号": "6900000000000000001A",
    "订单应付金额": "\t30.00",
    "订单提交时间": "2026-01-05 10:00:00",
    "订单状态": "已完成",
    "收件人手机号": "##abc",
    "支付完成时间": "2026-01-05 10:01:00",
}
_MEMBERS = [*exports.DOUYIN, "会员号"]


CHINESE = [
    case(
        "有赞",
        sheet(exports.YOUZAN_ORDERS, *exports.youzan_orders(), encoding="gb18030"),
        Totals(5, 3, "1430.10", "CNY", dropped={"cancelled or closed": 1, "not paid": 1, "refunded in full": 1}),
    ),
    case(
        "淘宝: the classic list",
        sheet(
            exports.TAOBAO_CLASSIC,
            _taobao(5, "甲", "18.00"),
            _taobao(6, "乙", "20.00"),
            _taobao(7, "乙", "0.00", "交易关闭"),
            _taobao(8, "乙", "5.00", "等待买家付款"),
            encoding="gb18030",
        ),
        Totals(2, 2, "38.00", "CNY", dropped={"cancelled or closed": 1, "not paid": 1}),
    ),
    case(
        "淘宝: the classic list with 退款金额",
        sheet(_BACK, _taobao(5, "甲", "18.00"), _taobao(6, "乙", "20.00", 退款金额="5.00"), encoding="gb18030"),
        Totals(2, 2, "33.00", "CNY"),
    ),
    case("天猫: no buyer", sheet(exports.TMALL_REPORT, _TMALL), refused("buyer", "--identity")),
    case(
        "天猫: refunds are off already",
        sheet(
            _KEYED,
            _TMALL | {"买家会员名": "甲"},
            _TMALL | {"订单编号": "2", "买家会员名": "乙", "总金额": "20", "买家实际支付金额": "20", "退款金额": "0"},
        ),
        Totals(1, 1, "20.00", "CNY"),
    ),
    case("抖店: buyers are encrypted", sheet(exports.DOUYIN, _DOUYIN), refused("buyer|encrypted", "--identity")),
    case(
        "抖店: a column of one's own",
        sheet(
            _MEMBERS,
            _DOUYIN | {"会员号": "M1"},
            _DOUYIN | {"会员号": "M1", "子订单编号": "6900000000000000002A", "订单应付金额": "12"},
        ),
        Totals(1, 1, "42.00", "CNY"),
        identity="会员号",
    ),
    case(
        "抖店: an after-sale that contains 退款成功",
        sheet(
            _MEMBERS,
            _DOUYIN | {"会员号": "M1"},
            _DOUYIN
            | {
                "会员号": "M2",
                "主订单编号": "6900000000000000003A",
                "子订单编号": "6900000000000000003A",
                "售后状态": "已发货仅退款成功",
            },
        ),
        Totals(1, 1, "30.00", "CNY"),
        identity="会员号",
    ),
    case(
        "小红书: items add up",
        sheet(headers.REDBOOK, _redbook(5, "u1", "18.00"), _redbook(5, "u1", "2.00"), _redbook(6, "u2", "20.00")),
        Totals(2, 2, "40.00", "CNY"),
    ),
    case(
        "京东: the total or the item's, it asks",
        sheet(headers.JD, _jd(5, "甲", "18.00"), _jd(5, "甲", "18.00")),
        refused("sum", "repeat", "first", "lines"),
    ),
    case(
        "京东: the total",
        sheet(headers.JD, _jd(5, "甲", "18.00"), _jd(5, "甲", "18.00"), _jd(6, "乙", "2.00")),
        Totals(2, 2, "20.00", "CNY"),
        lines="repeat",
    ),
    case(
        "京东: the items",
        sheet(headers.JD, _jd(5, "甲", "18.00"), _jd(5, "甲", "18.00"), _jd(6, "乙", "2.00")),
        Totals(2, 2, "38.00", "CNY"),
        lines="sum",
    ),
    case(
        "快手 hides the buyer",
        sheet(
            headers.KUAISHOU,
            {
                "订单号": "1",
                "订单创建时间": "2026-01-05 10:00:00",
                "订单支付时间": "2026-01-05 10:01:00",
                "订单状态": "交易成功",
                "实付款": "￥9.90",
                "成交数量": "1",
            },
        ),
        refused("buyer", "--identity|export"),
    ),
    case(
        "微信小店 hides the buyer",
        sheet(
            headers.WEIXIN,
            {"订单号": "1", "订单下单时间": "2026-01-05 10:00:00", "订单状态": "已完成", "订单实际支付金额": "9.90"},
        ),
        refused("buyer", "--identity|export"),
    ),
    case(
        "拼多多 hides the buyer",
        sheet(
            headers.PINDUODUO,
            {
                "订单号": "260105-1",
                "订单状态": "已收货",
                "商家实收金额(元)": "9.90",
                "支付时间": "2026-01-05 10:00:00",
                "订单成交时间": "2026-01-05 10:00:00",
            },
        ),
        refused("buyer", "--identity|export"),
    ),
    case(
        "LinkWeChat: orders",
        sheet(
            headers.LINKWECHAT,
            {
                "商品": "茶",
                "客户": "甲",
                "联系电话": "13900010001",
                "付款金额(元)": "18.00",
                "交易状态": "已完成",
                "交易时间": "2026-01-05 10:00:00",
                "交易单号": "1",
            },
            {
                "商品": "茶",
                "客户": "乙",
                "联系电话": "13900010002",
                "付款金额(元)": "20.00",
                "交易状态": "已完成",
                "交易时间": "2026-01-06 10:00:00",
                "交易单号": "2",
                "退款金额": "5.00",
            },
        ),
        Totals(2, 2, "33.00", "CNY"),
    ),
]
