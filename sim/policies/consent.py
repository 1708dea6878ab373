"""Consent: which regular messages reach those who have said how many they want, and of which type none."""

from fractions import Fraction
from functools import lru_cache
from math import isinf

import numpy as np

from sim.catalogue import CONTENT_TYPES, LIMITS

_LEVELS = 8  # places of a level within a choice
_AS_FRACTIONS = [None if isinf(limit) else Fraction(limit).limit_denominator(30) for limit in LIMITS]
_ROUND = 30  # weeks after which the pattern of every limit begins anew: each is a whole number of messages in so many


def allowed(contents: np.ndarray, week: int) -> np.ndarray:
    """int64[n]: for the n messages of a week, in order, the choices that each of them suits.

    Bit 8 x muted type + level, muted 0: none. Of the n messages that are not of her muted type the j-th (from 0) reaches a
    member with limit L iff floor((w + (j + 1) / n) L) > floor((w + j / n) L), w the run's week: L of them a week, evenly;
    with L below 1 one every so many weeks (MODEL2 section 3). In whole numbers, so exactly.
    """
    return _allowed(tuple(contents.tolist()), week % _ROUND)


@lru_cache(maxsize=4096)
def _allowed(types: tuple[int, ...], week: int) -> np.ndarray:
    contents = np.array(types, np.int64)
    bits = np.zeros(len(contents), np.int64)
    for muted in range(len(CONTENT_TYPES) + 1):
        counted = contents != muted - 1
        n = int(counted.sum())
        place = week * n + np.cumsum(counted) - 1
        for level, limit in enumerate(_AS_FRACTIONS):
            reaches = counted
            if limit is not None and n:
                above, below = limit.numerator, limit.denominator * n
                reaches = counted & ((place + 1) * above // below > place * above // below)
            bits |= np.where(reaches, np.int64(1) << _LEVELS * muted + level, 0)
    bits.setflags(write=False)
    return bits


def unmuted(content: int) -> int:
    """The choices that a message beside all limits suits: whatever the level, as long as its type is not muted."""
    levels = (1 << len(LIMITS)) - 1
    return sum(levels << _LEVELS * muted for muted in range(len(CONTENT_TYPES) + 1) if muted - 1 != content)
