"""How well a model does: holdout, scores, tracking week by week, and the choice between models."""
