"""MBG/NBD, BG/CNBD-k and MBG/CNBD-k: purchases at every k-th hidden event, lost with chance p after a purchase.

Batislam, Denizel & Filiztekin (2007), "Empirical validation and comparison of models for customer base analysis", IJRM 24;
Hoppe & Wagner (2007), "Customer base analysis: the case for a central variant of the Betageometric/NBD model", Marketing
JRM 3; Platzer & Reutterer (2016), "Ticking away the moments", Marketing Science 35(5). Formulas: families/cnbd/likelihood.py
and models/families/cnbd/expectation.py.
"""

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from scipy.special import expit

from models.data.given import histories_of, horizon_of, one_horizon_of
from models.data.summary import Summary
from models.errors import BadInput
from models.families.bg_nbd import points
from models.families.bg_nbd.likelihood import Histories, histories, with_prior
from models.families.bg_nbd.model import first_guess
from models.families.bg_nbd.smooth import by_order_count
from models.families.cnbd import likelihood as lik
from models.families.cnbd.expectation import count_chances, mean_purchases
from models.families.estimator import shown
from models.families.model import Model
from models.families.simulated import SimulatedOrders, follow
from models.numerics.arrays import ArrayLike, Floats
from models.numerics.merge import distinct_rows
from models.numerics.newton import Maximum, Objective, is_known, maximise
from models.numerics.points import ManyPoints

K_MOST = 20  # how far k is looked for
_START_CUSTOMERS = 20_000
_TOLERANCE = 1e-10  # what a further Newton step may still gain: the last step squares it


