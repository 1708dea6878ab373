"""What is known of a customer besides her orders (channel, gender, city tier) and does not change: effects on rhythm, loss
and spend.
"""

from models.covariates.effects import LikelihoodRatio
from models.covariates.gamma_gamma import GammaGammaWithCovariates
from models.covariates.model import WithCovariates

__all__ = ["GammaGammaWithCovariates", "LikelihoodRatio", "WithCovariates"]
