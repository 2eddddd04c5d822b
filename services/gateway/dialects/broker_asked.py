"""What a caller of the broker's dialect says: args, timeout, type, jsonp."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from services.gateway.dialects.options import milliseconds
from services.gateway.failure import invalid, unknown

_NAMES = ("args", "timeout", "type", "jsonp", "callback")
_IGNORED = "_"
"""What jQuery adds to a JSONP address, so that no cache answers."""
_MOST = len((*_NAMES, _IGNORED))
"""Parameters: each may be there once."""
# ASCII only: a longer name, or one with other signs, could be a script.
_CALLBACK = re.compile(r"[A-Za-z_$][A-Za-z0-9_$.]{0,63}")
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Asked:
    """One call."""

    args: list[Any]
    timeout_ms: float | None
    """None: not said; infinite: as long as may be."""
    plain: bool
    """Whether the answer is to be text/plain."""
    callback: str
    """The function of a page that takes the answer; "": JSON."""


def asked_of(query: str, body: bytes, content_type: str) -> Asked:
    """Return what *query* and *body* say.

    Args:
        query: Still encoded.
        body: An array in JSON whatever its type is, or a form; empty for GET.
        content_type: Of the body.

    Raises:
        Failure: Naming the parameter.
    """
    given = _pairs(query)
    text = body.strip()
    if text and not text.startswith(b"[") and content_type.startswith(_FORM):
        given = _merged(given, _pairs(text.decode(errors="replace")))
    elif text:
        given = _merged(given, {"args": text.decode(errors="replace")})
    return Asked(
        args=_args(given.get("args", "[]")),
        timeout_ms=_timeout(given.get("timeout")),
        plain=_type(given.get("type", "json")) == "plain",
        callback=_callback(given),
    )


def _pairs(text: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=_MOST
        )
    except ValueError:
        wanted = f"UTF-8, and at most {_MOST} parameters"
        raise invalid("query", text, wanted) from None
    given: dict[str, str] = {}
    for name, value in pairs:
        if name not in (*_NAMES, _IGNORED):
            raise unknown("parameter", name, _NAMES)
        given = _merged(given, {name: value})
    return given


def _merged(given: dict[str, str], more: Mapping[str, str]) -> dict[str, str]:
    for name in more:
        if name in given:
            raise invalid(name, more[name], "to be given once")
    return {**given, **more}


def _args(text: str) -> list[Any]:
    try:
        args = orjson.loads(text)
    except orjson.JSONDecodeError:
        args = None
    if not isinstance(args, list):
        raise invalid("args", text, "an array in JSON, such as [7]")
    return args


def _timeout(text: str | None) -> float | None:
    if text is None:
        return None
    return math.inf if text == "-1" else milliseconds(text)


def _type(text: str) -> str:
    if text not in ("json", "plain"):
        raise invalid("type", text, "json or plain")
    return text


def _callback(given: Mapping[str, str]) -> str:
    if "jsonp" in given and "callback" in given:
        raise invalid("callback", given["callback"], "jsonp or callback, not both")
    for name in ("jsonp", "callback"):
        text = given.get(name)
        if text is not None and not _CALLBACK.fullmatch(text):
            wanted = "a name of JavaScript, 1 to 64 of A-Z a-z 0-9 _ $ ."
            raise invalid(name, text, wanted)
    return given.get("jsonp", "") or given.get("callback", "")
