"""The fixed words of scenarios: personas, stages, segments, channels, content types.

Their order is their code in member records, so new words go at the end.
"""

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
]  # fmt: skip
PushChannel: TypeAlias = Literal["one_to_one", "group", "moments", "mini_program"]
ContentType: TypeAlias = Literal["education", "emotion", "promotion"]

PERSONAS: tuple[str, ...] = get_args(Persona)
STAGES: tuple[str, ...] = get_args(Stage)
SEGMENTS: tuple[str, ...] = get_args(Segment)
AUDIENCES: tuple[str, ...] = get_args(Audience)
PUSH_CHANNELS: tuple[str, ...] = get_args(PushChannel)
CONTENT_TYPES: tuple[str, ...] = get_args(ContentType)
