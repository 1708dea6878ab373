"""What BG/BB expects of customers alive now: periods that they will live, and chances of their counts of purchases."""

import numpy as np

from models.numerics.arrays import Floats
from models.numerics.special import log_beta_ratio

_NEAR_ONE = 1e-4  # gamma nearer to 1 than this is interpolated


def periods_to_come(t: Floats, gamma: float, D: Floats) -> Floats:
    """Periods out of the next `t` that a customer alive now will live: sum of B(gamma, D+k)/B(gamma, D), k = 1..t.

    In closed form D/(gamma-1) [1 - Gamma(D+1+t) Gamma(gamma+D)/(Gamma(D+1) Gamma(gamma+D+t))]. Next to the removable
    singularity at gamma = 1, where the bracket has few digits, the cubic through four values beside it is exact to 1e-11.
    """
    over = gamma - 1.0
    if abs(over) >= _NEAR_ONE:
        return _closed_form(t, over, D)
    nodes = _NEAR_ONE * np.array([-3.0, -1.0, 1.0, 3.0])
    total = np.zeros(np.broadcast_shapes(t.shape, D.shape))
    for i, node in enumerate(nodes):
        others = np.delete(nodes, i)
        total += float(np.prod((over - others) / (node - others))) * _closed_form(t, float(node), D)
    return total


def _closed_form(t: Floats, over: float, D: Floats) -> Floats:
    if over > 0:
        return np.asarray(D / over * -np.expm1(log_beta_ratio(over, D + 1.0, t)))
    return np.asarray(D / -over * np.expm1(-log_beta_ratio(-over, D + 1.0 + over, t)))


def count_chances(t: int, wide: int, theta: Floats, x: Floats, n: Floats) -> Floats:
    """P(0..wide-1 purchases in the next `t` periods) of customers alive now; x and n (rows,), result (rows, wide).

    Lived through i periods with k purchases: C(i, k) B(a+k, b+i-k)/B(a, b) B(gamma, D+i)/B(gamma, D), a = alpha + x,
    b = beta + n - x, D = delta + n; kept as a logarithm, period by period, and added where a customer is lost next.
    """
    alpha, beta, gamma, delta = theta
    k = np.arange(float(wide))
    a, b, D = (v[:, None] for v in (alpha + x, beta + n - x, delta + n))
    lived = log_beta_ratio(b, a, k[None, :])  # k purchases in k periods
    out = np.zeros((x.size, wide))
    for i in range(t + 1):
        here = min(i + 1, wide)
        survived = log_beta_ratio(gamma, D, float(i))
        chance = np.exp(lived[:, :here] + survived)
        out[:, :here] += chance if i == t else chance * (gamma / (gamma + D + i))
        # One period more without a purchase.
        lived[:, :here] += np.log((b + i - k[:here]) * (i + 1.0) / ((a + b + i) * (i + 1.0 - k[:here])))
    return out
