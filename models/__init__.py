"""What will customers do, given what they did? Forecasting; knows nothing of sim/."""
