"""Are likelihoods and expectations exact? Each formula against mpmath at 50 digits on 2,000 random and corner cases.

A case is a customer with her own parameters. Random ones are drawn widely about what papers report; two in three of them
get one corner or two besides: parameters tiny or huge, a = 1 and next to it, a + b = 1 and less, alpha far from beta or
equal, a life watched for hours or ages, a purchase this moment, 5,000 purchases, horizons tiny or endless.

What is compared is the relative error, |ours - exact| / |exact|, of the number that the model's method returns, the
log-likelihood's own too, however near 0 it is. Values under 1e-290 need only be as small. Of a distribution the worst
of P(0), P(1), ..., P(n) counts. "As fitted" is the function that the fit climbs: it adds up over customers, so there the
error is over the greater of |value| and 1. "Many at once" are customers of one history but for T, whose expectations the
models interpolate. References: benchmarks/references.py.
"""

import os
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeAlias

import mpmath
import numpy as np

from benchmarks import references as exact
from benchmarks import references_pareto as pareto_exact
from benchmarks.common import Row
from benchmarks.histories import SEED, Case, continuous, periods, spends
from benchmarks.references import Regular, relative_error
from models.data.summary import Summary
from models.families.bg_bb import BGBB
from models.families.bg_nbd import BGNBD
from models.families.cnbd import MBGNBD, BGCNBDk, MBGCNBDk
from models.families.gamma_gamma import GammaGamma
from models.families.gamma_gamma.likelihood import objective as spend_objective
from models.families.model import Model
from models.families.nbd import NBD
from models.families.pareto_nbd import ParetoNBD
from models.value.predictive.discount import forever

CASES = 2_000
REQUIRED = 1e-9
_PIECE = 40  # cases a process takes at a time

Errors: TypeAlias = dict[str, float]

LIKELIHOOD, FITTED, ALIVE, EXPECTED, NEW, COUNTS, RESIDUAL, FOREVER = (
    "log-likelihood",
    "log-likelihood as fitted",
    "P(alive)",
    "E[Y(t) | history]",
    "E[X(t)] of a new customer",
    "P(N = n in t | history)",
    "discounted residual orders",
    "discounted residual orders of any model",
)


# -- ours against theirs -----------------------------------------------------------------------------------------------


def _one(case: Case, log_gaps: float | None = None) -> Summary:
    columns = [[float(case[name])] for name in ("x", "t_x", "T")]
    return Summary(*columns, log_gaps=None if log_gaps is None else [log_gaps])  # type: ignore[arg-type]


def _worst(ours: Any, theirs: list[mpmath.mpf]) -> float:
    return max(relative_error(value, wanted) for value, wanted in zip(ours, theirs, strict=True))


def _errors(model: Model, one: Summary, case: Case, theirs: dict[str, Any]) -> Errors:
    """What every model has, against the references in `theirs`."""
    t, u = case["t"], np.log(list(model.params_.values()))
    # BG/BB's is the same function, and dear as its Hessian is taken by differences.
    fitted = model.log_likelihood(one)[0] if isinstance(model, BGBB) else model._objective(one)(u)[0]
    return {
        LIKELIHOOD: relative_error(model.log_likelihood(one)[0], theirs[LIKELIHOOD]),
        FITTED: relative_error(fitted, theirs[LIKELIHOOD], 1.0),
        ALIVE: relative_error(model.probability_alive(one)[0], theirs[ALIVE]),
        EXPECTED: relative_error(model.expected_purchases(t, one)[0], theirs[EXPECTED]),
        NEW: relative_error(float(model.expected_purchases_new(t)), theirs[NEW]),
        COUNTS: _worst(model.purchase_distribution(t, case["n_most"], one)[0], theirs[COUNTS]),
    }


