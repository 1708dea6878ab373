"""Exports as the platforms write them, built by code: real headers, invented people, every quirk."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from models.data.imports import Imported, import_exports
from models.data.imports.identity import Salt

TODAY = date(2026, 11, 1)
SALT = b"a salt only for tests, 32 bytes!"

# What must never leave: invented, and told apart from everything else in the fixtures.
PHONES = ("13900010001", "13900010002", "13900010003")
NAMES = ("欧阳测试甲", "司马测试乙", "诸葛测试丙")
NICKNAMES = ("昵称甲甲", "昵称乙乙", "昵称丙丙")
ADDRESSES = ("测试省虚构市子虚路1号", "测试省虚构市乌有街2号", "测试省虚构市亡是巷3号")
SECRETS = (*PHONES, *NAMES, *NICKNAMES, *ADDRESSES)


def columns(header: str) -> list[str]:
    """A header as the platform's line of names."""
    return header.split(",")


YOUZAN_ORDERS = columns(
    "订单号,销售渠道,归属店铺,订单类型,订单状态,推广方式,订单来源,订单创建时间,买家付款时间,交易成功时间,"
    "付款方式,支付流水号,商品金额合计,运费,店铺优惠合计,应收订单金额,订单实付金额,支付优惠合计,"
    "订单实收金额,订单抵用积分数,店铺优惠方式,支付优惠方式,全部商品名称,商品种类数,订单配送方式,"
    "同城送达时间/提货时间,收货人省份,收货人城市,收货人地区,详细收货地址/提货地址,收货人/提货人,"
    "收货人手机号/提货人手机号,买家备注,订单星级,买家昵称,买家是否会员,买家手机号,下单网点,收银员,分销员,"
    "销售导购,专属导购,订单退款状态,订单已退款金额,商家订单备注,桌号,挂账主体,挂账手机号,团长订单,"
    "订单风险标签,分销员,分销员手机号,分销员所属店铺,分销员所属团队,分销员所属分组,分销员等级,"
    "订单佣金类型,订单佣金金额,订单下级卖货提成类型,订单下级卖货提成金额"
)
YOUZAN_CUSTOMERS = columns(
    "客户姓名,客户昵称,客户手机号,客户生日,客户性别,标签,是否会员,成长值,免费等级,付费等级,权益卡,"
    "客户积分,客户储值余额,消费次数,消费金额,累计退款金额,累计退款订单数,笔单价,上次消费时间,分销员,"
    "导购员,企微好友,来源渠道,来源方式,成为客户时间,成为会员时间,成为会员店铺,公众号,公众号关注时间,"
    "最近浏览时间,微信地域,所属区域,指定时间消费次数,指定时间消费金额,"
)
TAOBAO_CLASSIC = columns(
    "订单编号,买家会员名,买家支付宝账号,支付交易号,买家应付货款,买家应付邮费,买家支付积分,总金额,"
    "返点积分,买家实际支付金额,买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址 ,运送方式,"
    "联系电话 ,联系手机,订单创建时间,订单付款时间 ,宝贝标题 ,宝贝种类 ,物流单号 ,物流公司,订单备注,"
    "宝贝总数量,店铺Id,店铺名称,订单关闭原因,卖家服务费,买家服务费,发票抬头,是否手机订单,分阶段订单信息,"
    "定金排名,修改后的sku,修改后的收货地址,异常信息,天猫卡券抵扣,集分宝抵扣,是否是O2O交易,买家姓名,"
    "买家身份证号,买家手机号"
)
TAOBAO_2026 = columns(
    "订单编号,支付单号,买家应付货款,买家应付邮费,总金额,买家实付金额,订单状态,收货地址,运送方式,"
    "订单创建时间,商品标题,宝贝种类,物流单号,物流公司,备注标签,商家备注,宝贝总数量,开票信息,手机订单,"
    "商品属性SKU,发货时间"
)
TAOBAO_SHEET = columns(
    "订单编号,订单状态,买家实付金额,买家应付邮费,确认收货打款金额,退款金额,订单创建时间,订单付款时间,"
    "发货时间,确认收货时间,商家备注,订单关闭原因,收货地址"
)
TAOBAO_ITEMS = columns(
    "子订单编号,主订单编号,商品标题,商品价格,购买数量,商品属性,订单状态,买家实付金额,退款状态,退款金额,商品ID,发货时间"
)
TMALL_REPORT = columns("订单编号,总金额,买家实际支付金额,收货地址 ,订单创建时间,订单付款时间 ,退款金额")
DOUYIN = columns(
    "主订单编号,子订单编号,选购商品,商品规格,商品数量,商家编码,订单应付金额,运费,收件人,收件人手机号,"
    "详细地址,订单提交时间,商家备注,订单完成时间,订单状态,售后状态,取消原因,发货时间,"
    "平台实际承担优惠金额,商家实际承担优惠金额,达人实际承担优惠金额,支付完成时间"
)
SETTLEMENT = columns(
    "结算时间,订单号,子订单号,结算金额,结算账户,结算单类型,有结算前退款,下单时间,收入合计,支出合计,平台服务费,达人佣金"
)
LINKWECHAT = [
    "群发消息模板id",
    "企业群发消息的id",
    "企业服务人员的userid",
    "外部联系人userid",
    "外部客户群id",
    "发送状态：0-未发送 1-已发送 2-因客户不是好友导致发送失败 3-因客户已经收到其他群发消息导致发送失败",
    "发送时间，发送状态为1时返回",
]

