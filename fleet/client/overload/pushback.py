"""What a refusal says about coming back."""

from collections.abc import Iterable
from dataclasses import dataclass

from google.protobuf.any_pb2 import Any
from google.protobuf.message import DecodeError
from google.rpc import status_pb2  # type: ignore[import-untyped]  # has none
from google.rpc.error_details_pb2 import (  # type: ignore[import-untyped]  # has none
    ErrorInfo,
    RetryInfo,
)

_DETAILS = "grpc-status-details-bin"
_PUSHBACK = "grpc-retry-pushback-ms"
_LONGEST_S = 60.0
"""A task that asks for more is not believed: nobody would call it again."""
_MOST_DIGITS = 10
"""Of milliseconds; gRPC itself reads no more than 32 bits."""
_MOST_DETAILS = 32
"""More are not looked at; google.rpc defines ten kinds."""


@dataclass(frozen=True, slots=True)
class Pushback:
    """Read from the trailers of a failed call."""

    delay_s: float | None = None
    """Wait so long before calling again, at most 60; None: it does not say."""
    overloaded: bool = False
    """The task refused the call unseen: another may take it, safe or not."""
    never: bool = False
    """Do not call again at all (gRFC A6: a negative `grpc-retry-pushback-ms`)."""


NONE = Pushback()
_NEVER = Pushback(never=True)


def pushback(trailers: Iterable[tuple[str, str | bytes]]) -> Pushback:
    """Read google.rpc RetryInfo and ErrorInfo, and gRFC A6's pushback.

    Never raises: what a stranger sent and cannot be read says nothing. Only A6's
    own text counts as "never" then, as it says. Of two delays the longer holds.
    """
    found = NONE
    for key, value in trailers:
        if key == _PUSHBACK:
            found = _merged(found, _told(value))
        elif key == _DETAILS and isinstance(value, bytes):
            found = _merged(found, _detailed(value))
    return found


def _told(milliseconds: str | bytes) -> Pushback:
    """Read A6's decimal number of milliseconds; anything else means never."""
    text = milliseconds if isinstance(milliseconds, str) else milliseconds.decode("l1")
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        return Pushback(delay_s=_bounded(int(text) / 1000))
    return _NEVER


def _detailed(encoded: bytes) -> Pushback:
    """Read the google.rpc.Status that goes along with a status."""
    found = NONE
    try:
        for detail in status_pb2.Status.FromString(encoded).details[:_MOST_DETAILS]:
            found = _merged(found, _read(detail))
    except DecodeError:
        return found
    return found


def _read(detail: Any) -> Pushback:
    if detail.Is(RetryInfo.DESCRIPTOR):
        delay = RetryInfo.FromString(detail.value).retry_delay
        return Pushback(delay_s=_bounded(delay.seconds + delay.nanos / 1e9))
    if detail.Is(ErrorInfo.DESCRIPTOR):
        info = ErrorInfo.FromString(detail.value)
        ours = info.domain == "fleet" and info.reason == "OVERLOADED"
        return Pushback(overloaded=ours)
    return NONE


def _merged(one: Pushback, other: Pushback) -> Pushback:
    delays = [each.delay_s for each in (one, other) if each.delay_s is not None]
    return Pushback(
        delay_s=max(delays, default=None),
        overloaded=one.overloaded or other.overloaded,
        never=one.never or other.never,
    )


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), _LONGEST_S)
