"""What an argument of the compiled functions is, by its role.

Numba's types of records and NumPy's are not the same, and mypy knows neither: an alias names the role, and where the layout
is declared.
"""

from typing import Any, TypeAlias

Member: TypeAlias = Any  # a record of MEMBER, or a lane of a tile of members (sim/records.py, sim/engine/lanes.py)
Tile: TypeAlias = Any  # a record of TILE: LANES members in columns
World: TypeAlias = Any  # a record of WORLD: everything outside the member that her day depends on
Tally: TypeAlias = Any  # a record of TALLY: what a day counts
Purse: TypeAlias = Any  # a record of PURSE: what a block may spend this week
Room: TypeAlias = Any  # a record of ROOM: the orders of a tile's day
Group: TypeAlias = Any  # a record of COMMUNITY: what the members of a group have in common
Totals: TypeAlias = Any  # a record of CLOSING: what is read off the members at the end (sim/closing.py)
Path: TypeAlias = Any  # a record of PATH: what is foreseen for a member, and room to work in (sim/rest_of_life.py)
Market: TypeAlias = Any  # a record of MARKET
Message: TypeAlias = Any  # a record of MESSAGE
CouponRule: TypeAlias = Any  # a record of COUPON
