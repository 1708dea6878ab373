"""What replicates say: predictive distributions, intervals, differences, chances of being best."""
