"""The trades whose markets come with siyu: the name of each file in scenarios/markets/ and what the trade is called."""

TRADES = {
    "beauty": "美妆",
    "mother_and_baby": "母婴",
    "apparel": "服装",
    "fresh_food": "生鲜",
    "home": "家居",
    "consumer_electronics": "数码",
    "health_food": "保健品",
    "catering": "餐饮",
    "cdnow": "唱片",
}
"""The name of a market's file and what its trade is called in Chinese."""
