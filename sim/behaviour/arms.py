"""Arms: who gets what an experiment tries, by a draw of her own or one of the account that writes to her."""

from typing import Any

import numpy as np

from sim import draws
from sim.draws import Key, subkey, uniform
from sim.engine.compiling import compiled
from sim.roles import Member


@compiled
def is_in_arm(key: Key, account: int, test: Any, seed: Key) -> bool:
    """True if a member gets what an experiment (a record of TEST) tries; seed: the run's key."""
    drawn = subkey(seed, draws.ARM, account) if test.by_community != 0 else key
    return uniform(drawn, draws.ARM, test.number) < test.share


@compiled
def arms_of(member: Member, tests: np.ndarray, seed: Key) -> int:
    """Bits: the j-th is set if she gets what the j-th of TEST[k] tries."""
    bits = 0
    for j in range(len(tests)):
        if is_in_arm(member.key, member.account, tests[j], seed):
            bits |= 1 << j
    return bits
