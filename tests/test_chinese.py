"""What the packages say has its Chinese in `zh.toml`: nothing missing, unused, doubled, or with other places to fill in."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import models
import sim
from models.data.imports.platforms import sheet_types
from models.words import WORDS as WORDS_OF_MODELS
from models.words import Catalogue, Listed, Quoted, Remark
from sim.words import WORDS, number, say

PACKAGES = {"models": WORDS_OF_MODELS, "sim": WORDS}
ROOT = Path(str(sim.__file__)).parents[1]
# Who says their first argument: errors, remarks, and the functions that look a text up.
SPEAKERS = {"BadInput", "CannotIdentify", "NotFitted", "Misfit", "Remark", "say", "_always", "_with"}


@cache
def parsed(package: str) -> dict[Path, ast.Module]:
    folder = Path(str({"models": models, "sim": sim}[package].__file__)).parent
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.py"))}


def constants(tree: ast.Module) -> dict[str, ast.expr]:
    """What the names at the top of a module stand for."""
    named = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            named.update({target.id: node.value for target in node.targets if isinstance(target, ast.Name)})
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            named[node.target.id] = node.value
    return named


def texts_of(node: ast.expr, named: dict[str, ast.expr]) -> list[str] | None:
    """Every text that an expression can be, as far as it is written down in its module; None where it is not."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else None
    if isinstance(node, ast.IfExp):
        parts = [texts_of(branch, named) for branch in (node.body, node.orelse)]
    elif isinstance(node, ast.BoolOp):
        parts = [texts_of(value, named) for value in node.values]
    elif isinstance(node, ast.Name) and node.id in named:
        return texts_of(named[node.id], {name: value for name, value in named.items() if name != node.id})
    elif isinstance(node, ast.Subscript):
        return texts_of(node.value, named)
    elif isinstance(node, ast.Dict):
        parts = [texts_of(value, named) for value in node.values]
    else:
        return None
    return None if any(part is None for part in parts) else [text for part in parts for text in part or ()]


@cache
def calls(package: str) -> list[tuple[str, ast.Call, list[str] | None]]:
    """Every call by which the package says a text: where, the call, and the texts (None: not written down there)."""
    found = []
    for path, tree in parsed(package).items():
        top = constants(tree)
        for function in [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))]:
            inside = function.body if isinstance(function, ast.Module) else [function]
            named = top | local_texts(function) if isinstance(function, ast.FunctionDef) else top
            for node in (each for part in inside for each in walk_own(part, function)):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in SPEAKERS and node.args and not isinstance(node.args[0], ast.Starred):
                    found.append((f"{path.relative_to(ROOT)}:{node.lineno}", node, texts_of(node.args[0], named)))
    return found


def walk_own(part: ast.AST, function: ast.AST) -> Iterator[ast.Call]:
    """The calls in a piece of code, those of functions inside it left out."""
    if isinstance(part, ast.FunctionDef) and part is not function:
        return
    if isinstance(part, ast.Call):
        yield part
    for child in ast.iter_child_nodes(part):
        yield from walk_own(child, function)


def local_texts(function: ast.FunctionDef) -> dict[str, ast.expr]:
    """The names that are given texts in a function, each once."""
    given: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    given.setdefault(target.id, []).append(node.value)
    return {name: values[0] for name, values in given.items() if len(values) == 1}


def places(text: str) -> list[str]:
    """The names to fill in, each once: Chinese may say one twice."""
    return sorted(set(re.findall(r"(?<!{){(\w+)", text)))


# --- nothing missing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_that_is_said_has_its_chinese(package: str) -> None:
    said = {text: where for where, _, texts in calls(package) for text in texts or ()}
    assert len(said) > 300
    words = PACKAGES[package]
    missing = {text: where for text, where in said.items() if needs_chinese(text) and words.chinese(text) is None}
    assert missing == {}


def needs_chinese(text: str) -> bool:
    """Whether there is a word in it besides the places to fill in: "{place}: " and "±" are said as they are."""
    return re.search(r"[A-Za-z]", re.sub(r"{[^}]*}", "", text)) is not None


