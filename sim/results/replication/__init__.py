"""Many runs on common draws: one of what is not known for each, spread over workers, kept as they end."""
