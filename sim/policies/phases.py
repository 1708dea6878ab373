"""Phases: the policy changes on a day, as a brand does that changes course."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, SerializerFunctionWrapHandler, create_model, model_serializer, model_validator

from sim.catalogue import MAX_DAYS
from sim.policies.policy import Policy
from sim.policies.push import PushChange
from sim.reading.part import Misfit, Part


class Change(Part):
    """What a phase does differently; what is left out stays as it was before it."""

    @model_validator(mode="before")
    @classmethod
    def _no_experiments(cls, given: Any) -> Any:
        if isinstance(given, dict) and "experiments" in given:
            raise Misfit("have days of their own, from_day and until_day; write them under policy", "experiments")
        return given

    @property
    def nulls(self) -> tuple[str, ...]:
        """The keys given as null: they end what was there before."""
        return tuple(
            name for name in Policy.model_fields if name in self.model_fields_set and getattr(self, name) is None
        )

    def get(self, key: str) -> Any:
        """What the change says of a key of the policy, None for nothing."""
        return getattr(self, key)

    def changes(self, base: Policy) -> dict[str, Any]:
        """What of `base` has another value under this change, by its key."""
        own = {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}
        if own.get("push") is not None:
            own["push"] = own["push"].applied_to(base.push)
        if own.get("benefits") is not None:
            own["benefits"] = base.benefits | own["benefits"]
        return own | {name: Policy.model_fields[name].get_default(call_default_factory=True) for name in self.nulls}

    def applied_to(self, base: Policy) -> Policy:
        """`base` with this phase's changes, which are taken as checked (`sim.scenario.scenario.Scenario`)."""
        return base.model_copy(update=self.changes(base))

    @model_serializer(mode="wrap")
    def _with_nulls(self, serialized: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A null that was given stays, and only that: whether it is written is what it says."""
        values: dict[str, Any] = serialized(self)
        return {name: value for name, value in values.items() if value is not None} | dict.fromkeys(self.nulls)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Change) and super().__eq__(other) and self.nulls == other.nulls

    __hash__ = Part.__hash__


# experiments are numbered over the run, and have days of their own
KEYS = tuple(name for name in Policy.model_fields if name != "experiments")


def _field(name: str) -> Any:
    """The key of a policy as a phase may give it: the same values, or nothing."""
    field = Policy.model_fields[name]
    kind: Any = PushChange if name == "push" else field.annotation
    if field.metadata:
        kind = Annotated[kind, *field.metadata]
    return kind | None, Field(default=None, description=field.description)


if TYPE_CHECKING:
    PolicyChange = Change
else:
    PolicyChange = create_model(
        "PolicyChange", __base__=Change, __doc__=Change.__doc__, **{name: _field(name) for name in KEYS}
    )


def whole(policy: Policy) -> Change:
    """A change that says every key: whatever was before it, `policy` is what comes of it, with the benefits of both."""
    values = {name: getattr(policy, name) for name in KEYS}
    values["benefits"] = policy.benefits or None  # none given would be merged with those before
    values["push"] = PushChange(**{name: getattr(policy.push, name) for name in type(policy.push).model_fields})
    return PolicyChange.model_construct(**values)


class Phase(Part):
    """From a day on the brand does something else."""

    from_day: int = Field(
        ge=0,
        le=MAX_DAYS,
        description="day of the run from which the changes hold: from the weekly review on that day, or the next one",
    )
    policy: PolicyChange = Field(
        description="what changes: keys left out stay as before the phase, push key by key, benefits by name; everything "
        "else that is given is replaced whole, and null ends it, as if the policy said nothing of it"
    )

    def only(self, keys: Iterable[str]) -> "Phase":
        """The same day with the changes of these keys and no others."""
        given = self.policy
        own = {key: given.get(key) for key in keys if key in given.nulls or given.get(key) is not None}
        return self.model_copy(update={"policy": PolicyChange(**own)})
