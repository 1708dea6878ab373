"""What leaves the house: ids that are phone numbers or addresses masked, cells that no spreadsheet runs, no empty boxes."""

import csv
import io
import json
import re
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from models.data.csv_cells import csv_text, escaped
from models.data.masking import shown_ids, without_persons
from models.data.orders import Orders
from models.data.summary import Summary
from models.errors import BadInput
from models.families.bg_nbd import BGNBD
from models.families.gamma_gamma import GammaGamma
from models.forecasting.pipeline import forecast as forecast_of
from models.report import plots
from models.report.plots.svg import svg, text_stays_text
from sim.cli.forecast import forecast

ROOT = Path(__file__).parents[2]
app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
app.command("forecast")(forecast)
app.command("other")(lambda: None)


# --- ids --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "mask"),
    [
        ("13800010001", "138****0001"),
        ("+86 138 0001 0001", "138****0001"),
        ("86-13800010001", "138****0001"),
        ("008613800010001", "138****0001"),
        ("138 0001 0001", "138****0001"),
        ("0571-88881234", "***1234"),
        ("+1 (415) 555-2671", "***2671"),
        ("(415) 555-2671", "***2671"),
        ("zhang.san@example.com", "z***@example.com"),
        ("张三@例子.中国", "张***@例子.中国"),
    ],
)
def test_phone_numbers_and_addresses_are_masked(own: str, mask: str) -> None:
    assert re.fullmatch(f"{re.escape(mask)}-[0-9a-f]{{4}}", shown_ids([own, "x17"])(own))


@pytest.mark.parametrize(
    "own",
    [
        "c001",
        "98000001",
        "138****0001",
        "0f3a77",
        "12345678901",
        "ANON-0000-0000-0001",
        "张三",
        "@home",
        "2024-01-05",
        "-5",
    ],
)
def test_other_ids_stay(own: str) -> None:
    shown = shown_ids([own, "13800010001"])
    assert shown(own) == own and shown("13800010001") != "13800010001"


def test_masked_ids_are_one_of_a_kind_and_those_of_the_same_log_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIYU_SALT", raising=False)
    phones = [f"138{k:04}0001" for k in range(3_000)] + ["1380001", "vip"]
    shown = shown_ids(phones)
    names = {shown(one) for one in phones}
    assert len(names) == len(phones) and {"1380001", "vip"} < names
    assert all(name.startswith("138****0001-") for name in names - {"1380001", "vip"})
    assert shown_ids(reversed(phones)).masked == shown.masked
    other = shown_ids(phones[1:])
    assert all(other(one) != shown(one) for one in phones[1:50])  # by no key that a reader of the page could try
    monkeypatch.setenv("SIYU_SALT", "a salt only for tests, 32 bytes!")
    assert shown_ids(phones[:5])(phones[3])[:16] == shown_ids(phones)(phones[3])[:16]
    assert "138" not in repr(shown)


def test_numbers_that_a_shop_gives_out_are_no_phone_numbers() -> None:
    """Eleven digits of which 7 in 100 begin like a mobile number by chance."""
    given = [f"{k:011}" for k in np.random.default_rng(3).integers(10**10, 10**11, 500)]
    assert sum(one[0] == "1" and one[1] in "3456789" for one in given) > 10
    assert shown_ids(given).masked == {}
    assert len(shown_ids([*given[:20], *(f"139{k:08}" for k in range(30))]).masked) >= 30


def test_sentences_and_commands_name_nobody() -> None:
    said = "siyu forecast 13800010001.csv --by a.b@example.com --customers 20240105138000100012.csv"
    assert (
        without_persons(said)
        == "siyu forecast 138****0001.csv --by a***@example.com --customers 20240105138000100012.csv"
    )


# --- cells ------------------------------------------------------------------------------------------------------------