# What errors and remarks say by a name or a call, not by a text written down there, and what holds the texts instead.
ELSEWHERE = {
    "advice": "ADVICE, by those who call",
    "folder": "ADVICE, by those who call",
    "empty": "ADVICE, by those who call",
    "instead": "ADVICE, or the key `instead` in the file of a platform",
    "layout.type.title": "the key `title` in the file of a platform that names no buyer",
    "layout.type.instead": "the key `instead` in the file of a platform",
    "what": "what is wrong with a row of an export: WRONG; a scenario, a market or a response",
    "reason": "why rows were left out: tests of orders and of imports",
    "_SENTENCES[bool(held_out), bool(self.ties)]": "the choice of a model",
    "told": "customers seen before the run-in: _OWN, _SAME",
    "went": "ADVICE: converged or not",
    "why": "ADVICE: what is wrong with a recency",
    "meant": "descriptions of keys",
    "text": "the remark of an error; places and keys before a problem; phrases (_always, _with)",
    "missing": "a remark: no such file",
    "_sentence(error, model, tree)": "a remark",
    "_wide_sign(error, text, file) or _not_yaml(error, file)": "a remark",
}
ADVICE = {
    *("choose another place", "give the file with the orders", "export the orders again", "export it again"),
    *("give the files that were exported", "take a similar market's parameters", "name the customer's column"),
    *("season and model converged in {steps} steps", "season and model did not converge in {steps} steps"),
    *("later than T {T:.6g}", "above 0 without a repeat purchase"),
}


def test_errors_and_remarks_write_down_what_they_say() -> None:
    """No sentence is put together from pieces that a translator never sees: f-strings, sums, variables."""
    unseen = {
        where: ast.unparse(call.args[0])
        for package in PACKAGES
        for where, call, texts in calls(package)
        if texts is None and getattr(call.func, "id", "") in ("BadInput", "CannotIdentify", "Misfit", "Remark")
    }
    assert {where: said for where, said in unseen.items() if said not in ELSEWHERE} == {}
    assert set(ELSEWHERE) == set(unseen.values())


def test_texts_from_tables_have_their_chinese() -> None:

    from models.checks import choosing
    from models.data import beginning, summary
    from models.data.door import problems
    from models.data.door.columns import ROLES
    from models.data.imports import others
    from models.data.imports.touches import daily, sends, ties
    from models.families import run_in

    tables = {
        *choosing._SENTENCES.values(),
        *choosing._WORDS.values(),
        *beginning._SENTENCES.values(),
        summary._TOO_EARLY,
    }
    tables |= {run_in._OWN, run_in._SAME, *ROLES.values(), *ADVICE, *problems._HELP.values()}
    tables |= {text for _, text in problems.WRONG_PLAIN.values()} | {problems._HIDDEN}
    wrong = (problems.WRONG, others.WRONG, others.WRONG_CUSTOMER, sends.WRONG, ties.WRONG, daily.WRONG)
    tables |= {what for table in wrong for _, what in table.values()}
    tables |= {kind.instead for kind in sheet_types() if kind.instead}
    tables |= {kind.title for kind in sheet_types() if kind.kind == "orders"}
    assert [text for text in tables if needs_chinese(text) and WORDS_OF_MODELS.chinese(text) is None] == []


def test_required_keys_are_described_in_chinese() -> None:
    """What a key means is told where it is missing."""
    from sim.scenario import Scenario

    schema = Scenario.model_json_schema(by_alias=True)
    required = [
        part["properties"][key].get("description")
        for part in (schema, *schema["$defs"].values())
        for key in part.get("required", ())
    ]
    assert len(required) > 15
    assert [text for text in required if text and WORDS.chinese(text) is None] == []


# --- nothing unused, doubled or misspelt -------------------------------------------------------------------------------