LINKWECHAT_CUSTOMERS = columns(
    "客户姓名,客户类型,性别,userid,unionid,生日,所属企业,所属职位,跟进员工,商机阶段,添加方式,添加时间,企业标签,手机号,"
    "邮箱,QQ,所在省市县,详细地址,是否加入黑名单"
)
LINKWECHAT_DAILY = columns("日期,客户总数,新增客户数,流失客户数,净增客户数,发送申请数")
LINKWECHAT_DAILY_GROUPS = columns("日期,客群成员总数,新增客群成员数,流失客群成员数")
WECOM_DAILY = columns(
    "日期,成员,发起申请数,新增客户数,聊天总数,发送消息数,已回复聊天占比,平均首次回复时长(分),删除/拉黑成员的客户数"
)
MOCHAT_SENDS = columns("id,batch_id,employee_id,contact_id,external_user_id,user_id,status,send_time,created_at")
MOCHAT_ROOMS = columns("id,wx_user_id,contact_id,employee_id,unionid,room_id,join_scene,type,status,join_time,out_time")
MOCHAT_EMPLOYEES = columns(
    "id,employee_id,contact_id,remark,description,remark_corp_name,remark_mobiles,add_way,oper_userid,state,corp_id,status,"
    "create_time,created_at,updated_at,deleted_at"
)
WEIMOB_LOST = columns("客户昵称,外部联系人userid,所属员工,添加时间,流失时间,留存天数,最后触达,最后触达时间")
REES46 = columns(
    "id,message_id,campaign_id,message_type,client_id,channel,platform,email_provider,stream,date,sent_at,is_opened,"
    "opened_first_time_at,opened_last_time_at,is_clicked,clicked_first_time_at,clicked_last_time_at,is_unsubscribed,"
    "unsubscribed_at,is_hard_bounced,hard_bounced_at,is_soft_bounced,soft_bounced_at,is_complained,complained_at,is_blocked,"
    "blocked_at,is_purchased,purchased_at,created_at,updated_at"
)


