"""A whole forecast, or a market's calibration, in one call: season, run-in, model, value and holdout together."""
