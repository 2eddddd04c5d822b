"""Headers of a request as the doors read them."""

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from fleet.errors import Status
from services.gateway.failure import Failure, Header, invalid

_ONCE = frozenset(
    ("host", "content-length", "content-type", "content-encoding", "authorization")
)
"""Two of them are two opinions; a proxy before us may have had the other one."""


def read_headers(raw: Sequence[Header]) -> dict[str, str]:
    """Return them by name; repeated ones are joined, as RFC 9110, 5.3 allows.

    Args:
        raw: With lower-case names.
    """
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}
    if len(headers) == len(raw):
        return headers
    joined: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        glue = "; " if key == "cookie" else ", "
        joined[key] = f"{joined[key]}{glue}{text}" if key in joined else text
    return joined


def require_sane(
    scope: MutableMapping[str, Any], headers: Mapping[str, str], path: str
) -> None:
    """Refuse what two readers of one request could read in two ways.

    Raises:
        Failure: 400, or 501 for a transfer-encoding that we do not speak.
    """
    if not (path.startswith("/") and path.isascii() and path.isprintable()):
        raise invalid("path", path, "ASCII that begins with a slash")
    if "host" not in headers and scope["http_version"] == "1.1":
        raise Failure(Status.INVALID_ARGUMENT, "the header host is missing")
    if "transfer-encoding" in headers:
        _only_chunked(headers["transfer-encoding"], scope["http_version"])
    raw = scope["headers"]
    if len(headers) != len(raw):
        names = [name.decode("latin-1") for name, _ in raw]
        for name in _ONCE:
            if names.count(name) > 1:
                text = f"the header {name} is there more than once"
                raise Failure(Status.INVALID_ARGUMENT, text)


def _only_chunked(coding: str, version: str) -> None:
    close = [(b"connection", b"close")]
    if version != "1.1":
        text = f"HTTP/{version} has no transfer-encoding"
        raise Failure(Status.INVALID_ARGUMENT, text, headers=close)
    if coding.strip().lower() != "chunked":
        text = f"transfer-encoding is {coding[:100]!r}, allowed is chunked"
        raise Failure(Status.UNIMPLEMENTED, text, headers=close)
