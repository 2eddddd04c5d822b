"""The whole choice: every rule about who is called, put together."""

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from fleet.client.choosing.affinity import AffinityConfig, Ring
from fleet.client.choosing.ewma import PeakEwma
from fleet.client.choosing.fewest import FewestStreams
from fleet.client.choosing.policy import Policy
from fleet.client.choosing.slowstart import SlowStartConfig
from fleet.client.choosing.speed import Speed
from fleet.client.choosing.weights import declared_weight
from fleet.client.choosing.zones import ZoneConfig
from fleet.client.leaving.standing import Standing
from fleet.client.overload.limit import Limit
from fleet.endpoint import Endpoint

DRAWS = 8
"""Tries to find a peer that its weight does not pass over."""

SAFE_FIRST_S = 1.0
"""Trials wait so long for a safe call before they take any other."""


class Candidate(Protocol):
    """What the choice needs to know of a peer."""

    endpoint: Endpoint
    in_flight: int
    """Calls with one answer."""
    streams: int
    """The other calls in flight."""
    trials: int
    """Those that were begun on trial and have no verdict yet."""
    calls: int
    weight: float
    """Set here: of the calls of a full peer, from 0 to 1."""
    speed: Speed
    limit: Limit | None
    standing: Standing
    ready_since: float


P = TypeVar("P", bound=Candidate)


