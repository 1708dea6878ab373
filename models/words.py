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
    # siyu forecast and siyu calibrate
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
