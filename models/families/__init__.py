"""The models: families of purchases and of spend, with covariates and after a run-in, and their posteriors."""
