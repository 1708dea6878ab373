"""How far one pool lies from the mean of replicates, each of which is a whole pool or a part of one."""

from typing import NamedTuple

import numpy as np

LEVEL = 0.9
TAIL = (1 - LEVEL) / 2


class Lives(NamedTuple):
    """What is known of chance where each replicate simulates a part of the pool."""

    share: float  # of the pool that is simulated
    chance: float  # variance by chance of a replicate's value, the mean over replicates
    freedom: float  # degrees of freedom of that

    def times(self, factor: float) -> "Lives":
        """The same on a scale on which variances are `factor` times as large."""
        return self._replace(chance=self.chance * factor)


def one_more(sd: float, n: int, lives: Lives | None = None, freedom: float | None = None) -> tuple[float, float]:
    """Scale and degrees of freedom of Student's t around the mean of n replicates, for one more pool's value.

    Replicates of whole pools: sd sqrt(1 + 1/n), n - 1 (Geisser 1993, section 2.2). Where a replicate is a share f of the
    pool, with chance variance c^2: of the variance s^2 between replicates all but c^2 is the pool's, too, of c^2 only f is.
    So V = max(0, s^2 - c^2) + f c^2 is the variance of one pool, V + s^2 / n that of the difference to the mean, with
    Satterthwaite's degrees of freedom (Biometrics Bulletin 2, 1946), at least 1. The whole pool is never more uncertain than
    one of the simulated size, so where that is narrower at 90 %, it counts. freedom: of sd, if it is not n - 1.
    """
    from scipy.stats import t

    between = n - 1.0 if freedom is None else freedom
    alone = sd * float(np.sqrt(1 + 1 / n)), between
    if lives is None or sd == 0:
        return alone
    f, c2, s2 = lives.share, lives.chance, sd**2
    apart = s2 > c2
    first, second = (s2 * (1 + 1 / n), (1 - f) * c2) if apart else (s2 / n, f * c2)
    variance = first - second if apart else first + second
    both = max(variance**2 / (first**2 / between + second**2 / lives.freedom), 1.0)
    scale = float(np.sqrt(variance))
    pooled = float(t.ppf(1 - TAIL, both)) * scale < float(t.ppf(1 - TAIL, between)) * alone[0]
    return (scale, both) if pooled else alone
