"""Pareto/NBD in operational time: fit, predict, simulate."""

from models.families.identified import WeaklyIdentified
from models.families.pareto_nbd.model import ParetoNBD
from models.families.simulated import SimulatedOrders

__all__ = ["ParetoNBD", "SimulatedOrders", "WeaklyIdentified"]
