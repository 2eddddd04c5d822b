"""Why each endpoint is picked or not, for people and as JSON."""

import time
from dataclasses import asdict, dataclass
from typing import Any

from fleet.client.balancer import Balancer
from fleet.client.choosing.chooser import Chooser
from fleet.client.engine import ChannelConnectivity
from fleet.client.leaving.standing import Standing
from fleet.client.peer import Peer, State
from fleet.columns import columns

monotonic = time.monotonic


@dataclass(frozen=True, slots=True)
class Row:
    """One endpoint."""

    endpoint: str
    state: str
    picked: bool
    why: str
    zone: str | None
    standing: str
    """in, trial or out: whether it is left alone for what it did."""
    ejections: int
    slowness: float
    """Of its calls, compared with others of the same methods; 1 is typical."""
    weight: float
    """Share of the calls of a full task; less in slow start."""
    limit: float | None
    """Calls that it may have at a time; None: there is no limit."""
    calls: int
    in_flight: int
    failures: int
    latency_ms: float | None
    """Moving average of the calls that ended; None: there was none."""
    last_error: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A channel at one moment."""

    target: str
    policy: str
    lookup: str
    """What discovery said last."""
    retries: int
    retries_denied: int
    hedges: int
    """Of the retries, attempts made while the first was still under way."""
    waiting: int
    """Calls that wait for a place at a task."""
    rows: tuple[Row, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        head = (
            f"{self.target}  policy {self.policy}, lookup {self.lookup}, "
            f"retries {self.retries}, denied {self.retries_denied}, "
            f"hedges {self.hedges}, waiting {self.waiting}"
        )
        names = ("ENDPOINT", "STATE", "PICKED", "CALLS", "IN FLIGHT", "FAILED", "MS")
        return "\n".join(
            [head, *columns([(*names, "WHY"), *(_cells(row) for row in self.rows)])]
        )


def explain(balancer: Balancer) -> Explanation:
    """Describe the peers of *balancer* as they are now."""
    known = balancer.known
    lookup = "is being asked"
    if known.answered:
        lookup = f"lists {len(balancer.peers.members)}"
    if known.error is not None:
        lookup = f"{lookup}, fails now: {known.error}"
    return Explanation(
        target=balancer.target,
        policy=type(balancer.chooser.policy).__name__,
        lookup=lookup,
        retries=balancer.retries,
        retries_denied=balancer.denied,
        hedges=balancer.hedges,
        waiting=balancer.waiting,
        rows=tuple(_row(peer, balancer.chooser) for peer in balancer.peers),
    )


def _row(peer: Peer, chooser: Chooser[Peer]) -> Row:
    picked = peer in chooser.main or peer in chooser.trials
    record, limit = peer.record, peer.limit
    return Row(
        endpoint=str(peer.endpoint),
        state=peer.state.value,
        picked=picked,
        why=_why(peer, picked=picked),
        zone=peer.endpoint.zone,
        standing=peer.standing.name.lower(),
        ejections=record.ejections if record else 0,
        slowness=round(peer.speed.slowness(monotonic()), 2),
        weight=round(peer.weight, 3),
        limit=round(limit.most, 1) if limit else None,
        calls=peer.calls,
        in_flight=peer.in_flight + peer.streams,
        failures=peer.failures,
        latency_ms=round(peer.latency_s * 1000, 3) if peer.latency_s else None,
        last_error=peer.last_error,
    )


def _why(peer: Peer, *, picked: bool) -> str:
    """Give the reason in words."""
    if picked and peer.leaving:
        return "discovery no longer lists it, but no other is ready"
    if peer.leaving:
        return "discovery no longer lists it; its last calls are ending"
    if picked and peer.state is State.NOT_SERVING:
        return "it says goodbye, but so does every other"
    if peer.state is State.READY and peer.standing is not Standing.IN:
        return _punished(peer)
    return {
        State.READY: "connected and healthy",
        State.CONNECTING: _not_yet(peer),
        State.NOT_SERVING: "it says goodbye: its health is NOT_SERVING",
        State.FAILING: f"not reachable {_because(peer)}".rstrip(),
    }[peer.state]


def _punished(peer: Peer) -> str:
    """Say why it is left alone, or no longer quite."""
    because = peer.record.reason if peer.record is not None else ""
    doubt = "it may be slow" if peer.breaker is None else "its circuit breaker tripped"
    reason = because or doubt
    if peer.standing is Standing.TRIAL:
        return f"on trial, one call at a time: {reason}"
    return f"left alone for a while: {reason}"


def _not_yet(peer: Peer) -> str:
    if peer.connection.get_state() is ChannelConnectivity.READY:
        return "connected, its health service has not answered yet"
    return f"not connected yet {_because(peer)}".rstrip()


def _because(peer: Peer) -> str:
    return f"({peer.last_error})" if peer.last_error else ""


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.endpoint,
        row.state,
        "yes" if row.picked else "no",
        str(row.calls),
        str(row.in_flight),
        str(row.failures),
        "-" if row.latency_ms is None else f"{row.latency_ms:.2f}",
        row.why,
    )
