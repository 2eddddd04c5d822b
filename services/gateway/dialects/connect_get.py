"""A Connect call by GET: the whole request in the query.

Source: https://connectrpc.com/docs/protocol#unary-get-request.
"""

import base64
import binascii
from urllib.parse import unquote_plus, unquote_to_bytes

from services.gateway.dialects.envelope import check_encoding, inflated
from services.gateway.dialects.wire import FORMS
from services.gateway.failure import invalid, unknown

_NAMES = ("connect", "encoding", "message", "base64", "compression")


def request_of(query: str) -> tuple[str, bytes]:
    """Return the form (proto or json) and the message that *query* holds.

    Raises:
        Failure: Naming the parameter.
    """
    given = _parameters(query)
    if given.get("connect", b"v1") != b"v1":
        raise invalid("connect", _text(given["connect"]), "v1")
    form = _text(given.get("encoding", b""))
    if form not in FORMS:
        raise invalid("encoding", form, " or ".join(FORMS))
    if "message" not in given:
        raise invalid("message", "", "the request; base64 of it with base64=1")
    message = _message(given)
    compression = _text(given.get("compression", b""))
    check_encoding("compression", compression, "accept-encoding")
    return form, inflated(message) if compression == "gzip" else message


def _parameters(query: str) -> dict[str, bytes]:
    given: dict[str, bytes] = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        name = unquote_plus(name)
        if name not in _NAMES:
            raise unknown("parameter of a Connect call", name, _NAMES)
        if name in given:
            raise invalid(name, value, "to be given once")
        given[name] = unquote_to_bytes(value.replace("+", " "))
    return given


def _message(given: dict[str, bytes]) -> bytes:
    raw, coded = given["message"], given.get("base64", b"0")
    if coded not in (b"0", b"1"):
        raise invalid("base64", _text(coded), "1, or left out")
    return from_base64(raw) if coded == b"1" else raw


def from_base64(raw: bytes) -> bytes:
    """Return what *raw* says in either alphabet, padded or not.

    Raises:
        Failure: It is not base64.
    """
    # A plus that was not percent-encoded has become a space on its way.
    plain = raw.translate(bytes.maketrans(b"-_ ", b"+/+")).rstrip(b"=")
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        raise invalid("message", _text(raw), "base64") from None


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")