def regular(key: str, i: int) -> tuple[Case, Errors]:
    """BG/NBD, MBG/NBD, BG/CNBD-k, MBG/CNBD-k."""
    case = continuous(key, i)
    theta = tuple(case[name] for name in ("r", "alpha", "a", "b"))
    if not key.endswith("k"):
        case["k"] = 1
    gaps = case["x"] * float(np.log(case["t_x"] / case["x"])) if case["x"] else 0.0
    kinds: dict[str, Callable[[], Model]] = {
        "bg": lambda: BGNBD.known(*theta),
        "mbg": lambda: MBGNBD.known(*theta),
        "bg-k": lambda: BGCNBDk.known(*theta, k=case["k"]),
        "mbg-k": lambda: MBGCNBDk.known(*theta, k=case["k"]),
    }
    c = Regular(case["k"], int(key.startswith("m")), *theta, case["x"], case["t_x"], case["T"])
    theirs = {
        LIKELIHOOD: exact.log_likelihood(c, gaps),
        ALIVE: exact.alive(c),
        EXPECTED: exact.expected(c, case["t"]),
        NEW: exact.expected(c.new(), case["t"]),
        COUNTS: exact.distribution(c, case["t"], case["n_most"]),
    }
    return case, _errors(kinds[key](), _one(case, gaps), case, theirs)


def pareto(_: str, i: int) -> tuple[Case, Errors]:
    """Pareto/NBD."""
    case = continuous("pareto", i)
    r, alpha, s, beta = theta = tuple(case[name] for name in ("r", "alpha", "s", "beta"))
    x, T, t = case["x"], exact.m(case["T"]), case["t"]
    log_likelihood, staying, expected = pareto_exact.of_history([*theta, x, case["t_x"], case["T"], t])
    R, A, B = r + exact.m(x), alpha + T, beta + T
    delta = float(10.0 ** np.random.default_rng([SEED, i]).uniform(-6.0, 0.0))
    case["delta"] = delta
    chances = [staying * chance for chance in pareto_exact.distribution(R, A, s, B, t, case["n_most"])]
    chances[0] += 1 - staying
    theirs = {
        LIKELIHOOD: log_likelihood,
        ALIVE: staying,
        EXPECTED: expected,
        NEW: exact.m(r) / alpha * pareto_exact.time_alive(exact.m(s), exact.m(beta), exact.m(t)),
        COUNTS: chances,
    }
    model, one = ParetoNBD.known(*theta), _one(case)
    errors = _errors(model, one, case, theirs)
    residual = staying * R / A * pareto_exact.discounted_time(delta, s, B)
    errors[RESIDUAL] = relative_error(model.discounted_expected_residual_transactions(delta, one)[0], residual)
    errors[FOREVER] = relative_error(forever(model, delta, one)[0], residual)
    return case, errors


def nbd(_: str, i: int) -> tuple[Case, Errors]:
    """NBD."""
    case = continuous("nbd", i)
    r, alpha, t = case["r"], case["alpha"], case["t"]
    R, A = exact.m(r) + case["x"], exact.m(alpha) + exact.m(case["T"])
    theirs = {
        LIKELIHOOD: exact.nbd_log_likelihood(r, alpha, case["x"], case["T"]),
        ALIVE: exact.m(1),
        EXPECTED: t * R / A,
        NEW: exact.m(t) * r / alpha,
        COUNTS: exact.nbd_distribution(R, A, t, case["n_most"]),
    }
    model, one = NBD.known(r, alpha), _one(case)
    case["delta"] = float(10.0 ** np.random.default_rng([SEED, i]).uniform(-6.0, 0.0))
    errors = _errors(model, one, case, theirs)
    errors[FOREVER] = relative_error(forever(model, case["delta"], one)[0], R / A / case["delta"])
    return case, errors


def bgbb(_: str, i: int) -> tuple[Case, Errors]:
    """BG/BB, in periods."""
    case = periods(i)
    history = [case[name] for name in ("alpha", "beta", "gamma", "delta", "x", "t_x", "n")]
    a, b, _, d, x, _, n = map(exact.m, history)
    whole, staying = exact.bgbb(history)
    staying, t, discount = staying / whole, case["t"], case["discount"]
    rate = staying * (a + x) / (a + b + n)
    theirs = {
        LIKELIHOOD: mpmath.log(whole),
        ALIVE: staying,
        EXPECTED: rate * exact.bgbb_periods(case["gamma"], d + n, t),
        NEW: a / (a + b) * exact.bgbb_periods(case["gamma"], d, t),
        COUNTS: exact.bgbb_distribution(history, staying, t, case["n_most"]),
    }
    model, one = BGBB.known(*history[:4]), Summary(*([v] for v in history[4:]))
    errors = _errors(model, one, case, theirs)
    del errors[FITTED]
    residual = rate * exact.bgbb_discounted_periods(case["gamma"], d + n, discount)
    errors[RESIDUAL] = relative_error(model.discounted_purchases(discount, one)[0], residual)
    return case, errors


