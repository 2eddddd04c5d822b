"""[cors] and [metadata]: which pages may call, and which headers travel."""

import re

from fleet.table import Table
from services.gateway.policy import read
from services.gateway.policy.policy import Cors, Metadata

_ORIGIN = re.compile(r"https?://(\[[0-9a-f:]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?")
_NAME = re.compile(r"[a-z0-9_.-]{1,100}")
_MOST_AGE_S = 86400

NEVER = frozenset(
    [
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
)
"""Headers of one hop, and of one message: they mean something else on the next."""


def cors(table: Table) -> Cors:
    """Read [cors]."""
    default = Cors()
    found = Cors(
        origins=frozenset(read.strings(table, "origins")),
        headers=_names(table, "headers", never=frozenset()),
        credentials=table.flag("credentials"),
        max_age_s=table.number("max_age_s", 0, _MOST_AGE_S, default=default.max_age_s),
    )
    table.nothing_else()
    for origin in sorted(found.origins - {"*"}):
        fine = _ORIGIN.fullmatch(origin) is not None
        like = "an origin like https://game.example: lower case, no path"
        table.require(fine, f"origins: {origin!r} is not {like}")
    _refuse_everyone(table, found)
    return found


def metadata(table: Table) -> Metadata:
    """Read [metadata]."""
    found = Metadata(
        request=frozenset(_names(table, "request", never=NEVER)),
        response=frozenset(_names(table, "response", never=NEVER | {"set-cookie"})),
    )
    table.nothing_else()
    return found


def _refuse_everyone(table: Table, found: Cors) -> None:
    everyone = "*" in found.origins
    table.require(
        not (everyone and found.credentials),
        'origins = ["*"] with credentials = true lets every site act as its visitor;'
        " list the sites",
    )
    alone = not everyone or len(found.origins) == 1
    table.require(alone, 'origins has "*" and sites besides; keep one of both')


def _names(table: Table, key: str, *, never: frozenset[str]) -> tuple[str, ...]:
    found = read.strings(table, key)
    for name in found:
        lower = _NAME.fullmatch(name) is not None
        table.require(lower, f"{key}: {name!r} is not a header's name in lower case")
        ours = name in never or name.startswith("grpc-")
        table.require(not ours, f"{key}: {name} belongs to the protocol")
    return found
