"""Pools that nobody uses any more: Mesa's models point at themselves, so that only Python's collector of cycles frees them.

It runs by the number of objects, of which a pool has few, and not by their size: a thousand small runs in one process would
keep gigabytes of records.
"""

import gc

_WORTH_COLLECTING = 500_000  # members: 100 MB of records and more


class Collecting:
    """Counts the members of pools, and frees those that are no longer used when enough have come together."""

    def __init__(self) -> None:
        self.members = 0.0

    def add(self, members: float) -> None:
        """A pool of so many members, joiners among them, is about to be founded."""
        self.members += members
        if self.members > _WORTH_COLLECTING:
            self.members = members
            gc.collect()


POOLS = Collecting()
