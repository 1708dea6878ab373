"""What customers will do, with everything that is not known of it: parameters, lives, counts and spend together."""

from models.value.predictive.discount import NewCustomerValue, new_customer_value, residual_orders, residual_value
from models.value.predictive.groups import GroupForecast
from models.value.predictive.prediction import Prediction, predict

__all__ = [
    "GroupForecast",
    "NewCustomerValue",
    "Prediction",
    "new_customer_value",
    "predict",
    "residual_orders",
    "residual_value",
]
