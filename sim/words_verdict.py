"""How verdicts speak: numbers, chances and lists in sentences of both languages, and the Chinese of verdicts."""

import math
import re

from models.words import CHINESE, Language, say
from sim.results.metrics import REGISTRY
from sim.results.statistics.chances import highest
from sim.scenario.measures import Kind
from sim.words import number
from sim.words_report import minus

CHINESE.update(
    {
        # verdicts on two strategies
        "{name} and {other} cannot be compared: lifetime value is undefined": "{name}与{other}无法比较：LTV无定义",
        "{name} and {other} do not differ in LTV a member": "{name}与{other}的会员人均LTV没有差别",
        (
            "{name} clearly beats {other}: LTV a member is {gap} higher on average, and higher in one pool with "
            "{chance}{range}"
        ): "{name}明显优于{other}：会员人均LTV平均高{gap}，单个私域池中更高的概率为{chance}{range}",
        (
            "{name} clearly loses to {other}: LTV a member is {gap} lower on average, and lower in one pool with "
            "{chance}{range}"
        ): "{name}明显不如{other}：会员人均LTV平均低{gap}，单个私域池中更低的概率为{chance}{range}",
        (
            "{name} likely beats {other}: LTV a member is {gap} higher on average, and higher in one pool with "
            "{chance}{range}"
        ): "{name}很可能优于{other}：会员人均LTV平均高{gap}，单个私域池中更高的概率为{chance}{range}",
        (
            "{name} likely loses to {other}: LTV a member is {gap} lower on average, and lower in one pool with "
            "{chance}{range}"
        ): "{name}很可能不如{other}：会员人均LTV平均低{gap}，单个私域池中更低的概率为{chance}{range}",
        (
            "{name} and {other} are practically alike: LTV a member is {gap} higher on average, and within 1 % of "
            "{other}'s in one pool with {alike}"
        ): "{name}与{other}几乎没有差别：会员人均LTV平均高{gap}，单个私域池中与{other}相差不到1%的概率为{alike}",
        (
            "{name} and {other} are practically alike: LTV a member is {gap} lower on average, and within 1 % of "
            "{other}'s in one pool with {alike}"
        ): "{name}与{other}几乎没有差别：会员人均LTV平均低{gap}，单个私域池中与{other}相差不到1%的概率为{alike}",
        "{name} has the higher LTV a member, by {gap}; one replicate cannot tell how sure that is": (
            "{name}的会员人均LTV高{gap}；只有一次重复，无法判断把握有多大"
        ),
        "{name} has the lower LTV a member, by {gap}; one replicate cannot tell how sure that is": (
            "{name}的会员人均LTV低{gap}；只有一次重复，无法判断把握有多大"
        ),
        "{name} and {other} have the same LTV a member in the one replicate": (
            "在这一次重复中，{name}与{other}的会员人均LTV相同"
        ),
        (
            "{best} has the higher expected LTV a member, by {gap} ({sure}), and is the one to choose; in one pool "
            "{name} and {other} cannot be told apart: {best} is higher with {chance}{range}"
        ): (
            "{best}的会员人均LTV期望值更高，高{gap}（把握{sure}），应选它；"
            "但在单个私域池中{name}与{other}分不出高下：{best}更高的概率为{chance}{range}"
        ),
        (
            "{name} and {other} cannot be told apart: {best} has the higher mean LTV a member, by {gap}, which for the "
            "expected value is {sure} sure; in one pool {best} is higher with {chance}{range}"
        ): (
            "{name}与{other}分不出高下：{best}的会员人均LTV均值高{gap}，期望值更高的把握为{sure}；"
            "单个私域池中{best}更高的概率为{chance}{range}"
        ),
        "{name} and {other} cannot be told apart: their mean LTV a member is equal": (
            "{name}与{other}分不出高下：会员人均LTV均值相同"
        ),
        " (the difference lies between {low} and {high} with 90 %)": "（差值有90%的概率在{low}与{high}之间）",
        " ({name} less {other} lies between {low} and {high} with 90 %)": (
            "（{name}减{other}的差值有90%的概率在{low}与{high}之间）"
        ),
        "less than {amount}": "不到{amount}",
        # beside it
        "With {name}, {told}": "{name}的其他指标中，{told}",
        "clearly: {lines}": "明显的是{lines}",
        "likely: {lines}": "很可能的是{lines}",
        "practically alike: {lines}": "几乎没有差别的是{lines}",
        "cannot be told apart: {lines}": "分不出高下的是{lines}",
        "{measure} higher ({values})": "{measure}更高（{values}）",
        "{measure} lower ({values})": "{measure}更低（{values}）",
        "{measure} {values}": "{measure}{values}",
        "{mine} against {theirs}": "{mine}对{theirs}",
        "difference {gap}": "相差{gap}",
        ", ": "，",
        "; ": "；",
        ".": "。",
        "{percent} %": "{percent}%",
        "> {percent} %": "> {percent}%",
        "< {percent} %": "< {percent}%",
        "more than {percent} %": "{percent}%以上",
        "less than {percent} %": "不到{percent}%",
        (
            "{n} replicates support no chance above {highest}; from {enough} replicates on a difference can be clear"
        ): "{n}次重复最多只能支持{highest}的概率；至少{enough}次重复才可能得出明显的差别",
        # several
        "Of {n} strategies {best} has the highest LTV a member; one replicate cannot tell how sure that is": (
            "{n}个策略中，{best}的会员人均LTV最高；只有一次重复，无法判断把握有多大"
        ),
        "Of {n} strategies {best} has the highest expected LTV a member and is the one to choose ({its})": (
            "{n}个策略中，{best}的会员人均LTV期望值最高，应选它（{its}）"
        ),
        "the best in one pool with {chance}": "单个私域池中最优的概率为{chance}",
        (
            "the best in one pool with {chance}; expected regret {regret} a member, what choosing it gives up on average "
            "against that pool's best"
        ): "单个私域池中最优的概率为{chance}；期望遗憾为人均{regret}，即选它比该池中最优者平均少得的部分",
        "{chance}, regret {regret}": "{chance}，遗憾{regret}",
        "{name} ({its})": "{name}（{its}）",
        "; then {rest}": "；其次为{rest}",
        "; most often best is {name}": "；最常为最优的是{name}",
        "; LTV is undefined for {names}": "；{names}的LTV无定义",
        # sweeps
        "{label}: {flat}": "{label}：{flat}",
        "{label}: the same at every value tried ({reached} on average); {keys} makes no difference to it here": (
            "{label}：所试各取值的结果相同（平均{reached}）；{keys}在这里不起作用"
        ),
        "every other value tried costs more than {near}": "其他取值都会少{near}以上",
        "all values tried within {near} of the best": "全部取值与最优相差都在{near}以内",
        "{n} of {all} combinations within {near} of the best": "{all}种组合中有{n}种与最优相差在{near}以内",
        "{ranges} all within {near} of the best": "{ranges}，与最优相差都在{near}以内",
        "{key} {runs}": "{key} {runs}",
        " with ": "且",
        "{low} to {high}": "{low} 至 {high}",
        "the best is {best} ({reached}); one replicate cannot tell how sure that is": (
            "最优为{best}（{reached}）；只有一次重复，无法判断把握有多大"
        ),
        "best by mean and most often is {best} ({reached}, the best in one pool with {chance})": (
            "均值最优且最常为最优的是{best}（{reached}，单个私域池中最优的概率为{chance}）"
        ),
        "best by mean is {best} ({reached}, the best in one pool with {chance}), most often best {often} ({oftener})": (
            "均值最优的是{best}（{reached}，单个私域池中最优的概率为{chance}），最常为最优的是{often}（{oftener}）"
        ),
        "{key} = {value} is the highest value tried: try higher ones, too": (
            "{key} = {value} 已是所试的最大值：请再试更大的值"
        ),
        "{key} = {value} is the lowest value tried: try lower ones, too": (
            "{key} = {value} 已是所试的最小值：请再试更小的值"
        ),
        # what not to steer by
        (
            "Do not steer by {measures}: {loud}, which writes most, comes first there and yet has {harms} than {other}; "
            "such measures reward many messages"
        ): "不要以{measures}为准：{loud}发消息最多，在这些指标上领先，却比{other}{harms}；这类指标奖励的是多发消息",
        "{measure} ({values})": "{measure}（{values}）",
        "the higher churn ({values})": "流失率更高（{values}）",
        "the lower LTV a member ({values})": "会员人均LTV更低（{values}）",
    }
)