class Family(Model):
    """What MBG/NBD, BG/CNBD-k and MBG/CNBD-k share. k_: hidden events a purchase; they come at rate lambda, so that times
    between purchases have mean k/lambda. profile_: {k: the highest log-likelihood}, of the k tried."""

    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    times: ClassVar[tuple[str, ...]] = ("alpha",)
    at_first: ClassVar[int]  # 1 where a customer may be lost after her first purchase

    def __init__(self) -> None:
        super().__init__()
        self.k_: int = 1
        self.profile_: dict[int, float] = {}

    @property
    def _theta(self) -> Floats:
        return np.array([self.params_[name] for name in self.parameters])

    def _check(self, summary: Summary, gaps: bool) -> Summary:
        """Raises BadInput for loyalty exponents, and where gaps are needed and are not there or cannot be."""
        if summary.G_x is not None and not (summary.G_x == summary.frequency).all():
            raise BadInput(
                "{name}: it knows no loyalty exponents; leave G_x and G_before out, or use BG/NBD.",
                name=self.name,
            )
        if not gaps:
            return summary
        if summary.log_gaps is None:
            raise BadInput(
                "{name}: the summary has no log_gaps (logarithms of the times between purchases, added up); "
                "summarise the orders themselves, or use k=1.",
                name=self.name,
            )
        x = summary.frequency
        with np.errstate(divide="ignore"):
            most = np.where(x > 0, x * np.log(np.maximum(summary.clock[0], 1e-300) / np.maximum(x, 1.0)), 0.0)
        wrong = (summary.log_gaps > most + 1e-6 * (1.0 + x + np.abs(most))) | ((x == 0) & (summary.log_gaps != 0))
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise BadInput(
                "summary: log_gaps is {log_gaps:.6g} in row {row}, where {frequency:.0f} repeat purchases by "
                "{clock:.6g} allow {most:.6g} at most; count both in one unit of time.",
                log_gaps=summary.log_gaps[row],
                row=row,
                frequency=x[row],
                clock=summary.clock[0][row],
                most=most[row],
            )
        return summary

    # -- fitting ------------------------------------------------------------------------------------------------------

    def _candidates(self) -> Sequence[int]:
        return (1,)

    def _fit(self, summary: Summary) -> Self:
        """Maximum likelihood. Where k is open it is that of the highest likelihood: k = 1, 2, ... are tried
        until it has fallen twice in a row (20 at most). covariance_ is given k.

        Raises BadInput for a summary without log_gaps where some k > 1 is tried. Where nobody has bought again nothing tells
        k, which is 1 then.
        """
        candidates = self._candidates()
        self.k_, self.profile_ = candidates[0], {}
        if self._fit_without_repeats(summary):
            return self
        self._check(summary, gaps=candidates[-1] > 1)
        merged, start = _merged(summary), first_guess(summary.frequency, summary.clock[1])
        maxima: dict[int, Maximum] = {}
        for k in candidates:
            likelihood = self._likelihood(merged, summary, k)
            maxima[k] = maximise(likelihood, self._climbs(merged, start, maxima.get(k - 1), k), tolerance=_TOLERANCE)
            self.profile_[k] = maxima[k].value
            if k > 2 and len(candidates) > 1 and maxima[k].value < maxima[k - 1].value < maxima[k - 2].value:
                break
        self.k_ = max(self.profile_, key=lambda k: self.profile_[k])
        self._conclude(maxima[self.k_], self._likelihood(merged, summary, self.k_), start, summary)
        return self

    def _conclude(self, best: Maximum, likelihood: Objective, start: Floats, summary: Summary) -> None:
        """Verdict, parameters and log-likelihood of the chosen k."""
        if best.converged and is_known(best):
            self.prior_used_, self.message_ = False, f"converged in {best.iterations} steps"
        else:
            best = self._fall_back(likelihood, [_of_events(start, self.k_)])
        if len(self.profile_) > 1:
            last = " (the most that is tried: k may be larger)" if self.k_ == K_MOST else ""
            self.message_ += f"; k = {self.k_} is the likeliest of 1 to {max(self.profile_)}{last}"
        self._store(best, summary)
        self.log_likelihood_ = likelihood(best.position)[0] if self.prior_used_ else best.value
        if summary.log_rates is not None:
            self.log_likelihood_ += float(summary.log_rates.sum())

    def _climbs(self, merged: Histories, start: Floats, before: Maximum | None, k: int) -> list[Floats]:
        """Where to begin: where the fit of k - 1 ended, or that of a thinned copy of many customers."""
        if before is not None and before.converged and is_known(before):
            return [before.position + np.array([0.0, np.log((k - 1.0) / k), 0.0, 0.0])]
        at = _of_events(start, k)
        if before is not None:  # the data did not tell with k - 1, and hardly do now: one climb is enough
            return [at]
        starts = [at, at + np.array([0.0, 0.0, -1.5, -1.5]), at + np.array([1.5, 1.5, 0.0, 1.5])]
        step = merged.count.size // _START_CUSTOMERS
        if step < 2:
            return starts
        maximum = maximise(lik.objective(merged.every(step), k, self.at_first, 0.0), starts)
        return [maximum.position] if maximum.converged else starts

    def _likelihood(self, merged: Histories, summary: Summary, k: int) -> Objective:
        return lik.objective(merged, k, self.at_first, float(lik.of_gaps(summary, k).sum()))

    def _objective(self, summary: Summary) -> Objective:
        return self._likelihood(_merged(self._check(summary, gaps=self.k_ > 1)), summary, self.k_)

    def _log_likelihoods(self, summary: Summary) -> ManyPoints:
        constant = float(lik.of_gaps(self._check(summary, gaps=self.k_ > 1), self.k_).sum())
        return points.log_likelihoods(_merged(summary), self.k_, self.at_first, constant)

    def _starts(self, summary: Summary) -> Sequence[Floats]:
        return self._climbs(_merged(summary), first_guess(summary.frequency, summary.clock[1]), None, self.k_)

    def _with_weak_prior(self, likelihood: Objective) -> Objective:
        return with_prior(likelihood)

    def _log_weak_prior(self, u: Floats) -> Floats:
        return points.log_weak_prior(u)

    def _log_rate(self) -> tuple[Sequence[float], float]:
        return (1.0, -1.0, 0.0, 0.0), -float(np.log(self.k_))  # of purchases: k hidden events each

    def log_likelihood(self, summary: Summary | None = None) -> Floats:
        """Log-likelihood of each customer's history, (n,): a density of her purchase times in the summary's unit."""
        summary = self._check(self.customers(summary), gaps=self.k_ > 1)
        return lik.each(summary, self._theta, self.k_, self.at_first)

    # -- predictions --------------------------------------------------------------------------------------------------

    def _state(self, summary: Summary | None) -> tuple[Summary, Floats, Floats, Floats]:
        """The customers, P(alive) and P(lost) (n,), and the chances of 0..k-1 hidden events since the last purchase of
        those alive (k, n)."""
        summary = self._check(self.customers(summary), gaps=False)
        tau_x, tau_T = summary.clock
        log_odds, stage = lik.log_odds_lost(summary.frequency, tau_x, tau_T, self._theta, self.k_, self.at_first)
        return summary, expit(-log_odds), expit(log_odds), stage.chance

    def probability_alive(self, summary: Summary | None = None) -> Floats:
        """P(not lost by T | history), (n,).

        In BG/CNBD-k it is 1 without a repeat purchase; in the MBG models she may have been lost after the first.
        """
        return self._state(summary)[1]

    def expected_purchases(self, t: ArrayLike, summary: Summary | None = None) -> Floats:
        """Expected purchases in the next `t` (a number or (n,)) given the history, (n,).

        Exact for every k: P(alive) times the mean over hidden events since the last purchase (families/cnbd/expectation.py).
        """
        t = horizon_of(self.name, t)
        summary, alive, _, chance = self._state(summary)
        return np.asarray(alive * self._if_alive(t, summary.frequency, summary.clock[1], chance))

    def expected_purchases_new(self, t: ArrayLike) -> Floats:
        """Expected repeat purchases of a new customer by `t` (any shape) after the first."""
        t = horizon_of(self.name, t)
        new = _new(t.size)
        _, alive, _, chance = self._state(new)
        return np.asarray(alive * self._if_alive(t.reshape(-1), new.frequency, new.T, chance)).reshape(t.shape)

    def _if_alive(self, t: Floats, x: Floats, tau_T: Floats, chance: Floats) -> Floats:
        """Expected purchases of customers alive, (n,): each number of hidden events j weighed by its chance."""
        r, alpha, a, b = self._theta
        k, total = self.k_, np.zeros(x.size)
        if t.size == 1 and float(t.reshape(-1)[0]) == 0.0:
            return total
        same = t.size == 1
        (x_d, end_d), place = distinct_rows([x, tau_T]) if same else ([x, tau_T], None)
        for j in range(k):

            def function(R: Floats, A: Floats, B: Floats, j: int = j) -> Floats:
                return mean_purchases(t, R, A, a, B, k, j)

            R, A, B = r + k * x_d + j, alpha + end_d, b + x_d + self.at_first
            values = by_order_count(function, x_d, R, A, B) if same else function(R, A, B)
            total += chance[j] * (values if place is None else values[place])
        return total

    def purchase_distribution(self, t: float, n_most: int, summary: Summary | None = None) -> Floats:
        """P(0..n_most purchases in the next `t` | history), (n, n_most + 1). A new customer has frequency = recency = T =
        0."""
        t = one_horizon_of(self.name, t)
        summary, alive, lost, chance = self._state(summary)
        r, alpha, a, b = self._theta
        n = len(summary)
        (x, tau_T), place = distinct_rows([summary.frequency, summary.clock[1]])
        total = np.zeros((n, n_most + 1))
        for j in range(self.k_):
            R, B = r + self.k_ * x + j, b + x + self.at_first
            values = count_chances(n_most, t / (alpha + tau_T), R, a, B, self.k_, j)
            total += (alive * chance[j])[:, None] * (values if place is None else values[place])
        total[:, 0] += lost if t > 0.0 else 1.0 - alive  # at t = 0 it is 1 to the last digit
        return total

    def simulate(self, n: int, T: ArrayLike, rng: np.random.Generator) -> SimulatedOrders:
        """`n` new customers followed for `T` (a number or (n,)) from their first purchase; exact times. `rate` is that of
        the hidden events."""
        r, alpha, a, b = self._theta
        rate, loss = rng.gamma(r, 1.0 / alpha, n), rng.beta(a, b, n)
        alive = rng.random(n) >= loss if self.at_first else np.ones(n, dtype=bool)
        return follow(rate, loss, alive, T, rng, lambda m: rng.standard_gamma(self.k_, m))


