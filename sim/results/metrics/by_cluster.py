"""How far chance moves a run's measures: a delete-a-cluster jackknife over the clusters of those who are simulated.

With Y a measure of the run and Y(-c) the same without cluster c, d_c = Y - Y(-c) is what c moves. How many founding members
and joiners a cluster has, and how long the joiners have been in, is no chance but follows from the plan. So what these
numbers explain of the d_c is taken off by least squares, weighted by 1 / size (members join in the order of time: those of
one tile are of one age). Of what is left n / (n - k) times the sum of squares is the chance variance of Y, with n
clusters and k numbers: the jackknife's, with what clusters of different sizes need (Shao & Tu 1995, sections 1.2 and 2.3).
"""

from dataclasses import replace

import numpy as np

from sim.results.metrics.account import Account, WithoutBenefits
from sim.results.metrics.registry import REGISTRY, measures
from sim.run import LeftOut, Run

_SMALL = 1e-6  # of the longest: columns that say no more than the others
_FEWEST = 8  # clusters: with less the jackknife says next to nothing


def moved_by_clusters(account: Account) -> tuple[dict[str, np.ndarray], float]:
    """By measure what is left of each cluster's d_c, float64[clusters], its squares summing to the chance variance; and the
    degrees of freedom of that.

    Nothing where all of the pool was simulated, or so few that chance cannot be told (fewer than eight clusters), and of a
    measure that is not defined, or censored, in the run or without one of the clusters.
    """
    sums = account.run.clusters
    if sums is None or len(sums.closing) < _FEWEST:
        return {}, 0.0
    n = len(sums.closing)
    whole = measures(account)
    names = [name for name, known in REGISTRY.items() if not known.followed]  # times have an order, and no variance
    without = [measures(_without(account, c), names) for c in range(n)]
    explained = _Explained(sums.settled, sums.settled[:, :2].sum(axis=1))
    moved = {}
    for name in names:
        values = [whole[name], *(each[name] for each in without)]
        if all(value is not None and np.isfinite(value) for value in values):
            known = np.array(values, float)
            moved[name] = explained.left_of(known[0] - known[1:])
    return moved, float(explained.freedom)


class _Explained:
    """What is settled of n clusters explains: numbers float64[n, most], weights 1 / size float64[n]."""

    def __init__(self, numbers: np.ndarray, size: np.ndarray) -> None:
        self._there = size > 0.0  # a tile of friends alone has its part in the clusters of who brought them
        numbers, self._root = numbers[self._there], 1.0 / np.sqrt(size[self._there])
        scaled = numbers * self._root[:, None] / np.maximum(np.abs(numbers).max(axis=0), 1.0)
        directions, lengths, _ = np.linalg.svd(scaled, full_matrices=False)
        self._basis = directions[:, lengths > _SMALL * lengths[0]]
        n, k = self._basis.shape
        self.freedom = n - k
        self._stretch = np.sqrt(n / (n - k))

    def left_of(self, moved: np.ndarray) -> np.ndarray:
        """float64[n]: what is left of `moved`, stretched so that its squares sum to the variance without bias."""
        scaled = moved[self._there] * self._root
        left = np.zeros(len(moved))
        left[self._there] = (scaled - self._basis @ (self._basis.T @ scaled)) / self._root * self._stretch
        return left


def _without(account: Account, c: int) -> Account:
    """The account of all but cluster c."""
    run, counterfactual, bare = account.run, account.counterfactual, account.without_benefits
    if bare is not None:
        assert bare.used_by is not None and bare.anyway_by is not None  # counted where there are clusters
        used, anyway = int(bare.used - bare.used_by[c]), int(bare.anyway - bare.anyway_by[c])
        bare = WithoutBenefits(_run_without(bare.run, c), used, anyway)
    return Account(_run_without(run, c), _run_without(counterfactual, c), bare)


def _run_without(run: Run, c: int) -> Run:
    sums = run.clusters
    assert sums is not None  # every run of a scenario with lives has them
    if c >= len(sums.closing):  # fewer joined here than in the run that this is held against
        return run
    whole, left = run.closing, sums.closing[c]
    joiners = sums.settled[:, 1]
    came = 1.0 - joiners[c] / joiners.sum() if joiners.any() else 1.0
    return replace(
        run,
        totals=_less(run.totals, sums.totals[c]),
        followed=_less(run.followed, sums.followed[c]),
        closing=_less(whole, left),
        tools=run.tools - sums.tools[c],
        left_out=LeftOut(members=float(1.0 - left["members"] / whole["members"]), joiners=float(came)),
    )


def _less(whole: np.void, part: np.void) -> np.void:
    """A record of float64 without a part of it."""
    there = np.array([whole]).view("f8") - np.array([part]).view("f8")
    record: np.void = there.view(whole.dtype)[0]
    return record
