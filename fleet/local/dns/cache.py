"""A caching nameserver, as stands between a task and Cloud Map in a VPC."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from fleet.local.dns.answers import Record, Reply, Source

_LARGEST = 10_000
"""Answers that are kept; a stranger who asks for ever new names is not to fill
the memory."""


@dataclass(frozen=True, slots=True)
class _Kept:
    reply: Reply
    since: float
    ttl_s: int


class Cache:
    """Gives the same answer until its TTL is over, with what is left of it.

    This is what hides tasks from a client: behind it, the eight records of one
    answer stay the same eight for a whole TTL.

    Args:
        source: Asked for what is not known, or not any longer.
        clock: Seconds since some moment.
    """

    def __init__(
        self, source: Source, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._source = source
        self._clock = clock
        self._kept: dict[tuple[str, str], _Kept] = {}

    def reply(self, name: str, kind: str) -> Reply:
        """Answer one question, see `Source`."""
        now = self._clock()
        kept = self._kept.get((name, kind))
        if kept is None or now - kept.since >= kept.ttl_s:
            kept = _Kept(self._source.reply(name, kind), now, 0)
            kept = replace(kept, ttl_s=_ttl_s(kept.reply))
            self._keep((name, kind), kept)
        return _aged(kept.reply, math.floor(now - kept.since))

    def _keep(self, question: tuple[str, str], kept: _Kept) -> None:
        self._kept.pop(question, None)  # so that the oldest stays the first
        if kept.ttl_s > 0:
            self._kept[question] = kept
        if len(self._kept) > _LARGEST:
            del self._kept[next(iter(self._kept))]


def _ttl_s(reply: Reply) -> int:
    """Return how long *reply* is good; 0: it is not to be kept.

    An empty answer is good for as long as its SOA says, RFC 2308 section 5.
    """
    if reply.answer:
        return min(record.ttl_s for record in (*reply.answer, *reply.additional))
    negative = [
        min(record.ttl_s, int(record.text.split()[-1]))
        for record in reply.authority
        if record.kind == "SOA"
    ]
    return min(negative, default=0)


def _aged(reply: Reply, age_s: int) -> Reply:
    def aged(records: tuple[Record, ...]) -> tuple[Record, ...]:
        return tuple(replace(record, ttl_s=record.ttl_s - age_s) for record in records)

    return replace(
        reply,
        answer=aged(reply.answer),
        authority=aged(reply.authority),
        additional=aged(reply.additional),
        authoritative=False,
    )
