"""A short Markov chain of many walkers for posteriors that importance sampling does not reach.

Goodman & Weare (2010), "Ensemble samplers with affine invariance", Comm. App. Math. Comp. Sci. 5(1): no tuning, and the
same whatever the parameters' units and correlations are.
"""

import numpy as np

from models.families.posterior.importance import Density
from models.numerics.arrays import Floats

WALKERS = 64
_STRETCH = 2.0  # Goodman & Weare's a


def walk(target: Density, starts: Floats, steps: int, rng: np.random.Generator) -> Floats:
    """Chains of the walkers that begin at `starts` (walkers, k), an even number of them: (steps, walkers, k).

    Each step moves one half of the walkers along lines to walkers of the other half, and then that half likewise.
    """
    at = np.array(starts, dtype=np.float64)
    walkers, k = at.shape
    halves = (np.arange(walkers // 2), np.arange(walkers // 2, walkers))
    value = target(at)
    chain = np.empty((steps, walkers, k))
    for step in range(steps):
        for movers, others in (halves, halves[::-1]):
            z = ((_STRETCH - 1.0) * rng.random(movers.size) + 1.0) ** 2 / _STRETCH
            towards = at[rng.choice(others, movers.size)]
            trial = towards + z[:, None] * (at[movers] - towards)
            trial_value = target(trial)
            gain = (k - 1.0) * np.log(z) + trial_value - value[movers]
            taken = np.log(rng.random(movers.size)) < gain
            at[movers[taken]], value[movers[taken]] = trial[taken], trial_value[taken]
        chain[step] = at
    return chain


def effective_draws(chain: Floats) -> float:
    """Effective number of draws in a chain (steps, walkers, k), of its worst parameter.

    Steps times walkers over the autocorrelation time, summed up to five times itself (Sokal 1997).
    """
    steps, walkers, k = chain.shape
    worst = np.inf
    for i in range(k):
        x = chain[:, :, i] - chain[:, :, i].mean()
        power = np.abs(np.fft.rfft(x, 2 * steps, axis=0)) ** 2
        covariance = np.fft.irfft(power.sum(axis=1), 2 * steps)[:steps] / (walkers * steps)
        if not covariance[0] > 0.0:
            return 0.0
        time = 2.0 * np.cumsum(covariance / covariance[0]) - 1.0
        enough = np.flatnonzero(np.arange(steps) >= 5.0 * time)
        worst = min(worst, steps * walkers / max(float(time[enough[0] if enough.size else -1]), 1.0))
    return float(worst)
