"""Pareto/NBD in operational time: fit, predict, simulate."""

from models.model import WeaklyIdentified
from models.pareto_nbd.model import ParetoNBD
from models.simulated import SimulatedOrders

__all__ = ["ParetoNBD", "SimulatedOrders", "WeaklyIdentified"]
