"""Whether a failed attempt is made again, and after how long a pause."""

import random

from fleet.client.config import RetryConfig
from fleet.client.engine import RpcFailed, StatusCode
from fleet.client.overload.pushback import Pushback

_NOT_CONNECTED = "failed to connect to all addresses"
"""How C-core's pick_first begins its refusal of a call that it never sent; the
status alone does not tell it from a connection that broke in mid-call."""
_REFUSED_STREAM = "RST_STREAM with error code 7"
"""REFUSED_STREAM: the server has not begun the call (RFC 9113, section 8.7)."""

_TRANSIENT = (
    StatusCode.UNAVAILABLE,
    # A server that stops answers so to calls that it had not begun.
    StatusCode.CANCELLED,
)


_OF_THE_CALLER = (
    StatusCode.INVALID_ARGUMENT,
    StatusCode.NOT_FOUND,
    StatusCode.ALREADY_EXISTS,
    StatusCode.PERMISSION_DENIED,
    StatusCode.UNAUTHENTICATED,
    StatusCode.FAILED_PRECONDITION,
    StatusCode.OUT_OF_RANGE,
    StatusCode.ABORTED,
    # A method that is not there, or a quota: every task says the same.
    StatusCode.UNIMPLEMENTED,
    StatusCode.RESOURCE_EXHAUSTED,
)


def blames_task(error: RpcFailed) -> bool:
    """Tell whether *error* says something about the task, and not about the call."""
    return error.code() not in _OF_THE_CALLER


def never_sent(error: RpcFailed) -> bool:
    """Tell whether the call cannot have begun on a server."""
    details = error.details() or ""
    return error.code() is StatusCode.UNAVAILABLE and (
        details.startswith(_NOT_CONNECTED) or _REFUSED_STREAM in details
    )


def repeatable(error: RpcFailed, said: Pushback, *, safe: bool) -> bool:
    """Tell whether another attempt can do no harm and some good.

    Args:
        error: Of the last attempt.
        said: What its trailers say about coming back.
        safe: The method may be called twice.
    """
    if said.never:
        return False
    if never_sent(error) or said.overloaded:
        return True
    return safe and error.code() in _TRANSIENT


def pause_s(config: RetryConfig, attempts: int) -> float:
    """Return how long to wait after *attempts* attempts, in seconds.

    The first retry goes elsewhere at once. Half of a later pause is random, so
    that the calls which failed together do not come back together.
    """
    if attempts <= 1:
        return 0.0
    longest: float = min(config.max_backoff_s, config.backoff_s * 2.0 ** (attempts - 2))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
