"""Whether a failed attempt is made again, and after how long a pause."""

import random

from fleet.client.balancer import Balancer
from fleet.client.config import RetryConfig
from fleet.client.engine import RpcFailed, StatusCode

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


def may_repeat(
    error: RpcFailed, *, safe: bool, attempts: int, balancer: Balancer
) -> bool:
    """Tell whether another attempt is right, and take it from the budget.

    Args:
        error: Of the last attempt.
        safe: The method may be called twice.
        attempts: Made so far.
        balancer: Its budget pays.
    """
    if attempts >= balancer.config.retry.max_attempts:
        return False
    if not (never_sent(error) or (safe and error.code() in _TRANSIENT)):
        return False
    if balancer.budget.withdraw():
        balancer.retries += 1
        return True
    balancer.denied += 1
    return False


def pause_s(config: RetryConfig, attempts: int) -> float:
    """Return how long to wait after *attempts* attempts, in seconds.

    The first retry goes elsewhere at once. Half of a later pause is random, so
    that the calls which failed together do not come back together.
    """
    if attempts <= 1:
        return 0.0
    longest: float = min(config.max_backoff_s, config.backoff_s * 2.0 ** (attempts - 2))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
