"""Customers with equal histories and equal covariates, worked on once."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.data.summary import Summary
from models.numerics.arrays import Floats
from models.numerics.merge import Whole, distinct_rows


@dataclass(frozen=True)
class Histories:
    """Distinct histories, arrays (rows,); `profile` says which covariates each has, one index a process."""

    x: Floats
    tau_x: Floats
    tau_T: Floats  # noqa: N815
    G_x: Floats | None
    G_before: Floats | None
    count: Floats
    profile: Mapping[str, Whole]
    place: Whole | None  # (n,) the row of each customer; None: her own

    def each(self, values: Floats) -> Floats:
        """Values of the rows (along the first axis) as values of the customers."""
        return values if self.place is None else values[self.place]


def of_summary(summary: Summary, profile: Mapping[str, Whole], merge: bool = True) -> Histories:
    """The distinct rows of `summary` (all rows with `merge=False`), whose customers have the covariates `profile` (n,)."""
    tau_x, tau_T = summary.clock
    columns = [summary.frequency, np.where(summary.frequency > 0, tau_x, 0.0), tau_T]
    exponents = summary.G_x is not None and summary.G_before is not None
    if summary.G_x is not None and summary.G_before is not None:
        columns += [summary.G_x, summary.G_before]
    columns += [index.astype(np.float64) for index in profile.values()]
    rows, place = distinct_rows(columns) if merge else (columns, None)
    count = np.ones(len(summary)) if place is None else np.bincount(place, minlength=rows[0].size).astype(np.float64)
    index = [column.astype(np.int64) for column in rows[5 if exponents else 3 :]]
    G_x, G_before = (rows[3], rows[4]) if exponents else (None, None)
    return Histories(rows[0], rows[1], rows[2], G_x, G_before, count, dict(zip(profile, index, strict=True)), place)
