"""Everything a brand can do, one file a policy: its keys in a scenario, its plan, and what it adds to records.

A policy's module has

- the model of its keys (pydantic), a field of `Policy` in sim/policies/policy.py;
- `NAME`, and `off(policy)`: the policy without it;
- `PLAN`, the record of its plan in the world, and `Planner(scenario)`, with `write(plan)` for what holds for the whole run
  and `write_week(plan, first_day, place)`, place that of the policy in force then (sim/policies/in_force.py);
- a policy that only brings rows to another's plan (welcome, lines) has neither of the two; what brings touches has
  `rows(policy)`;
- if members react in a way of their own, `MECHANISM`: the module of sim/behaviour with its stage, fields and counts.
"""
