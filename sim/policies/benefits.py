"""Benefits that travel with messages: money off, and novelties."""

from sim.catalogue import MAX_BENEFITS
from sim.engine.fields import record
from sim.policies.coupons import COUPON

NAME = "benefits"
PLAN = record(
    [
        ("count", "i8"),
        ("carried", "i8"),  # 1: some message of the run carries one
        ("rules", COUPON, (MAX_BENEFITS,)),
    ]
)
