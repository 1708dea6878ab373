"""Options of a model that is not fitted yet, as scikit-learn's estimators have them; nothing of scikit-learn is needed.

The options are what the constructor takes, kept under the same names: `get_params`, `set_params` and `clone`, so that
`sklearn.base.clone` and whatever is built on it take these models too.
"""

import inspect
from collections.abc import Mapping, Sized
from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar, Self

from models.errors import BadInput, NotFitted
from models.words import Remark


class Estimator:
    """What is set before a fit, by name."""

    comes_fitted: ClassVar[bool] = False  # composed of fitted models: there is nothing to set, and nothing to fit again

    if not TYPE_CHECKING:  # for a type checker a misspelt attribute stays an error

        def __getattr__(self, name: str) -> object:
            """Raise NotFitted for what a fit would have set (its name ends in "_"), and else the usual AttributeError."""
            if name.endswith("_") and not name.startswith("_") and "params_" not in vars(self):
                raise NotFitted("{name}: fit it first.", name=getattr(self, "name", type(self).__name__))
            return object.__getattribute__(self, name)  # raises again what was raised before Python came here

    @classmethod
    def _options(cls) -> list[str]:
        given = inspect.signature(cls.__init__).parameters
        return [name for name in given if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The constructor's options as they are set; `deep`: with those of a base model, as `base__k`.

        Not the fitted parameters, which are params_. Raises BadInput of a model that comes fitted.
        """
        self._refuse_if_it_comes_fitted()
        options: dict[str, Any] = {}
        for name in self._options():
            value = getattr(self, name)
            options[name] = value
            if deep and isinstance(value, Estimator):
                options |= {f"{name}__{inner}": option for inner, option in value.get_params().items()}
        return options

    def set_params(self, **params: Any) -> Self:
        """Set options by name, `base__k` for the option k of a base model; returns self, and forgets what was fitted.

        Raises BadInput for a name that is no option, and for a value that the constructor refuses.
        """
        options = self.get_params(deep=False)
        if not params:
            return self
        inner: dict[str, dict[str, Any]] = {}
        for name, value in params.items():
            own, part, rest = name.partition("__")
            if own not in options or (part and not isinstance(options[own], Estimator)):
                there = ", ".join(options) or Remark("none")
                raise BadInput(
                    "{kind}: there is no option {name!r}; the options are: {there}.",
                    kind=type(self).__name__,
                    name=name,
                    there=there,
                )
            if part:
                inner.setdefault(own, {})[rest] = value
            else:
                options[own] = value
        for own, values in inner.items():
            options[own] = copy(options[own]).set_params(**values)
        fresh = type(self)(**options)
        vars(self).clear()
        vars(self).update(vars(fresh))
        return self

    def clone(self) -> Self:
        """A new model with the same options, not fitted. Raises BadInput of a model that comes fitted."""
        options = self.get_params(deep=False)
        return type(self)(
            **{name: value.clone() if isinstance(value, Estimator) else value for name, value in options.items()}
        )

    def _refuse_if_it_comes_fitted(self) -> None:
        if self.comes_fitted:
            raise BadInput(
                "{kind}: it comes fitted and has no options; clone the model it was fitted from instead.",
                kind=type(self).__name__,
            )


def shown(model: Estimator, values: Mapping[str, float], summary: Sized | None) -> str:
    """What a model is in one line: its options before a fit, then its parameters and how many customers it was fitted to."""
    name = type(model).__name__
    if not values:
        return f"{name}({', '.join(f'{k}={v!r}' for k, v in model.get_params(deep=False).items() if v is not None)})"
    fitted = "" if summary is None else f"; {len(summary):,} customers"
    return f"{name}({', '.join(f'{k}={v:.4g}' for k, v in values.items())}{fitted})"
