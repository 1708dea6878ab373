"""Customers' ids as they may leave the house: phone numbers and e-mail addresses masked, each still one of a kind."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.data.imports.identity import SALT_VARIABLE, find_salt
from models.data.unnamed import BARE, masked, remark_without_persons, without_persons

if TYPE_CHECKING:
    import pyarrow as pa

    from models.data.orders import Orders

_MARKED = (
    r"(\+|00)[0-9][0-9 ().-]{6,20}[0-9]"  # +86 138 0013 8000
    r"|86[ -]?1[3-9][0-9]{9}"
    r"|1[3-9][0-9][ -][0-9]{4}[ -][0-9]{4}"
    r"|\(?0[0-9]{2,3}\)?[ -][0-9]{7,8}"  # 0571-88881234
    r"|\(?[2-9][0-9]{2}\)?[ -][0-9]{3}-[0-9]{4}"  # (415) 555-2671
)
_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_SHORTEST = 4  # hexadecimal digits that tell apart two ids of the same mask


@dataclass(frozen=True)
class ShownIds:
    """How each customer is called where others may read it: `shown(customer)`. masked: own id to masked one; all others stay
    as they are."""

    masked: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __call__(self, customer: object) -> str:
        """The id as it may be shown."""
        text = str(customer)
        return self.masked.get(text, text)


def shown_ids(customers: Iterable[str]) -> ShownIds:
    """Mask those of a log's ids (all of them are to be given) that look like phone numbers or e-mail addresses.

    `13800010001` becomes `138****0001-7c1e`, `zhang@example.com` `z***@example.com-09ab`; other ids stay. Eleven digits that
    begin as a mobile number are one where at least half of all ids of eleven digits do: numbers that a shop gives out
    would by chance in 7 of 100 cases. What follows the mask is the beginning of a keyed hash (BLAKE2b), as long as it
    takes to tell all customers apart. Its key is SIYU_SALT, with which a customer has the same masked id in every log, else
    the whole set of ids, which nobody can try out who has it not: the same log gives the same masked ids. Raises BadInput
    where SIYU_SALT is too short.
    """
    import pyarrow as pa

    return shown_of(pa.array([str(customer) for customer in customers], pa.large_string()))


def shown_in(orders: "Orders") -> ShownIds:
    """`shown_ids` of all customers of a log."""
    table = orders.frame.select("customer").unique().collect(backend="pyarrow").to_arrow()
    return shown_of(table["customer"])


def shown_of(ids: "pa.Array | pa.ChunkedArray") -> ShownIds:
    """`shown_ids` of an Arrow column of texts, without a pass in Python where nobody is to be masked."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = pc.unique(pc.cast(ids, pa.large_string()))
    personal = sorted(_personal(ids))
    if not personal:
        return ShownIds()
    key = _key(sorted(ids.to_pylist()))
    marks = [masked(one) for one in personal]
    hashes = [hashlib.blake2b(f"shown|{one}".encode(), digest_size=16, key=key).hexdigest() for one in personal]
    length = _SHORTEST
    while len({(mark, code[:length]) for mark, code in zip(marks, hashes, strict=True)}) < len(personal):
        length += 1
    codes = zip(personal, marks, hashes, strict=True)
    return ShownIds({one: f"{mark}-{code[:length]}" for one, mark, code in codes})


def _personal(ids: "pa.Array") -> list[str]:
    """The ids that look like phone numbers or e-mail addresses."""
    import pyarrow.compute as pc

    def like(pattern: str) -> "pa.BooleanArray":
        return pc.match_substring_regex(ids, f"^({pattern})$")

    bare, eleven = like(BARE), like("[0-9]{11}")
    chosen = like(f"{_EMAIL}|{_MARKED}")
    if 2 * bare.true_count >= max(eleven.true_count, 1):
        chosen = pc.or_(chosen, bare)
    picked: list[str] = ids.filter(chosen).to_pylist()
    return picked


def _key(ids: list[str]) -> bytes:
    if os.environ.get(SALT_VARIABLE):
        return find_salt().key[:64]
    whole = hashlib.blake2b(digest_size=32)
    for one in ids:
        whole.update(one.encode() + b"\0")
    return whole.digest()


__all__ = ["ShownIds", "remark_without_persons", "shown_ids", "shown_in", "shown_of", "without_persons"]
