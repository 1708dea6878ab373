"""BG/NBD in operational time: fit, predict, simulate."""

from models.bg_nbd.model import BGNBD
from models.bg_nbd.posterior import PosteriorDraws, PosteriorParameters
from models.model import WeaklyIdentified
from models.simulated import SimulatedOrders

__all__ = ["BGNBD", "PosteriorDraws", "PosteriorParameters", "SimulatedOrders", "WeaklyIdentified"]
