"""The day put on the records: a block through a week, one member through a day or through one of its stages."""

from collections.abc import Callable

from sim.behaviour.day import DAY, LOOK_UP, RECEIVED, STAGES, begin_week
from sim.engine.lanes import putting_back, taking
from sim.engine.loops import in_order
from sim.engine.week import Layout, live_alone_of, live_days_of, load_of, store_of
from sim.records import CHANGING_FIELDS, DAILY_FIELDS, ORDER, ROOM, TILE

LOAD, STORE = load_of(taking(DAILY_FIELDS), begin_week), store_of(putting_back(CHANGING_FIELDS))
LAYOUT = Layout(TILE, ROOM, ORDER, LOAD, STORE)

live_days = live_days_of("block", DAY.of_tile, LAYOUT)
live_alone = live_alone_of("member", DAY.of_tile, LAYOUT)
# each finds today's tables for itself: whoever replaces `age` need not know that the look-up is a part of it
live_stage: dict[str, Callable[..., None]] = {
    stage.name: live_alone_of(stage.name, in_order(f"{stage.name}_alone", LOOK_UP, stage).of_tile, LAYOUT)
    for stage in STAGES
}
# what `receive` is made of, one by one: how a day is told (sim/life.py)
live_received: dict[str, Callable[..., None]] = {
    stage.name: live_alone_of(stage.name, in_order(f"{stage.name}_alone", LOOK_UP, stage).of_tile, LAYOUT)
    for stage in RECEIVED
}
