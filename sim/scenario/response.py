"""How members respond: every behavioural number with its unit, range, prior and source. Defaults live here only.

Symbols are those of docs/model.md. A prior is a normal distribution about the default, cut to the range; `prior_sd` 0 says
the number is a convention and not a belief. Sources are rows of the evidence table (E1 ...) or "assumption". What differs
by persona, content and channel stands in response_parts.py.
"""

from functools import partial
from typing import Any

from pydantic import Field, model_validator

from models.words.numbers import significant, told_apart
from sim.reading.part import Misfit, suggestion
from sim.scenario.former_keys import CLICK_RATE, renamed_click_rate
from sim.scenario.response_covariance import Covariance
from sim.scenario.response_named import Named, numbers_in
from sim.scenario.response_parts import Content, Contents, Persona, Personas, Reach, Tiring, number
from sim.scenario.self_ignition import MOST_FED, MOST_FRIENDS, friends_brought, trust_fed
from sim.scenario.total import draw

__all__ = ["Content", "Contents", "Persona", "Personas", "Reach", "Response", "Tiring"]


class Response(Named):
    """Every behavioural parameter of docs/model.md. The same for all strategies that are compared."""

    # the clock (section 2)
    ceiling: float = number(
        4.0, 3, 8, unit="relative demand", prior_sd=0.7, source="assumption; E11 (x 5 on a coupon)",
        says="M: demand never exceeds this multiple",
    )  # fmt: skip
    trust_on_demand: float = number(
        0.21, 0, 0.95, unit="relative demand", prior_sd=0.12, source="E9; 0.5 held down by the total (E4, E7, E8, E27)",
        says="b_trust",
    )  # fmt: skip
    interest_on_demand: float = number(
        0.5, 0, 5, unit="relative demand", prior_sd=0.3, source="E9; 1.2 held down by the total (E4, E7, E8, E27)",
        says="b_interest",
    )  # fmt: skip
    habit_on_demand: float = number(
        0.4, 0, 0.95, unit="relative demand", prior_sd=0.1, source="E14, E15",
        says="b_habit: what a full coupon habit takes from demand",
    )  # fmt: skip
    pull_depth: float = number(
        0.3, 0, 0.95, unit="relative demand", prior_sd=0.08, source="E15",
        says="depth: what a discounted order takes from demand just after it (bought ahead)",
    )  # fmt: skip
    pull_half_life: float = number(
        14.0, 1, 365, unit="days", prior_sd=4.0, source="E9, E15", says="half-life of buying ahead"
    )
    life_exponent: float = number(
        1.0, 0, 1.5, unit="exponent", prior_sd=0.0, source="docs/model.md section 2",
        says="c_life: 1 keeps the calendar life as long as before, 0 keeps the number of orders",
    )  # fmt: skip
    trust_on_loyalty: float = number(
        0.6, 0, 3, unit="log exponent", prior_sd=0.2, source="assumption; E21 (a referral programme, matched)",
        says="b_loyal: trust makes each order less likely to be the last",
    )  # fmt: skip
    attention_on_rhythm: float = number(
        0.0, -1, 1, unit="exponent", prior_sd=0.0, source="E2", says="c: 0 keeps attention and rhythm apart"
    )
    # trust, interest, habit
    trust_half_life: float = number(
        45.0, 7, 180, unit="days", prior_sd=15.0, source="assumption; E9, E23", says="half-life of trust"
    )
    interest_half_life: float = number(
        5.0, 1, 30, unit="days", prior_sd=2.0, source="assumption; E9: carry-over of a week",
        says="half-life of interest",
    )  # fmt: skip
    habit_up: float = number(
        0.2, 0, 1, unit="share of the way", prior_sd=0.05, source="E14",
        says="how far a discounted order moves the coupon habit toward 1",
    )  # fmt: skip
    habit_down: float = number(
        0.1, 0, 1, unit="share of the way", prior_sd=0.03, source="E14",
        says="how far a full-price order moves the coupon habit toward 0",
    )  # fmt: skip
    # attention (section 3)
    attention_shape: float = number(
        1.5, 0.1, 50, unit="shape", prior_sd=0.3, source="E26: clusters of readers", says="kappa of o_i"
    )
    trust_on_attention: float = number(0.8, 0, 2, unit="log attention", prior_sd=0.2, source="E8, E24", says="b_R")
    aim_on_attention: float = number(
        0.25, 0, 1.2, unit="log attention", prior_sd=0.12, source="E8 (+20 % opens; replication failed), E13",
        says="b_fit: what a message about what she likes gains, and one aimed wrongly loses",
    )  # fmt: skip
    newness: float = number(
        2.0, 0, 6, unit="relative attention", prior_sd=0.7, source="assumption; E25 (80 % of loss in 4 weeks)",
        says="b_new: how much more a member looks on the day she joins; fades over 3 days (exponential)",
    )  # fmt: skip
    adviser: float = number(
        1.6, 1, 3, unit="factor", prior_sd=0.3, source="assumption",
        says="what an adviser's account does to the trust of one-to-one messages, calls and live sessions; a friend's: "
        "its square root",
    )  # fmt: skip
    picked_up: float = number(
        0.35, 0, 1, unit="chance", prior_sd=0.09, source="assumption", says="chance that a call is picked up"
    )
    lost_attention: float = number(
        0.4, 0, 1, unit="relative attention", prior_sd=0.1, source="assumption",
        says="what a lost customer keeps of her attention",
    )  # fmt: skip
    sameness: float = number(
        0.06, 0, 1, unit="log attention a repetition", prior_sd=0.02, source="assumption",
        says="what each further message of the same type in a row takes from attention (counted up to 5)",
    )  # fmt: skip
    click_trust: float = number(
        0.02, 0, 0.5, unit="share of the way a click", prior_sd=0.005, source="assumption",
        says="trust gained by an interaction",
    )  # fmt: skip
    click_interest: float = number(
        0.4, 0, 5, unit="interest a click", prior_sd=0.1, source="E24", says="interest added by an interaction"
    )
    visit: float = number(
        0.06, 0, 0.5, unit="chance a day at full trust", prior_sd=0.02, source="E7, E26; bounded by self-ignition",
        says="b_visit: who trusts comes by herself",
    )  # fmt: skip
    # communities (section 6)
    group_share: float = number(
        0.8, 0, 1, unit="share", prior_sd=0.1, source="assumption",
        says="share of members who take part in a community; times 1.5 of the sociable, 0.5 of the busy",
    )  # fmt: skip
    mood_on_attention: float = number(
        0.8, 0, 2.5, unit="log attention", prior_sd=0.3, source="E26",
        says="b_mood: what a group's mood adds to the attention to what is written in it",
    )  # fmt: skip
    mood_gain: float = number(
        0.04, 0, 0.3, unit="share of the way a week", prior_sd=0.015, source="E26",
        says="trust gained a week in a group of full mood",
    )  # fmt: skip
    energy_spread: float = number(
        0.5, 0, 2, unit="log sd", prior_sd=0.15, source="E26: clusters of groups, 40-50 % active and below 20 %",
        says="how much groups differ in how readily members answer",
    )  # fmt: skip
    # fatigue, leaving, complaining (section 4)
    fatigue_half_life: float = number(
        7.0, 2, 21, unit="days", prior_sd=2.5, source="E23: wide, 3-21 days", says="half-life of fatigue"
    )
    tolerance_factor: float = number(
        1.0, 0.3, 3, unit="factor", prior_sd=0.25, source="E1, E5",
        says="on the tolerance of every persona: what is not known about all of them alike",
    )  # fmt: skip
    tolerance_spread: float = number(
        0.4, 0, 2, unit="log sd", prior_sd=0.08, source="E5: stated limits differ widely",
        says="how much members of a persona differ in tolerance",
    )  # fmt: skip
    leave_base: float = number(
        0.0004, 0, 0.2, unit="hazard a day", prior_sd=0.0001, source="E25", says="base: leaving for no reason"
    )
    leave_early: float = number(
        0.02, 0, 1, unit="hazard a day", prior_sd=0.006, source="E25", says="early: leaving just after joining"
    )
    leave_fatigue: float = number(
        0.002, 0, 1, unit="hazard a day", prior_sd=0.0006, source="E1, E4, E6",
        says="k_F: leaving when fatigue is twice the tolerance",
    )  # fmt: skip
    frailty_shape: float = number(
        1.5, 0.2, 50, unit="shape", prior_sd=0.3, source="assumption", says="k of omega_i (mean 1)"
    )
    complaint_share: float = number(
        0.1, 0, 1, unit="share", prior_sd=0.03, source="E6",
        says="complaints per fatigue-driven departure",
    )  # fmt: skip
    complaint_trust: float = number(
        0.15, 0, 1, unit="share of the way", prior_sd=0.04, source="assumption", says="trust lost by a complaint"
    )
    sleeping_dog: float = number(
        0.003, 0, 0.5, unit="hazard a message", prior_sd=0.001, source="E18: 6 % -> 10 % in three months",
        says="leaving when a message reaches a member silent for 90 days",
    )  # fmt: skip
    # baskets and benefits
    novelty_half_life: float = number(
        60.0, 7, 365, unit="days", prior_sd=15.0, source="assumption",
        says="half-life of what she has noticed of trials, gifts, votes and early access: novelty wears off",
    )  # fmt: skip
    top_up: float = number(
        0.4, 0, 1, unit="chance", prior_sd=0.1, source="assumption",
        says="chance that a basket just below a coupon's threshold is filled up to it; times (basket / threshold)^3, "
        "none below a third of it",
    )  # fmt: skip
    trust_on_basket: float = number(
        0.08, 0, 1, unit="relative basket", prior_sd=0.03, source="E20; assumption",
        says="how much full trust raises a basket (advice sells more than one thing)",
    )  # fmt: skip
    standing: float = number(
        0.3, 0, 1, unit="share of in hand", prior_sd=0.1, source="assumption",
        says="b_standing: what a tier's benefits, there all the time, count beside the same in hand; and its discounts for "
        "the coupon habit",
    )  # fmt: skip
    # referring (section 5)
    refer: float = number(
        0.0006, 0, 0.005, unit="hazard a day at full trust", prior_sd=0.0003, source="assumption; checked on E20, E21",
        says="k_ref: who trusts brings friends, up to five",
    )  # fmt: skip
    reward_effect: float = number(
        0.5, 0, 5, unit="relative", prior_sd=0.25, source="assumption; checked on E20, E21",
        says="how much more often members refer who are paid for it, whatever the reward",
    )  # fmt: skip
    ugc_effect: float = number(
        0.5, 0, 5, unit="relative", prior_sd=0.25, source="assumption",
        says="how much more often members refer in a week with messages of their own content",
    )  # fmt: skip
    referred_alike: float = number(
        0.5, 0, 1, unit="chance", prior_sd=0.25, source="assumption; E20",
        says="rho_ref: chance that a friend has the persona of who referred her",
    )  # fmt: skip
    trust_passed_on: float = number(
        0.3, 0, 1, unit="share", prior_sd=0.15, source="assumption; E20",
        says="rho_trust: share of her trust that a friend begins with",
    )  # fmt: skip
    # service and crises (section 5)
    ask: float = number(
        0.1, 0, 1, unit="chance an order", prior_sd=0.03, source="assumption",
        says="k_ask: a question to the service after an order in the pool",
    )  # fmt: skip
    service_gain: float = number(
        0.06, 0, 1, unit="share of the way", prior_sd=0.02, source="assumption",
        says="trust gained by a right answer at once; half of it after four hours, a quarter after eight",
    )  # fmt: skip
    service_loss: float = number(
        0.12, 0, 1, unit="share of the way", prior_sd=0.04, source="assumption",
        says="trust lost by a wrong answer, or by one later than 24 hours",
    )  # fmt: skip
    crisis_loss: float = number(
        0.3, 0, 1, unit="share of the way", prior_sd=0.1, source="assumption",
        says="trust lost by whom a crisis hits, times one half and how late the brand answers it",
    )  # fmt: skip
    crisis_heal: float = number(
        0.15, 0, 1, unit="share of the way", prior_sd=0.05, source="assumption",
        says="trust regained when a crisis is closed, as far as the brand was in time",
    )  # fmt: skip
    reach: Reach = Reach()
    tiring: Tiring = Tiring()
    contents: Contents = Contents()
    personas: Personas = Personas()
    covariance: Covariance | None = Field(
        default=None,
        description="how uncertain some parameters are together, as a fit leaves it; left out: each by its own prior",
    )

    @model_validator(mode="before")
    @classmethod
    def _former_keys(cls, given: Any) -> Any:
        return renamed_click_rate(given) if isinstance(given, dict) and CLICK_RATE in given else given

    @model_validator(mode="after")
    def _covariance_of_its_own(self) -> "Response":
        known = [name for name, *_ in numbers_in(self)] if self.covariance else []
        for n, name in enumerate(self.covariance.parameters if self.covariance else ()):
            if name not in known:
                raise Misfit(
                    "{name} is no parameter of a response; {suggestion}",
                    *("covariance", "parameters", n),
                    name=name[:60],
                    suggestion=suggestion(name[:60], known),
                )
        return self

    @model_validator(mode="after")
    def _below_self_ignition(self) -> "Response":
        fed = trust_fed(self.visit, self.click_trust, self.trust_half_life, self.mood_gain)
        if fed > MOST_FED:
            asked = ("visit", "click_trust", "trust_half_life", "mood_gain")
            given = [name for name in asked if name in self.model_fields_set]
            raise Misfit(
                "trust would feed itself without a message: visit x (click_trust + mood_gain / 7) / (1 - 2^(-1 / "
                "trust_half_life)) is {visit:g} x ({gain:g} + {mood_gain:g} / 7) / (1 - 2^(-1 / {half_life:g})) = {fed}"
                ", at most {most:g} is possible; lower visit, click_trust, mood_gain or trust_half_life",
                given[0],
                visit=self.visit,
                gain=self.click_trust,
                mood_gain=self.mood_gain,
                half_life=self.trust_half_life,
                fed=told_apart((fed, partial(significant, fed, 3)), (MOST_FED, lambda _: f"{MOST_FED:g}"))[0],
                most=MOST_FED,
            )
        return self

    @model_validator(mode="after")
    def _below_one_friend_each(self) -> "Response":
        friends = friends_brought(self.refer, self.reward_effect, self.ugc_effect)
        if friends >= MOST_FRIENDS:
            given = [name for name in ("refer", "reward_effect", "ugc_effect") if name in self.model_fields_set]
            raise Misfit(
                "friends would bring friends without an end: 90 x refer x (1 + reward_effect) x (1 + ugc_effect) is 90 x "
                "{refer:g} x {rewarded:g} x {shown:g} = {friends} friends in 90 days at full trust, below {most:g} is "
                "possible; lower refer, reward_effect or ugc_effect",
                given[0],
                refer=self.refer,
                rewarded=1.0 + self.reward_effect,
                shown=1.0 + self.ugc_effect,
                friends=told_apart((friends, partial(significant, friends, 3)), (MOST_FRIENDS, lambda _: "1"))[0],
                most=MOST_FRIENDS,
            )
        return self

    def draw(self, seed: int, replicate: int) -> "Response":
        """The `replicate`-th draw from the priors about this response, the same for all scenarios with this seed.

        A draw whose total effect is not believable (sim/scenario/total.py) is drawn again, which takes a short run of the
        simulator a draw. A response with a covariance is believed as it is: no draw is held to the total.
        """
        return draw(self, seed, replicate)
