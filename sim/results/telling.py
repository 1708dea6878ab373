"""What one member lived through, in words: moments (sim/life.py) become events of a few phrases in either language."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from models.words import Sayable
from sim.catalogue import (
    ANCHORS,
    AT_BIRTHDAY,
    AT_COMPLAINT,
    AT_JOINING,
    AT_ORDER,
    AT_QUESTION,
    AT_SILENCE,
    BROUGHT,
    CAME_AS_PROSPECT,
    CONTENT_TYPES,
    FOUNDER,
    LIMITS,
    MINOR_UNITS,
    NEVER,
    PUSH_CHANNELS,
    SILENT_AFTER,
)
from sim.life import Moment
from sim.policies.acquisition import opened
from sim.policies.benefits import names_in
from sim.policies.in_force import InForce
from sim.policies.policy import Policy
from sim.policies.referral import ways
from sim.policies.touches import key_of_line
from sim.results.experiments import treated_in, trials
from sim.scenario import Scenario
from sim.words import Language, Remark, say
from sim.words.named import CHANNELS, CONTENTS

_ROUTINES = {
    "welcome": "welcome message",
    "follow_up": "message after an order",
    "wake_up": "wake-up message",
    "birthday": "message for her birthday",
    "care": "message after a complaint",
}
_FURTHER = {  # touches beside those, by what they count from
    AT_JOINING: "message after joining",
    AT_ORDER: "message after an order",
    AT_SILENCE: "message in a silence",
    AT_BIRTHDAY: "message for her birthday",
    AT_COMPLAINT: "message after a complaint",
    AT_QUESTION: "message after a question",
}
_ARMS = {
    True: "is in experiment {name}, in the arm with the change",
    False: "is in experiment {name}, in the arm without the change",
}
_DRAWN = {"member": "drawn by herself", "community": "drawn with her whole group"}
_KEPT_BACK = {
    "unsent": "not sent by the account",
    "declined": "kept back, since she does not want it",
    "capped": "kept back by the limit a day, or of one an order",
}
_OF_BENEFITS = {
    "benefit_void": "{benefit} is void, for its budget is spent",
    "benefit_expired": "{benefit} runs out unused",
    "benefit_lost": "{benefit} is gone with her",
}
_LEVELS = 8  # places of a level of LIMITS within a member's `choice`


@dataclass(frozen=True)
class Event:
    """Something that happened to her on a day: `kind`, one of a fixed list; phrases that make its sentence; its columns.

    seen: False for what no brand sees.
    """

    day: int
    kind: str
    phrases: tuple[str | Sayable, ...]
    columns: dict[str, Any] = field(default_factory=dict)
    seen: bool = True

    def sentence(self, lang: Language = "en") -> str:
        """What happened, in words."""
        return ("，" if lang == "zh" else ", ").join(say(phrase, lang) for phrase in self.phrases)


class Teller:
    """Makes events of the moments of one member, which come in order."""

    def __init__(self, scenario: Scenario, seed: int | None = None) -> None:
        """seed: of the run, by which arms are drawn; the scenario's own if left out."""
        self._scenario, self._seed = scenario, scenario.seed if seed is None else seed
        self._currency = scenario.market.currency
        self._names = names_in(scenario)
        self._channels = [channel.channel for channel in ways(scenario)]
        self._in_force = InForce(scenario)
        self._begun = False
        self.events: list[Event] = []

    def tell(self, moment: Moment) -> None:
        """Add what a moment brought."""
        if moment.stage == "review":
            told = self._reviewed(moment)
        elif moment.stage == "evening":
            told = self._evening(moment)
        else:
            told = self._happened(moment)
        self.events += told

    # --- the review and the evening ----------------------------------------------------------------------------------

    def _reviewed(self, moment: Moment) -> Iterator[Event]:
        day, before, her = moment.day, moment.before, moment.after
        if not self._begun:
            self._begun = True
            yield from self._begin(her)
            yield from self._drawn(int(her["joined"]), her, joining=True)
            if her["tier"]:
                yield Event(
                    day, "tier", (Remark("begins in {tier}", {"tier": self._tier(her, day)}),), _tier_columns(her)
                )
            return
        yield from self._changes(day, her)
        if her["tier"] != before["tier"]:
            up = her["tier"] > before["tier"]
            remark = Remark("rises to {tier}" if up else "falls to {tier}", {"tier": self._tier(her, day)})
            if self._policy(day - 1).membership is None:
                remark = Remark("begins in {tier}", {"tier": self._tier(her, day)})
            if self._policy(day).membership is None:
                remark = Remark("has no tier any more: the membership ends")
            yield Event(day, "tier", (remark,), _tier_columns(her))
        if before["coupon"] and not her["coupon"] and before["coupon_until"] >= day:
            yield self._of_benefit(day, "benefit_void", before)

    def _begin(self, her: Any) -> Iterator[Event]:
        day = int(her["joined"])
        yield Event(day, "joined", self._how_she_came(her))
        if her["in_group"] and self._policy(max(day, 0)).community is not None:
            yield Event(day, "group_joined", (Remark("takes part in her group"),))
        if her["lost"]:
            yield Event(day, "lost", (Remark("is no customer any more when the pool begins"),), seen=False)

    def _changes(self, day: int, her: Any) -> Iterator[Event]:
        """What the brand begins on a day with everybody who is in the pool: a phase, an experiment."""
        if her["left"] != NEVER:
            return
        place = self._in_force.at(day)
        number = self._in_force.phases[place]
        if place and self._in_force.begins[place] == day:
            yield Event(day, "phase", (Remark("the policy changes: phases.{n}", {"n": number}),), {"phase": number})
            yield from self._of_her_group(day, her)
        yield from self._drawn(day, her)

    def _of_her_group(self, day: int, her: Any) -> Iterator[Event]:
        """What a change of policy does to the group that she is in, or would be in."""
        had, has = (self._policy(on).community is not None for on in (day - 1, day))
        if her["in_group"] and had != has:
            kind, text = ("group_joined", "takes part in her group") if has else ("group_ended", "her group ends")
            yield Event(day, kind, (Remark(text),))

    def _policy(self, day: int) -> Policy:
        """The policy in force on a day, without what a guard changes of it."""
        return self._in_force.policies[self._in_force.at(day)]

    def _drawn(self, day: int, her: Any, joining: bool = False) -> Iterator[Event]:
        """The arms into which she is drawn on a day: of experiments that begin, or for who joins of those that run."""
        for trial in trials(self._scenario):
            if (trial.begins <= day < trial.ends) if joining else trial.begins == day:
                keys, accounts = np.array([her["key"]], np.uint64), np.array([her["account"]], np.uint16)
                treated = bool(treated_in(trial, keys, accounts, self._seed)[0])
                test = trial.experiment
                yield Event(
                    day,
                    "arm",
                    (Remark(_ARMS[treated], {"name": test.name}), Remark(_DRAWN[test.by])),
                    {"experiment": test.name, "arm": "with" if treated else "without"},
                )

    def _how_she_came(self, her: Any) -> tuple[Remark, ...]:
        if her["group"] == FOUNDER:
            if not her["frequency"] and not her["spend"]:
                return (Remark("is in the pool from the first day on, after a first order"),)
            last = self.date_of(int(her["last_order"] // 1))
            known = {"n": int(her["frequency"]) + 1, "date": last}
            return (
                Remark(
                    "is in the pool from the first day on, with {n} {n:order|orders} before, the last on {date}", known
                ),
            )
        channel = self._channels[her["channel"] - 1]
        brought = bool(her["kept"] & BROUGHT)
        if brought and her["channel"] > len(opened(self._scenario)):
            first = Remark("joins on the word of a friend")
        elif brought:
            first = Remark("joins through {channel}, by what a member has shared in public", {"channel": channel})
        else:
            first = Remark("joins through {channel}", {"channel": channel})
        prospect = bool(her["kept"] & CAME_AS_PROSPECT)
        return (first, Remark("has not ordered yet")) if prospect else (first, Remark("has ordered before"))

    def _evening(self, moment: Moment) -> Iterator[Event]:
        day, her = moment.day, moment.after
        if her["left"] != NEVER:
            return
        if her["coupon"] and her["coupon_until"] == day:
            yield self._of_benefit(day, "benefit_expired", her)
        if day - her["last_seen"] == SILENT_AFTER:
            yield Event(day, "silent", (Remark("has been silent for {days} days", {"days": SILENT_AFTER}),))

    # --- a stage of a day --------------------------------------------------------------------------------------------

    def _happened(self, moment: Moment) -> Iterator[Event]:
        if moment.message is not None:
            yield from self._message(moment)
        elif moment.today["issued"]:
            yield from self._handed_out(moment)
        for n, order in enumerate(moment.orders):
            yield self._order(moment, order, first=n == 0 and bool(moment.before["prospect"]))
        if moment.today["questions"]:
            yield self._question(moment)
        if moment.today["hit"]:
            yield Event(moment.day, "crisis", (Remark("is hit by the crisis"),))
        if moment.today["visits"]:
            yield Event(moment.day, "visit", (Remark("comes by herself"),))
        yield from self._woken(moment)
        yield from self._answers(moment)
        yield from self._farewell(moment)

    def _message(self, moment: Moment) -> Iterator[Event]:
        message, touch, today = moment.message, moment.touch, moment.today
        origin = None if touch is None else self._origin(moment)
        first = Remark("message") if origin is None else self._called(moment, origin)
        channel, content = PUSH_CHANNELS[message["channel"]], CONTENT_TYPES[message["content"]]
        what = (first, _word(CHANNELS[channel]), _word(CONTENTS[content]))
        anchor = None if touch is None else ANCHORS[touch["anchor"]]
        columns: dict[str, Any] = {"anchor": anchor, "origin": origin, "channel": channel, "content": content}
        kept_back = next((name for name in _KEPT_BACK if today[name]), None)
        if kept_back is not None:
            why = Remark(_KEPT_BACK[kept_back])
            yield Event(moment.day, "kept_back", (*what, why), columns | {"why": kept_back})
        elif today["delivered"]:
            clicked = bool(today["clicks"])
            columns |= {"clicked": clicked, "latent_read_chance": float(today["reads"])}
            answer = Remark("clicked") if clicked else Remark("not clicked")
            yield Event(moment.day, "message", (*what, answer), columns)
        if today["benefits_issued"]:
            yield from self._handed_out(moment, int(message["benefit"]))

    def _called(self, moment: Moment, origin: str) -> Remark:
        """What a personal message is called: by the routine that it comes from, a further one by what it counts from."""
        if ".guard." in origin:
            return Remark("the guard's survey")
        routine = key_of_line(moment.message["line"]).partition(".")[0]
        return Remark(_ROUTINES[routine]) if routine in _ROUTINES else Remark(_FURTHER[int(moment.touch["anchor"])])

    def _origin(self, moment: Moment) -> str:
        """The key of the scenario that says a touch: of the last phase that has changed what it belongs to."""
        place, key = self._in_force.at(moment.day), key_of_line(moment.message["line"])
        policy = self._in_force.policies[place]
        routine, _, ordinal = key.partition(".")
        if policy.guard is not None and routine == "touches" and int(ordinal) >= len(policy.touches):
            act = next(n for n, act in enumerate(policy.guard.acts) if act.touch is not None)
            routine, key = "guard", f"guard.acts.{act}"
        own = getattr(policy, routine)
        while place and getattr(self._in_force.policies[place - 1], routine) == own:
            place -= 1
        return f"{self._in_force.key_of(place)}policy.{key}"

    def _handed_out(self, moment: Moment, code: int | None = None) -> Iterator[Event]:
        """What she gets, and whether she keeps it: of two the one that is worth more to her; code: None for coupons."""
        before, her = moment.before, moment.after
        had, has = int(before["coupon"]), int(her["coupon"])
        replaced = moment.today["benefits_replaced"] > 0
        if has and (has != had or her["coupon_until"] != before["coupon_until"] or not replaced):
            until = {"benefit": self._name(has), "date": self.date_of(int(her["coupon_until"]))}
            phrases = [Remark("gets {benefit}, good until {date}", until)]
            if replaced and had and had != has:
                phrases.append(Remark("in place of {benefit}", {"benefit": self._name(had)}))
            yield Event(moment.day, "benefit", tuple(phrases), {"benefit": until["benefit"], "kept": True})
        elif code is None or code == has:
            named = {"benefit": self._name(has)}
            remark = Remark("is offered another coupon or benefit, and keeps {benefit}", named)
            yield Event(moment.day, "benefit", (remark,), {"kept": False})
        else:
            named = {"benefit": self._name(code), "kept": self._name(has)}
            remark = Remark("is offered {benefit}, but keeps {kept}, which is worth at least as much to her", named)
            yield Event(moment.day, "benefit", (remark,), {"benefit": named["benefit"], "kept": False})

    def _order(self, moment: Moment, order: Any, first: bool) -> Event:
        amount, discount = int(order["amount"]) / MINOR_UNITS, int(order["discount"]) / MINOR_UNITS
        used = self._name(order["used"]) if order["used"] else None
        money = {"amount": f"{amount:,.2f}", "currency": self._currency}
        phrases = [Remark("first order, of {amount} {currency}" if first else "order of {amount} {currency}", money)]
        if discount:
            phrases.append(Remark("{amount} {currency} taken off", money | {"amount": f"{discount:,.2f}"}))
        if used:
            phrases.append(Remark("with {benefit}", {"benefit": used}))
        if not order["in_pool"]:
            phrases.append(Remark("outside the pool"))
        if order["returned"]:
            phrases.append(Remark("sent back, and the money with it"))
        columns = {"time": float(order["time"]), "amount": amount, "discount": discount, "benefit": used}
        columns["returned"] = bool(order["returned"])
        return Event(moment.day, "order", tuple(phrases), columns)

    def _question(self, moment: Moment) -> Event:
        asked, today = int(moment.today["questions"]), moment.today
        hours = float(today["reply_hours"]) / asked
        how = Remark("answered after {hours} hours", {"hours": f"{hours:.1f}"})
        right = today["answered"] == asked
        judged = Remark("right and in time") if right else Remark("wrong or too late")
        return Event(
            moment.day, "question", (Remark("asks the service"), how, judged), {"hours": hours, "right": bool(right)}
        )

    def _woken(self, moment: Moment) -> Iterator[Event]:
        before, her = moment.before, moment.after
        silence = moment.day - int(before["last_seen"])
        if her["last_seen"] != before["last_seen"] and silence >= SILENT_AFTER:
            yield Event(moment.day, "woken", (Remark("wakes up after {days} days of silence", {"days": silence}),))

    def _answers(self, moment: Moment) -> Iterator[Event]:
        her, today, day = moment.after, moment.today, moment.day
        if today["surveyed"]:
            yield Event(day, "survey", (Remark("says what she likes"),))
        if her["choice"] != moment.before["choice"]:
            level, muted = int(her["choice"]) % _LEVELS, int(her["choice"]) // _LEVELS
            often = {"n": f"{LIMITS[level]:g}"}
            phrases = [Remark("wants {n} {n:message|messages} a week at most", often)]
            if level == 1:
                phrases = [Remark("wants one message a month at most")]
            if muted:
                phrases.append(Remark("none of {content}", {"content": _word(CONTENTS[CONTENT_TYPES[muted - 1]])}))
            yield Event(day, "choice", tuple(phrases))
        if today["referrals"]:
            yield Event(day, "friend", (Remark("brings a friend, who joins the next week"),))

    def _farewell(self, moment: Moment) -> Iterator[Event]:
        before, her, today = moment.before, moment.after, moment.today
        if her["lost"] and not before["lost"]:
            remark = Remark("is no customer any more: this was her last order")
            yield Event(moment.day, "lost", (remark,), seen=False)
        if today["complaints"]:
            yield Event(moment.day, "complaint", (Remark("complains"),))
        if today["departed"]:
            after = (Remark("within 72 hours of a message"),) if today["opted_out"] else ()
            yield Event(moment.day, "left", (Remark("leaves the pool"), *after))
            if today["benefits_lost"]:
                yield self._of_benefit(moment.day, "benefit_lost", before)

    # --- names -------------------------------------------------------------------------------------------------------

    def date_of(self, day: int) -> date:
        """The calendar day of a day of the run."""
        return self._scenario.start + timedelta(days=day)

    def _name(self, code: int) -> str:
        return self._names.get(int(code), str(int(code)))

    def _tier(self, her: Any, day: int) -> Remark:
        tier = int(her["tier"])
        if not tier:
            return Remark("no tier")
        membership = self._in_force.policies[self._in_force.at(day)].membership
        tiers = membership.tiers if membership else ()
        name = tiers[tier - 1].name if tier <= len(tiers) else None
        return (
            Remark("tier {k}", {"k": tier}) if name is None else Remark("tier {k} ({name})", {"k": tier, "name": name})
        )

    def _of_benefit(self, day: int, kind: str, her: Any) -> Event:
        named = {"benefit": self._name(her["coupon"])}
        return Event(day, kind, (Remark(_OF_BENEFITS[kind], named),), named)


def _word(text: str) -> Remark:
    """A word of a table."""
    return Remark(text)


def _tier_columns(her: Any) -> dict[str, Any]:
    return {"tier": int(her["tier"])}
