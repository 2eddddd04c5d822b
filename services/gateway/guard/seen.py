"""Tokens that were good a moment ago: a signature costs more than a whole call."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable

from services.gateway.guard.identity import Identity

_KEPT_S = 60.0
"""For which a token outlives the withdrawal of the key that signed it."""
_MOST = 10_000


class Seen:
    """Identities by the hash of their token, until it expires and for a minute."""

    __slots__ = ("_found", "_now")

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._found: OrderedDict[bytes, tuple[float, Identity]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._found)

    def find(self, token: str) -> Identity | None:
        """Return whose *token* is, where that is known."""
        until, identity = self._found.get(_digest(token), (0.0, None))
        return identity if self._now() < until else None

    def keep(self, token: str, identity: Identity, expires: float) -> None:
        """Remember a token that has been checked.

        Args:
            token: As it was sent.
            identity: Whose it is.
            expires: Unix time; no leeway here, it was for two clocks to agree.
        """
        self._found[_digest(token)] = min(expires, self._now() + _KEPT_S), identity
        if len(self._found) > _MOST:
            self._found.popitem(last=False)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