@dataclass(slots=True, eq=False)
class Chooser(Generic[P]):
    """Chooses among peers that health lets be called; pure, with a clock from outside.

    A call with a key goes where the key belongs. Others: trials first, one call at a
    time; then a newcomer that nobody has called yet; then the policy, among
    the peers of the own zone as far as they suffice, passing over peers by their
    weight. A peer that is out, or has as many calls as it may, is not chosen.

    Attributes:
        main: Who is chosen from; changed by `refresh` only.
        trials: Who is on trial.
        ramping: Weights change with time: `refresh` again soon.
    """

    policy: Policy
    stream_policy: Policy = field(default_factory=FewestStreams)
    slow_start: SlowStartConfig | None = None
    zone: ZoneConfig | None = None
    affinity: AffinityConfig | None = None
    again: PeakEwma = field(default_factory=PeakEwma)
    """Chooses for retries, and tells what a peer costs: a retry takes no turn of the
    policy. Of two tasks in turn, the bad one would get every first attempt."""
    rng: random.Random = field(default_factory=random.Random)
    main: tuple[P, ...] = ()
    trials: tuple[P, ...] = ()
    ramping: bool = False
    _plain: bool = True
    """The policy alone decides: no zone, no weight, no trial, no newcomer."""
    _safe_at: float = 0.0
    """When a safe call was made last, while there are trials."""
    _weighted: bool = False
    _new: list[P] = field(default_factory=list)
    _home: tuple[P, ...] = ()
    _away: tuple[P, ...] = ()
    _stay: float = 1.0
    _ring: "Ring[P] | None" = None
    _placed: frozenset[P] = frozenset()

    def refresh(self, ready: Sequence[P], listed: Sequence[P], now: float) -> None:
        """Sort the peers anew, after any change of them.

        Args:
            ready: Those that health lets be called.
            listed: Those that discovery lists, for the size of the zone.
            now: For slow start.
        """
        main = tuple(peer for peer in ready if peer.standing is Standing.IN)
        trials = tuple(peer for peer in ready if peer.standing is Standing.TRIAL)
        if trials and not self.trials:
            self._safe_at = now
        self.trials = trials
        self.main = main
        self._place()
        self._weigh(now)
        self._divide(listed)
        self._plain = not (self.trials or self._weighted or self._new or self.zone)

    def pick(
        self,
        now: float,
        *,
        tried: Collection[P] = (),
        key: str | bytes | None = None,
        safe: bool = True,
    ) -> P | None:
        """Return who is called, or None: nobody is there, or nobody has a place.

        Args:
            now: On the clock of the policy.
            tried: Peers that failed this call already: others are preferred.
            key: Of affinity.
            safe: The call may be made twice: such calls are preferred for trials.
        """
        if self._plain and not tried and key is None:
            if not self.main:
                return None
            peer = self.policy.pick(self.main)
            return peer if _has_place(peer) else self._any_place(self.main)
        if key is not None and self._ring is not None:
            return self._kept(key, tried)
        if (trial := self._trial(now, tried, safe=safe)) is not None:
            return trial
        return self._among_all(now, tried)

    def pick_for_stream(
        self, now: float, tried: Collection[P] = (), key: str | bytes | None = None
    ) -> P | None:
        """Return who gets a stream, or None: nobody is there.

        Streams have a policy of their own and no limit: most of them wait most of the
        time, so they are no load to weigh against calls.
        """
        if key is not None and self._ring is not None:
            return self._kept(key, tried)
        if (trial := self._trial(now, tried, safe=True)) is not None:
            return trial
        pool = self._home or self.main
        pool = tuple(peer for peer in pool if peer not in tried) or self.main
        return self.stream_policy.pick(pool) if pool else None

    def _kept(self, key: str | bytes, tried: Collection[P]) -> P | None:
        """Return where *key* belongs; while that is on trial, one call at a time."""
        if self._ring is None:
            return None

        def allowed(peer: P) -> bool:
            on_trial = peer.standing is Standing.TRIAL
            return peer not in tried and not (on_trial and peer.trials)

        home = self._ring.pick(key, allowed) or self.home(key)
        # Else it waits for a place there: that is what the key is for.
        return home if home is not None and _has_place(home) else None

    def home(self, key: str | bytes | None) -> P | None:
        """Return where *key* belongs, place or not; None: nowhere."""
        if key is None or self._ring is None:
            return None
        return self._ring.pick(key, lambda _: True)

    def _among_all(self, now: float, tried: Collection[P]) -> P | None:
        if tried:
            others = tuple(peer for peer in self.main if peer not in tried)
            return self._retried(others or self.main, now)
        if self._new and (new := self._newcomer()) is not None:
            return new
        if not self.main:
            return None
        peer = self._at_home(now) if self.zone else self._drawn(self.main)
        return peer if _has_place(peer) else self._any_place(self.main)

    def _retried(self, others: tuple[P, ...], now: float) -> P | None:
        if not others:
            return None
        # The zone counts for retries too, unless its tasks are what failed.
        home = tuple(peer for peer in others if self._is_home(peer))
        peer = self.again.pick(home or others)
        if home and len(home) < len(others):
            peer = self._or_away(peer, self.again.pick(others), now)
        return peer if _has_place(peer) else self._any_place(others)

    def _trial(self, now: float, tried: Collection[P], *, safe: bool) -> P | None:
        """Return a peer on trial that waits for a call.

        A safe call can be made again if the peer fails once more, so others are
        taken only where there are none.
        """
        if not self.trials:
            return None
        if safe:
            self._safe_at = now
        elif self.main and now < self._safe_at + SAFE_FIRST_S:
            return None
        for peer in self.trials:
            if not peer.trials and peer not in tried:
                return peer
        return None

    def _newcomer(self) -> P | None:
        """Return a peer that was never called, once: so that a new task is known."""
        while self._new:
            peer = self._new.pop()
            if not peer.calls and peer in self.main:
                return peer
        return None

    def _at_home(self, now: float) -> P:
        if not self._home or (self._away and self.rng.random() >= self._stay):
            return self._drawn(self._away or self._home)
        peer = self._drawn(self._home)
        if not self._away:
            return peer
        # Not by the policy: what takes turns would take two for one call.
        return self._or_away(peer, self.again.pick(self._away), now)

    def _or_away(self, home: P, away: P, now: float) -> P:
        if self.zone is not None and self.zone.leaves(home, away, now):
            return away
        return home

    def _drawn(self, peers: tuple[P, ...]) -> P:
        peer = self.policy.pick(peers)
        if self._weighted:
            for _ in range(DRAWS):
                if peer.weight >= 1 or self.rng.random() < peer.weight:
                    break
                peer = self.policy.pick(peers)
        return peer

    def _any_place(self, peers: tuple[P, ...]) -> P | None:
        """Return the least loaded of those that have a place."""
        free = [peer for peer in peers if _has_place(peer)]
        return min(free, key=lambda peer: peer.in_flight) if free else None

    def _place(self) -> None:
        """Give each key its place anew, if who is there has changed."""
        placed = (*self.main, *self.trials)
        if self.affinity is not None and set(placed) != self._placed:
            self._placed = frozenset(placed)
            self._ring = Ring(placed, self.affinity) if placed else None

    def _weigh(self, now: float) -> None:
        """Set every weight, as a share of the largest."""
        share: Callable[[float], float] = lambda _: 1.0  # noqa: E731 - a constant
        ramp = self.slow_start
        if ramp is not None:
            share = ramp.share
        raw = [
            declared_weight(peer.endpoint) * share(now - peer.ready_since)
            for peer in self.main
        ]
        largest = max(raw, default=1.0)
        for peer, weight in zip(self.main, raw, strict=True):
            peer.weight = weight / largest
        self._weighted = min(raw, default=1.0) < largest
        self.ramping = ramp is not None and any(
            now - peer.ready_since < ramp.window_s for peer in self.main
        )
        self._new = [p for p in self.main if p.weight < 1 and not p.calls]

    def _divide(self, listed: Sequence[P]) -> None:
        """Part the peers of the own zone from the others."""
        if self.zone is None:
            return
        self._home = tuple(peer for peer in self.main if self._is_home(peer))
        self._away = tuple(peer for peer in self.main if not self._is_home(peer))
        own = sum(self._is_home(peer) for peer in listed)
        self._stay = self.zone.share(len(self._home), own)

    def _is_home(self, peer: P) -> bool:
        return self.zone is not None and peer.endpoint.zone == self.zone.name


def _has_place(peer: Candidate) -> bool:
    limit = peer.limit
    return limit is None or peer.in_flight < limit.most
