"""The simulator's words in Chinese, and how numbers are written in tables, plots and sentences."""

from models.words import CHINESE
from sim.scenario.measures import Kind

CHINESE.update(
    {
        # measures
        "LTV/CAC": "LTV/CAC",
        "LTV a joiner": "新加入者人均LTV",
        "LTV a founder": "初始会员人均LTV",
        "LTV a member": "会员人均LTV",
        "LTV a founder without the pool": "不运营时初始会员人均LTV",
        "CAC": "获客成本CAC",
        "paid CAC": "付费获客成本",
        "payback": "回本天数",
        "ROI": "ROI",
        "ROI of operations": "运营ROI",
        "spend": "总支出",
        "contribution": "贡献毛利",
        "contribution a member": "人均贡献毛利",
        "profit": "利润",
        "profit a member": "人均利润",
        "sales": "销售额(GMV)",
        "average basket": "客单价",
        "churn": "流失率",
        "churn: left": "流失:已退出",
        "churn: silent": "流失:沉默",
        "lost as customers": "不再购买的客户",
        "D7 retention": "7日留存",
        "D30 retention": "30日留存",
        "active in 7 days": "7日活跃率",
        "active in 30 days": "30日活跃率",
        "dormancy": "沉睡率",
        "wake-up rate": "唤醒率",
        "repurchase of the woken": "唤醒后复购率",
        "orders": "订单数",
        "orders a member a year": "人均年订单数",
        "repurchase rate": "复购率",
        "repurchase interval": "复购间隔(天)",
        "first-order conversion": "首单转化率",
        "read rate": "阅读率",
        "click rate": "点击率",
        "complaint rate": "投诉率",
        "opt-out rate": "退订率",
        "conversion per push": "单次推送转化率",
        "coupon redemption": "优惠券核销率",
        "bought anyway": "无券也会购买的比例",
        "members ever": "累计会员数",
        "joiners": "新加入人数",
        # verdicts
        "{name} and {other} cannot be compared: lifetime value is undefined": "{name}与{other}无法比较:LTV无定义",
        "{name} and {other} do not differ": "{name}与{other}没有差别",
        "{name} beats {other} by {gap} {currency} LTV a member{range}": "{name}优于{other},会员人均LTV高{gap} {currency}{range}",
        "{name} loses to {other} by {gap} {currency} LTV a member{range}": "{name}不如{other},会员人均LTV低{gap} {currency}{range}",
        "{name} is perhaps better than {other}, by {gap} {currency} LTV a member{range}: better with {chance} %": (
            "{name}可能优于{other},会员人均LTV高{gap} {currency}{range},更优的概率为{chance}%"
        ),
        "{name} is perhaps worse than {other}, by {gap} {currency} LTV a member{range}: better with {chance} %": (
            "{name}可能不如{other},会员人均LTV低{gap} {currency}{range},更优的概率为{chance}%"
        ),
        " (90 % sure between {low} and {high})": "(九成把握在{low}与{high}之间)",
        ", {measure} {mine} against {theirs}": ",{measure}{mine}对{theirs}",
        ".": "。",
    }
)


def number(value: float | None, kind: Kind | None = None) -> str:
    """A number as people read it: shares in per cent, three significant digits, thousands apart; a dash for None."""
    if value is None:
        return "–"
    if kind == "share":
        percent = 100 * value
        return f"{percent:.1f} %" if abs(percent) < 10 else f"{percent:.0f} %"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f}"
