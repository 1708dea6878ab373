"""Published cases: what operators said, simulated as they would have measured it, beside the effect on the same lives."""

from sim.cases.case import Case, Figure, read_case, read_cases, read_rules
from sim.cases.results import CaseResult, Mean, Told, counted, within
from sim.cases.running import Asked, run_case, run_cases

__all__ = [
    "Asked",
    "Case",
    "CaseResult",
    "Figure",
    "Mean",
    "Told",
    "counted",
    "read_case",
    "read_cases",
    "read_rules",
    "run_case",
    "run_cases",
    "within",
]
