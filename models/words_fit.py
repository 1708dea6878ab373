"""How a fit went, in Chinese: what models say of themselves in `message_`, taken apart where it is put together."""

import re
from collections.abc import Callable, Sequence

from models.words import Language

_STEPS = r"\((?P<went>(?:not )?converged in \d+ steps)\)"

# Each part of a message (they are joined by "; "), and how it is said.
PARTS: Sequence[tuple[str, str]] = (
    (r"converged in (?P<n>\d+) steps", "{n} 步收敛"),
    (r"not converged in (?P<n>\d+) steps", "{n} 步未收敛"),
    (r"with covariates (?P<part>.+)", "加入协变量后{part}"),
    (r"parameters given, not fitted", "参数为给定，未拟合"),
    (r"the data do not identify all of (?P<names>.+)", "数据不足以确定全部参数（{names}）"),
    (rf"a weak prior on their spread was added {_STEPS}", "已对其离散程度加入弱先验（{went}）"),
    (r"the data do not identify both p and q", "数据不足以同时确定 p 与 q"),
    (rf"a weak prior on them was added {_STEPS}", "已加入弱先验（{went}）"),
    (
        rf"none of the (?P<n>[\d,]+) customers has bought on a second day, so .+, corrected by .+ {_STEPS}",
        "{n} 位客户都没有在第二天购买过，数据既看不出购买节奏也看不出流失："
        "两者取自弱先验，并按至今无人回购的时间修正（{went}）",
    ),
    (r"every customer spends (?P<n>\S+) an order: one constant price", "每位客户每单都消费 {n}：统一价格"),
    (
        r"q = (?P<q>\S+) <= 1: the mean spend of the population is infinite, so the observed mean (?P<n>\S+) stands in .+",
        "q = {q} ≤ 1：总体的平均消费为无穷，客户自己的订单给不出均值时以观测均值 {n} 代替",
    ),
    (r"from first purchases too, as hardly anybody has bought again", "几乎没有客户复购，故也用首单估计"),
    (r"k = (?P<k>\d+) is the likeliest of 1 to (?P<n>\d+)", "在 1 至 {n} 中 k = {k} 最可能"),
    (
        r"k = (?P<k>\d+) is the likeliest of 1 to (?P<n>\d+) \(the most that is tried: k may be larger\)",
        "在 1 至 {n} 中 k = {k} 最可能（已是所试的最大值，k 可能更大）",
    ),
    (r"base parameters are those of a customer with (?P<who>.+)", "基准参数对应 {who} 的客户"),
    (r"the data do not identify (?P<names>.+)", "数据不足以确定 {names}"),
    (
        r"a weak prior was added \(coefficients: normal, mean 0, sd (?P<sd>\S+) a level or a standard deviation\)",
        "已加入弱先验（系数：正态，均值 0，每个水平或标准差的 sd 为 {sd}）",
    ),
)


def fit_said(message: str, lang: Language) -> str:
    """A model's `message_` in the language asked for; parts that are not known stay as they are."""
    return message if lang == "en" else "；".join(_part(part) for part in message.split("; "))


def _part(part: str) -> str:
    nested: dict[str, Callable[[str], str]] = {"went": _part, "part": _part, "names": _names}
    for pattern, chinese in PARTS:
        if (match := re.fullmatch(pattern, part)) is not None:
            return chinese.format(**{name: nested.get(name, str)(value) for name, value in match.groupdict().items()})
    return part


def _names(names: str) -> str:
    return names.replace("the base parameters", "基准参数")
