"""A member in columns: a tile holds what every day touches as one short column a field, for LANES members at a time.

A `Lane` stands for one member of a tile. It has the fields of her record, so that behaviour that is written for one member
(sim/behaviour) runs on it unchanged: fields that the tile has are its column's, all others those of her record. Loops over
lanes that have nothing but arithmetic in them become vector instructions; that is all that this is for.

Which fields there are a lane learns from the types of the tile and of the records that it is built on.
"""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic, lower_setattr_generic
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, models, register_model

from sim.engine.plain import PLAIN, PlainLane

LANES = 256  # the columns of a tile fit in the first-level cache


class LaneType(types.Type):
    """The lanes of one kind of tile over one kind of records; `daily`: only the fields that the tile has.

    Its name tells where the fields lie, as numba's own names of records do: code that was compiled for other places is
    then code for another type, and is never loaded for this one.
    """

    def __init__(self, tile: Any, member: Any, daily: bool) -> None:
        self.tile, self.member, self.daily = tile, member, daily
        self.columns = {
            name: field
            for name, field in tile.fields.items()
            if isinstance(field.type, types.NestedArray) and field.type.shape == (LANES,)
        }
        super().__init__(name=f"Lane({_digest(tile)};{_digest(member)};{'daily' if daily else 'whole'})")

    def kind(self, name: str) -> Any:
        """Numba's type of a field, None where there is no such field."""
        if name in self.columns:
            return self.columns[name].type.dtype
        return None if self.daily or name not in self.member.fields else self.member.fields[name].type


def _digest(record: Any) -> str:
    return hashlib.blake2b(str(record).encode(), digest_size=8).hexdigest()


_BYTES = ir.IntType(8).as_pointer()
_INT = ir.IntType(64)


@register_model(LaneType)
class _LaneModel(models.StructModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, [("tile", kind.tile), ("members", types.voidptr), ("i", types.intp)])


def _lane_of(daily: bool) -> Callable[..., Any]:
    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lane = cgutils.create_struct_proxy(signature.return_type)(context, builder)
        records = context.make_array(signature.args[1])(context, builder, arguments[1])
        lane.tile, lane.i = arguments[0], arguments[2]
        lane.members = builder.bitcast(records.data, _BYTES)
        return lane._getvalue()

    def lane(typing: Any, tile: Any, members: Any, i: Any) -> Any:
        """The i-th lane of a tile over `members`, an array of records."""
        return LaneType(tile, members.dtype, daily)(tile, members, types.intp), build

    return lane


@infer_getattr
class _LaneFields(AttributeTemplate):
    key = LaneType

    def generic_resolve(self, kind: Any, name: str) -> Any:  # type: ignore[override]
        return kind.kind(name)


@lower_getattr_generic(LaneType)
def _read(context: Any, builder: Any, kind: Any, value: Any, name: str) -> Any:
    place = _in_column if name in kind.columns else _in_record
    return context.unpack_value(builder, kind.kind(name), place(context, builder, kind, value, name))


@lower_setattr_generic(LaneType)
def _write(context: Any, builder: Any, signature: Any, arguments: Any, name: str) -> None:
    kind = signature.args[0]
    place = _in_column if name in kind.columns else _in_record
    value = context.cast(builder, arguments[1], signature.args[1], kind.kind(name))
    context.pack_value(builder, kind.kind(name), value, place(context, builder, kind, arguments[0], name))


def _in_column(context: Any, builder: Any, kind: Any, value: Any, name: str) -> Any:
    """A pointer to her place in the field's column."""
    lane = cgutils.create_struct_proxy(kind)(context, builder, value=value)
    pointer = context.get_data_type(kind.kind(name)).as_pointer()
    start = builder.gep(builder.bitcast(lane.tile, _BYTES), [_INT(kind.columns[name].offset)], inbounds=True)
    return builder.gep(builder.bitcast(start, pointer), [lane.i], inbounds=True)


def _in_record(context: Any, builder: Any, kind: Any, value: Any, name: str) -> Any:
    """A pointer to the field in her record."""
    lane = cgutils.create_struct_proxy(kind)(context, builder, value=value)
    field = kind.member.fields[name]
    pointer = context.get_data_type(field.type).as_pointer()
    place = builder.add(builder.mul(lane.i, _INT(kind.member.size)), _INT(field.offset))
    return builder.bitcast(builder.gep(lane.members, [place], inbounds=True), pointer)


def _copying(back: bool, names: Iterable[str]) -> Callable[..., Any]:
    def copy(typing: Any, lane: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            places = (_in_column, _in_record) if back else (_in_record, _in_column)
            for name in names:
                source, target = (place(context, builder, lane, arguments[0], name) for place in places)
                builder.store(builder.load(source), target)
            return context.get_dummy_value()

        return types.void(lane), build

    return copy


def taking(names: Iterable[str]) -> Any:
    """A compiled function of a lane that fills the columns `names` from her record."""
    kept = tuple(names)
    return _plainly_taking(kept) if PLAIN else intrinsic(_copying(False, kept))


def putting_back(names: Iterable[str]) -> Any:
    """A compiled function of a lane that writes the columns `names` to her record."""
    kept = tuple(names)
    return _plainly_putting_back(kept) if PLAIN else intrinsic(_copying(True, kept))


def _plainly_taking(names: tuple[str, ...]) -> Callable[[PlainLane], None]:
    def take(lane: PlainLane) -> None:
        for name in names:
            lane.take(name)

    return take


def _plainly_putting_back(names: tuple[str, ...]) -> Callable[[PlainLane], None]:
    def put_back(lane: PlainLane) -> None:
        for name in names:
            lane.put_back(name)

    return put_back


# every field of a member, and only those that a day touches: a stage that runs for everybody gets no others
lane: Any = PlainLane if PLAIN else intrinsic(_lane_of(daily=False))
daily_lane: Any = PlainLane if PLAIN else intrinsic(_lane_of(daily=True))
