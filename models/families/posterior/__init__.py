"""The parameters' posterior: exact up to importance resampling, checked, and plain about what it is worth."""

from models.families.posterior.draws import ParameterDraws, Prior, sample_posterior

__all__ = ["ParameterDraws", "Prior", "sample_posterior"]
