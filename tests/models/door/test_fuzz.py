"""Both doors with files mutated from good ones: no traceback, no total that differs from a reference written another way.

150 files, through either door in turn and the same in every run; SIYU_FUZZ_EXAMPLES sets how many go through
both, new ones in every run. The benchmark `reading` draws 5,000.
"""

import os
import random

from .fuzzing import fuzz

EXAMPLES = int(os.environ.get("SIYU_FUZZ_EXAMPLES", "0"))


def test_mutated_files() -> None:
    first = random.SystemRandom().randrange(10**9) if EXAMPLES else 0
    outcome = fuzz(range(first, first + (EXAMPLES or 150)), both=bool(EXAMPLES))
    assert outcome.wrong == []
    ends = outcome.ends
    total = ends.total()
    # Neither door gets away with refusing, and the reference not with knowing nothing.
    assert ends["read, known"] > 0.2 * total, ends
    assert ends["refused, to refuse"] > 0.05 * total, ends
    assert ends["refused, known"] < 0.1 * total, ends
