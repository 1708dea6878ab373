"""The words of tables, plots and reports in English and Chinese: the English text is the key.

`sim` adds its own words to `CHINESE` (see sim/words.py); a test holds that every text passed to `say` has an
entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    "Chinese New Year shopping": "年货节",
    "Chinese New Year holiday": "春节假期",
    "618 lead": "618 预热",
    "Double 11 lead": "双11 预热",
    "Double 11": "双11",
    "Double 12": "双12",
    "Christmas": "圣诞",
    "after Christmas": "圣诞后",
    # season, start of the log, choice of a model
    "Season: {what}.": "季节性：{what}。",
    "Season: none, as the log spans {days} days, less than a year.": "季节性：无，因为记录只有 {days} 天，不足一年。",
    "Season: none, as the log is very large; ask for one with estimate.": "季节性：无，因为记录很大；"
    "如需估计请选 estimate。",
    "Season: none, as nobody has bought again.": "季节性：无，因为还没有客户复购。",
    "season and model converged in {steps} steps": "季节性与模型在 {steps} 步内收敛",
    "season and model did not converge in {steps} steps": "季节性与模型在 {steps} 步内未收敛",
    "the log spans {years:.1f} years, so the rest of the year is the prior's": "记录只有 {years:.1f} 年，"
    "其余时段取先验",
    "the log spans {years:.1f} years, so no part of the season has been seen to return": "记录只有 {years:.1f} 年，"
    "季节的任何一段都还没有重现过",
    "weeks vary {times} as much as chance, and the errors are widened for it": "周间波动是随机波动的 {times}，"
    "误差已相应放宽",
    "the season is BG/NBD's, and the model was fitted on its clock": "季节性由 BG/NBD 估计，模型在其时钟上拟合",
    "Start: {what}.": "记录起点：{what}。",
    "Start: not looked at, as the log is very large; give a run-in in days if need be.": "记录起点：记录很大，未检查；"
    "如有需要请用 --run-in 给出天数。",
    "estimated on all customers: there is no run-in": "用全部客户估计：没有预热期",
    "estimated on the {new:,} customers first seen from {settled} on, since before it many who look new had bought "
    "already; the {seen:,} seen before are scored with parameters of their own": "用 {settled} 起首次出现的 {new:,} "
    "位客户估计，因为此前许多看似新客的人早已买过；此前出现的 {seen:,} 位客户用其自己的参数评分",
    "estimated on the {new:,} customers first seen from {settled} on, since before it many who look new had bought "
    "already; the {seen:,} seen before are scored with the same parameters, too few to have their own": "用 {settled} "
    "起首次出现的 {new:,} 位客户估计，因为此前许多看似新客的人早已买过；此前出现的 {seen:,} 位客户太少，用同样的参数评分",
    "{name} is chosen: {what} is the lowest of {models} models.": "选择 {name}：{what}是 {models} 个模型中最低的。",
    "{name} is chosen: {what} is the lowest of {models} models, though not clearly (within two standard errors) lower than "
    "that of {ties}.": "选择 {name}：{what}是 {models} 个模型中最低的，但与 {ties} 相差不明显（两个标准误之内）。",
    "{name} is chosen: {what} on {first} to {last} is the lowest of {models} models.": "选择 {name}：在 {first} 至 {last} "
    "的{what}是 {models} 个模型中最低的。",
    "{name} is chosen: {what} on {first} to {last} is the lowest of {models} models, though not clearly (within two "
    "standard errors) lower than that of {ties}.": "选择 {name}：在 {first} 至 {last} 的{what}是 {models} 个模型中最低的，"
    "但与 {ties} 相差不明显（两个标准误之内）。",
    "its mean log score": "平均对数得分",
    "its mean CRPS": "平均 CRPS",
    "its mean absolute error": "平均绝对误差",
    "its AIC": "AIC",
    "its BIC": "BIC",
    "Market {name}": "市场：{name}",
    "mean basket": "平均客单价",
    "orders a customer a year while active": "活跃客户年均订单数",
    "chance to be lost after an order": "每单后流失概率",
    # the model of a forecast for which none was named, and P(alive) that is 1 (models/forecasting/automatic.py)
    "Model: BG/NBD, as the log is very large; name a model to have another.": "模型：BG/NBD，因为日志很大；"
    "如需其他模型请指定。",
    "Model: BG/NBD, as of {days} days of orders none can be held back to compare models.": "模型：BG/NBD，因为订单只有 "
    "{days} 天，无法留出一段来比较模型。",
    "Model: BG/NBD, as too few have bought again, or too late, to compare models.": "模型：BG/NBD，因为复购的客户太少"
    "或太晚，无法比较模型。",
    "Model: compared are BG/NBD and Pareto/NBD, which can have covariates.": "模型：只比较了可以带协变量的 BG/NBD 与 "
    "Pareto/NBD。",
    "Model: compared on {n:,} customers, evenly taken.": "模型：在均匀抽取的 {n:,} 位客户上比较。",
    "P(alive) is 1 for everybody: {name} has no loss of customers.": "所有客户的 P(alive)（仍活跃的概率）都是 1："
    "{name} 不考虑客户流失。",
    "P(alive) is 1 for all {n:,} who bought once: {name} lets customers go only after a repeat purchase, so it cannot "
    "say who of them will stay away (MBG/NBD and Pareto/NBD can).": "只购买过一次的 {n:,} 位客户的 P(alive)"
    "（仍活跃的概率）都是 1：{name} 假定客户只会在复购之后流失，因此无法判断其中谁不会再来（MBG/NBD 与 Pareto/NBD 可以）。",
}


# What was left out of a forecast, value, the log's start, festivals (left_out.py, beginning.py, fitting.py).
CHINESE |= {
    "no customer": "没有客户",
    "unreadable date": "日期无法识别",
    "unreadable amount": "金额无法识别",
    "date in the future": "日期在今天之后",
    "malformed line": "格式有误的行",
    "order after the end of observation": "观察期结束之后的订单",
    "customer with refunds only": "只有退款的客户",
    "customers without any other order: {n:,}": "没有其他订单的客户：{n:,} 位",
    "of {n:,} customers": "涉及 {n:,} 位客户",
    "refunds, taken off what was paid": "退款（已从实付中扣除）",
    "orders of amount 0, without value": "金额为 0 的订单（不计价值）",
    "same-day orders, counted as one": "同日的其余订单（同日算一单）",
    "exact copies of another row": "与另一行完全相同的行",
    "repeat buyers whose repeats are worth 0": "复购金额都为 0 的客户",
    "customers first seen in the run-in": "预热期内首次出现的客户",
    "From the export": "导出文件",
    "{model} after a run-in": "{model}（预热期后）",
    "What was left out, and what was not counted as an order of its own": "剔除的，以及没有单独算作一单的",
    "rows": "行数",
    "{lost:,} of {customers:,} customers are left out, as every amount of theirs is below 0: amounts below 0 are taken as "
    "refunds.": "{customers:,} 位客户中有 {lost:,} 位被剔除，因为他们的金额全部小于 0：小于 0 的金额视为退款。",
    "{share:.0%} of the rows have an amount below 0. If the column is a profit, a margin or a balance, name the one with "
    "what was paid (amount).": "{share:.0%} 的行金额小于 0。如果该列是利润、毛利或余额，请改用实付金额所在的列（amount）。",
    "Every row is there {times} times (the same customer, time and amount), as when an export is joined to itself. All are "
    "counted, so value is about {times} times what it should be: export again, or remove the copies first.": ""
    "每一行都出现了 {times} 次（客户、时间、金额都相同），像是导出文件与自身合并过。这些行全部计入，"
    "所以价值大约是应有的 {times} 倍：请重新导出，或先删除重复的行。",
    "{rows:,} rows ({share:.0%}), most of them dated {first} to {last}, are exact copies of another row (the same customer, "
    "time and amount), as when two exports overlap or one is joined to itself. All are counted, so value may be too high: "
    "if they are the same orders, remove the copies first.": ""
    "有 {rows:,} 行（{share:.0%}，多在 {first} 至 {last}）与另一行完全相同"
    "（客户、时间、金额都相同），像是两次导出有重叠，或导出文件与自身合并过。这些行全部计入，所以价值可能偏高："
    "如果它们是同一批订单，请先删除重复的行。",
    "Value is not forecast: no column is known as the amount (there are {columns}). Name the column with what was paid "
    "(amount) to forecast value too.": "未预测价值：没有认出金额列（现有的列：{columns}）。"
    "请指定实付金额所在的列（amount），即可同时预测价值。",
    "Value is not forecast: fewer than two customers have an order of positive value, so the amounts do not tell what an "
    "order is worth. Check the column of amounts (amount).": "未预测价值：金额为正的订单不到两位客户有，"
    "金额看不出一单值多少。请检查金额列（amount）。",
    "recent and frequent": "近期购买且高频",
    "recent, not frequent": "近期购买但低频",
    "frequent, not recent": "高频但近期未购",
    "neither recent nor frequent": "低频且近期未购",
    "In the next {days:g} days the {customers:,} customers are expected to order {orders} times and to be worth {total} "
    "({low} to {high}), {mean} each.": "未来 {days:g} 天，{customers:,} 位客户预计下单 {orders} 次，价值 {total}"
    "（{low} 至 {high}），人均 {mean}。",
    "In the next {days:g} days the {customers:,} customers are expected to order {orders} times ({low} to {high}).": ""
    "未来 {days:g} 天，{customers:,} 位客户预计下单 {orders} 次（{low} 至 {high}）。",
    "Held out from {day}: {expected} orders were forecast and {actual:,} came ({error:+.1%}).": ""
    "留出期自 {day} 起：预测 {expected} 单，实际 {actual:,} 单（{error:+.1%}）。",
    "Held out from {day}: {expected} orders were forecast and {actual:,} came, {times} times as many as came.": ""
    "留出期自 {day} 起：预测 {expected} 单，实际 {actual:,} 单，预测是实际的 {times} 倍。",
    "Held out from {day}: {expected} orders were forecast and none came.": ""
    "留出期自 {day} 起：预测 {expected} 单，实际没有订单。",
    "Festivals: {clear} of the {all} looked for differ from a usual day beyond chance; only these are shown.": ""
    "节日：所考察的 {all} 个节日中，{clear} 个与平常日有超出随机波动的差别，仅显示这些。",
    "Festivals: none of the {all} looked for differs from a usual day beyond chance, so none is shown.": ""
    "节日：所考察的 {all} 个节日与平常日都没有超出随机波动的差别，故不显示。",
    "Start: all customers are estimated together, as too few of those first seen after the run-in have bought again.": ""
    "记录起点：预热期之后首次出现的客户中复购的太少，故全部客户一起估计。",
    "{n:.1f} times": "{n:.1f} 倍",
    "more than {n:.0f} times": "{n:.0f} 倍以上",
    "The log seems to show customers from their first purchase on: no surge of customers seen for the first time at its "
    "start, and {first:.0%} of the first customers and {last:.0%} of the last bought again within {days} days.": ""
    "记录似乎从客户的首单开始：起点没有大批客户同时首次出现，"
    "最早的客户有 {first:.0%}、最晚的有 {last:.0%} 在 {days} 天内复购。",
    "The log seems to show customers from their first purchase on: no surge of customers seen for the first time at its "
    "start. Whether the first customers are like the last cannot be told, as they are too few or all came at once.": ""
    "记录似乎从客户的首单开始：起点没有大批客户同时首次出现。最早与最晚的客户是否相似无从比较，因为客户太少或同时到来。",
    "{first:.0%} of the first customers and {last:.0%} of the last bought again within {days} days, but no surge of "
    "customers seen for the first time says that the log begins in the middle of customers' lives: the customers may have "
    "changed.": ""
    "最早的客户有 {first:.0%}、最晚的有 {last:.0%} 在 {days} 天内复购，但起点没有大批客户同时首次出现，"
    "看不出记录从客户生命周期中途开始：客群可能变了。",
    "The log may or may not begin in the middle of customers' lives: in its first week {surge} as many customers are seen "
    "for the first time as later weeks suggest, but {first:.0%} of the first customers and {last:.0%} of the last bought "
    "again within {days} days, which may be chance, as after a launch.{advice}": "无法确定记录是否从客户生命周期中途开始："
    "首周首次出现的客户是之后各周所示的 {surge}，但最早的客户有 {first:.0%}、最晚的有 {last:.0%} 在 {days} 天内复购，"
    "可能只是随机波动，新店开张也会如此。{advice}",
    "The log may or may not begin in the middle of customers' lives: in its first week {surge} as many customers are seen "
    "for the first time as later weeks suggest, as after a launch too. Whether the first customers are like the last cannot "
    "be told, as they are too few or all came at once.{advice}": "无法确定记录是否从客户生命周期中途开始："
    "首周首次出现的客户是之后各周所示的 {surge}，新店开张也会如此。最早与最晚的客户是否相似无从比较，"
    "因为客户太少或同时到来。{advice}",
    "The log begins in the middle of customers' lives: in its first week {surge} as many customers are seen for the first "
    "time as later weeks suggest, and {first:.0%} of the first customers and {last:.0%} of the last bought again within "
    "{days} days.{advice}": "记录从客户生命周期中途开始：首周首次出现的客户是之后各周所示的 {surge}，"
    "最早的客户有 {first:.0%}、最晚的有 {last:.0%} 在 {days} 天内复购。{advice}",
    " If the shop was open before, estimate on customers first seen after {run_in} days.": ""
    "如果店铺此前已经营业，请用 {run_in} 天之后首次出现的客户估计。",
    " Estimate on customers first seen after {run_in} days, of whom about {left_over:.0%} are still old, and score "
    "everybody.": "应用 {run_in} 天之后首次出现的客户估计（其中约 {left_over:.0%} 仍是老客户），并给所有人评分。",
    " Hardly anybody new has come: even of those first seen after {run_in} days most are old customers, so what is "
    "estimated says little of newcomers.": "几乎没有新客到来：即使 {run_in} 天之后首次出现的也多半是老客户，"
    "所以估计结果对新客的参考有限。",
    " They are so few of all customers that none need be left out.": "这些客户在全体中占比很小，无需剔除。",
}


@dataclass(frozen=True)
class Remark:
    """A sentence in either language: the English template and what its `{name}`s stand for, themselves remarks or not."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def say(self, lang: Language = "en") -> str:
        """The sentence in the language asked for."""
        values = {k: v.say(lang) if isinstance(v, Remark) else v for k, v in self.values.items()}
        return say(self.text, lang, **values)

    def __str__(self) -> str:
        return self.say()


def say(text: str, lang: Language = "en", **values: object) -> str:
    """`text` in the language asked for, with `{name}` replaced by `values`; English where no translation is
    known."""
    chosen = CHINESE.get(text, text) if lang == "zh" else text
    return chosen.format(**values) if values else chosen


MOST_TIMES = 20.0  # beyond, "more than this many times" says as much, and the exact ratio is one of rounding errors


def times(ratio: float) -> Remark:
    """How many times as much, in a sentence: "2.3 times", or "more than 20 times"."""
    return Remark("more than {n:.0f} times" if ratio > MOST_TIMES else "{n:.1f} times", {"n": min(ratio, MOST_TIMES)})
