"""Each platform's export, through both doors, against totals worked out by hand."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from models.data.imports import Imported, import_exports, platforms
from models.data.imports.platforms import SheetType, _sheet_type, sheet_types
from models.data.orders import read_orders
from models.errors import BadInput

from .exports import EXPORTS, MEMBER, write

TODAY = date(2026, 11, 1)
SALT = b"a salt only for tests, 32 bytes!"
PAGE = Path(__file__).parents[3] / "docs" / "extending.md"
TOTALS = [platform for platform in EXPORTS if platform != "stripe_three"]


def take(*paths: Path, **options: Any) -> Imported:
    return import_exports(list(paths), **{"salt": SALT, "today": TODAY, **options})


def without(dropped: dict[str, int], *more: str) -> dict[str, int]:
    """Rows left out by reason, but for further rows of an order, which are no orders of their own."""
    return {reason: rows for reason, rows in dropped.items() if reason not in ("duplicate", "further row", *more)}


@pytest.mark.parametrize("platform", TOTALS)
def test_totals_of_an_import(platform: str, tmp_path: Path) -> None:
    export = EXPORTS[platform]
    taken = take(write(platform, tmp_path), **export.options)
    truth, report = export.truth, taken.report
    assert taken.orders is not None and report.orders is not None
    assert (report.orders_made, report.customers_seen) == (truth.orders, truth.customers)
    assert {report.currency: report.amount} == truth.money
    assert report.refunded == truth.refunded
    assert str(taken.orders["time"][0]) == truth.first
    assert without(report.orders.dropped) == truth.dropped
    assert sum(Decimal(str(amount)) for amount in taken.orders["amount"].to_pylist()) == sum(truth.money.values())


@pytest.mark.parametrize("platform", TOTALS)
def test_the_same_orders_for_a_forecast(platform: str, tmp_path: Path) -> None:
    export = EXPORTS[platform]
    read = read_orders(write(platform, tmp_path), today=TODAY, **export.options)
    assert (read.orders, read.customers) == (export.truth.orders, export.truth.customers)
    assert read.platform == sheet_type(export.kind).platform
    frame = read.to_frame()
    assert {read.currency: Decimal(f"{frame['amount'].sum():.2f}")} == export.truth.money
    assert str(frame["time"].min()) == export.truth.first


def sheet_type(name: str) -> SheetType:
    return next(kind for kind in sheet_types() if kind.name == name)


@pytest.mark.parametrize("platform", [name for name in TOTALS if EXPORTS[name].hidden])
def test_a_hidden_buyer_is_refused_by_both_doors(platform: str, tmp_path: Path) -> None:
    path = write(platform, tmp_path, joined=False)
    instead = sheet_type(EXPORTS[platform].kind).instead
    for door in (take, lambda path: read_orders(path, today=TODAY)):
        with pytest.raises(BadInput, match="repeat purchases cannot be seen") as caught:
            door(path)
        assert instead in str(caught.value) and path.name in str(caught.value)


def test_three_currencies_are_no_total(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"EUR.*MXN.*USD") as caught:
        take(write("stripe_three", tmp_path))
    assert "currenc" in str(caught.value)


def test_guests_of_etsy_are_the_users_choice(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"attributes nearly all orders .* etsy_user 80.0%.* leave out the guests"):
        take(write("etsy", tmp_path))


def test_jd_is_asked_whether_the_total_repeats(tmp_path: Path) -> None:
    path = write("jd", tmp_path)
    with pytest.raises(BadInput, match=r"sum.*repeat.*first"):
        take(path)
    assert take(path, lines="sum").report.amount == Decimal("250.00")


def test_an_export_twice_counts_once(tmp_path: Path) -> None:
    for platform in ("shopify", "xiaohongshu", "stripe", "weixin", "amazon"):
        one = write(platform, tmp_path)
        two = tmp_path / f"again {one.name}"
        two.write_bytes(one.read_bytes())
        truth = EXPORTS[platform].truth
        report = take(one, two, **EXPORTS[platform].options).report
        assert (report.orders_made, {report.currency: report.amount}) == (truth.orders, truth.money), platform


def test_times_of_shopify_move_only_when_asked(tmp_path: Path) -> None:
    path = write("shopify", tmp_path)
    moved = take(path, timezone="Asia/Shanghai").orders
    assert moved is not None and str(moved["time"][0]) == "2026-03-08 12:50:00"


def test_times_of_stripe_are_utc(tmp_path: Path) -> None:
    moved = take(write("stripe", tmp_path), timezone="Asia/Shanghai").orders
    assert moved is not None and str(moved["time"][0]) == "2026-04-02 02:00:00"


def test_a_state_that_is_not_known_is_named(tmp_path: Path) -> None:
    path = write("kuaishou", tmp_path)
    path.write_text(path.read_text().replace("交易成功", "神秘状态"), encoding="utf-8")
    with pytest.raises(BadInput, match=r"神秘状态|a status that is not known"):
        take(path, identity=MEMBER)


# --- the platform of docs/extending.md --------------------------------------------------------------------------------


def block(title: str) -> str:
    found = re.search(rf"<!-- platform: {title} -->\n```\w+\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_platform_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = YAML(typ="safe").load(block("its file"))
    known = (*sheet_types(), *(_sheet_type(content["platform"], sheet) for sheet in content["sheets"]))
    monkeypatch.setattr(platforms, "sheet_types", lambda: known)
    path = tmp_path / "tickets.csv"
    path.write_text(block("the export"), encoding="utf-8")
    report = take(path).report
    assert (report.orders_made, report.customers_seen, report.currency) == (2, 2, "EUR")
    assert report.amount == Decimal("13.90")
    assert report.orders is not None
    assert without(report.orders.dropped) == {"cancelled or closed": 1, "refunded in full": 1, "test order": 1}


def test_the_page_says_what_each_key_is() -> None:
    page = PAGE.read_text(encoding="utf-8").partition("## A platform")[2]
    rows = "".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `"))
    assert {f"`{key}`" for key in SheetType.__dataclass_fields__} <= set(re.findall("`[a-z_]+`", rows))
    fields = {name for kind in sheet_types() if kind.kind == "orders" for name in kind.fields}
    said = page.partition("The fields of orders are")[2].partition("\n\n")[0]
    assert {f"`{name}`" for name in fields} <= set(re.findall("`[a-z_]+`", said))
