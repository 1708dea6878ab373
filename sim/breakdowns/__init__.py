"""A run taken apart: by segment and by cohort week by week, by channel, tier and community, and flows between stages."""

from sim.breakdowns.broken_down import Breakdowns

__all__ = ["Breakdowns"]
