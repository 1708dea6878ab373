"""One name to import: what `siyu` offers, with which types, and what it says where something else stands in its way."""

import doctest
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import models
import sim
import siyu
import siyu.plots

ROOT = Path(__file__).resolve().parents[1]


def python(
    *arguments: str, cwd: Path, path: tuple[Path, ...] = (), environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A real process; siyu is found last on its path, as packages that are installed are."""
    import os

    found = os.pathsep.join(map(str, (*path, ROOT)))
    environ = {**os.environ, "PYTHONPATH": found, **(environment or {})}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )


# --- what it offers --------------------------------------------------------------------------------------------------


def test_it_offers_every_public_name_and_nothing_twice() -> None:
    both = {name: getattr(package, name) for package in (models, sim) for name in package.__all__}
    names = {name for name, value in both.items() if not isinstance(value, ModuleType)}
    assert len(names) > 50
    assert set(siyu.__all__) == names | {"models", "sim", "plots"}
    assert set(models.__all__) & set(sim.__all__) <= {"plots"}, "of two things one name can mean only one"
    for name in names:
        assert getattr(siyu, name) is both[name]
    assert siyu.sim is sim and siyu.models is models


@pytest.mark.parametrize("package", [siyu, sim, models], ids=lambda package: package.__name__)
def test_dir_shows_the_public_names(package: ModuleType) -> None:
    assert dir(package) == sorted(package.__all__)
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'nonsense'"):
        _ = package.nonsense


def test_all_plots_are_together() -> None:
    own = [*sim.results.plots.__all__, *import_module(siyu.plots.histories.__module__.rpartition(".")[0]).__all__]
    assert set(siyu.plots.__all__) == set(own) - {"chinese_font"}
    assert all(callable(getattr(siyu.plots, name)) for name in siyu.plots.__all__)


def test_nothing_heavy_is_imported_before_it_is_used(tmp_path: Path) -> None:
    heavy = "{'pandas', 'duckdb', 'scipy', 'matplotlib', 'numpy', 'numba', 'mesa', 'pydantic', 'sim.pool'}"
    for package in ("siyu", "sim", "models"):
        done = python("-c", f"import sys, {package}; print({heavy} & set(sys.modules))", cwd=tmp_path)
        assert done.stdout == "set()\n", done.stderr


# the packages' own examples
@pytest.mark.parametrize("name", ["siyu", "sim", "models"])
def test_examples_of_package_docstrings_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    package = import_module(name)
    example = doctest.DocTestParser().get_doctest(package.__doc__ or "", {}, name, package.__file__, 0)
    assert example.examples, "an example says more than a sentence"
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(example, out=said.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(said)


# --- types -----------------------------------------------------------------------------------------------------------

USER = """
import numpy as np

import siyu
from models import BGNBD, summarise
from sim import Scenario, compare
from siyu import GammaGamma, Member, PoolModel, forecast, lifetime_value, load, predict, read_orders, simulate, sweep

balanced = load("balanced.yaml")
reveal_type(balanced)
reveal_type(balanced.with_changes({"policy.push.per_week": 7}))
reveal_type(balanced.policy.push.per_week)
result = compare([balanced, "nurture.yaml"], members=200)
reveal_type(result)
reveal_type(result.verdict())
reveal_type(result.interval("nurture", "churn").mean)
reveal_type(result.difference("nurture", "churn").probability_better)
reveal_type(result.frame())
reveal_type(result.plot())
reveal_type(siyu.plots.lifecycle(result))
curve = sweep(balanced, {"policy.push.per_week": [1, 4, 7]})
reveal_type(curve)
reveal_type(curve.comparison)
run = simulate(balanced).run
reveal_type(run)
reveal_type(run.daily)
reveal_type(PoolModel(balanced, member_class=Member).run())
reveal_type(Scenario)
orders = read_orders("orders.csv")
reveal_type(orders)
summary = summarise(orders, end="2026-06-30")
reveal_type(summary)
rhythm, baskets = BGNBD().fit(summary), GammaGamma().fit(summary)
reveal_type(rhythm)
reveal_type(baskets)
reveal_type(rhythm.params_)
reveal_type(rhythm.probability_alive(summary))
worth = lifetime_value(rhythm, baskets, summary, horizon=365)
reveal_type(worth)
reveal_type(worth.mean)
reveal_type(worth.to_frame())
reveal_type(forecast(orders))
reveal_type(predict(rhythm, baskets, summary, 365, rng=np.random.default_rng(1)).total)
"""


def test_a_users_file_has_no_any_for_the_main_calls(tmp_path: Path) -> None:
    """mypy on a file of a user's, who has siyu installed; of arrays the shape is open, which NumPy writes with Any."""
    (tmp_path / "mine.py").write_text(USER, encoding="utf-8")
    cache = ROOT / ".mypy_cache" / "of_users"  # what mypy knows of NumPy and pandas stays from run to run
    done = python("-m", "mypy", "--strict", "--config-file=", f"--cache-dir={cache}", "mine.py", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    types = dict(re.findall(r'^mine\.py:(\d+): note: Revealed type is "(.*)"$', done.stdout, re.MULTILINE))
    asked = {str(n): line for n, line in enumerate(USER.splitlines(), 1) if line.startswith("reveal_type")}
    assert len(asked) > 25 and types.keys() == asked.keys()
    shapeless = {n: text.replace("tuple[Any, ...]", "") for n, text in types.items()}
    assert {asked[n]: types[n] for n, text in shapeless.items() if re.search(r"\bAny\b", text)} == {}


# --- something else in its way ---------------------------------------------------------------------------------------


@pytest.fixture(params=["models.py", "sim/__init__.py"])
def foreign(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A user's project with a file or a package of a name that siyu needs."""
    file = tmp_path / str(request.param)
    file.parent.mkdir(exist_ok=True)
    file.write_text("class Customer: ...\n")
    return file


def sentence(file: Path, found: str = "comes first on Python's path") -> str:
    name = file.stem if file.stem != "__init__" else file.parent.name
    shown, kind = (file, "file") if file.stem != "__init__" else (file.parent, "folder")
    return (
        f"siyu: {shown} {found} in place of siyu's own package {name} ({ROOT / name}); rename that {kind}, or run from "
        "another folder."
    )


def test_an_import_names_what_stands_in_its_place(foreign: Path, tmp_path: Path) -> None:
    done = python("-c", "import siyu", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].partition(": ")[2] == sentence(foreign)
    caught = python("-c", "try:\n    from siyu import compare\nexcept ImportError as e:\n    print(e)", cwd=tmp_path)
    assert caught.stdout == sentence(foreign) + "\n"


def test_what_has_been_imported_before_is_named_too(foreign: Path, tmp_path: Path) -> None:
    name = foreign.stem if foreign.stem != "__init__" else foreign.parent.name
    done = python("-c", f"import {name}, siyu", cwd=tmp_path)
    assert done.stderr.splitlines()[-1].endswith(sentence(foreign, "has been imported"))


def test_the_command_says_it_in_one_sentence_with_exit_code_2(foreign: Path, tmp_path: Path) -> None:
    """As `python -m siyu`, which looks in the folder first, and as the script that pip writes, with a path that does."""
    done = python("-m", "siyu", "--version", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", sentence(foreign) + "\n")
    script = tmp_path / "bin" / "siyu"
    script.parent.mkdir()
    script.write_text("from siyu.__main__ import main\nmain()\n")
    done = python(str(script), "--version", cwd=tmp_path, path=(tmp_path,))
    assert (done.returncode, done.stdout, done.stderr) == (2, "", sentence(foreign) + "\n")


def test_a_folder_that_is_no_package_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mine.pkl").write_text("weights")
    done = python("-m", "siyu", "--version", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"models from {ROOT / 'models'}" in done.stdout
