"""How a file becomes plain, checked values: YAML with positions, `extends`, refusals in one sentence, the editors' schema.

Nothing here knows a policy: what a scenario is stands in sim/scenario/.
"""
