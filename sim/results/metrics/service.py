"""Service, crises and returns: how fast and how well members are answered, what they would say, what comes back."""

from sim.policies import in_use
from sim.results.metrics.account import Account, ratio
from sim.results.metrics.registry import measure, share
from sim.scenario import Scenario


def _there(a: Account) -> float:
    """1 where there was a service of the brand's own, else 0: beside strategies that have one, a pool without has none."""
    return float(a.total["questions"] > 0 or a.total["service_cost"] > 0)


def takes_back(scenario: Scenario) -> bool:
    """True if orders come back in the scenario's market."""
    return scenario.market.returns > 0


@measure("questions a member a month", "neither", positive=True, least=0.0, used=in_use.serves)
def questions_per_month(a: Account) -> float | None:
    """Questions to the service over member-months in the pool. Undefined without a service of the brand's own."""
    return ratio(a.total["questions"], _there(a) * a.pool_months)


@measure("hours until an answer", "lower", positive=True, least=0.0, used=in_use.serves)
def reply_hours(a: Account) -> float | None:
    """Mean hours from a question to its answer, the bot's answers, which come at once, among them."""
    return ratio(a.total["reply_hours"], a.total["questions"])


@share("questions answered well", "higher", used=in_use.serves)
def answered_well(a: Account) -> tuple[float, float]:
    """Of questions, the share that were answered right and within 24 hours."""
    return a.total["answered"], a.total["questions"]


@share("complaints per question", "lower", used=in_use.serves)
def service_complaint_rate(a: Account) -> tuple[float, float]:
    """Of questions, the share whose wrong or late answer brought a complaint. Complaints about messages are in complaints
    per message."""
    return a.total["service_complaints"], a.total["questions"]


@measure("service cost a member", "lower", positive=True, least=0.0, used=in_use.serves)
def service_cost_per_member(a: Account) -> float | None:
    """What staff and bot of the service cost, over all who were ever members."""
    return ratio(a.total["service_cost"], _there(a) * a.end["members"])


@measure("NPS", "higher", least=-100.0, most=100.0, used=in_use.minds_opinion)
def nps(a: Account) -> float | None:
    """Net promoter score, from −100 to 100: of members in the pool at the end, the percentage who would recommend the brand
    less the percentage who would warn of it, as a survey of all of them would say: an answer is trust plus noise of standard
    deviation 0.3, above 0.3 she recommends, below 0 she warns. Without any trust, and any distrust, it is −34."""
    return ratio(100.0 * (a.end["promoters"] - a.end["detractors"]), a.end["pool"])


@share("orders that came back", "lower", of=takes_back)
def returns_rate(a: Account) -> tuple[float, float]:
    """Of orders, the share that came back, in and out of the pool; what was paid for them is in no sales, spend or
    contribution."""
    return a.total["returned"], a.total["orders"]
