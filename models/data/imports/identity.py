"""What leaves in the place of who bought: a keyed hash."""

import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from models.errors import BadInput
from models.words import Quoted

SALT_VARIABLE = "SIYU_SALT"
_SHORTEST_SALT = 16

SaltFrom: TypeAlias = Literal["given", "file", "environment", "random"]


@dataclass(frozen=True)
class Salt:
    """The secret of the hashes, and where it came from. It is never written to an output."""

    key: bytes
    source: SaltFrom

    def __repr__(self) -> str:
        return f"Salt(source={self.source!r})"

    def hash(self, space: str, value: str) -> str:
        """32 hexadecimal digits for a value of one space (phone, member, order ...): BLAKE2b keyed with the salt."""
        return hashlib.blake2b(f"{space}|{value}".encode(), digest_size=16, key=self.key).hexdigest()

    def hashes(self, space: str, values: Iterable[str]) -> list[str]:
        """The same for many values."""
        start = hashlib.blake2b(f"{space}|".encode(), digest_size=16, key=self.key)
        hashes = []
        for value in values:
            one = start.copy()
            one.update(value.encode())
            hashes.append(one.hexdigest())
        return hashes


def find_salt(salt: bytes | str | None = None, salt_file: str | os.PathLike[str] | None = None) -> Salt:
    """The salt that is given, else that of the file, of the environment (SIYU_SALT), else a fresh random one.

    Raises BadInput where it is too short to keep phone numbers from being tried out, or the file cannot be read.
    """
    if salt is not None:
        return Salt(_long_enough(salt.encode() if isinstance(salt, str) else salt, "salt"), "given")
    if salt_file is not None:
        path = Path(salt_file)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise BadInput(
                "{path}: the salt cannot be read ({reason}); check the name.",
                path=path,
                reason=Quoted(str(error.strerror)),
            ) from None
        return Salt(_long_enough(content.strip(), str(path)), "file")
    if (words := os.environ.get(SALT_VARIABLE)) is not None:
        return Salt(_long_enough(words.strip().encode("utf-8", "surrogateescape"), SALT_VARIABLE), "environment")
    return Salt(secrets.token_bytes(32), "random")


def _long_enough(salt: bytes, where: str) -> bytes:
    if len(salt) < _SHORTEST_SALT:
        raise BadInput(
            "{where}: the salt has {length} bytes; use at least {shortest} random ones, so that nobody can find "
            "phone numbers by trying them out.",
            where=where,
            length=len(salt),
            shortest=_SHORTEST_SALT,
        )
    return salt if len(salt) <= 64 else hashlib.blake2b(salt).digest()
