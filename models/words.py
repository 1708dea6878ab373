"""The words of tables, plots and reports in English and Chinese: the English text is the key.

`sim` adds its own words to `CHINESE` (see sim/words.py); a test holds that every text passed to `say` has an
entry.
"""

from typing import Literal, TypeAlias

Language: TypeAlias = Literal["en", "zh"]

CHINESE: dict[str, str] = {
    "customers": "客户数",
    "orders": "订单数",
    # plots
    "actual": "实际",
    "expected": "预测",
    "days": "天",
    "weeks": "周",
    "end of calibration": "校准期结束",
    "expected orders a customer": "人均预期订单数",
    "Expected orders in the next {t:g} {unit}": "未来 {t:g} {unit}的预期订单数",
    "repeat orders so far": "已有复购次数",
    "age at the last order ({unit})": "首单至末单的时长（{unit}）",
    "Repeat orders a week": "每周复购订单",
    "week since the first order": "自首单起的周数",
    "orders a week": "订单数／周",
    "Orders in the {days} days after calibration": "校准期后 {days} 天内的订单",
    "repeat orders in the calibration (n: customers)": "校准期内的复购次数（n：客户数）",
    "mean orders a customer": "人均订单数",
    "Chance to be still a customer": "仍为活跃客户的概率",
    "chance to be still a customer": "仍为活跃客户的概率",
    "Repeat orders so far": "累计复购订单",
    "mean spend an order ({unit})": "单均消费（{unit}）",
    "the export's money": "导出文件的货币",
    "Mean spend of repeat customers": "复购客户的单均消费",
    "density in the logarithm": "对数密度",
    "Chance to be still a customer, and orders (strokes)": "仍为活跃客户的概率与订单（竖线）",
    "day": "日期",
    "customer": "客户",
    "What the data say of the parameters": "数据对参数的判断",
    "orders against a usual day": "相对平常日的订单",
    "Season of the coming year": "未来一年的季节性",
    "times a usual day": "平常日的倍数",
    # siyu forecast and siyu calibrate
    "By segment": "按分群",
    "segment": "分群",
    "expected orders": "预期订单数",
    "LTV a customer": "客均 LTV",
    "Parameters": "参数",
    "parameter": "参数",
    "standard error": "标准误",
    "Models compared": "模型比较",
    "Plots": "图表",
    "How to get it again": "如何复现",
    "seed": "种子",
    "In the next {days:g} days the {customers:,} customers are expected to order {orders:,.0f} times and to be "
    "worth {total:,.0f} ({low:,.0f} to {high:,.0f}), {mean:,.2f} each.": "未来 {days:g} 天，"
    "{customers:,} 位客户预计下单 {orders:,.0f} 次，"
    "价值 {total:,.0f}（{low:,.0f} 至 {high:,.0f}），人均 {mean:,.2f}。",
    "Held out from {day}: {expected:,.0f} orders were forecast and {actual:,} came ({error:+.1%}).": ""
    "留出期自 {day} 起：预测 {expected:,.0f} 单，实际 {actual:,} 单（{error:+.1%}）。",
    # RFM's eight types
    "top value": "重要价值客户",
    "top to develop": "重要发展客户",
    "top to keep": "重要保持客户",
    "top to win back": "重要挽留客户",
    "usual value": "一般价值客户",
    "usual to develop": "一般发展客户",
    "usual to keep": "一般保持客户",
    "usual to win back": "一般挽留客户",
    "Forecast of {source}": "预测：{source}",
    "measure": "指标",
    "value": "数值",
    "90 % interval": "90% 区间",
    "orders read": "读取的订单数",
    "orders left out: {reason}": "剔除的订单：{reason}",
    "repeat buyers": "复购客户数",
    "first and last day": "首末日期",
    "expected orders in {days:g} days": "未来 {days:g} 天预期订单数",
    "LTV a customer, {days:g} days": "客均 LTV（{days:g} 天）",
    "LTV in total": "LTV 合计",
    "log-likelihood": "对数似然",
    "fit": "拟合",
    "holdout: actual orders": "留出期：实际订单数",
    "holdout: expected orders": "留出期：预测订单数",
    "holdout: mean absolute error": "留出期：平均绝对误差",
    "holdout: root mean squared error": "留出期：均方根误差",
    "Written to {path}": "已写入 {path}",
    "Market {name}": "市场：{name}",
    "mean basket": "平均客单价",
    "orders a customer a year while active": "活跃客户年均订单数",
    "chance to be lost after an order": "每单后流失概率",
}


def say(text: str, lang: Language = "en", **values: object) -> str:
    """`text` in the language asked for, with `{name}` replaced by `values`; English where no translation is
    known."""
    chosen = CHINESE.get(text, text) if lang == "zh" else text
    return chosen.format(**values) if values else chosen
