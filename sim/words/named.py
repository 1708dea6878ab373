"""What keys of a policy are called in sentences: English texts, whose Chinese is in `zh.toml`."""

CHANNELS = {
    "one_to_one": "one to one",
    "group": "in the groups",
    "moments": "in Moments",
    "mini_program": "as a mini-program's message",
    "mass": "by mass sending",
    "official": "from the official account",
    "sms": "by text message",
    "call": "by call",
}
CONTENTS = {
    "education": "education",
    "emotion": "emotion",
    "promotion": "promotion",
    "live": "live sessions",
    "ugc": "members' own content",
}
