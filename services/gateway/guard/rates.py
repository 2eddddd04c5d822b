"""The rates of the policy, asked before every call."""

import hashlib
import math
from collections.abc import Sequence
from ipaddress import AddressValueError, IPv6Address

from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import (  # type: ignore[import-untyped]  # has none
    QuotaFailure,
    RetryInfo,
)

from fleet.errors import Status
from services.gateway.exchange import Request
from services.gateway.failure import Failure, Header
from services.gateway.guard.rate import Limiter
from services.gateway.policy.pattern import most_exact
from services.gateway.policy.policy import Rate

_LONG = 100
"""A name of more characters is counted by its hash: callers choose their names."""
_NETWORK = 64
"""Bits of an IPv6 address that tell one customer from another."""


class Rates:
    """Whether a client may call now. One budget for each client and rule."""

    __slots__ = ("_limiter", "_of", "_rates")

    def __init__(self, rates: Sequence[Rate], limiter: Limiter) -> None:
        self._rates = {rate.methods: rate for rate in rates}
        self._limiter = limiter
        self._of: dict[str, Rate | None] = {}

    @property
    def open(self) -> bool:
        """Whether anything is allowed at any rate."""
        return not self._rates

    async def take(self, selector: str, request: Request) -> None:
        """Count one call of *selector*, the full name of a method that there is.

        Raises:
            Failure: RESOURCE_EXHAUSTED; it comes too soon.
        """
        if not self._rates:
            return
        if selector not in self._of:
            pattern = most_exact(self._rates, selector)
            self._of[selector] = self._rates[pattern] if pattern else None
        rate = self._of[selector]
        if rate is None:
            return
        client = client_of(request)
        wait_s = await self._limiter.take(f"{rate.methods} {client}", rate)
        if wait_s > 0:
            raise _too_soon(rate, client, wait_s)


def client_of(request: Request) -> str:
    """Return as whom a caller is counted: its principal, else its address.

    Of IPv6 the network: anybody has 2^64 addresses in one.
    """
    who = request.principal or request.client
    if len(who) > _LONG:
        return "sha256:" + hashlib.sha256(who.encode()).hexdigest()
    if request.principal or ":" not in who:
        return who
    try:
        bits = int(IPv6Address(who)) >> (128 - _NETWORK) << (128 - _NETWORK)
    except AddressValueError:
        return who
    return f"{IPv6Address(bits)}/{_NETWORK}"


def _too_soon(rate: Rate, client: str, wait_s: float) -> Failure:
    text = f"{rate.per_minute:g} calls a minute, {rate.burst} at once"
    quota = QuotaFailure(
        violations=[QuotaFailure.Violation(subject=client, description=text)]
    )
    delay = Duration()
    delay.FromNanoseconds(math.ceil(wait_s * 1e9))
    return Failure(
        Status.RESOURCE_EXHAUSTED,
        f"too many calls of {rate.methods}: allowed are {text}; try again in"
        f" {wait_s:.3g} s",
        details=[RetryInfo(retry_delay=delay), quota],
        headers=_headers(rate, wait_s),
    )


def _headers(rate: Rate, wait_s: float) -> list[Header]:
    """Say it in the words of draft-ietf-httpapi-ratelimit-headers-10.

    Retry-After is not among them: the doors make it of every `RetryInfo`.
    """
    name = rate.methods
    policy = f'"{name}";q={max(1, int(rate.per_minute))};w=60'
    left = f'"{name}";r=0;t={math.ceil(wait_s)}'
    return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", left.encode())]
