"""Every sentence that tables and pages say of a forecast has its Chinese, with the same places to fill in."""

import ast
import re
from pathlib import Path

import models
import sim
from models.checks import choosing
from models.data import beginning
from models.families import run_in
from models.season import STANDARD
from models.words import CHINESE, Remark


def remarks() -> set[str]:
    """Every template given to Remark as it stands, and those that are chosen from tables."""
    found: set[str] = set()
    for file in Path(str(models.__file__)).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            said = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Remark"
            if said and node.args and isinstance(node.args[0], ast.Constant):
                found.add(str(node.args[0].value))
        found |= {value for name, value in constants(file).items() if name.startswith("_") and is_sentence(value)}
    found |= {*choosing._SENTENCES.values(), *choosing._WORDS.values(), *beginning._SENTENCES.values()}
    return found | {run_in._OWN, run_in._SAME, "season and model did not converge in {steps} steps"}


def constants(file: Path) -> dict[str, str]:
    """Module constants of text in a file that speaks in remarks."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    speaks = any(
        isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Remark", "say") for node in ast.walk(tree)
    )
    return {
        target.id: str(node.value.value)
        for node in tree.body
        if speaks and isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def is_sentence(text: str) -> bool:
    return " " in text and text.rstrip().endswith(".") and not text.startswith(",")


def test_every_text_that_a_forecast_says_has_its_chinese() -> None:
    folder, report = Path(str(sim.__file__)).parent, Path(str(models.__file__)).parent / "report"
    files = [*report.glob("*.py"), *(folder / "cli" / name for name in ("forecast.py", "calibrate.py"))]
    said: set[str] = set()
    for file in files:
        said |= {value for value in constants(file).values() if is_sentence(value)}
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("say", "_whose"):
                said |= {str(a.value) for a in node.args[:1] if isinstance(a, ast.Constant)}
    assert len(said) > 30
    assert sorted(text for text in said if text not in CHINESE) == []


def test_every_remark_has_its_chinese() -> None:
    texts = remarks()
    assert len(texts) > 20
    assert sorted(text for text in texts if text not in CHINESE) == []


def test_translations_fill_the_same_places() -> None:
    def places(text: str) -> list[str]:
        return sorted(re.findall(r"{(\w+)", text))

    assert [text for text, chinese in CHINESE.items() if places(text) != places(chinese)] == []


def test_remarks_speak_both_languages() -> None:
    remark = Remark("Season: {what}.", {"what": Remark("season and model converged in {steps} steps", {"steps": 4})})
    assert str(remark) == "Season: season and model converged in 4 steps."
    assert remark.say("zh") == "季节性：季节性与模型在 4 步内收敛。"


def test_every_festival_has_its_chinese() -> None:
    assert [peak.name for peak in STANDARD if peak.name not in CHINESE and not peak.name.isdecimal()] == []
