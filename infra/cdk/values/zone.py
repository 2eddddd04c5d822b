"""Which DNS zones can hold the names of services."""

from infra.cdk.values.rules import NAME

_NEVER_ASKED = ("localhost", "invalid", "onion", "test", "example", "arpa")
"""RFC 6761 and 7686: resolvers answer these by themselves."""
_OF_AWS = ("amazonaws.com", "api.aws", "on.aws", "compute.internal")
"""A private zone answers for all below it: with these, or with one above them such as
com, tasks would find no AWS."""


def zone_problem(zone: str) -> str:
    """Return what is allowed instead of *zone*; empty: it can be used."""
    if not all(NAME.fullmatch(label) for label in zone.split(".")):
        return "a DNS name such as local"
    if any(_is_below(zone, name) for name in _NEVER_ASKED):
        return f"no name below {', '.join(_NEVER_ASKED)}: no nameserver is asked"
    if any(_is_below(zone, name) or _is_below(name, zone) for name in _OF_AWS):
        return f"a zone that hides none of {', '.join(_OF_AWS)}"
    return ""


def _is_below(zone: str, other: str) -> bool:
    return f".{zone}".endswith(f".{other}")
