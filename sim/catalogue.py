"""What is fixed: the words of scenarios (personas, stages, segments, channels, content types), codes, limits, units.

The order of words is their code in members' records, so new words go at the end.
"""

from math import inf
from typing import Literal, TypeAlias, get_args

Persona: TypeAlias = Literal["price_sensitive", "quality_seeker", "sociable", "busy"]
Stage: TypeAlias = Literal["new", "engaged", "customer", "repeat", "loyal", "silent"]
Segment: TypeAlias = Literal[
    "new", "engaged", "customer", "repeat", "loyal", "silent",
    "high_value",
    "price_sensitive", "quality_seeker", "sociable", "busy",
]  # fmt: skip
Audience: TypeAlias = Literal[
    "all",
    "new", "engaged", "customer", "repeat", "loyal", "silent",
    "high_value",
    "price_sensitive", "quality_seeker", "sociable", "busy",
    "tier1", "tier2", "tier3", "tier4",
]  # fmt: skip
PushChannel: TypeAlias = Literal[
    "one_to_one", "group", "moments", "mini_program", "mass", "official", "sms", "call"
]  # fmt: skip
ContentType: TypeAlias = Literal["education", "emotion", "promotion", "live", "ugc"]
AccountPersona: TypeAlias = Literal["shop", "friend", "adviser"]
Anchor: TypeAlias = Literal["joined", "ordered", "silent", "birthday", "complained", "asked"]
ProgrammeKind: TypeAlias = Literal["live", "ugc", "check_in", "game", "flash_sale", "meet_up"]
BenefitKind: TypeAlias = Literal["percent", "threshold", "trial", "gift", "vote", "early_access"]
TierItemKind: TypeAlias = Literal["early_access", "vote", "tasting", "member_day", "gift"]
Meets: TypeAlias = Literal["everyone", "counter", "repeat_parcel"]
NamedDay: TypeAlias = Literal["618", "double_11", "chinese_new_year", "member_day"]

PERSONAS: tuple[str, ...] = get_args(Persona)
STAGES: tuple[str, ...] = get_args(Stage)
SEGMENTS: tuple[str, ...] = get_args(Segment)
AUDIENCES: tuple[str, ...] = get_args(Audience)
PUSH_CHANNELS: tuple[str, ...] = get_args(PushChannel)
CONTENT_TYPES: tuple[str, ...] = get_args(ContentType)
ACCOUNT_PERSONAS: tuple[str, ...] = get_args(AccountPersona)
ANCHORS: tuple[str, ...] = get_args(Anchor)
PROGRAMME_KINDS: tuple[str, ...] = get_args(ProgrammeKind)
BENEFIT_KINDS: tuple[str, ...] = get_args(BenefitKind)
MEETS: tuple[str, ...] = get_args(Meets)
EVERYONE, COUNTER, REPEAT_PARCEL = range(3)  # whom a channel meets, by their codes
AT_JOINING, AT_ORDER, AT_SILENCE, AT_BIRTHDAY, AT_COMPLAINT, AT_QUESTION = range(6)  # anchors by their codes

# stages by their codes; LIFECYCLE are their names, LEFT of who has gone
NEW, ENGAGED, CUSTOMER, REPEAT, LOYAL, SILENT, LEFT, NOT_YET = range(8)
LIFECYCLE: tuple[str, ...] = (*STAGES, "left")
FOUNDER, ORGANIC_JOINER, OTHER_JOINER = 0, 1, 2  # groups whose money is kept apart (counterfactual, LTV)
KEPT_7, KEPT_30, FIRST_IN_TIME, SECOND_IN_TIME, CAME_AS_PROSPECT = 1, 2, 4, 8, 16  # bits of a member's `kept`
BROUGHT = 32  # another one: a member brought her, by a word or by sharing in public
NEVER = -1  # in place of a day
NO_DAY = 32767  # later than any day: nothing is due
UNKNOWN = 255  # in place of a taste
LIMITS: tuple[float, ...] = (inf, 7 / 30, 1.0, 2.0, 3.0, 4.0, 7.0)  # messages a week, by the level that a member chose

MINOR_UNITS = 100  # fen, cents
MILLION = 1e6  # millionths of the currency: what a day's money is added up in
WEEK = 7
MONTH = 30  # days of a cohort's month
DAYS_A_MONTH = 365.0 / 12.0  # of a budget or a member-month
TINY = 1e-300  # in place of a chance of 0, under a logarithm
EARLY_DAYS = 3.0  # e-folding time of the hazard of leaving just after joining
SILENT_AFTER = 90  # days without interaction
WAKES_WITHIN = 14  # days after that, or after the wake-up touch
SOON = 7  # days, that of the hand-out included: a benefit used by then counts as used at once
WINDOW = 90  # days at the end whose means carry the rest of a member's life
HOURS_A_WEEK = 168.0
TOUCH = 2  # what happens on the day of a message or so many days after counts as following it (72 hours)

K_DAYS = 90  # since joining: friends referred within them count for the K-factor

MAX_DAYS = 3650
MAX_COHORTS = -(-MAX_DAYS // MONTH)
MAX_SEGMENTS = 24  # rows of a week's plan: the base and each segment, times the arms of experiments
MAX_MESSAGES = 40  # a day
MAX_A_WEEK = 280  # messages
MAX_LINES = 16  # regular messages of a segment, push included
MAX_ITEMS = 12  # of a community's programme
FIRST_EVENT_LINE = 32  # number of the first line of events: those before it are a segment's and the groups'
MAX_EVENT_LINES = 32  # of all events: an account tells 64 lines apart
MAX_TOUCHES = 16  # rows of personal touches
MAX_BENEFITS = 16
MAX_TIERS = 4  # above the base
MAX_CHANNELS = 254
MAX_REFERRALS = 5  # friends that a member brings at most
MAX_RULES = 16  # coupon rules: one bit each of a member's `eligible`
MOST_ORDERS_A_DAY = 256  # what a member's day can hold; a further crossing waits for the next day, nothing is lost
BLOCK = 4096  # members a block: in the second-level cache while a week passes
