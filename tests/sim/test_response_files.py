"""Responses as files: how they are read, refused and named, and that a result keeps what it needs of them."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from typer.testing import CliRunner

import sim.cli
from models.errors import BadInput
from sim import compare, simulate, sweep
from sim.drafting.explained import explained
from sim.drafting.schema import scenario_schema
from sim.outputs.written import compared, simulated, swept
from sim.reading.told import InLanguages
from sim.results.market_head import head
from sim.results.replication.replicates import content
from sim.results.report import html
from sim.scenario import Response, Scenario, load
from sim.scenario.loading import load_said, responded
from sim.scenario.response_file import load_response
from sim.scenario.response_named import ABOUT_EVIDENCE, EVIDENCE, numbers_in
from sim.words import WORDS

from .uncertain import SPREAD, uncertain

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE_FILE = ROOT / "scenarios" / "response" / "evidence.yaml"
BALANCED = ROOT / "scenarios" / "balanced.yaml"
MINE = """\
about: Members answer more readily.
refer: 0.001
personas:
  busy: {attention: 0.8}
"""


@pytest.fixture
def plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a response `response/mine.yaml` and a small scenario `s.yaml` that names it."""
    (tmp_path / "response").mkdir()
    (tmp_path / "response" / "mine.yaml").write_text(MINE, encoding="utf-8")
    small = "members: 60\ndays: 20\nreplicates: 2\nresponse: response/mine.yaml\n"
    market = ROOT / "scenarios" / "markets" / "cdnow.yaml"
    (tmp_path / "s.yaml").write_text(
        f"market: {market.as_posix()}\npolicy: {{push: {{per_week: 3}}}}\n{small}", "utf-8"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, text: str, name: str = "mine") -> Path:
    path = folder / "response" / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path | str) -> BadInput:
    with pytest.raises(BadInput) as told:
        load(path)
    return told.value