def spoken_number(value: float | None, kind: Kind | None, lang: Language, signed: bool = False) -> str:
    """A number in a sentence: with a real minus, in Chinese with no space (and so no line break) before the per cent."""
    text = minus(number(value, kind))
    if signed and value is not None and value > 0 and any(digit in text for digit in "123456789"):
        text = f"+{text}"
    return text.replace(" %", "%") if lang == "zh" else text


def percent(chance: float | None, lang: Language, n: int = 0, short: bool = False) -> str:
    """A chance in whole per cent, `more than 95 %` (short, for tables: `> 95 %`) at the highest that n replicates support,
    a dash if it is None."""
    if chance is None:
        return "–"
    whole, top = round(100 * chance), math.floor(100 * highest(n)) if n else 100
    if n and chance >= highest(n) - 1e-12:
        return say("> {percent} %" if short else "more than {percent} %", lang, percent=top)
    if n and chance <= 1 - highest(n) + 1e-12:
        return say("< {percent} %" if short else "less than {percent} %", lang, percent=100 - top)
    return say("{percent} %", lang, percent=min(max(whole, 100 - top), top))


def labelled(measure: str, lang: Language) -> str:
    """A measure's label before a number: Chinese needs a space where the label ends in Latin letters."""
    label = say(REGISTRY[measure].label, lang)
    return f"{label} " if lang == "zh" and label[-1].isascii() else label


_LISTS = {
    ("en", False): (", ", " and "),
    ("en", True): (", ", " and "),
    ("zh", False): ("、", "和"),
    ("zh", True): ("，", "，且"),
}


def joined(parts: list[str], lang: Language, clauses: bool = False) -> str:
    """`a`, `a and b`, `a, b and c`; Chinese lists clauses otherwise than names."""
    if len(parts) < 2:
        return "".join(parts)
    between, last = _LISTS[lang, clauses]
    return between.join(parts[:-1]) + last + parts[-1]


def apart(one: str, other: str, lang: Language) -> str:
    """Two sentences after one another; Chinese has no space between them."""
    return (one + other) if lang == "zh" or not other else f"{one} {other}"


def unbroken(text: str) -> str:
    """For pages: a number and its per cent stay on one line."""
    return re.sub(r"(?<=\d) (?=%)", "\N{NO-BREAK SPACE}", text)
