"""BG/NBD in operational time: fit, predict, simulate."""

from models.families.bg_nbd.model import BGNBD
from models.families.bg_nbd.posterior import PosteriorDraws, PosteriorParameters
from models.families.identified import WeaklyIdentified
from models.families.simulated import SimulatedOrders

__all__ = ["BGNBD", "PosteriorDraws", "PosteriorParameters", "SimulatedOrders", "WeaklyIdentified"]