def siyu(*arguments: object) -> str:
    result = CliRunner().invoke(sim.cli.app, [str(each) for each in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.stderr
    return result.stdout


# --- the default as a file -------------------------------------------------------------------------------------------


def test_the_evidence_is_the_default_to_the_bit() -> None:
    read = load_response(EVIDENCE_FILE)
    assert read == Response() and repr(read) == repr(Response())
    values = YAML(typ="safe", pure=True).load(EVIDENCE_FILE)
    plain = Response().model_dump()
    assert set(values) == {"name", "about", *plain}, "every key is written"
    assert values["about"] == ABOUT_EVIDENCE.model_dump()
    assert {key: values[key] for key in plain} == plain
    assert load(BALANCED).with_response(EVIDENCE_FILE) == load(BALANCED)


def test_the_evidence_says_of_every_value_its_unit_prior_and_source() -> None:
    said: list[str] = []
    told = 0
    for line in EVIDENCE_FILE.read_text(encoding="utf-8").splitlines():
        if line.lstrip().startswith("#"):
            said.append(line.strip("# "))
            continue
        if re.fullmatch(r" *\w+: -?[0-9.e-]+", line):
            told += 1
            assert re.search(r"Unit: .+; prior sd [0-9.]+; source: .+\.$", " ".join(said)), line
        said = []
    assert told == len(list(numbers_in(Response()))) > 100


# --- naming one ------------------------------------------------------------------------------------------------------


def test_a_scenario_names_a_file_relative_to_its_own(plans: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    s = load(plans / "s.yaml")
    assert (s.response.refer, s.response.personas.busy.attention) == (0.001, 0.8)
    assert s.response.personas.busy.tolerance == Response().personas.busy.tolerance, "what is left out is the default"
    assert s.response_name == "mine" and s.response.about == "Members answer more readily."
    assert s.response == load_response(plans / "response" / "mine.yaml")


def test_changes_beside_a_file_are_told(plans: Path) -> None:
    base = (
        (plans / "s.yaml")
        .read_text("utf-8")
        .replace("response: response/mine.yaml", "response: {file: response/mine.yaml, refer: %s}")
    )
    for refer, label in (("0.002", "mine, changed"), ("0.001", "mine")):
        (plans / "t.yaml").write_text(base % refer, "utf-8")
        t = load("t.yaml")
        assert (t.response_name, t.response.refer, t.response.personas.busy.attention) == (label, float(refer), 0.8)


def test_an_extending_scenario_takes_changes_or_replaces_the_response(plans: Path) -> None:
    written(plans, "name: other\nvisit: 0.1\n", "second")
    cases: dict[str, tuple[str, float, float]] = {
        "": ("mine", 0.001, 0.06),
        "response: {visit: 0.05}": ("mine, changed", 0.001, 0.05),
        "response: response/second.yaml": ("other", 0.0006, 0.1),
        "response: {file: response/second.yaml, visit: 0.07}": ("other, changed", 0.0006, 0.07),
    }
    for more, expected in cases.items():
        (plans / "t.yaml").write_text(f"extends: s.yaml\n{more}\n", "utf-8")
        t = load("t.yaml")
        assert (t.response_name, t.response.refer, t.response.visit) == expected, more


def test_a_response_file_extends_another(plans: Path) -> None:
    written(plans, "extends: mine.yaml\nvisit: 0.05\n", "later")
    later = load_response("response/later.yaml")
    assert (later.label, later.about, later.refer, later.visit) == ("later", "", 0.001, 0.05)


def test_the_names_of_responses() -> None:
    plan = load(BALANCED)
    assert plan.response_name == EVIDENCE
    assert plan.with_changes({"members": 7}).response_name == EVIDENCE
    assert plan.with_changes({"response.refer": 0.001}).response_name == "evidence, changed"
    own = plan.with_response(Response(name="own", refer=0.001))
    assert own.response_name == "own" and own.response.about == ""
    assert own.with_changes({"members": 7}).response_name == "own"
    changed = own.with_changes({"response.visit": 0.05})
    assert changed.response_name == "own, changed"
    assert changed.with_changes({"response.visit": Response().visit}).response_name == "own", "changed back"
    assert "response own, changed" in repr(changed) and "own, changed" in changed._repr_html_()
    assert ("response.name", "own", "evidence") in own.differences(plan)
    assert plan.with_changes({"response": str(EVIDENCE_FILE)}) == plan


def test_a_name_sets_nothing(plans: Path) -> None:
    """What determines a run is the same under another name, so that kept replicates are taken; a covariance counts."""
    mine = load_response("response/mine.yaml")
    plan, other = load(BALANCED), mine.model_copy(update={"name": "other", "about": "x", "named_digest": ""})
    assert content(plan.with_response(mine), "") == content(plan.with_response(other), "")
    uncertain = Response.model_validate(mine.model_dump() | {"covariance": SPREAD})
    assert content(plan.with_response(mine), "") != content(plan.with_response(uncertain), "")


def test_a_scenario_as_written_needs_no_file(plans: Path) -> None:
    written(plans, f"{MINE}covariance: {json.dumps(SPREAD)}\n")
    s = load("s.yaml").with_changes({"response.visit": 0.07})
    (plans / "response" / "mine.yaml").unlink()
    (plans / "again.yaml").write_text(s.to_yaml(), "utf-8")
    again = load("again.yaml")
    assert again == s and again.digest == s.digest
    assert again.response_name == "mine, changed" and again.response.covariance is not None
    assert responded("again.yaml") == s and responded(s, EVIDENCE_FILE).response == Response()


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "english", "chinese"),
    [
        (
            "about: x\nrefer: 0.1\n",
            "2:1",
            "refer: must be at most 0.005, not 0.1",
            "refer：必须是不大于 0.005 的数，而不是 0.1",
        ),
        (
            "personas:\n  busy: {attension: 1}\n",
            "2:10",
            "personas.busy.attension: unknown key",
            "personas.busy.attension：",
        ),
        ("- 1\n", "1:1", "a response is a mapping of keys and values", "响应参数"),
        (
            "covariance: {parameters: [refers], matrix: [[1]]}\n",
            "1:27",
            "refers is no parameter of a response; did you mean",
            "响应参数中没有 refers",
        ),
        ("covariance: {parameters: [refer, visit], matrix: [[1, 2], [2, 1]]}\n", "1:42", "is no covariance", "协方差"),
        (
            "covariance: {parameters: [refer], matrix: [[-1]]}\n",
            "1:35",
            "a variance, which stands on its diagonal, is negative",
            "方差为负",
        ),
        (
            "covariance: {parameters: [refer, refer], matrix: [[1, 0], [0, 1]]}\n",
            "1:34",
            "refer is listed twice",
            "refer 列了两次",
        ),
        (
            "covariance: {parameters: [refer, visit], matrix: [[1]]}\n",
            "1:42",
            "must be a matrix of 2 rows of 2 numbers",
            "2",
        ),
    ],
)
def test_a_bad_response_is_refused_where_it_is_written(
    plans: Path, text: str, place: str, english: str, chinese: str
) -> None:
    """Once: the file is told, not the scenario that names it; the same through `--response`."""
    path = written(plans, text)
    told = refusal("s.yaml")
    where = f"{Path('response') / 'mine.yaml'}:{place}: "
    assert str(told).startswith(where) and english in str(told)
    said = told.say("zh", WORDS)
    assert chinese in said and said != str(told)
    with pytest.raises(BadInput) as again:
        load(BALANCED).with_response(path)
    assert english in str(again.value)


def test_what_names_no_response_file_is_refused(plans: Path) -> None:
    base = (plans / "s.yaml").read_text("utf-8")
    for given, said in (
        ("response/none.yaml", "t.yaml:6:1: response: there is no file response/none.yaml; such a file holds `name:`"),
        ("{file: 3}", "t.yaml:6:12: response.file: must be the path of one response file"),
        ("3", "t.yaml:6:1: response: must be a mapping of keys and values, not 3"),
    ):
        (plans / "t.yaml").write_text(base.replace("response/mine.yaml", given), "utf-8")
        assert said in str(refusal("t.yaml")).replace("\\", "/"), given
    with pytest.raises(BadInput, match="there is no such file; such a file holds"):
        load_response("nowhere.yaml")
    for folder in (".", ""):
        with pytest.raises(BadInput, match=r"^\.: this is a folder; name a response file in it$") as told:
            siyu("check", "s.yaml", "--response", folder)
        assert "响应参数文件" in told.value.say("zh", WORDS)
    written(plans, "", "empty")
    with pytest.raises(BadInput, match="the file is empty; such a file holds `name:` and parameters"):
        load_response("response/empty.yaml")
    (plans / "lonely").mkdir()
    (plans / "lonely" / "r.yaml").write_text("extends: ../nowhere/none.yaml\n", "utf-8")
    with pytest.raises(BadInput, match=r"there is no file .*none\.yaml; such a file holds `name:` and parameters"):
        load_response("lonely/r.yaml")
    with pytest.raises(BadInput, match="a response is a file or a Response, not 3"):
        load_response(3)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=r"nowhere\.yaml: there is no such file"):
        siyu("check", "s.yaml", "--response", "nowhere.yaml")


