"""What is known of a customer besides her orders (channel, gender, city tier) and does not change: effects on rhythm, loss
and spend.
"""

from models.families.covariates.effects import LikelihoodRatio
from models.families.covariates.gamma_gamma import GammaGammaWithCovariates
from models.families.covariates.model import WithCovariates

__all__ = ["GammaGammaWithCovariates", "LikelihoodRatio", "WithCovariates"]
