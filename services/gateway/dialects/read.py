"""What a REST request asks for, read once for requests that come again and again."""

from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from services.gateway.dialects.options import Options
from services.gateway.exchange import Request
from services.gateway.routes import Match, Routes

_MOST = 1024
_LONGEST = 256
"""Characters of path and query; longer ones are not kept."""

_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Read:
    """A request without a body: all of it follows from its first line."""

    match: Match
    asked: bytes
    """The request of the method, encoded."""
    options: Options


_recent: WeakKeyDictionary[Routes, dict[_Key, Read]] = WeakKeyDictionary()
"""By table: another edition may read the same line differently."""


def recall(routes: Routes, request: Request) -> Read | None:
    """Return what *request* asks for, if the same has come lately."""
    if has_body(request.headers):
        return None
    known = _recent.get(routes)
    if known is None:
        return None
    return known.get((request.verb, request.path, request.query))


def remember(routes: Routes, request: Request, read: Read) -> None:
    """Keep *read*, unless *request* has a body or is unusually long."""
    if has_body(request.headers) or len(request.path) + len(request.query) > _LONGEST:
        return
    known = _recent.setdefault(routes, {})
    if len(known) >= _MOST:
        known.clear()  # rare, and cheaper than to know which is the oldest
    known[request.verb, request.path, request.query] = read


def has_body(headers: Mapping[str, str]) -> bool:
    """Return whether a body may follow."""
    return "content-length" in headers or "transfer-encoding" in headers