def test_the_schema_knows_files_of_responses() -> None:
    validator = Draft202012Validator(scenario_schema())
    for good in ("response/claims.yaml", {"file": "a.yaml", "refer": 0.001}, {"covariance": SPREAD}):
        assert list(validator.iter_errors({"market": "m.yaml", "response": good})) == []
    for bad in (3, {"file": 3}, {"files": "a.yaml"}, {"covariance": {"parameter": ["refer"]}}):
        assert list(validator.iter_errors({"market": "m.yaml", "response": bad})), bad


# --- what is shown and kept ------------------------------------------------------------------------------------------


def test_check_says_which_response_and_what_differs(plans: Path) -> None:
    out = siyu("check", "s.yaml")
    lines = [line.strip() for line in out.splitlines()]
    assert "named_digest" not in out
    assert {"name: mine", "refer: 0.001", "attention: 0.8"} <= set(lines) and "tolerance: 0.5" not in lines
    assert "# response: mine; 2 values differ from the evidence: refer 0.001 (evidence: 0.0006), " in out
    assert "# response: it believes: Members answer more readily." in out
    assert "响应参数 mine；有 2 个数值与 evidence 不同" in siyu("check", "s.yaml", "--lang", "zh")
    assert "# response: evidence; where nothing is said" in siyu("check", BALANCED)
    other = siyu("check", BALANCED, "--response", "response/mine.yaml")
    assert "# response: mine; 2 values differ" in other and "refer: 0.001" in other
    siyu("check", "s.yaml", "--json", "checked.json")
    assert json.loads(Path("checked.json").read_text("utf-8"))["scenarios"][0]["response"] == "mine"


def test_a_covariance_is_told_in_words_and_shown_if_asked(plans: Path) -> None:
    written(plans, f"covariance: {json.dumps(SPREAD)}\n")
    scenario = load("s.yaml")
    english, chinese = (explained(scenario, lang)[-2:] for lang in ("en", "zh"))
    assert english[0] == "response: mine; no value differs from the evidence"
    assert "draw 3 parameters from its covariance" in english[1]
    assert "3 个参数按它自带的协方差抽取" in chinese[1]
    assert "covariance:" not in siyu("check", "s.yaml")
    assert siyu("check", "s.yaml", "--all").count("covariance:") == 3, "the market's two, too"
    (plans / "u.yaml").write_text(siyu("check", "s.yaml", "--all"), "utf-8")
    assert load("u.yaml") == load_said("s.yaml")[0]


def test_a_run_names_its_response_and_can_be_had_again_from_its_folder(plans: Path) -> None:
    out = siyu("simulate", "s.yaml", "--out", "first", "--lang", "zh")
    assert "；响应参数：mine" in out
    (plans / "response" / "mine.yaml").unlink()
    first = json.loads(Path("first", "measures.json").read_text("utf-8"))
    again, other = (simulate("first/scenario.yaml", response=given) for given in (None, EVIDENCE_FILE))
    assert first["response"] == simulated(again)["response"] == "mine" and simulated(other)["response"] == "evidence"
    assert first["measures"] == simulated(again)["measures"] != simulated(other)["measures"]
    assert "response: mine" in again._repr_html_()
    told = siyu("story", "first/scenario.yaml", "--member", "3", "--json", "three.json")
    assert "response: mine" in told.splitlines()
    assert json.loads(Path("three.json").read_text("utf-8"))["response"] == "mine"