def test_every_entry_is_used() -> None:
    """Each English text stands in the code, a template, a platform's file, or defines a measure."""
    from models.checks import choosing
    from sim.results import report
    from sim.results.metrics import REGISTRY

    there = {
        node.value
        for package in PACKAGES
        for tree in parsed(package).values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    templates = " ".join(path.read_text(encoding="utf-8") for name in PACKAGES for path in (ROOT / name).rglob("*.j2"))
    tables = {kind.instead for kind in sheet_types()} | {kind.title for kind in sheet_types() if kind.kind == "orders"}
    tables |= {measure.definition for measure in REGISTRY.values()}
    tables |= {*choosing._SENTENCES.values(), report._how_intervals_are_made()}
    unused = [
        text
        for catalogue in PACKAGES.values()
        for text in catalogue.texts
        if text not in there and text not in tables and f'"{text}"' not in templates
    ]
    assert unused == []


@pytest.mark.parametrize("catalogue", PACKAGES.values(), ids=PACKAGES)
def test_translations_fill_the_same_places(catalogue: Catalogue) -> None:
    entries = {**catalogue.texts, **catalogue.recognised}
    assert {text: chinese for text, chinese in entries.items() if places(text) != places(chinese)} == {}
    assert [text for text, chinese in entries.items() if not chinese.strip()] == []


def test_nothing_is_said_twice() -> None:
    """A text that models says is not repeated in sim but to say it otherwise; within a file TOML itself refuses it."""
    again = {text for text, chinese in WORDS.texts.items() if WORDS_OF_MODELS.texts.get(text) == chinese}
    again |= {text for text, chinese in WORDS.recognised.items() if WORDS_OF_MODELS.recognised.get(text) == chinese}
    assert again == set()


@pytest.mark.parametrize("catalogue", PACKAGES.values(), ids=PACKAGES)
def test_chinese_writes_no_space_before_a_per_cent(catalogue: Catalogue) -> None:
    entries = {**catalogue.texts, **catalogue.recognised}
    assert [chinese for chinese in entries.values() if re.search(r"[\d}] [%％]", chinese)] == []
    assert (number(0.32, "share"), number(0.32, "share", "zh"), number(0.0, "share", "zh")) == ("32 %", "32%", "0%")


# --- counts agree with their nouns -------------------------------------------------------------------------------------

COUNTED = re.compile(
    r"\{(\w+)(?::[^}|]*)?\} (?:founding |regular |more |new )?(?:days|weeks|hours|members|people|lives|groups|messages|"
    r"orders|replicates|answers|customers|joiners|friends|uses|pre-orders|touches|sessions|tiers|tasks|places|"
    r"times(?! (?:as|what|the)\b))(?![\w|])"
)
# templates in which a count that is written with its plural is never 1, and why
NEVER_ONE = {
    "nobody is silent before {days} days without an interaction": "90 days",
    "who has not interacted for {days} days is silent, and in no other stage": "90 days",
    "has been silent for {days} days": "90 days",
    "wakes up after {days} days of silence": "90 days and more",
    "members are new for {days} days after joining only": "three days",
    "{times} times as many orders come back for {days} days": "so many as in FOR_DAYS",
    "about {share} of members take part, in groups of up to {most} places": "256 places",
    "good for {days} days": "one day has a text of its own",
    "again every {days} days, {times} {times:time|times} in all": "every day has a text of its own",
    "policy.{key}: reaches nobody: policy.membership has {most} tiers, so there is no tier {tier}": "one tier, too",
    "{n} messages until {date}, none of them clicked": "several messages in one line",
    "{n} messages, none of them clicked": "several messages in one line",
    "answered after {hours} hours": "shown as 1.0",
    "{where}: cap_per_day {cap} lets {most} of the {per_week} messages a week through; raise it to send more": "above 7",
}
OF_A_CONSTANT = ("at full trust", "no more than {most} in {days} days", "from {enough} replicates on")  # 90, 30, 19


def test_what_is_said_of_results_and_drafts_has_no_plural_beside_a_1() -> None:
    """Counts choose their words (`{n} {n:day|days}`), but where they are never 1."""
    said = {
        text
        for where, _, texts in calls("sim")
        if where.startswith(("sim/results", "sim/drafting"))
        for text in texts or ()
        if COUNTED.search(re.sub(r"\{\w+:[^{}|]*\|\{\w+\} \w+\}", "", text))
    }
    assert {text for text in said if not any(part in text for part in OF_A_CONSTANT)} == set(NEVER_ONE)
    assert len([text for _, _, texts in calls("sim") for text in texts or () if "|" in text]) > 40


# --- how it is said ----------------------------------------------------------------------------------------------------


def test_what_is_not_known_stays_english() -> None:
    assert say("no such text {n}", "zh", n=3) == "no such text 3"
    assert WORDS.recognise("a sentence of nobody", "zh") == "a sentence of nobody"


def test_sim_builds_on_the_catalogue_of_models_and_changes_nothing_there() -> None:
    assert "LTV a founder" not in WORDS_OF_MODELS.texts and WORDS_OF_MODELS.chinese("LTV a founder") is None
    assert say("expected orders a customer", "zh") == "人均预期订单数"  # a text of models
    assert say("customer", "zh") == "已购" and WORDS_OF_MODELS.say("customer", "zh") == "客户"  # a stage, a person


def test_finished_sentences_are_recognised_piece_by_piece() -> None:
    sentence = "Invalid value for '--days': 'x' is not a valid integer."
    assert WORDS.recognise(sentence, "zh") == "'--days' 的值无效：'x' 不是整数"
    assert WORDS.recognise(sentence) == sentence
    assert str(Quoted("Permission denied")) == "Permission denied"
    assert Quoted("Permission denied").say("zh") == "没有权限"


def test_lists_in_both_languages() -> None:
    three = Listed(["a", Remark("a list"), "c"], "or")
    assert str(three) == "a, a list or c" and say(three, "zh") == "a、列表或 c"
    assert str(Listed([])) == "" and str(Listed(["a"])) == "a"
    assert say(Listed(["a", "b"]), "zh") == "a 和 b" and str(Listed(["a", "b"], ",")) == "a, b"
