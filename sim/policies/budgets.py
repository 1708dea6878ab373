"""Budgets: what is left of the money of each hand-out, and which have run dry."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.catalogue import MINOR_UNITS

_LAST = 1000  # of a budget the part that counts as spent
UNLIMITED = 1 << 60  # minor units


class Budgets:
    """The money of several hand-outs over a run.

    limits: money of each, None for no limit. usual: what one use costs, minor units; while less than this, or than a
    thousandth of the budget, is left, the hand-out rests: in a large pool some block always keeps the last of it. first:
    the place of the first of them in a purse (and, less one, in the codes of what members hold).
    share: the part of the pool that is simulated, which has this part of the money.
    """

    def __init__(self, limits: Sequence[float | None], usual: Sequence[float], first: int, share: float = 1.0) -> None:
        self.first, self._share = first, share
        self._limited = np.array([limit is not None for limit in limits], bool)
        self.remaining = np.array(
            [UNLIMITED if b is None else round(b * share * MINOR_UNITS) for b in limits], np.int64
        )
        self.unit = np.maximum(np.ceil(usual), 1).astype(np.int64)
        self._least = np.where(self._limited, np.maximum(self.unit, self.remaining // _LAST), self.unit)

    def round_by_chance(self, key: Any) -> None:
        """Let a part of the pool have one use more with the chance of the use that its part of a budget leaves over.

        37.5 uses are then 37 or 38, as often the one as the other, where 37 each time would be a smaller budget. `key`: the
        run's; the whole pool's budgets stay what they are.
        """
        from sim.draws import named_uniform  # compiled code: only a run has to wait for it

        if self._share < 1.0:
            for place in np.flatnonzero(self._limited).tolist():
                self.remaining[place] += int(named_uniform(key, f"budget {self.first + place}") * self.unit[place])

    @property
    def has_budgets(self) -> bool:
        """True if one of them has a budget, from which the members of a block spend together."""
        return bool(self._limited.any())

    @property
    def funded(self) -> np.ndarray:
        """bool[hand-outs]: whether enough is left for them to go on."""
        return np.asarray(self.remaining >= self._least)

    @property
    def spent_in_hand(self) -> np.ndarray:
        """bool[hand-outs]: the budget is spent, from which what members have in hand would still have to be paid."""
        return ~self.funded

    @property
    def void(self) -> int:
        """Bits of the places of which what members have in hand is void; place `first` is bit `first`."""
        return sum(1 << self.first + place for place in np.flatnonzero(self.spent_in_hand).tolist())

    def settle(self, budgets: np.ndarray) -> None:
        """Take back what the blocks did not spend (int64[blocks, places of a purse])."""
        if not (len(budgets) and self.has_budgets):  # nobody has joined yet, or nothing is limited
            return
        left = budgets.sum(axis=0)[self.first : self.first + len(self.remaining)]
        self.remaining[self._limited] = left[self._limited]

    def inherit(self, before: "Budgets", share: float) -> None:
        """Go on with a share of what another is left with, as some of its members do; it may have more, which are last."""
        own = len(self.remaining)
        self.remaining = np.where(self._limited, (before.remaining[:own] * share).astype(np.int64), self.remaining)
        self._least = np.maximum(self.unit, (before._least[:own] * share).astype(np.int64))
