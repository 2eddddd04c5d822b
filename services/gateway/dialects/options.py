"""What a REST caller may say in the query that is not a field of the request."""

from dataclasses import dataclass

from google.protobuf.descriptor import Descriptor

from services.gateway.failure import invalid, unknown
from services.gateway.routes.query import given_twice, is_option, is_timed, pairs

_NAMES = ("$defaults", "$pretty")
_SIGNS = ("$", "%", "timeout")
"""Without any of them, no name is that of an option."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the answer is to be."""

    defaults: bool = True
    """Whether empty fields are there all the same."""
    pretty: bool = False
    timeout_ms: float | None = None


PLAIN = Options()


def options_of(query: str, kind: Descriptor) -> Options:
    """Return the options in *query*, which routes leave alone.

    Args:
        query: Still encoded.
        kind: The request. Where it has a field `timeout`, that is what is meant.

    Raises:
        Failure: An option that does not exist, or one with a bad value.
    """
    if not any(sign in query for sign in _SIGNS):
        return PLAIN
    timed = is_timed(kind)
    found: dict[str, str] = {}
    for name, value in pairs(query):
        if is_option(name, timed=timed):
            if name in found:
                raise given_twice(name)
            found[name] = value
    return _options(found)


def _options(found: dict[str, str]) -> Options:
    for name in found:
        if name.startswith("$") and name not in _NAMES:
            raise unknown("option", name, _NAMES)
    return Options(
        defaults=not _choice(found, "$defaults", no="print", yes="omit"),
        pretty=_choice(found, "$pretty", no="false", yes="true"),
        timeout_ms=milliseconds(found["timeout"]) if "timeout" in found else None,
    )


def _choice(found: dict[str, str], name: str, *, no: str, yes: str) -> bool:
    value = found.get(name, no)
    if value not in (no, yes):
        raise invalid(name, value, f"{yes} or {no}")
    return value == yes


def milliseconds(text: str) -> float:
    """Return what a parameter `timeout` says.

    Raises:
        Failure: It is not a positive whole number of at most ten digits.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text)):  # noqa: PLR2004 - as Connect has it
        raise invalid("timeout", text, "milliseconds, 1 to 9999999999")
    return float(text)