def test_a_response_file_is_not_written_over(plans: Path) -> None:
    mine = "response/mine.yaml"
    with pytest.raises(BadInput, match="this file is read and cannot be written to"):
        siyu("simulate", BALANCED, "--response", mine, "--json", mine, "--force")
    with pytest.raises(BadInput, match="this file is read and cannot be written to"):
        siyu("check", BALANCED, "--response", mine, "--json", mine, "--force")
    assert Path(mine).read_text("utf-8") == MINE


def test_comparisons_and_sweeps_name_their_responses(plans: Path) -> None:
    a = load("s.yaml")
    b = Scenario.model_validate(a.plain() | {"name": "b", "policy": {}})
    one = compare([a, b], response=uncertain(), jobs=1)
    assert [each["response"] for each in compared(one)["scenarios"]] == ["mine", "mine"]
    assert one.scenarios[0].response == uncertain()
    assert head(one.scenarios) in html(one).partition("<main>")[0] and head(one.scenarios).endswith("; response: mine")
    assert "response: mine" in one._repr_html_()
    two = [one.scenarios[0], b.with_response(EVIDENCE_FILE).with_changes({"response.visit": 0.05})]
    assert head(two).endswith("; responses: s: mine, b: evidence, changed")
    assert head(two, "zh").endswith("；响应参数：s：mine、b：evidence（有改动）")
    tried = sweep(a, {"response": [str(EVIDENCE_FILE), "response/mine.yaml"]}, fixed_response=True, jobs=1)
    assert [point["response"] for point in swept(tried)["points"]] == ["evidence", "mine"]


def test_the_responses_that_the_page_shows_are_understood(plans: Path) -> None:
    shown = re.findall(
        r"^```yaml\n(.*?)^```$", (ROOT / "docs" / "response.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(shown) == 4
    (plans / "response" / "evidence.yaml").write_bytes(EVIDENCE_FILE.read_bytes())
    base = (plans / "s.yaml").read_text("utf-8").replace("response: response/mine.yaml\n", "")
    for text, name in zip(shown[:2], ("evidence", "evidence, changed"), strict=True):
        (plans / "t.yaml").write_text(base + text, "utf-8")
        assert load("t.yaml").response_name == name
    own, fitted = (load_response(written(plans, text, "own")) for text in shown[2:])
    assert (own.label, own.personas.busy.tolerance) == ("tired-city", 0.3)
    assert fitted.covariance is not None and fitted.label == "own"


def test_the_digest_of_its_values_is_not_a_response_file_s_to_give(plans: Path) -> None:
    """A scenario as written holds one; in a response file it is refused, and not listed among the keys."""
    written(plans, f"{MINE}named_digest: abc\n")
    told = refusal("s.yaml")
    assert str(told).replace("\\", "/").startswith("response/mine.yaml:5:1: named_digest: siyu writes it")
    assert "由 siyu 自动写入" in told.say("zh", WORDS)
    with pytest.raises(BadInput, match="named_digest: siyu writes it into scenarios by itself"):
        load(BALANCED).with_response("response/mine.yaml")
    written(plans, "zzzzzz: 1\n")
    listed = str(refusal("s.yaml"))
    assert "known here: name, about, " in listed and "named_digest" not in listed


@pytest.mark.parametrize(("lang", "own", "other"), [("en", "en", "zh"), ("zh", "zh", "en")])
def test_what_a_shipped_response_believes_is_told_in_the_reader_s_language(
    plans: Path, lang: str, own: str, other: str
) -> None:
    about = load_response(ROOT / "scenarios" / "response" / "claims.yaml").about
    assert isinstance(about, InLanguages)
    said = siyu("check", BALANCED, "--response", "claims", "--lang", lang)
    assert getattr(about, own) in said and getattr(about, other) not in said


def test_a_copy_of_the_evidence_of_before_is_still_the_default(plans: Path) -> None:
    """Its sentence was in English alone."""
    before = EVIDENCE_FILE.read_text("utf-8")
    pair = f"about:\n  en: {ABOUT_EVIDENCE.en}\n  zh: {ABOUT_EVIDENCE.zh}\n"
    assert pair in before
    copy = written(plans, before.replace(pair, f"about: {ABOUT_EVIDENCE.en}\n"), "evidence")
    assert load_response(copy) == Response() and load(BALANCED).with_response(copy).digest == load(BALANCED).digest
