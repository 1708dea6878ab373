"""Small files of every kind through both doors: each has its right totals, or its one sentence, word for word.

sentences.toml holds the sentences of refused files in both languages; `python -m tests.models.door.sentences` writes it
anew, to be read before it is kept.
"""

import re
import tomllib
from pathlib import Path

import pytest

from models.errors import BadInput

from .case import Case, Refused, Totals
from .cases import CASES, LEFT
from .doors import Reading, through
from .sentences import KEPT, spoken

READ = [pytest.param(case, id=case.name) for case in CASES if isinstance(case.wanted, Totals)]
REFUSED = [
    pytest.param(
        case, id=case.name, marks=[pytest.mark.xfail(strict=True, reason=LEFT[case.name])] if case.name in LEFT else []
    )
    for case in CASES
    if isinstance(case.wanted, Refused)
]
_ENGLISH = "([a-z]+ ){3}[a-z]+|[一-鿿]the [a-z]+"  # words in a row, in a Chinese sentence
SENTENCES = tomllib.loads(KEPT.read_text(encoding="utf-8"))


def test_the_table_is_one() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)) >= 60
    refused = {case.name for case in CASES if isinstance(case.wanted, Refused)}
    assert refused == set(SENTENCES)  # nothing is kept of a case that is gone


@pytest.mark.parametrize("case", READ)
def test_totals(case: Case, tmp_path: Path) -> None:
    """The same through every door, down to each customer's orders."""
    path = case.write(tmp_path)
    assert isinstance(case.wanted, Totals)
    found = {door: through(door, path, **case.options) for door in case.doors}
    wrong = {door: differences(reading, case.wanted, door) for door, reading in found.items()}
    assert not any(wrong.values()), wrong
    first, *others = (reading.by_customer for reading in found.values())
    assert all(other == first for other in others)


@pytest.mark.parametrize("case", REFUSED)
def test_sentences(case: Case, tmp_path: Path) -> None:
    path = case.write(tmp_path)
    assert isinstance(case.wanted, Refused)
    for door in case.doors:
        with pytest.raises(BadInput) as caught:
            through(door, path, **case.options)
        english, chinese = spoken(caught.value, tmp_path)
        assert [part for part in case.wanted.says if not re.search(part, english)] == [], english
        assert english in (kept := SENTENCES[case.name])["en"], english
        assert chinese in kept["zh"], chinese
        assert english.endswith((".", "?")) and not re.search(_ENGLISH, chinese), (english, chinese)


def differences(found: Reading, wanted: Totals, door: str) -> list[str]:
    """What of a reading is not as wanted."""
    pairs = {
        "orders": (found.orders, wanted.orders),
        "customers": (found.customers, wanted.customers),
        "money": (f"{found.money:.2f}", wanted.money),
        "currency": (found.currency or "", wanted.currency),
        "days": (found.days, wanted.days),
        "refunded": (f"{found.refunded or 0:.2f}", wanted.refunded if door == "import" else None),
        **{reason: (found.dropped.get(reason), n) for reason, n in wanted.dropped.items()},
    }
    wrong = [f"{name}: {have}, not {want}" for name, (have, want) in pairs.items() if want is not None and have != want]
    said = "\n".join(found.remarks)
    return wrong + [f"nothing says {part!r}: {said}" for part in wanted.said if not re.search(part, said)]
