"""One member, one day: the mechanisms of docs/model.md as scalar functions, compiled, and the stages that they are.

Every event is a threshold that an integrated hazard crosses (docs/model.md, section 1): a day adds its hazard, nothing is
drawn on a day when nothing happens. A replay takes events from a log instead (`as_logged`), and gathers the evidence for the
likelihood (sim/replay.py).

Only `math` is used in here: its functions and NumPy's differ in the last bit. Symbols: R trust, S interest, F fatigue,
H coupon habit, m demand, s season, o attention, q reading probability, g loyalty exponent, tau operational time.

A file a mechanism: state (the night, what stages share), coupons, messages, leaving, buying, counting, money; day: the order
of the stages.
"""
