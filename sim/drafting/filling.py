"""The text of a scenario to start from: a template, in English or Chinese, with amounts of its market's size."""

import os
import re
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Literal

from models.words import Language
from sim.drafting.scale import Amounts
from sim.scenario.market import Market
from sim.words import number

Origin = Literal["cdnow", "trade", "own"]
_ABOUT_CDNOW = {
    "en": "# The market that comes with siyu: the customers of CDNOW, a shop for CDs in the USA, in US dollars of 1997.\n"
    "# For yours: `siyu calibrate orders.csv -o scenarios/markets/mine.yaml`, then `siyu new NAME --market` with that file.",
    "zh": "# 自带市场是美国 CD 唱片店 CDNOW 的顾客，金额是 1997 年的美元。换成您自己的顾客：\n"
    "# 先 `siyu calibrate 订单.csv -o scenarios/markets/mine.yaml`，再 `siyu new 名称 --market` 加上这个文件。",
}
_ABOUT_TRADE = {
    "en": "# A market of the trade that comes with siyu: published figures and assumptions, told beside each number.\n"
    "# For yours: `siyu calibrate orders.csv -o scenarios/markets/mine.yaml`, then `siyu new NAME --market` with that file.",
    "zh": "# 自带的行业市场：由公开数据和假设得出，市场文件里每个数字后面都注明出处（source）或假设（assumption）。\n"
    "# 换成您自己的顾客：先 `siyu calibrate 订单.csv -o scenarios/markets/mine.yaml`，\n"
    "# 再 `siyu new 名称 --market` 加上这个文件。",
}
_ABOUT = {"cdnow": _ABOUT_CDNOW, "trade": _ABOUT_TRADE}


def starter_text(name: str, file: Path, market: Market, folder: Path, origin: Origin, lang: Language) -> str:
    """The text of `folder/name.yaml`, a scenario on the market in `file`, of which it says where it comes from."""
    about = "" if origin == "own" else _ABOUT[origin][lang]
    basket = market.baskets.mean
    amounts = {key: _written(value) for key, value in vars(Amounts.of(market)).items()}
    text = Template(starter_file("scenario.yaml" if lang == "en" else f"scenario.{lang}.yaml")).substitute(
        amounts,
        name=name,
        market=_path(file, folder),
        market_name=market.name,
        currency=market.currency,
        basket=number(basket),
        left=number(basket * market.margin),
        about_market=about,
    )
    return text if about else text.replace("\n\nname:", "\nname:", 1)


def _written(value: float) -> str:
    """A number as a file has it: 0.02, 40, 2000, 25_000."""
    if value >= 10_000:
        return f"{value:_.0f}"
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _path(file: Path, folder: Path) -> str:
    """The market's path, relative to the scenario's folder where that can be; in quotes where YAML needs them."""
    try:
        relative = Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:  # on another drive
        relative = Path(os.path.abspath(file)).as_posix()
    return relative if re.fullmatch(r"[\w./-]+", relative) else "'" + relative.replace("'", "''") + "'"


def starter_file(name: str) -> str:
    """The text of a file that `siyu new` starts from."""
    return (files("sim.drafting") / "starter" / name).read_text(encoding="utf-8")
