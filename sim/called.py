"""What a pool may be called with; each refusal is one sentence."""

from numbers import Integral
from typing import Literal, get_args

from models.errors import BadInput
from sim.agents import Member
from sim.scenario import Scenario

Engine = Literal["compiled", "agents"]


def check_call(scenario: object, seed: object, engine: object, threads: object, member_class: object) -> None:
    """Raise BadInput where one of the arguments of PoolModel is none that it can be run with."""
    if not isinstance(scenario, Scenario):
        raise BadInput("scenario: must be a Scenario, not {given!r}; siyu.load reads one from a file", given=scenario)
    if seed is not None and not (isinstance(seed, Integral) and 0 <= int(seed) < 2**63):
        raise BadInput("seed: must be from 0 to 2**63 - 1, not {seed}", seed=seed)
    if engine not in get_args(Engine):
        raise BadInput("engine: must be compiled or agents, not {engine!r}", engine=engine)
    if threads is not None and not (isinstance(threads, Integral) and int(threads) >= 1):
        raise BadInput("threads: must be at least 1, not {threads}", threads=threads)
    if not (isinstance(member_class, type) and issubclass(member_class, Member)):
        raise BadInput("member_class: must be a subclass of sim.Member, not {given!r}", given=member_class)
    if member_class is not Member and engine != "agents":
        raise BadInput("member_class: members are agents with engine='agents' only; add that")
