"""One member's life: the run as always, and her events in order, in words and as a frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from models.errors import BadInput
from sim.catalogue import NEVER, PERSONAS
from sim.life import WatchedPool
from sim.results import lives
from sim.results.quick_look import QuickLook, looked_at
from sim.results.simulation import Progress
from sim.results.telling import Event, Teller
from sim.run import version
from sim.scenario import Scenario
from sim.scenario.loading import Source, responded
from sim.scenario.response_file import ResponseSource
from sim.warming import warm_up
from sim.words import Language, Remark, counted, minus, number, say

if TYPE_CHECKING:
    import pandas as pd

KINDS = (
    "joined", "group_joined", "group_ended", "message", "kept_back", "benefit", "benefit_expired", "benefit_void",
    "benefit_lost", "order", "visit", "silent", "woken", "survey", "choice", "friend", "tier", "question", "crisis",
    "complaint", "phase", "arm", "left", "lost",
)  # fmt: skip
COLUMNS = (
    "time", "anchor", "origin", "channel", "content", "clicked", "latent_read_chance", "benefit", "kept", "amount",
    "discount", "returned", "tier", "hours", "right", "why", "phase", "experiment", "arm",
)  # fmt: skip
_PERSONAS = {
    "price_sensitive": "price sensitive",
    "quality_seeker": "a quality seeker",
    "sociable": "sociable",
    "busy": "busy",
}


@dataclass(frozen=True, repr=False)
class Story:
    """The life of one member of a run.

    place: hers in the order of joining, from 0. member: her record at the end (MEMBER). events: what happened to her, in
    order; days count from the first day of the run.
    """

    scenario: Scenario
    seed: int
    version: str
    place: int
    member: Any
    events: Sequence[Event]
    quick_look: QuickLook | None = None  # where the pool had another size than written

    def __repr__(self) -> str:
        events = counted(len(self.events), "event")
        return f"Story(member {self.place:,} of {self.scenario.name}, {events}, seed {self.seed})"

    @property
    def customer(self) -> str:
        """Her customer key, as tables of members and orders have it."""
        return str(int(self.member["key"]))

    def frame(self, lang: Language = "en") -> "pd.DataFrame":
        """One row an event: date, day, event (one of KINDS), seen, what it was about, and said, its sentence.

        `seen` is False for what no brand sees; `time` is that of an order, in days; `latent_read_chance` the model's chance
        that a message was read; `origin` the key of the scenario that a personal message comes from. What does not apply is
        missing.
        """
        import pandas as pd

        return pd.DataFrame(self.rows(lang), columns=["date", "day", "event", "seen", *COLUMNS, "said"])

    def rows(self, lang: Language = "en") -> list[dict[str, Any]]:
        """The rows of `frame`; None where something does not apply."""
        return [
            {"date": self._date(e.day), "day": e.day, "event": e.kind, "seen": e.seen}
            | {name: e.columns.get(name) for name in COLUMNS}
            | {"said": e.sentence(lang)}
            for e in self.events
        ]

    def sentences(self, lang: Language = "en", every: bool = False) -> list[str]:
        """The story in words, an event a line, as the brand can see it.

        Regular messages that she did not click, one after the other, are one line, and what was kept back from her is left
        out, unless `every`.
        """
        lines, unanswered = [], list[Event]()
        for event in (e for e in self.events if e.seen):
            if not every and event.kind == "kept_back":
                continue
            if not every and event.kind == "message" and not event.columns["clicked"] and not event.columns["anchor"]:
                unanswered.append(event)
                continue
            lines += [*self._summed(unanswered, lang), f"{self._date(event.day)}  {event.sentence(lang)}"]
            unanswered = []
        return [*lines, *self._summed(unanswered, lang), *self._in_all(lang)]

    def _summed(self, messages: list[Event], lang: Language) -> list[str]:
        if len(messages) < 2:
            return [f"{self._date(event.day)}  {event.sentence(lang)}" for event in messages]
        first, last = self._date(messages[0].day), self._date(messages[-1].day)
        text = (
            "{n} messages until {date}, none of them clicked" if last > first else "{n} messages, none of them clicked"
        )
        return [f"{first}  {say(text, lang, n=len(messages), date=last)}"]

    def _in_all(self, lang: Language) -> list[str]:
        messages = [e for e in self.events if e.kind == "message"]
        orders = [e for e in self.events if e.kind == "order"]
        return [
            say(
                "in all: {messages} {messages:message|messages}, {clicks} of them clicked; {orders} "
                "{orders:order|orders} of {amount} {currency}",
                lang,
                messages=f"{len(messages):,}",
                clicks=f"{sum(e.columns['clicked'] for e in messages):,}",
                orders=f"{len(orders):,}",
                amount=f"{sum(e.columns['amount'] for e in orders):,.2f}",
                currency=self.scenario.market.currency,
            )
        ]

    def unseen(self, lang: Language = "en") -> list[str]:
        """What no brand sees of her: who she is, what of the messages she read, whether she is a customer still."""
        her = self.member
        taken = (
            "is {persona}, as the brand has it" if her["persona"] == her["tag"] else "is {persona}, and tagged as {tag}"
        )
        lines = [say(taken, lang, persona=_persona(her["persona"]), tag=_persona(her["tag"]))]
        read = [e.columns["latent_read_chance"] for e in self.events if e.kind == "message"]
        if read:
            share = number(float(np.mean(read)), "share", lang)
            lines.append(say("reads a message with a chance of {share}, on average", lang, share=share))
        if her["left"] == NEVER:
            lines.append(say("trust at the end: {trust}, from −1 to 1", lang, trust=minus(f"{her['trust']:.2f}")))
        lost = [e for e in self.events if e.kind == "lost"]
        lines += [f"{self._date(event.day)}  {event.sentence(lang)}" for event in lost]
        if not lost and not her["prospect"]:
            lines.append(say("is still a customer at the end", lang))
        return lines

    def head(self, lang: Language = "en") -> str:
        """Whose story it is."""
        return say(
            "member {place} (customer {customer}) of {scenario}, {first} to {last}",
            lang,
            place=f"{self.place:,}",
            customer=self.customer,
            scenario=self.scenario.name,
            first=self._date(0),
            last=self._date(self.scenario.days - 1),
        )

    def sizes(self, lang: Language = "en") -> list[str]:
        """What to know where the pool was not as large as written, or a part of it was simulated; else nothing."""
        look = [self.quick_look.sentence(lang)] if self.quick_look else []
        return [*look, *lives.sentences([self.scenario], lang)]

    def plain(self, lang: Language = "en") -> dict[str, Any]:
        """What `siyu story --json` holds."""
        return {
            "version": self.version,
            "scenario": self.scenario.name,
            "digest": self.scenario.digest,
            "seed": self.seed,
            "members": self.scenario.members,
            "lives": self.scenario.lives,
            "quick_look": self.quick_look.plain() if self.quick_look else None,
            "days": self.scenario.days,
            "response": self.scenario.response_name,
            "currency": self.scenario.market.currency,
            "place": self.place,
            "customer": self.customer,
            "events": [row | {"date": row["date"].isoformat()} for row in self.rows(lang)],
            "unseen": self.unseen(lang),
        }

    def _date(self, day: int) -> date:
        return self.scenario.start + timedelta(days=day)


def _persona(code: int) -> Remark:
    return Remark(_PERSONAS[PERSONAS[code]])


def story(
    scenario: Source,
    member: int | str,
    *,
    members: int | None = None,
    days: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    as_written: bool = False,
    response: ResponseSource | None = None,
) -> Story:
    """The life of one member of a scenario's run (a file, a mapping or a `Scenario`): to the bit that of `simulate`.

    member: her place in the order of joining (0, 1, ...; founders come first), or her customer key as tables of members
    have it. `members`, `days`, `seed`, `as_written` and `response` as in `simulate`. The whole pool is run once, since what
    she meets depends on others: budgets, groups, friends. Raises BadInput, also where there is no such member.
    """
    place_or_key = asked(member)
    source = responded(scenario, response)
    chosen, look = looked_at(source, members, as_written)
    chosen = chosen if days is None else chosen.with_changes({"days": days})
    teller = Teller(chosen, seed)
    pool = WatchedPool(chosen, place_or_key, teller.tell, seed=seed, threads=threads)
    while pool.day < chosen.days:
        pool.step()
        if progress:
            progress(pool.day, chosen.days)
    her = pool.her_record.copy()
    assert pool.place is not None
    return Story(chosen, int(pool.key), version(), pool.place, her, teller.events, look)


def compile_stories(scenario: Scenario, lang: Language = "en") -> None:
    """Compile what a story needs, by that of a pool of one member; once in a process, with a clock where it takes long."""
    one = scenario.with_changes({"members": 1, "lives": None, "days": 1})
    warm_up(lambda: story(one, 0), lang)


def asked(member: object) -> int:
    """The place or customer key as a number. Raises BadInput where it can be neither."""
    if isinstance(member, str) and member.strip().isdecimal():
        return int(member)
    if isinstance(member, Integral) and not isinstance(member, bool) and int(member) >= 0:
        return int(member)
    raise BadInput("member: must be a place (0, 1, 2, ...) or a customer key, not {given!r}", given=member)