FORMULAS = ['=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_begins_like_a_formula_is_behind_an_apostrophe(text: str) -> None:
    frame = pd.DataFrame({"=name": pd.Series([text, "plain", None], dtype=object), "n": [-1, 2, 3]})
    for kind in (object, "str", "category"):
        rows = list(csv.reader(io.StringIO(csv_text(frame.astype({"=name": kind})), newline="")))
        cell = f"'{text}".replace("\r", "\n")
        assert rows == [["'=name", "n"], [cell, "-1"], ["plain", "2"], ["", "3"]]
    assert frame["=name"][0] == text  # the table itself is left alone


def test_numbers_stay_numbers() -> None:
    day = pd.Timestamp("2024-01-05")
    frame = pd.DataFrame(
        {"a": [-1.5, np.nan], "b": [True, False], "c": pd.Series([-1, None], dtype=object), "d": [day, day]}
    )
    assert csv_text(frame) == frame.to_csv(index=False, lineterminator="\n")
    assert escaped(-3) == -3 and escaped("3-") == "3-" and escaped(None) is None


def test_every_csv_is_written_by_the_one_function() -> None:
    writers = re.compile(r"\.to_csv\(|\.write_csv\(|csv\.writer\(|DictWriter\(|\.to_excel\(|FORMAT csv", re.IGNORECASE)
    files = [file for folder in ("models", "sim", "siyu") for file in (ROOT / folder).rglob("*.py")]
    there = {file.relative_to(ROOT).as_posix() for file in files if writers.search(file.read_text(encoding="utf-8"))}
    assert there == {"models/data/csv_cells.py", "sim/cases/telling.py"}
    assert "escaped(value)" in (ROOT / "sim/cases/telling.py").read_text(encoding="utf-8")


# --- a whole forecast ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def phones(sample_orders: Orders) -> pd.DataFrame:
    """Orders of customers who are phone numbers, but for one who is a formula and two with a name."""
    frame = sample_orders.to_frame()
    frame = frame[frame["customer"].isin(frame["customer"].unique()[:400])].rename(columns={"time": "date"})
    own = {one: f"139{k:08}" for k, one in enumerate(frame["customer"].unique())}
    busiest = frame["customer"].value_counts().index
    own |= {busiest[0]: "张三", busiest[1]: '=HYPERLINK("http://x","y")', busiest[2]: "🎉李四🎉"}
    return frame.assign(customer=frame["customer"].map(own))


@pytest.fixture
def export(phones: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "orders.csv"
    phones.to_csv(file, index=False)
    return file


def files_of(folder: Path) -> str:
    return "".join(
        file.read_text(encoding="utf-8-sig") for file in folder.iterdir() if file.suffix in (".html", ".csv", ".json")
    )


def run(*arguments: str) -> Any:
    return CliRunner().invoke(
        app, ["forecast", *arguments, "--model", "bg-nbd", "--season", "none", "--run-in", "none"]
    )


def test_no_phone_number_reaches_the_page_the_tables_or_the_plots(export: Path, phones: pd.DataFrame) -> None:
    from models.data.customers import read_customers

    own = phones["customer"].unique().tolist()
    result = run(str(export), "--out", "masked")
    assert result.exit_code == 0, result.output
    written = files_of(Path("masked"))
    assert not re.search(r"139\d{8}", written + result.output)
    table = read_customers(Path("masked/customers.csv"))
    shown = shown_ids(own)
    assert [shown(one) for one in sorted(own) if not one.startswith("=")] == [
        one for one in table["customer"] if not one.startswith("'")
    ]  # in the order of the own ids
    assert (table["customer"] == '\'=HYPERLINK("http://x","y")').sum() == 1
    page = Path("masked/forecast.html").read_text(encoding="utf-8")
    assert "139****" in page and "张三" in page
    assert run(str(export), "--out", "kept", "--show-ids").exit_code == 0
    assert set(re.findall(r"139\d{8}", Path("kept/customers.csv").read_text(encoding="utf-8-sig"))) == {
        one for one in own if one.startswith("139")
    }
    assert re.search(r"139\d{8}", Path("kept/forecast.html").read_text(encoding="utf-8"))


def test_what_is_wrong_with_the_log_stands_on_terminal_page_and_json(export: Path, phones: pd.DataFrame) -> None:
    best = "13900000007"
    more = pd.DataFrame({"customer": best, "date": pd.date_range("1997-02-01", periods=30, freq="9D"), "amount": 900.0})
    pd.concat([phones, more]).to_csv(export, index=False)
    result = run(str(export), "--out", "out", "--lang", "zh")
    assert result.exit_code == 0, result.output
    (told,) = json.loads(Path("out/forecast.json").read_text(encoding="utf-8"))["health"]
    assert (told["finding"], told["count"], told["of"]) == ("concentration", 1, "customers") and 0.3 < told[
        "share"
    ] < 0.9
    assert re.match(
        r"Customer 139\*\*\*\*0007-[0-9a-f]{4,} alone makes up \d\d% of the value \(3\d orders", told["message"]
    )
    chinese = re.compile(r"客户 139\*\*\*\*0007-[0-9a-f]{4,} 一家就占消费总额的 \d\d%")
    page = Path("out/forecast.html").read_text(encoding="utf-8")
    assert chinese.search(re.sub(r"\s*\n\s*", "", result.output)) and chinese.search(page)


def test_the_line_that_repeats_the_run_names_nobody(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    named = export.with_name("of 13912345678.csv")
    export.rename(named)
    monkeypatch.setattr(sys, "argv", ["siyu", "forecast", named.name, "--exclude", "李四", "--exclude=王五"])
    from sim.cli.forecast import _command

    assert _command(named.name, False) == "siyu forecast 'of 139****5678.csv' --exclude '…' '--exclude=…'"
    assert _command(named.name, True).endswith("'of 13912345678.csv' --exclude '李四' '--exclude=王五'")


# --- errors -----------------------------------------------------------------------------------------------------------


def test_errors_point_to_rows_and_quote_nobody(phones: pd.DataFrame, tmp_path: Path, rhythm: BGNBD) -> None:
    from models import WithCovariates, summarise
    from models.data.customers import read_customers

    summary = summarise(phones.iloc[:400], "1997-09-30")
    members = pd.DataFrame({"customer": phones["customer"].unique(), "channel": "web"})
    members.loc[::2, "channel"] = "app"
    pd.concat([members, members.tail(2)]).to_csv(tmp_path / "m.csv", index=False)
    errors = []
    for wrong in (members.iloc[40:], pd.concat([members, members.head(3)])):
        with pytest.raises(BadInput) as refused:
            WithCovariates(BGNBD(), rhythm=["channel"]).fit(summary, wrong)
        errors.append(str(refused.value))
    with pytest.raises(BadInput) as refused:
        read_customers(tmp_path / "m.csv")
    errors.append(str(refused.value))
    with pytest.raises(BadInput) as refused:
        forecast_of(phones, season=None, run_in=None, model="bg-nbd").by({"13900000001": "a"})
    errors.append(str(refused.value))
    with pytest.raises(BadInput) as refused:
        plots.histories(rhythm, {"13900000001": []}, date(1997, 9, 30))
    errors.append(str(refused.value))
    for sentence in errors:
        assert ("139" not in sentence and "row" in sentence) or "customer 1 has no order" in sentence, sentence


# --- plots --------------------------------------------------------------------------------------------------------------

BOUGHT = [date(1997, 1, 1), date(1997, 3, 1)]
NAMES = ["张三", "🎉李四🎉", "🎉", "anna $1", "Ünal"]


def boxes(draw: Callable[[], Any]) -> list[str]:
    """What matplotlib says of signs that it cannot draw."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        draw()
    return [str(one.message) for one in seen if "missing from" in str(one.message)]


@pytest.mark.parametrize("font", [True, False], ids=["with a Chinese font", "without one"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_names_are_drawn_without_empty_boxes(
    rhythm: BGNBD, baskets: GammaGamma, sample: Summary, font: bool, lang: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not font:
        monkeypatch.setattr(plots.canvas, "chinese_font", lambda: None)
    elif plots.chinese_font() is None:
        pytest.skip("no font with Chinese characters is installed")
    figure = plots.histories(rhythm, dict.fromkeys(NAMES, BOUGHT), date(1997, 9, 30), lang)
    assert boxes(lambda: figure.savefig(io.BytesIO(), format="png")) == []
    told = [tick.get_text() for tick in figure.axes[0].get_yticklabels()][::-1]
    number = "第 {} 位客户" if font and lang == "zh" else "customer {}"
    chinese = ["张三", "李四"] if font else [number.format(1), number.format(2)]
    assert told == [*chinese, number.format(3), r"anna \$1", "Ünal"]
    spend = plots.spend_density(baskets, sample, lang, currency="元")
    assert boxes(lambda: spend.savefig(io.BytesIO(), format="png")) == []
    draws = {"loss: 渠道=直播": np.arange(3.0), "r": np.arange(3.0)}
    pairs = plots.posterior_pairs(draws, lang=lang)
    assert boxes(lambda: pairs.savefig(io.BytesIO(), format="png")) == []


def test_in_a_page_names_stay_as_they_are(rhythm: BGNBD) -> None:
    with text_stays_text():
        page = svg(plots.histories(rhythm, dict.fromkeys(NAMES, BOUGHT), date(1997, 9, 30)), "histories")
    assert all(name in page for name in ("张三", "🎉李四🎉", "anna $1"))


def test_a_font_with_chinese_characters_is_known_by_them(monkeypatch: pytest.MonkeyPatch) -> None:
    here = plots.chinese_font()
    if here is None:
        pytest.skip("no font with Chinese characters is installed")
    monkeypatch.setattr(plots.canvas, "_CHINESE_FONTS", ())
    other = plots.canvas.chinese_font.__wrapped__()
    assert other is not None
    monkeypatch.setattr(plots.canvas, "chinese_font", lambda: other)
    assert plots.canvas.drawable("客户订单") == "客户订单"
