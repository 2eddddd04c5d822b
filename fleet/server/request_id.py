"""The name of one call, from whoever made the first of a chain."""

import random
import re
from collections.abc import Iterable
from contextvars import ContextVar

KEY = "x-request-id"

current_id: ContextVar[str] = ContextVar("request_id", default="")
"""Of the call that is being handled."""

# Ids need not be secret, only different: the system's own source costs a system call.
_ids = random.Random()  # noqa: S311 - as said above

# Ends up in logs, headers and other people's tools: printable, no separators.
_SANE = re.compile(r"[A-Za-z0-9._~+/=:@-]{1,128}", re.ASCII)


def request_id(metadata: Iterable[tuple[str, str | bytes]] | None) -> str:
    """Return the caller's id when it is sane, else a new one.

    Sane is 1 to 128 letters, digits and `._~+/=:@-`.
    """
    for key, value in metadata or ():
        if key == KEY and isinstance(value, str) and _SANE.fullmatch(value):
            return value
    return f"{_ids.getrandbits(64):016x}"
