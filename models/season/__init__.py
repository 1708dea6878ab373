"""The season: a calendar with named peaks, given or estimated from the log, as the clock of any model of purchases."""

from models.data.purchase_days import Visits, visits
from models.season.calendar import Season
from models.season.clock import clock_after, forecast_orders, operational, with_clock
from models.season.contacts import ContactClock, ContactEffect, estimate_contacts
from models.season.estimate import estimate_season
from models.season.festivals import STANDARD, Peak, chinese_new_year
from models.season.fitted import Forecast, SeasonFit
from models.season.shape import Shape

__all__ = [
    "STANDARD",
    "ContactClock",
    "ContactEffect",
    "Forecast",
    "Peak",
    "Season",
    "SeasonFit",
    "Shape",
    "Visits",
    "chinese_new_year",
    "clock_after",
    "estimate_contacts",
    "estimate_season",
    "forecast_orders",
    "operational",
    "visits",
    "with_clock",
]
