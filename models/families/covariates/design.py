"""From columns of words and numbers to the numbers z that a model's effects multiply.

Words become one indicator a level, but for the most frequent level, which is what the others are compared with; numbers are
centred. So a customer with z = 0 has the most frequent levels and average numbers, and she is whom the model's base
parameters describe.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr

from models.errors import BadInput
from models.families.covariates.table import Column, Table
from models.numerics.arrays import Floats
from models.numerics.merge import Whole
from models.words import Remark

_MOST_LEVELS = 100
_SAME = 1e-8  # a column is the others' echo when this share of it is left after them


@dataclass(frozen=True)
class Covariate:
    """One column: its levels, the first of which the others are compared with, or its mean and standard deviation."""

    name: str
    levels: tuple[str, ...] = ()
    mean: float = 0.0
    sd: float = 1.0

    @classmethod
    def learn(cls, name: str, values: Column) -> "Covariate":
        """From the customers fitted. Raises BadInput where the column is constant or has too many levels."""
        if values.dtype.kind == "f":
            if not np.ptp(values) > 1e-12 * np.abs(values).max(initial=0.0):
                raise BadInput(
                    "covariates: {name!r} is {value:g} for every customer; leave it out.",
                    name=name,
                    value=values[0],
                )
            return cls(name, mean=float(values.mean()), sd=float(values.std()))
        levels, many = np.unique(values, return_counts=True)
        if levels.size < 2:
            raise BadInput(
                "covariates: {name!r} is {level!r} for every customer; leave it out.",
                name=name,
                level=str(levels[0]),
            )
        if levels.size > _MOST_LEVELS:
            raise BadInput(
                "covariates: {name!r} has {levels:,} different words, more than {most}; put them in groups.",
                name=name,
                levels=levels.size,
                most=_MOST_LEVELS,
            )
        usual = int(np.argmax(many))
        return cls(name, (str(levels[usual]), *(str(v) for i, v in enumerate(levels) if i != usual)))

    @property
    def names(self) -> list[str]:
        """What its coefficients are called: `channel=app` for a level, `age` for a number."""
        return [f"{self.name}={level}" for level in self.levels[1:]] if self.levels else [self.name]

    @property
    def scales(self) -> list[float]:
        """What a coefficient is multiplied by to be the effect of a level or of one standard deviation."""
        return [1.0] * (len(self.levels) - 1) if self.levels else [self.sd]

    @property
    def reference(self) -> str:
        """Of whom the base parameters speak."""
        return f"{self.name} = {self.levels[0] if self.levels else format(self.mean, '.6g')}"

    def encode(self, values: Column, many: Whole) -> Floats:
        """z of `values` (m,), which `many` customers have: (m, coefficients).

        Raises BadInput for a level the fit has not seen, or words in place of numbers.
        """
        if not self.levels:
            if values.dtype.kind != "f":
                raise BadInput("covariates: {name!r} was fitted as a number and now holds words.", name=self.name)
            return np.asarray(values - self.mean)[:, None]
        words = values if values.dtype.kind != "f" else np.array([format(v, "g") for v in values])
        out = words[:, None] == np.array(self.levels)[None, :]
        new = ~out.any(axis=1)
        if new.any():
            raise BadInput(
                "covariates: {name!r} is {word!r} for {customers:,} customers, which the fit has not seen; it knows "
                "{known}.",
                name=self.name,
                word=str(words[new][0]),
                customers=int(many[new].sum()),
                known=", ".join(self.levels),
            )
        return np.asarray(out[:, 1:], dtype=np.float64)


@dataclass(frozen=True)
class Design:
    """The covariates of one process (rhythm, loss or spend)."""

    covariates: tuple[Covariate, ...]

    @classmethod
    def learn(cls, process: str, columns: Sequence[str], table: Table) -> "Design":
        """From the customers fitted. Raises BadInput for constant and for collinear columns."""
        design = cls(tuple(Covariate.learn(name, table[name]) for name in columns))
        z, _ = design.profiles(table)
        _check_rank(process, design, z)
        return design

    @property
    def names(self) -> list[str]:
        """The coefficients' names."""
        return [name for covariate in self.covariates for name in covariate.names]

    @property
    def scales(self) -> Floats:
        """Each coefficient's scale, see `Covariate.scales`."""
        return np.array([scale for covariate in self.covariates for scale in covariate.scales])

    def profiles(self, table: Table) -> tuple[Floats, Whole]:
        """The distinct rows of z, (profiles, coefficients), and which of them each customer has, (n,)."""
        n = next(iter(table.values())).size if table else 1
        place: Whole = np.zeros(n, dtype=np.int64)
        size, columns = 1, []
        for covariate in self.covariates:
            values, code, many = np.unique(table[covariate.name], return_inverse=True, return_counts=True)
            columns.append((covariate.encode(values, many), code))
            keys, place = np.unique(place * values.size + code, return_inverse=True)
            size = keys.size
        first = np.zeros(size, dtype=np.int64)
        first[place[::-1]] = np.arange(n)[::-1]
        return np.concatenate([np.zeros((size, 0)), *(z[code[first]] for z, code in columns)], axis=1), place


def columns_of(coefficients: Iterable[str], known: Iterable[str]) -> list[str]:
    """The columns that coefficients called like `channel=app` or `age` belong to, among the `known` ones."""
    known = set(known)
    names = [name if name in known else name.partition("=")[0] for name in coefficients]
    return list(dict.fromkeys(names))


def ordered(process: str, given: Mapping[str, float], names: Sequence[str]) -> Floats:
    """The coefficients in the design's order. Raises BadInput where one is missing, unknown or no number."""
    if set(given) != set(names):
        raise BadInput(
            "covariates: the coefficients of {process} are {names}; give each of them once.",
            process=process,
            names=", ".join(names),
        )
    values = np.array([given[name] for name in names], dtype=np.float64)
    if not np.isfinite(values).all():
        raise BadInput("covariates: a coefficient of {process} is no finite number.", process=process)
    return values


def _check_rank(process: str, design: Design, z: Floats) -> None:
    """Raise where a column can be told from those before it: R's diagonal in QR is what is new in each."""
    columns = np.concatenate([np.ones((z.shape[0], 1)), z], axis=1)
    columns = columns / np.maximum(np.sqrt((columns**2).sum(axis=0)), 1e-300)
    new = np.zeros(columns.shape[1])
    (r,) = qr(columns, mode="r")
    diagonal = np.abs(np.diag(r))
    new[: diagonal.size] = diagonal
    echoes = np.flatnonzero(new < _SAME)
    if echoes.size:
        at = int(echoes[0]) - 1
        before = Remark("the columns before it ({names})", {"names": ", ".join(design.names[:at])})
        raise BadInput(
            "covariates: {column!r} of {process} says nothing that {others} do not say already; leave one out.",
            column=design.names[at],
            process=process,
            others=before if at else Remark("the constant"),
        )
