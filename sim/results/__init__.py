"""What came out: measures, replicates, comparisons and sweeps, verdicts, plots and the report.

metrics/       every measure of one run
statistics/    intervals and chances over replicates
replication/   many runs: spread over workers, kept, each with its draw of what is not known
comparison, sweeping, quick_look       strategies and values side by side
verdict, sweep_verdict, plots/, report, showing, market_head       how they are told
"""
