"""What one client knows of the tasks, and the product's rules that work on it."""

import dataclasses
import random
from collections.abc import Sequence

from benchmarks.simulator.call import Attempt, Call, Failure
from benchmarks.simulator.events import Events
from benchmarks.simulator.peer import Peer
from benchmarks.simulator.rivals import Learning
from benchmarks.simulator.strategy import Strategy
from benchmarks.simulator.task import State, Task
from fleet.client.choosing.chooser import Chooser
from fleet.client.choosing.ewma import PeakEwma
from fleet.client.choosing.speed import Speed
from fleet.client.choosing.zones import ZoneConfig
from fleet.client.judge import FAR_TOO_LONG, TOO_LONG
from fleet.client.leaving.ejection import Ejection, Record
from fleet.client.overload.limit import Limit
from fleet.client.traits import AllTraits, Traits

RECONNECT_S = 1.0
"""The longest time until a task that is back is found."""
TEND_S = 0.25
"""How often the channel judges its peers, and makes the weights of slow start anew."""
LONG_AGO = -1e6


@dataclasses.dataclass(frozen=True, slots=True)
class Seat:
    """Who a client is, and where."""

    name: str
    zone: str | None


class View:
    """Peers, the choice among them, and what is learnt from each attempt."""

    def __init__(
        self,
        events: Events,
        strategy: Strategy,
        seat: Seat,
        rng: random.Random,
    ) -> None:
        self.seat = seat
        self.peers: dict[Task, Peer] = {}
        self._traits = AllTraits(strategy.hedge)
        self._events = events
        self._strategy = strategy
        self._rng = rng
        self._policy = strategy.policy(rng, events.clock)
        self._subset = strategy.subset and dataclasses.replace(
            strategy.subset, client=seat.name
        )
        self._chooser: Chooser[Peer] = Chooser(
            self._policy,
            slow_start=strategy.slow_start,
            zone=_zone(strategy, seat),
            affinity=strategy.affinity,
            again=PeakEwma(rng=rng, clock=events.clock),
            rng=rng,
        )
        self._ejection = (
            Ejection(strategy.ejection, self._changed) if strategy.ejection else None
        )
        events.every(TEND_S, self._tend)

    @property
    def ejections(self) -> int:
        """Of all peers, so far."""
        return sum(peer.record.ejections for peer in self.peers.values())

    def listed(self, tasks: Sequence[Task]) -> None:
        """Take the tasks that discovery lists now."""
        mine = {task.endpoint: task for task in tasks}
        if self._subset:
            mine = {one: mine[one] for one in sorted(self._subset.choose(mine))}
        for task in self.peers.keys() - set(mine.values()):
            self.peers.pop(task)
        for task in mine.values():
            if task not in self.peers:
                self.peers[task] = self._peer(task)
        self._changed()

    def lost_or_back(self, task: Task) -> None:
        """Notice a broken connection at once, a task that is back within a second."""
        peer = self.peers.get(task)
        if peer is None:
            return
        if task.state is State.LOST:
            peer.ready = False
            self._changed()
        else:
            soon = self._events.now + self._rng.random() * RECONNECT_S
            self._events.at(soon, self._ready_again, peer)

    def pick(self, call: Call) -> Peer | None:
        """Choose, as the channel does."""
        now = self._events.now
        return self._chooser.pick(now, tried=call.tried, key=call.key, safe=call.safe)

    def nobody(self) -> bool:
        """Tell whether no task can be called at all."""
        return not any(peer.ready for peer in self.peers.values())

    def ended_well(self, attempt: Attempt, took_s: float) -> None:
        """Learn from an answer."""
        peer, now = attempt.peer, self._events.now
        if isinstance(self._policy, Learning):
            self._policy.ended(peer, took_s, well=True)
        if not self._strategy.learns:
            return
        traits = self._of(attempt.call)
        traits.late_in_a_row = 0
        relative = traits.typical.relative(took_s)
        if traits.percentile:
            traits.percentile.observe(took_s + attempt.began - attempt.since, now)
        peer.speed.observe(relative, now)
        if self._ejection:
            self._ejection.succeeded(peer.record, relative, now)
        if peer.limit:
            peer.limit.succeeded(peer.in_flight + 1)

    def failed(self, attempt: Attempt, failure: Failure) -> None:
        """Learn from a failure."""
        peer, now = attempt.peer, self._events.now
        if isinstance(self._policy, Learning):
            self._policy.ended(peer, now - attempt.began, well=False)
        if failure is Failure.OVERLOADED:
            if peer.limit:
                peer.limit.refused(peer.in_flight + 1, attempt.began, now)
        elif self._ejection:
            self._ejection.failed(peer.record, self._records(), now)

    def given_up(self, attempt: Attempt, *, late: bool) -> None:
        """Learn from an attempt that was given up; *late*: by the call's deadline."""
        peer, now = attempt.peer, self._events.now
        took_s = now - attempt.began
        if isinstance(self._policy, Learning):
            self._policy.ended(peer, took_s, well=not late)
        if not self._strategy.learns:
            return
        traits = self._of(attempt.call)
        if typical_s := traits.typical.took_s:
            peer.speed.at_least(took_s / typical_s, now)
            if self._ejection:
                self._ejection.gave_up(peer.record, took_s / typical_s, now)
        too_long_s = traits.usual_s * (TOO_LONG if late else FAR_TOO_LONG)
        traits.late_in_a_row += late
        if peer.limit and traits.slower and 0 < too_long_s < took_s:
            peer.limit.refused(peer.in_flight + 1, attempt.began, now)

    def hedge_s(self, call: Call) -> float | None:
        """Return after how long *call* is made once more; None: not at all."""
        percentile = self._of(call).percentile
        return percentile.delay_s() if percentile and call.safe else None

    def _of(self, call: Call) -> Traits:
        return self._traits.of(str(call.method), self._events.now)

    def _peer(self, task: Task) -> Peer:
        config = self._strategy.limit
        now = self._events.now
        return Peer(
            task=task,
            endpoint=task.endpoint,
            speed=Speed(self._strategy.decay_s),
            record=Record(str(task.endpoint)),
            limit=Limit(config) if config else None,
            # Whoever is there from the beginning is no newcomer.
            ready_since=now or LONG_AGO,
        )

    def _ready_again(self, peer: Peer) -> None:
        peer.ready, peer.ready_since = True, self._events.now
        self._changed()

    def _records(self) -> list[Record]:
        return [peer.record for peer in self.peers.values() if peer.ready]

    def _changed(self) -> None:
        for peer in self.peers.values():
            peer.standing = peer.record.standing
        ready = [peer for peer in self.peers.values() if peer.ready]
        self._chooser.refresh(ready, list(self.peers.values()), self._events.now)

    def _tend(self) -> None:
        self._traits.tend()
        if self._ejection:
            self._ejection.sweep(self._records(), self._events.now)
        for peer in self._chooser.main:
            if peer.limit:
                peer.limit.rest(peer.in_flight, self._events.now)
        if self._chooser.ramping:
            self._changed()


def _zone(strategy: Strategy, seat: Seat) -> ZoneConfig | None:
    return ZoneConfig(name=seat.zone) if strategy.zoned and seat.zone else None
