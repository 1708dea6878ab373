"""Messages: how many, what keeps them back, what is read and clicked, and what it costs in complaints and departures."""

from sim.policies import in_use
from sim.results.metrics.account import Account, ratio
from sim.results.metrics.registry import measure, share


@measure("messages a member a month", "neither", positive=True, least=0.0)
def messages_per_month(a: Account) -> float | None:
    """Delivered messages over member-months in the pool. A member-month is 365/12 evenings on which she is in the pool."""
    return ratio(a.total["delivered"], a.pool_months)


@measure("personal touches a member a month", "neither", positive=True, least=0.0, used=in_use.touches)
def touches_per_month(a: Account) -> float | None:
    """Delivered touches over member-months in the pool: of the messages, those that a date of the member's own brings about
    (joining, an order, a silence, a birthday, a complaint)."""
    return ratio(a.total["touched"], a.pool_months)


@share("messages not sent", "lower", used=in_use.forgets)
def not_sent(a: Account) -> tuple[float, float]:
    """Of messages due to a member in the pool, the share that her account did not send. Due are those delivered, not sent,
    declined or over the cap; what the plan itself leaves out, for a channel's limit or because one line alone goes beyond
    the cap, is not (`siyu check` says how much)."""
    return a.total["unsent"], a.due


@share("messages declined", "neither", used=in_use.asks_consent)
def declined(a: Account) -> tuple[float, float]:
    """Of messages due to a member in the pool, the share that her own choice kept back: more than she wants, or of a type
    that she has muted."""
    return a.total["declined"], a.due


@share("messages over the cap", "neither", used=in_use.asks_the_cap)
def capped(a: Account) -> tuple[float, float]:
    """Of messages due to a member in the pool, the share that the cap a day kept back, or a mini-program's limit of one
    message an order. What one line alone has beyond the cap is not due, with personal touches or without."""
    return a.total["capped"], a.due


@share("members who chose a limit", "neither", used=in_use.asks_consent)
def chose_limit(a: Account) -> tuple[float, float]:
    """Of members in the pool at the end, the share who have said how many messages they want."""
    return a.end["chose"], a.end["pool"]


@share("tags known right", "higher", used=in_use.aims)
def tags_right(a: Account) -> tuple[float, float]:
    """Of members in the pool at the end, the share of whose taste the brand believes what is right, from tags or a survey.
    The rest are believed to like something else, or nothing is known of them."""
    return a.end["tagged_rightly"], a.end["pool"]


@share("read rate", "higher", counted=False)
def read_rate(a: Account) -> tuple[float, float]:
    """Mean probability that a delivered message is read."""
    return a.total["reads"], a.total["delivered"]


@share("click rate", "higher")
def click_rate(a: Account) -> tuple[float, float]:
    """Of delivered messages, the share that are clicked; each counts once."""
    return a.total["clicks"], a.total["delivered"]


@measure("visits a member a month", "higher", positive=True, least=0.0)
def visits_per_month(a: Account) -> float | None:
    """Visits without a message (she opens the mini-program by herself) over member-months in the pool."""
    return ratio(a.total["visits"], a.pool_months)


@share("complaints per message", "lower")
def complaint_rate(a: Account) -> tuple[float, float]:
    """Of delivered messages, the share that were the last one before a complaint on that day or the two after; each
    message counts once. Complaints later than that are in the daily series only."""
    return a.total["blamed"], a.total["delivered"]


@share("opt-outs per message", "lower")
def opt_out_rate(a: Account) -> tuple[float, float]:
    """Of delivered messages, the share that were the last one before the member left the pool on that day or the two
    after. Who leaves without a message in those days is in churn and not in here."""
    return a.total["opted_out"], a.total["delivered"]


@share("conversion per push", "higher")
def conversion_per_push(a: Account) -> tuple[float, float]:
    """Of delivered messages, the share that were the last one before an order in the pool on that day or the two after (72
    hours); each message counts once, however many orders follow. By time, as dashboards count it: no effect."""
    return a.total["converted"], a.total["delivered"]


@measure("orders gained per 1,000 messages", "higher")
def orders_gained_per_1000_messages(a: Account) -> float | None:
    """Orders of the run less those of the same people with no operations, for every 1,000 delivered messages: what
    operations as a whole brought, an effect where conversion per push only counts what came after. Coupons that come
    without a message are operations too, so their orders are in here. Below 0 where operations cost orders."""
    gained = a.total["orders"] - a.counterfactual.totals["orders"]
    return ratio(1000.0 * gained, a.total["delivered"])