def rows(header: Sequence[str], values: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Rows under a header; a name without its stray spaces will do, every one must be in the header."""
    bare = [name.strip() for name in header]
    for value in values:
        assert set(value) <= set(bare), set(value) - set(bare)
    return [[str(value.get(name, "")) for name in bare] for value in values]


def as_csv(header: Sequence[str], body: Sequence[Sequence[str]], quote: bool = False) -> str:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerows([header, *body])
    return out.getvalue()


def write_csv(
    path: Path, header: Sequence[str], values: Sequence[Mapping[str, Any]], encoding: str = "utf-8", quote: bool = False
) -> Path:
    path.write_bytes(as_csv(header, rows(header, values), quote).encode(encoding))
    return path


def write_xlsx(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> Path:
    """A workbook; numbers, dates and texts keep their kind."""
    from datetime import datetime

    xlsxwriter = pytest.importorskip("xlsxwriter")
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False})
    day = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for name, content in sheets.items():
        sheet = book.add_worksheet(name)
        for i, row in enumerate(content):
            for j, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(i, j, value, day)
                elif isinstance(value, int | float):
                    sheet.write_number(i, j, value)
                else:
                    sheet.write_string(i, j, value)
    book.close()
    return path


def person(i: int) -> dict[str, str]:
    """A Youzan buyer."""
    return {
        "买家手机号": PHONES[i],
        "买家昵称": NICKNAMES[i],
        "收货人/提货人": NAMES[i],
        "收货人手机号/提货人手机号": PHONES[i],
        "详细收货地址/提货地址": ADDRESSES[i],
    }


def youzan(
    number: str, i: int, created: str, paid: str, amount: str, refund: str = "0.00", status: str = "交易完成"
) -> dict[str, str]:
    """A Youzan order."""
    return {
        "订单号": number,
        "订单状态": status,
        "订单创建时间": created,
        "买家付款时间": paid,
        "订单实付金额": amount,
        "订单已退款金额": refund,
        "全部商品名称": "面膜(10片装)(1件);洁面乳(120g)(2件)",
        "买家备注": "请放门口,\n谢谢",
        **person(i),
    }


def youzan_orders() -> list[dict[str, str]]:
    """Nine rows: five orders of three buyers are good."""
    return [
        youzan("E20260601120000000100001", 0, "2026-06-01 12:00:00", "2026-06-01 12:01:30", "129.90"),
        youzan("E20260602120000000100002", 1, "2026-06-02 12:00:00", "2026-06-02 12:00:20", "1,059.10", "59.20"),
        youzan("E20260603120000000100003", 2, "2026-06-03 12:00:00", "", "0.10"),  # paid; its time is missing
        youzan("E20260604120000000100004", 0, "2026-06-04 12:00:00", "", "88.00", status="待付款"),
        youzan(
            "E20260605120000000100005", 0, "2026-06-05 12:00:00", "2026-06-05 12:02:00", "50.00", "50.00", "交易关闭"
        ),
        youzan("E20260606120000000100006", 1, "2026-06-06 12:00:00", "2026-06-06 12:02:00", "70.00", "70.00"),
        youzan("E20260607120000000100007", 0, "2026-06-07 12:00:00", "2026-06-07 23:59:59", "0.20", status="已发货"),
        youzan("E20260607120000000100007", 0, "2026-06-07 12:00:00", "2026-06-07 23:59:59", "0.20", status="已发货"),
        youzan(
            "E20260608120000000100008",
            1,
            "2026-06-08 00:00:00",
            "2026-06-08 00:00:01",
            "￥３００．００",
            status="待发货",
        ),
    ]


def rows_of(table: Any, *names: str) -> list[tuple[Any, ...]]:
    """These columns of a table row by row, times and days as text."""
    return [
        tuple(str(row[name]) if isinstance(row[name], date) else row[name] for name in names)
        for row in table.to_pylist()
    ]


def sends(path: Path, *values: tuple[str, str, str, str, str, str]) -> Path:
    """LinkWeChat's results of mass sends: message, staff, customer, group, status, time."""
    path.write_text(as_csv(LINKWECHAT, [["template", *value] for value in values]), encoding="utf-8")
    return path


def friends(path: Path, *values: tuple[str, str, str, str]) -> Path:
    """LinkWeChat's customers: userid, staff, since when, phone."""
    people = [
        {"客户姓名": NAMES[0], "userid": user, "跟进员工": staff, "添加时间": start, "手机号": phone}
        for user, staff, start, phone in values
    ]
    return write_csv(path, LINKWECHAT_CUSTOMERS, people)


@pytest.fixture
def hashed() -> Any:
    """The hash of a value of a space under the tests' salt."""
    return Salt(SALT, "given").hash


@pytest.fixture
def read() -> Any:
    """An import of files under the tests' salt and day."""

    def read(*paths: Path, **options: Any) -> Imported:
        return import_exports(paths, salt=SALT, today=TODAY, **options)

    return read


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """The builders above, for tests that cannot import this file."""
    return SimpleNamespace(**{name: value for name, value in globals().items() if not name.startswith("_")})