def spend(_: str, i: int) -> tuple[Case, Errors]:
    """Gamma-Gamma."""
    case = spends(i)
    p, q, v, x, z = (case[name] for name in ("p", "q", "v", "x", "z"))
    value = spend_objective(np.array([float(x)]), np.array([z]))(np.log([p, q, v]))[0]
    errors = {LIKELIHOOD: relative_error(value, exact.gamma_gamma_log_likelihood(p, q, v, x, z))}
    q += 1.0 if p * x + q <= 1.0 else 0.0  # else her mean is infinite
    ours = GammaGamma.known(p, q, v, mean_spend=1.0).expected_average_spend(x, z)[0]
    return case, errors | {"expected spend an order": relative_error(ours, exact.gamma_gamma_spend(p, q, v, x, z))}


def many(key: str, i: int) -> tuple[Case, Errors]:
    """A hundred customers at once, alike but for T; case `i` is one of them."""
    case = continuous(key, 20 * (i // 100) + 1)
    rng = np.random.default_rng([SEED, i // 100])
    T = case["T"] * np.exp(rng.normal(0.0, 0.7, 100)) + 1e-3
    case["T"] = float(T[i % 100])
    case["t_x"] = float(0.9 * T.min()) if case["x"] else 0.0
    theta = tuple(case[name] for name in ("r", "alpha", "a", "b"))
    case["k"] = 1 if key == "many-bg" else case["k"]
    c = Regular(case["k"], 0, *theta, case["x"], case["t_x"], case["T"])
    model: Model = BGNBD.known(*theta) if case["k"] == 1 else BGCNBDk.known(*theta, k=case["k"])
    alike = Summary(np.full(100, float(case["x"])), np.full(100, case["t_x"]), T)
    ours = model.expected_purchases(case["t"], alike)[i % 100]
    return case, {f"{EXPECTED}, many at once": relative_error(ours, exact.expected(c, case["t"]))}


MODELS: dict[str, tuple[str, Callable[[str, int], tuple[Case, Errors]]]] = {
    "bg": ("BG/NBD", regular),
    "mbg": ("MBG/NBD", regular),
    "pareto": ("Pareto/NBD", pareto),
    "bg-k": ("BG/CNBD-k", regular),
    "mbg-k": ("MBG/CNBD-k", regular),
    "nbd": ("NBD", nbd),
    "bgbb": ("BG/BB", bgbb),
    "spend": ("Gamma-Gamma", spend),
    "many-bg": ("BG/NBD", many),
    "many-k": ("BG/CNBD-k", many),
}


def compared(key: str, first: int, end: int) -> list[tuple[Case, Errors]]:
    """Cases first..end-1 of one model; a warning of ours counts as an error."""
    mpmath.mp.dps = exact.DIGITS
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        return [MODELS[key][1](key, i) for i in range(first, end)]


def _piece(task: tuple[str, int]) -> list[tuple[Case, Errors]]:
    key, first = task
    return compared(key, first, min(first + _PIECE, CASES))


def _plain(case: Case) -> str:
    """A case in a line."""
    return ", ".join(f"{name} {value:.4g}" for name, value in case.items() if name != "place")


def measure(keys: tuple[str, ...] = tuple(MODELS)) -> dict[tuple[str, str], list[tuple[float, Case]]]:
    """(model, formula) -> each case's error and the case, on all processors."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    tasks = [(key, first) for key in keys for first in range(0, CASES, _PIECE)]
    found: dict[tuple[str, str], list[tuple[float, Case]]] = {}
    with ProcessPoolExecutor() as pool:
        for (key, _), piece in zip(tasks, pool.map(_piece, tasks), strict=True):
            for case, errors in piece:
                for formula, error in errors.items():
                    found.setdefault((MODELS[key][0], formula), []).append((error, case))
    return found


def rows() -> list[Row]:
    """A row a formula: cases, the largest relative error, where it is."""
    made = []
    for (model, formula), errors in measure().items():
        worst, where = max(errors, key=lambda each: each[0])
        made.append(
            Row(
                f"{model}: {formula}",
                f"{worst:.1e} at most",
                f"{len(errors):,} cases",
                ratio=worst,
                required=REQUIRED,
                sense="at most",
                unit="",
                note=_plain(where),
            )
        )
    return made
