"""BG/NBD in operational time: fit, predict, simulate."""

from models.bg_nbd.model import BGNBD, WeaklyIdentified
from models.bg_nbd.posterior import PosteriorDraws, PosteriorParameters
from models.bg_nbd.simulation import SimulatedOrders

__all__ = ["BGNBD", "PosteriorDraws", "PosteriorParameters", "SimulatedOrders", "WeaklyIdentified"]
