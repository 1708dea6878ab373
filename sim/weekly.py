"""What happened in each week of a run: which policy was in force, and what else the brand's plans note about a week."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


class Weekly:
    """One record a week, as it goes on: columns by name, those of weeks that a name is not noted in are missing."""

    def __init__(self) -> None:
        self._records: list[dict[str, float | str | None]] = []

    def begin(self, day: int) -> None:
        """A week begins on `day`."""
        self._records.append({"day": day})

    def note(self, **values: float | str | None) -> None:
        """Note something of the week that has begun last; a name once noted is noted anew."""
        self._records[-1].update(values)

    def frame(self) -> "pd.DataFrame":
        """One row a week, in order; `day` is its first day."""
        import pandas as pd

        return pd.DataFrame(self._records or {"day": []})
