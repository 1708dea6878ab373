"""`siyu`, `siyu new`, `siyu check` as a planner types them."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sim.cli
from models.errors import BadInput
from sim.scenario import load

SIYU = [sys.executable, "-c", "from sim.cli import main; main()"]
ROOT = Path(__file__).resolve().parents[2]


def siyu(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in a fresh process, as a shell would."""
    return subprocess.run([*SIYU, *arguments], capture_output=True, text=True, cwd=folder or ROOT, check=False)


@pytest.fixture
def plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one command in this process."""
    result = CliRunner().invoke(sim.cli.app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_new_then_check(plans: Path) -> None:
    code, out, _ = run("new", "夏天")
    assert code == 0
    assert "siyu check scenarios/夏天.yaml" in out
    path = plans / "scenarios" / "夏天.yaml"
    assert load(path).name == "夏天"
    assert (plans / "scenarios" / "markets" / "cdnow.yaml").exists()
    assert path.read_text(encoding="utf-8").count("#") > 8, "it is commented"
    code, out, _ = run("check", "scenarios/夏天.yaml")
    assert code == 0
    assert "夏天" in out


def test_new_never_overwrites_unless_forced(plans: Path) -> None:
    run("new", "a", "--out", "x")
    (plans / "x" / "a.yaml").write_text("mine")
    market = plans / "x" / "markets" / "cdnow.yaml"
    market.write_text(market.read_text().replace("0.5", "0.25"))
    with pytest.raises(BadInput, match="is there already; choose another name, or overwrite it with --force"):
        run("new", "a", "--out", "x")
    assert (plans / "x" / "a.yaml").read_text() == "mine"
    run("new", "a", "--out", "x", "--force")
    assert load(plans / "x" / "a.yaml").market.margin == 0.25, "a market that is there is left alone"


@pytest.mark.parametrize("name", ["a b", "../a", "", "-", "a/b", "x" * 61])
def test_new_refuses_what_is_no_name(plans: Path, name: str) -> None:
    with pytest.raises(BadInput, match="NAME: must be a name of at most 60 letters, digits, - and _"):
        run("new", "--", name)
    assert list(plans.iterdir()) == []


def test_check_fills_in_defaults_and_marks_them(plans: Path) -> None:
    run("new", "a")
    path = plans / "scenarios" / "a.yaml"
    path.write_text(
        path.read_text().replace("hour: 20", "hour: 9")
        + "response: {fatigue_half_life: 10, personas: {busy: {attention: 0.3}}}\n"
    )
    _, out, _ = run("check", str(path))
    marked = {line.split("#")[0].strip() for line in out.splitlines() if line.endswith("# default")}
    said = {line.strip() for line in out.splitlines() if not line.endswith("# default")}
    assert {"seed: 1", "tag_accuracy: 0.92", "cac_growth: 0", "start: 2025-01-01", "fit: 1"} <= marked
    assert {"hour: 9", "per_week: 4", "members: 20000", "fatigue_half_life: 10", "attention: 0.3", "off: 8"} <= said
    assert {"days: 365", "cap_per_day: 1", "channel: one_to_one"} <= said, "what the file says, default or not"
    assert "trust_half_life" not in out
    assert "peak_hour" not in out
    assert len([line for line in run("check", str(path), "--all")[1].splitlines() if "half_life" in line]) >= 4


def test_what_a_file_says_is_never_marked_as_default(plans: Path) -> None:
    """Neither what a base says, nor a market, nor a response with the default written out."""
    run("new", "base", "--out", ".")
    (plans / "a.yaml").write_text(
        "extends: base.yaml\nseed: 1\nresponse: {fatigue_half_life: 7, personas: {busy: {tolerance: 0.8}}}\n"
        "policy: {coupons: [{kind: percent, off: 0.1, to: all, every_days: 30, valid_days: 7, start_day: 0}]}\n"
    )
    _, out, _ = run("check", "a.yaml")
    lines = out.splitlines()
    response = ("fatigue_half_life: 7", "tolerance: 0.8")
    for said in ("seed: 1", "days: 365", "to: all", "start_day: 0", "p: 5.09074046", *response):
        assert [line for line in lines if line.strip() == said], said
    assert [line for line in lines if "tag_accuracy" in line and line.endswith("# default")]
    assert "attention" not in out, "of the response only what is said"


def test_check_shows_the_policy_first_and_covariances_only_if_asked(plans: Path) -> None:
    run("new", "a")
    _, out, _ = run("check", "scenarios/a.yaml")
    keys = [line.partition(":")[0] for line in out.splitlines() if line[0] not in " #-"]
    assert keys[:6] == ["name", "believes", "expects", "policy", "costs", "targets"]
    assert keys[-2:] == ["market", "response"]
    assert "covariance:" not in out
    assert run("check", "scenarios/a.yaml", "--all")[1].count("covariance:") == 2


def test_what_check_prints_is_a_scenario(plans: Path) -> None:
    run("new", "a")
    (plans / "b.yaml").write_text(run("check", "scenarios/a.yaml", "--all")[1])
    assert load("b.yaml") == load("scenarios/a.yaml")


def test_check_writes_json(plans: Path) -> None:
    run("new", "a")
    run("new", "b")
    code, _, _ = run("check", "scenarios/a.yaml", "scenarios/b.yaml", "--json", "out/checked.json")
    assert code == 0
    checked = json.loads((plans / "out" / "checked.json").read_text(encoding="utf-8"))
    assert set(checked) == {"kind", "version", "scenarios"}
    assert checked["kind"] == "siyu check"
    assert [entry["name"] for entry in checked["scenarios"]] == ["a", "b"]
    first = checked["scenarios"][0]
    assert first["digest"] == load("scenarios/a.yaml").digest
    push = {"per_week": 4, "hour": 20, "cap_per_day": 1, "channel": "one_to_one"}
    assert first["scenario"]["policy"]["push"] == push | {"aim": False, "benefit": None, "executed": None}
    assert first["changed"]["policy"]["push"] == {"per_week": 4}


def test_check_tells_every_bad_file_and_shows_the_good(plans: Path) -> None:
    run("new", "a")
    (plans / "bad.yaml").write_text("nme: x\n")
    code, out, err = run("check", "bad.yaml", "scenarios/a.yaml", "none.yaml", "--json", "out.json")
    assert code == 2
    assert "name: a" in out
    assert err.splitlines() == [
        "bad.yaml:1:1: nme: unknown key; did you mean name? (and 1 more)",
        "none.yaml: there is no such file; in its folder are bad.yaml",
    ]
    assert not (plans / "out.json").exists()


def test_bad_input_is_one_sentence_and_exit_code_2(plans: Path) -> None:
    (plans / "bad.yaml").write_text("nme: x\n")
    for arguments in (["check", "bad.yaml"], ["new", "a b"], ["new"], ["nonsense"], ["check"]):
        done = siyu(*arguments, folder=plans)
        assert done.returncode == 2, arguments
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
    assert siyu("new", "a b", folder=plans).stderr.count("\n") == 1


def test_interrupted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sim.cli, "app", interrupt)
    with pytest.raises(SystemExit) as left:
        sim.cli.main()
    assert left.value.code == 130
    assert "stopped" in capsys.readouterr().err


def test_version_says_where_from() -> None:
    code, out, _ = run("--version")
    assert code == 0
    assert out.splitlines()[0].startswith("siyu ")
    assert f"sim from {ROOT / 'sim'}" in out
    assert f"models from {ROOT / 'models'}" in out


def test_help_shows_examples_and_loads_nothing_heavy() -> None:
    code, out, _ = run("--help")
    assert code == 0
    for command in ("new", "check", "simulate", "compare", "sweep", "forecast", "calibrate"):
        assert command in out
        assert "Example:\n" in run(command, "--help")[1]
        assert f"  siyu {command} " in run(command, "--help")[1]
    heavy = ("numpy", "pandas", "pydantic", "rich", "mesa", "numba", "scipy", "duckdb", "ruamel", "matplotlib")
    code_text = "import sys, sim.cli; print([m for m in sys.argv[1:] if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code_text, *heavy], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_help_is_quick() -> None:
    def best_of(command: list[str]) -> float:
        times = []
        for _ in range(5):
            begun = time.perf_counter()
            subprocess.run(command, capture_output=True, check=True)
            times.append(time.perf_counter() - begun)
        return min(times)

    assert best_of([*SIYU, "--help"]) < 2 * best_of([sys.executable, "-c", "import numpy"])
