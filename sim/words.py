"""The simulator's words in Chinese, and how numbers are written in tables, plots and sentences."""

from models.words import CHINESE, Language, say
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
        "payback": "回本时间",
        "ROI": "ROI",
        "ROI of operations": "运营ROI",
        "spend": "总支出",
        "contribution": "贡献毛利",
        "contribution a member": "人均贡献毛利",
        "profit": "利润",
        "profit a member": "人均利润",
        "sales": "销售额（GMV）",
        "average basket": "客单价",
        "churn": "流失率",
        "churn: left": "流失：已退出",
        "churn: silent": "流失：沉默",
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
        "repurchase interval": "复购间隔",
        "first-order conversion": "首单转化率",
        "read rate": "阅读率",
        "click rate": "点击率",
        "complaints per message": "每条消息投诉率",
        "opt-outs per message": "每条消息退订率",
        "conversion per push": "单次推送转化率",
        "coupon redemption": "优惠券核销率",
        "bought anyway": "无券也会购买的比例",
        "orders gained per redemption": "每次核销净增订单",
        "members ever": "累计会员数",
        "joiners": "新加入人数",
        "measure": "指标",
        "met": "达标",
        "missed": "未达标",
        "undefined": "无定义",
        "chance of being best": "最优概率",
        "written to": "已写入",
        "days": "天",
        # a quick look (sim/results/quick_look.py)
        "A quick look: {members} founding members in place of {written}; scaled with them: {what} "
        "(--as-written keeps them).": (
            "快速预览：初始会员{members}人，原定{written}人；{what}随之按比例缩放（加 --as-written 则保持原值）。"
        ),
        "{members} founding members in place of {written}; everything else as written.": (
            "初始会员{members}人，原定{written}人；其余均按原方案。"
        ),
        "joiners a day": "每日新加入人数",
        "coupon budgets": "优惠券预算",
        "tools": "工具费用",
        "targets of totals": "总量目标",
        # long work that resumes
        "{n} replicates are those of an earlier run; --no-resume runs them again.": (
            "{n} 次重复取自此前的运行；加 --no-resume 可重新运行。"
        ),
    }
)


def number(value: float | None, kind: Kind | None = None) -> str:
    """A number as people read it: shares in per cent, three significant digits, thousands apart; a dash for None."""
    if value is None:
        return "–"
    if kind == "share":
        percent = 100 * value
        digits = 0 if abs(percent) >= 10 else 1 if abs(percent) >= 1 else 2 if abs(percent) >= 0.01 else 4
        return f"{percent:.{digits}f} %" if percent else "0 %"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f}"


def with_unit(label: str, kind: Kind, currency: str, lang: Language = "en") -> str:
    """A measure's label with the unit of its numbers."""
    unit = {"money": currency, "days": say("days", lang)}.get(kind)
    return f"{label}, {unit}" if unit else label
