"""A member in columns: `tile` holds what every day touches as one short column a field, for LANES members at a time.

A `Lane` stands for one member of a tile. It has the fields of MEMBER, so the behaviour that is written for one member
(sim/behaviour) runs on it unchanged: fields of the tile are its column's, all others those of her record. Loops over lanes
that have nothing but arithmetic in them become vector instructions; that is all that this is for.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic, lower_setattr_generic
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, models, register_model
from numba.np import numpy_support

from sim.engine.compiling import layout
from sim.members import MEMBER

LANES = 256  # the columns of a tile fit in the first-level cache

FIXED = ("attention", "tolerance", "frailty", "joined", "segment", "persona", "channel", "group")
CHANGING = (
    "order_left", "leave_left", "complaint_left", "click_left", "rate", "tau", "trust", "interest", "fatigue", "habit",
    "pull", "coupon_lift", "coupon_until", "window_demand", "window_cost", "window_exit", "value", "left", "last_seen",
    "last_sent", "prospect", "lost", "frequency", "orders", "clicks",
)  # fmt: skip
SCRATCH = [
    ("fit", "f8"),  # between her channel's promise and the pool
    ("discount", "f8"),  # present value of one unit today
    ("reach", "f8"),  # what today's message does to her (behaviour.Impact)
    ("affinity", "f8"),
    ("trust_gain", "f8"),
    ("interest_gain", "f8"),
    ("weight", "f8"),
    ("early", "f8"),  # today's hazard of leaving just after joining
    ("m", "f8"),
    ("amount", "f8"),  # to be summed
    ("sent", "i4"),
    ("due", "u1"),
    ("stage", "u1"),
]
TILE = np.dtype(
    [
        ("together", "u1"),  # whether all joined on the same day and count in the same group
        ("segments", "i8"),  # bits of those that some of them are in
        *[(name, MEMBER[name], (LANES,)) for name in (*FIXED, *CHANGING)],
        *[(name, kind, (LANES,)) for name, kind in SCRATCH],
    ],
    align=True,
)
_COLUMNS, _RECORD = dict(TILE.fields or {}), dict(MEMBER.fields or {})


class LaneType(types.Type):
    """One type for all lanes: the tile, the records behind it, and which one.

    Its name tells where the fields lie, as numba's own names of records do: code that was compiled for other places is
    then code for another type, and is never loaded for this one.
    """

    def __init__(self) -> None:
        super().__init__(name=f"Lane({layout(TILE)};{layout(MEMBER)})")


_LANE = LaneType()
_BYTES = ir.IntType(8).as_pointer()
_INT = ir.IntType(64)


@register_model(LaneType)
class _LaneModel(models.StructModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        parts = [("tile", numpy_support.from_dtype(TILE)), ("members", types.voidptr), ("i", types.intp)]
        super().__init__(manager, kind, parts)


def _lane(typing: Any, tile: Any, members: Any, i: Any) -> Any:
    """The i-th lane of a tile over `members`, an array of records."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        made = cgutils.create_struct_proxy(_LANE)(context, builder)
        records = context.make_array(signature.args[1])(context, builder, arguments[1])
        made.tile, made.i = arguments[0], arguments[2]
        made.members = builder.bitcast(records.data, _BYTES)
        return made._getvalue()

    return _LANE(tile, members, types.intp), build


def _kind(name: str) -> Any:
    """Numba's type of a field, None where there is no such field."""
    if name in _COLUMNS:
        return numpy_support.from_dtype(TILE[name].base)
    return numpy_support.from_dtype(MEMBER[name]) if name in _RECORD else None


@infer_getattr
class _LaneFields(AttributeTemplate):
    key = LaneType

    def generic_resolve(self, kind: Any, name: str) -> Any:  # type: ignore[override]
        return _kind(name)


@lower_getattr_generic(LaneType)
def _read(context: Any, builder: Any, kind: Any, value: Any, name: str) -> Any:
    place = _in_column if name in _COLUMNS else _in_record
    return context.unpack_value(builder, _kind(name), place(context, builder, value, name))


@lower_setattr_generic(LaneType)
def _write(context: Any, builder: Any, signature: Any, arguments: Any, name: str) -> None:
    place = _in_column if name in _COLUMNS else _in_record
    value = context.cast(builder, arguments[1], signature.args[1], _kind(name))
    context.pack_value(builder, _kind(name), value, place(context, builder, arguments[0], name))


def _in_column(context: Any, builder: Any, value: Any, name: str) -> Any:
    """A pointer to her place in the field's column."""
    made = cgutils.create_struct_proxy(_LANE)(context, builder, value=value)
    pointer = context.get_data_type(_kind(name)).as_pointer()
    column = builder.gep(builder.bitcast(made.tile, _BYTES), [_INT(_COLUMNS[name][1])], inbounds=True)
    return builder.gep(builder.bitcast(column, pointer), [made.i], inbounds=True)


def _in_record(context: Any, builder: Any, value: Any, name: str) -> Any:
    """A pointer to the field in her record."""
    made = cgutils.create_struct_proxy(_LANE)(context, builder, value=value)
    pointer = context.get_data_type(_kind(name)).as_pointer()
    place = builder.add(builder.mul(made.i, _INT(MEMBER.itemsize)), _INT(_RECORD[name][1]))
    return builder.bitcast(builder.gep(made.members, [place], inbounds=True), pointer)


def _take(typing: Any, lane: Any) -> Any:
    """Fill her columns from her record."""
    return types.void(lane), _copying((*FIXED, *CHANGING), _in_record, _in_column)


def _put_back(typing: Any, lane: Any) -> Any:
    """Write to her record what may have changed."""
    return types.void(lane), _copying(CHANGING, _in_column, _in_record)


def _copying(names: tuple[str, ...], source: Any, target: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        for name in names:
            value = builder.load(source(context, builder, arguments[0], name))
            builder.store(value, target(context, builder, arguments[0], name))
        return context.get_dummy_value()

    return build


lane: Any = intrinsic(_lane)
take: Any = intrinsic(_take)
put_back: Any = intrinsic(_put_back)
