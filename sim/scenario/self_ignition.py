"""Where a pool would feed itself: who trusts visits by herself, and a visit adds to trust; friends bring friends."""

from sim.catalogue import K_DAYS, WEEK

MOST_FED = 0.5  # share of what trust loses in a day that visits may give back; from 1 on trust stays without a message


def trust_fed(visit: float, click_trust: float, half_life: float, mood_gain: float) -> float:
    """What a day's visits add to trust near 0, as a share of what trust loses in a day.

    visit: chance of a visit a day at full trust. click_trust: share of the way that a visit moves trust. half_life of trust,
    days. mood_gain: share of the way that a week in a group of full mood moves trust.
    """
    return float(visit * (click_trust + mood_gain / WEEK) / (1.0 - 0.5 ** (1.0 / half_life)))


MOST_FRIENDS = 1.0  # a member brings within 90 days, at the very most: from 1 on friends bring friends without an end


def friends_brought(refer: float, reward_effect: float, ugc_effect: float) -> float:
    """How many friends a member brings within 90 days who trusts fully every day, is paid for it, and sees members' content.

    refer: hazard a day at full trust. reward_effect, ugc_effect: what a reward and members' own content add, relative. It
    is an upper bound of the K-factor.
    """
    return K_DAYS * refer * (1.0 + reward_effect) * (1.0 + ugc_effect)
