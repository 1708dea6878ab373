"""What experiments and observed behaviour say about each published case: rows of docs/evidence.md, written by hand.

A case on which no experiment bears says so. Nothing is claimed beyond what a row says.
"""

SPEAKS = {
    "adviser": (
        "no experiment on advisers or live sessions is known. The largest before-and-after that is cited, of members "
        "who chose to join, is +30 % in monthly frequency (E27)."
    ),
    "catering-member": (
        "no experiment is known. Observed: 36 to 37 % of a shopping app's users are active after a month (E25), and "
        "in most WeCom groups fewer than half are (E26)."
    ),
    "closed-loop": (
        "no experiment on advertising into a pool is known. Observed: referred customers are worth at least 16 % more "
        "(E20)."
    ),
    "coupon-fit": (
        "in an experiment with coupons in shops purchase rose from 0.35 to 1.85 %, three times as much for earlier "
        "buyers of the category (E11). Observed: about 1 % of mass coupons are redeemed (E12); pages without a source "
        "of their own say that 5 to 10 % of Chinese e-coupons are used (E13)."
    ),
    "evening-push": "twelve randomised hours of sending had no systematic effect (E29, a blog, grade C).",
    "first-touch-personal": (
        "a personalised subject line raised opens by a fifth, and a replication with first names failed (E8). Coupons "
        "do three times as much for earlier buyers of the category (E11), which speaks for it."
    ),
    "home-content": (
        "no experiment on useful content beside product messages is known. Observed: triggered messages bring more than "
        "ten times as many orders each as campaigns (E24); that is about when, and not about what, is sent."
    ),
    "leaky-bucket": "no experiment is known; it speaks of a market and of a pool left alone, not of a policy.",
    "membership": "no experiment on tiers whose members vote is known.",
    "private-public": (
        "no experiment that gives membership by lot is known. Observed: referred customers are worth at least 16 % "
        "more (E20)."
    ),
    "sop-calls": (
        "gift cards raised the chance that lapsed customers buy by 11 to 27 % of itself (E16), where the claim more "
        "than doubles it; proactive contact to keep customers took churn from 6 to 10 % (E18)."
    ),
    "tiering": (
        "no experiment on groups for those who buy more is known. For the best customers the long-run effect of "
        "advertising can be negative (E15)."
    ),
    "twelve-promos": "experiments agree on the direction (E4, E7: more messages, less use in the end) and give no size.",
    "twelve-tags": (
        "no experiment on a content for each of twelve groups is known. A personalised subject line raised opens by a "
        "fifth, and a replication with first names failed (E8)."
    ),
    "wake-up": (
        "gift cards raised the chance that lapsed customers buy by 11 % of itself after four months and by 27 % after "
        "thirteen (E16), where the claim triples it."
    ),
    "weekly-guide": (
        "no experiment on a useful guide is known. With fewer notifications usage fell at first, and was higher after "
        "a year (E7)."
    ),
    "welcome-guide": (
        "no experiment on what newcomers are sent first is known. Observed: 80 % of new users of apps are gone in "
        "four weeks (E25)."
    ),
}
