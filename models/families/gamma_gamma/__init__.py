"""Gamma-Gamma: what an order is worth."""

from models.families.gamma_gamma.likelihood import NAMES
from models.families.gamma_gamma.model import GammaGamma

__all__ = ["NAMES", "GammaGamma"]
