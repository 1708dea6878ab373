"""What comes with siyu, anywhere: the strategies in the package, the demo, the schema that a new scenario names."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import mesa
import pytest
from typer.testing import CliRunner

import models
import sim.cli
import sim.results.comparison
from models.errors import BadInput
from sim.cli.demo import calibrate
from sim.drafting import shipped
from sim.drafting.schema import schema_text
from sim.pool import PoolModel
from sim.scenario import load, load_market
from tests.sim.conftest import made

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted(str(p.relative_to(ROOT / "scenarios")) for p in (ROOT / "scenarios").rglob("*.*"))
COPIED = [name for name in SHIPPED if not name.startswith("cases/")]  # into a user's folder


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(sim.cli.app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_a_wheel_holds_the_strategies_of_the_project(tmp_path: Path) -> None:
    """Built by the project's own backend from a copy, so that no leftover of an earlier build hides a missing file."""
    pytest.importorskip("setuptools", minversion="77", reason="the build backend is not installed here")
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if files.returncode:
        pytest.skip("not a git checkout")
    source = tmp_path / "source"
    for name in files.stdout.rstrip("\0").split("\0"):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=source, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        inside = {name.removeprefix("sim/shipped/"): name for name in wheel.namelist() if "sim/shipped/" in name}
        assert sorted(inside) == SHIPPED
        for name, place in inside.items():
            assert wheel.read(place) == (ROOT / "scenarios" / name).read_bytes()
        names = [name for name in wheel.namelist() if ".dist-info" not in name]
        assert {name.split("/")[0] for name in names} == {"sim", "models", "siyu"}
        assert {f"{package}/py.typed" for package in ("sim", "models", "siyu")} <= set(names)
        commands = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
        assert "siyu = siyu.__main__:main" in wheel.read(commands).decode()
        assert "models/report/templates/forecast.html.j2" in names


def test_a_copy_leaves_alone_what_is_there(empty: Path) -> None:
    (empty / "mine").mkdir()
    (empty / "mine" / "blast.yaml").write_text("extends: balanced.yaml\npolicy: {push: {per_week: 20}}\n")
    written = shipped.copy_missing(Path("mine"))
    assert sorted(str(path.relative_to("mine")) for path in written) == [
        name for name in COPIED if name != "blast.yaml"
    ]
    assert load("mine/blast.yaml").policy.push.per_week == 20
    assert shipped.copy_missing(Path("mine")) == []


def test_a_broken_installation_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shipped, "__file__", str(tmp_path / "sim" / "drafting" / "shipped.py"))
    with pytest.raises(BadInput, match="install siyu again"):
        shipped.shipped()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The demo's comparison, with few members; what it compared."""
    compared: list[Any] = []
    whole = sim.results.comparison.compare

    def compare(scenarios: Any, lives: int, **how: Any) -> Any:
        compared.extend(scenarios)
        return whole(scenarios, members=40, days=20, replicates=2, jobs=1, fixed_response=True, **how)

    monkeypatch.setattr(sim.results.comparison, "compare", compare)
    return compared


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_demo_runs_in_an_empty_folder(empty: Path, small: list[Any], lang: str) -> None:
    code, out, err = run("demo", "--lang", lang)
    assert code == 0, err
    assert ("Next: change a number" if lang == "en" else "下一步：在 scenarios/") in out
    assert lang == "en" or not re.findall(r"(?<!`)\b(?:Report|of|and|with|comparing|fitting) \b", out.split("信念")[0])
    assert sorted(str(p.relative_to("scenarios")) for p in Path("scenarios").rglob("*.*")) == COPIED
    assert [scenario.name for scenario in small] == list(shipped.STRATEGIES)
    assert (empty / "results" / "demo" / "report.html").is_file()
    fitted, ours = (load_market(at / shipped.MARKET) for at in (Path("scenarios"), ROOT / "scenarios"))
    assert fitted.rhythm.r == pytest.approx(ours.rhythm.r, rel=1e-6), "the market that ships is the demo's own fit"
    assert fitted.baskets.v == pytest.approx(ours.baskets.v, rel=1e-6)


def test_the_demo_keeps_a_market_of_ones_own(
    empty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fitted = load_market(ROOT / "scenarios" / shipped.MARKET).plain()
    monkeypatch.setattr(models, "read_orders", lambda name: None)
    monkeypatch.setattr(models, "market_from_orders", lambda *_, **__: fitted)
    calibrate(Path("mine"))
    market = empty / "mine" / shipped.MARKET
    assert load_market(market).plain() == fitted
    changed = market.read_text(encoding="utf-8").replace("margin: 0.5", "margin: 0.4")
    market.write_text(changed, encoding="utf-8")
    capsys.readouterr()
    calibrate(Path("mine"))
    assert "was there with other numbers: it is kept" in capsys.readouterr().err
    assert market.read_text(encoding="utf-8") == changed


def test_a_new_scenario_names_a_schema_that_is_there(empty: Path) -> None:
    code, out, _ = run("new", "a", "--out", "plans")
    assert code == 0
    first = (empty / "plans" / "a.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    schema = empty / "plans" / first.partition("$schema=")[2]
    assert schema.read_text(encoding="utf-8") == schema_text()
    assert "plans/schema.json" in out
    schema.write_text('{"title": "siyu scenario", "of": "an earlier version"}', encoding="utf-8")
    run("new", "b", "--out", "plans")
    assert schema.read_text(encoding="utf-8") == schema_text(), "brought up to date"
    for foreign in ('{"title": "mine"}', "[" * 100_000, "[]", "\udcff"):
        schema.write_text(foreign, encoding="utf-8", errors="surrogateescape")
        run("new", "c", "--out", "plans", "--force")
        assert schema.read_text(encoding="utf-8", errors="surrogateescape") == foreign, "a file of another kind is kept"


def test_completion_can_be_installed(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(empty))
    shell = [sys.executable, "-c", "import sys; sys.argv[0] = 'siyu'; from sim.cli import main; main()"]
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    # what ran the tests need not be a shell that typer knows: the shell is named in place of being recognised
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    subprocess.run([*shell, "--install-completion", "bash"], capture_output=True, text=True, check=True)
    assert "siyu" in "".join(path.read_text() for path in empty.rglob("*.sh"))
    script = subprocess.run([*shell, "--show-completion", "bash"], capture_output=True, text=True, check=True)
    assert "complete" in script.stdout and "siyu" in script.stdout


def test_mesas_own_scenario_is_let_pass() -> None:
    """Mesa 3.4 and later set `self.scenario` to an object of their own while the model begins."""
    scenario = made(members=20, days=3)
    model = PoolModel(scenario)
    model.scenario = object()
    assert model.scenario is scenario
    other = made(members=20, days=4)
    model.scenario = other
    assert model.scenario is other
    assert isinstance(model, mesa.Model)
