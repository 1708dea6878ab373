"""Planted persons reach no output, cache, log, message or temporary folder, whichever door their orders come in by."""

import csv
import io
import logging
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from models.errors import BadInput
from sim.cli.calibrate import calibrate
from sim.cli.forecast import forecast
from sim.cli.importing import import_
from tests.models.imports.conftest import ADDRESSES, NAMES

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
app.command("import")(import_)
app.command("forecast")(forecast)
app.command("calibrate")(calibrate)

HEADER = ("order_id", "customer", "date", "amount", "姓名", "手机", "地址", "邮箱", "备注")
IN_NAME = "13911112222"
MAIL = "ouyang.test@example.org"
CODES = ("utf-8", "utf-16-le", "gb18030")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own to work in, with the cache and the temporary folder beside it."""
    for variable, folder in {
        "SIYU_CACHE": "cache",
        "XDG_CACHE_HOME": "cache",
        "MPLCONFIGDIR": "plots",
        "TMPDIR": "temp",
    }.items():
        (tmp_path / folder).mkdir(exist_ok=True)
        monkeypatch.setenv(variable, str(tmp_path / folder))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    monkeypatch.delenv("SIYU_SALT", raising=False)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


def phone(customer: str) -> str:
    """The planted phone number of a customer of the log."""
    return f"139{int(customer.removeprefix('c')):08d}"


def export(log: pd.DataFrame, path: Path) -> list[str]:
    """Write the log with a person in every row, and by phone number who bought; the secrets that are in it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    rows = zip(log["customer"], log["date"], log["amount"], strict=True)
    for i, (who, time, amount) in enumerate(rows):
        name, address = NAMES[i % len(NAMES)], ADDRESSES[i % len(ADDRESSES)]
        number = phone(who)
        note = f"送给{name}，电话{number}"
        writer.writerow([f"N{i}", number, time, f"{amount:.2f}", name, number, address, MAIL, note])
    path.write_bytes(out.getvalue().encode("gb18030"))
    return [*NAMES, *ADDRESSES, MAIL, IN_NAME, *sorted({phone(who) for who in log["customer"]})]


def leaks(secrets: list[str], *contents: bytes) -> list[str]:
    """The secrets that are in any of the contents, in any encoding that an output might have."""
    return [
        secret for secret in secrets if any(secret.encode(code) in content for content in contents for code in CODES)
    ]


def outputs(folder: Path, but: Path) -> list[bytes]:
    """The names and contents of all files of a folder; of workbooks and Parquet what is packed in them, too."""
    contents = []
    for path in folder.rglob("*"):
        if not path.is_file() or path == but:
            continue
        contents += [str(path.relative_to(folder)).encode(), path.read_bytes()]
        if path.suffix == ".parquet":
            contents.append(str(pd.read_parquet(path).to_dict("records")).encode())
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                contents += [archive.read(name) for name in archive.namelist()]
    return contents


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nobody_reaches_an_output(
    lang: str, here: Path, lives: Callable[..., pd.DataFrame], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    source = Path(f"订单 {IN_NAME}.csv")
    secrets = export(lives(40, 300, seed=5), source)
    assert leaks(secrets, source.read_bytes(), source.name.encode()) == secrets  # the search does find what is there
    said = []
    commands = [["import", str(source), "-o", "out.parquet", "--json", "report.json"]]
    if lang == "en":  # the same files in either language: plots and tables take their time
        market = ["-o", "market.yaml", "--name", "mine", "--currency", "EUR", "--json", "market.json"]
        commands.append(["calibrate", str(source), *market])
        quickly = ["--model", "bg-nbd", "--season", "none", "--run-in", "none"]
        commands.append(["forecast", str(source), *quickly, "--json", "forecast.json"])
    for command in commands:
        result = run(*command, *(["--lang", lang] if command[0] != "calibrate" else []))
        assert result.exit_code == 0, (result.output, result.exception)
        said += [result.output, result.stderr]
    written = outputs(here, but=Path.cwd() / source)
    assert len(written) > 2
    assert leaks(secrets, *written, *(text.encode() for text in (*said, caplog.text))) == []


SPOILT = {
    "no amount": ("amount", "many"),
    "no date": ("date", "some day"),
    "nobody": ("customer", ""),
    "masked": ("customer", "139****0001"),
    "cut": ("order_id", "1.23E+18"),
}


@pytest.mark.parametrize(("column", "text"), SPOILT.values(), ids=SPOILT)
def test_nobody_reaches_a_message(column: str, text: str, here: Path, lives: Callable[..., pd.DataFrame]) -> None:
    source = here / "work" / "orders.csv"
    secrets = export(lives(40, 300, seed=5), source)
    table = pd.read_csv(source, dtype=str, encoding="gb18030", keep_default_na=False)
    table.loc[7, column] = text
    table.to_csv(source, index=False)
    for command in (("import", "orders.csv", "-o", "out.parquet"), ("forecast", "orders.csv")):
        refused = run(*command)
        assert isinstance(refused.exception, BadInput), refused.output
        told = (str(refused.exception), refused.exception.say("zh"), refused.output, refused.stderr)
        assert leaks(secrets, *(one.encode() for one in told)) == []
    assert leaks(secrets, *outputs(here, but=source)) == []


_KILLED = """
import os, sys
from models.data.imports import import_exports
from models.data.orders import read_orders
read = read_orders(sys.argv[1])
read.to_frame()
import_exports(sys.argv[1])
os._exit(9)  # as after a kill: nothing is cleared up
"""


def test_nobody_stays_in_the_temporary_folder_after_a_kill(here: Path, lives: Callable[..., pd.DataFrame]) -> None:
    source = here / "work" / "orders.csv"
    secrets = export(lives(40, 300, seed=5), source)
    place = str(Path(__file__).resolve().parents[3])
    environment = os.environ | {"PYTHONPATH": place}
    done = subprocess.run([sys.executable, "-c", _KILLED, str(source)], env=environment, check=False)
    assert done.returncode == 9
    assert leaks(secrets, *outputs(here, but=source)) == []
