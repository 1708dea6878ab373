"""What the parameters and coefficients of a model with covariates are judged by."""

from functools import partial

import numpy as np

from models.data.summary import Summary
from models.families.covariates.climb import Effect, objective, with_priors
from models.families.covariates.histories import of_summary
from models.families.covariates.model import WithCovariates
from models.families.model import Model
from models.families.posterior.importance import Density
from models.families.posterior.targets import Target, by_objective
from models.numerics.arrays import Floats
from models.numerics.points import ManyPoints

_KINDS = 300  # sets of covariates up to which each is a base model of its own
_STEPS = 100.0  # of Target.cost for each of them, and
_A_ROW, _A_CALL = 60.0, 50_000.0  # those of the objective with its derivatives


def target_of_informed(fitted: WithCovariates, base: Model) -> Target:
    """The target of a fitted model with covariates: u is the logarithms of the base parameters, then the coefficients in
    units of a level or of one standard deviation. `base`: any model of the base's kind.

    The weak prior is the base's and, on every coefficient, that of models/families/covariates/climb.py.
    """
    summary, table = fitted.summary_, fitted._table
    assert summary is not None and table is not None
    profiles = fitted._profiles(table)
    own = fitted._own(of_summary(summary, {p: index for p, (_, index) in profiles.items()}))
    effects, k = fitted._effects(own, profiles), len(fitted.parameters)
    names = fitted.names_
    likelihood, coefficients = objective(own, effects, k), range(k, len(names))
    prior = partial(base._with_priors, summary=summary)
    weak = with_priors(likelihood, k, coefficients, prior)
    alone = with_priors(lambda w: (0.0, np.zeros(w.size), np.zeros((w.size, w.size))), k, coefficients, prior)
    many = _by_kind(base, summary, effects, np.stack([index for _, index in profiles.values()]), k)
    if many is None:
        many = ManyPoints(by_objective(likelihood), _A_ROW * own.count.size + _A_CALL)
    scales = np.concatenate([fitted.designs_[p].scales for p in fitted.columns])
    return Target(names, likelihood, weak, many, by_objective(alone), many.cost, np.zeros(k), k, scales)


def _by_kind(base: Model, summary: Summary, effects: list[Effect], profile: Floats, k: int) -> ManyPoints | None:
    """The likelihood as a sum of the base model's over customers of equal covariates, if those are few.

    profile (processes, n): which covariates each customer has, as indices into each effect's z.
    """
    sets, place = np.unique(profile, axis=1, return_inverse=True)
    if sets.shape[1] > _KINDS or not hasattr(base, "_log_likelihoods"):
        return None
    whose = np.split(np.argsort(place, kind="stable"), np.cumsum(np.bincount(place.reshape(-1)))[:-1])
    parts: list[Density] = [base._log_likelihoods(summary[rows]) for rows in whose]
    ends = np.cumsum([k, *(effect.z.shape[1] for effect in effects)])

    def values(w: Floats) -> Floats:
        total = np.zeros(w.shape[0])
        for part, which in zip(parts, sets.T, strict=True):
            u = w[:, :k].copy()
            for i, effect in enumerate(effects):
                u[:, effect.parameter] += effect.sign * (w[:, ends[i] : ends[i + 1]] @ effect.z[int(which[i])])
            total += part(u)
        return total

    cost = sum(part.cost if isinstance(part, ManyPoints) else float(len(summary)) for part in parts)
    return ManyPoints(values, cost + _STEPS * len(parts))