class MBGNBD(Family):
    """MBG/NBD: BG/NBD in which a customer may be lost right after her first purchase. `fit`, or `MBGNBD.known(r, alpha, a,
    b)`; what every model has: see models/families/model.py."""

    name: ClassVar[str] = "MBG/NBD"
    key: ClassVar[str] = "mbg-nbd"
    at_first: ClassVar[int] = 1


class Regular(Family):
    """A model of regular rhythms: times between purchases are Erlang-k, k estimated (k=None) or given."""

    def __init__(self, k: int | None = None) -> None:
        super().__init__()
        if k is not None and not (isinstance(k, int | float | np.number) and 1 <= k <= 1_000 and k == int(k)):
            raise BadInput(
                "{name}: k is {k}; it must be a whole number from 1 to 1000, or None to estimate it.",
                name=self.name,
                k=k,
            )
        self.k = None if k is None else int(k)
        if self.k is not None:
            self.k_ = self.k

    def fit(
        self,
        frequency: Summary | ArrayLike | None = None,
        recency: ArrayLike | None = None,
        T: ArrayLike | None = None,
        *,
        log_gaps: ArrayLike | None = None,
        summary: Summary | None = None,
    ) -> Self:
        """Maximum likelihood; returns self: see `Model.fit`. Where k is open it is that of the highest likelihood.

        k = 1, 2, ... are tried until it has fallen twice in a row (20 at most); covariance_ is given k. log_gaps (n,): of
        each customer the logarithms of the times between her purchases, added up, 0 without a repeat; a Summary made from
        orders has them. Raises BadInput where they are missing and some k > 1 is tried. Where nobody has bought again
        nothing tells k, which is 1 then.
        """
        customers = histories_of(self.name, frequency, recency, T, summary)
        return self._fit(customers if log_gaps is None else customers.with_gaps(log_gaps))

    @property
    def uses_gaps(self) -> bool:
        """True if the likelihood knows the times between purchases: not of k = 1, whose rhythm is Poisson's."""
        return self.k != 1

    def _candidates(self) -> Sequence[int]:
        return range(1, K_MOST + 1) if self.k is None else (self.k,)

    @classmethod
    def known(cls, *values: float, covariance: ArrayLike | None = None, k: float | None = None, **named: float) -> Self:
        """A model with these parameters and `k`; see `Model.known`. Raises BadInput without k."""
        if k is None:
            raise BadInput("{name}: give k (a whole number) with r, alpha, a and b.", name=cls.name)
        checked = cls(k)  # type: ignore[arg-type]
        model = super().known(*values, covariance=covariance, **named)
        model.k = model.k_ = checked.k_
        return model

    @property
    def aic_(self) -> float:
        """Akaike's criterion; an estimated k counts as a parameter."""
        return super().aic_ + 2.0 * (self.k is None)

    @property
    def bic_(self) -> float:
        """Schwarz's criterion; an estimated k counts as a parameter."""
        value = super().bic_
        return value + (float(np.log(len(self.customers(None)))) if self.k is None else 0.0)

    def __repr__(self) -> str:
        if not hasattr(self, "params_"):
            return super().__repr__()
        return shown(self, {**self.params_, "k": self.k_}, self.summary_)


class BGCNBDk(Regular):
    """BG/CNBD-k: BG/NBD with Erlang-k times between purchases. `BGCNBDk()` estimates k, `BGCNBDk(k=2)` fixes it."""

    name: ClassVar[str] = "BG/CNBD-k"
    key: ClassVar[str] = "bg-cnbd-k"
    may_be_lost = "after a repeat"
    at_first: ClassVar[int] = 0


class MBGCNBDk(Regular):
    """MBG/CNBD-k: MBG/NBD with Erlang-k times between purchases. `MBGCNBDk()` estimates k, `MBGCNBDk(k=2)` fixes it."""

    name: ClassVar[str] = "MBG/CNBD-k"
    key: ClassVar[str] = "mbg-cnbd-k"
    at_first: ClassVar[int] = 1


def _merged(summary: Summary) -> Histories:
    return histories(summary.frequency, *summary.clock, None, None)


def _of_events(start: Floats, k: int) -> Floats:
    """BG/NBD's starting point for a clock of hidden events, of which there are k a purchase."""
    return np.asarray(start - np.array([0.0, np.log(k), 0.0, 0.0]))


def _new(n: int) -> Summary:
    none = np.zeros(n)
    return Summary(none, none, none)
