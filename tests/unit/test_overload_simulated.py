"""Clients with AIMD limits against tasks with too much to do, in virtual time."""

import heapq
import itertools
import math
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from fleet.client.choosing.speed import Typical
from fleet.client.overload.limit import Limit, LimitConfig

SERVICE_S = 0.01
TASKS = 3
CAPACITY = TASKS / SERVICE_S
DEADLINE_S = 1.0
PATIENCE_S = DEADLINE_S / 2
"""How long a call waits for a place, of its deadline."""
RTT_S = 0.001
NO_LIMIT = LimitConfig(most=100_000, least=1000, cut=0.99)


class World:
    """Virtual time: events in their order."""

    def __init__(self) -> None:
        self.now = 0.0
        self.rng = random.Random(7)
        self._order = itertools.count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []

    def after(self, seconds: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self.now + seconds, next(self._order), do))

    def run(self, until: float) -> None:
        while self._events[0][0] <= until:
            self.now, _, do = heapq.heappop(self._events)
            do()


@dataclass(eq=False)
class Call:
    """A call and its last attempt; *place* is -1 while it has none."""

    client: "Client"
    deadline: float
    place: int = -1
    began: float = 0.0
    tried: set[int] = field(default_factory=set)
    ended: bool = False


class Task:
    """One call at a time, first come first served; too many are refused."""

    def __init__(self, world: World, most: float) -> None:
        self.world = world
        self.most = most
        self.queue: deque[Call] = deque()
        self.busy = False
        self.turned_away = 0

    def take(self, call: Call) -> None:
        if len(self.queue) >= self.most:
            self.turned_away += 1
            self.world.after(RTT_S, lambda: call.client.refused(call))
            return
        self.queue.append(call)
        if not self.busy:
            self.work()

    def work(self) -> None:
        """Begin the next call that somebody still waits for."""
        while self.queue and self.queue[0].ended:
            self.queue.popleft()
        self.busy = bool(self.queue)
        if self.busy:
            self.world.after(SERVICE_S, self.done)

    def done(self) -> None:
        call = self.queue.popleft()
        self.world.after(RTT_S, lambda: call.client.answered(call))
        self.work()


class Client:
    """What a channel does with its limits, in small."""

    def __init__(self, world: World, tasks: list[Task], config: LimitConfig) -> None:
        self.world = world
        self.tasks = tasks
        self.limits = [Limit(config) for _ in tasks]
        self.in_flight = [0] * len(tasks)
        self.typical = Typical()
        self.line: list[Call] = []
        self.good = self.bad = 0
        self.per_s = 0.0

    def arrive(self) -> None:
        self.world.after(self.world.rng.expovariate(self.per_s), self.arrive)
        call = Call(self, self.world.now + DEADLINE_S)
        self.world.after(DEADLINE_S, lambda: self.expired(call))
        if not self.place(call):
            self.line.append(call)
            self.world.after(PATIENCE_S, lambda: self.give_up(call))

    def place(self, call: Call) -> bool:
        """Send *call* to the free task with the fewest calls, if there is one."""
        free = [
            (count, self.world.rng.random(), at)
            for at, count in enumerate(self.in_flight)
            if count < self.limits[at].most and at not in call.tried
        ]
        if not free:
            return False
        call.place, call.began = min(free)[2], self.world.now
        self.in_flight[call.place] += 1
        self.world.after(RTT_S, lambda: self.tasks[call.place].take(call))
        return True

    def leave(self, call: Call, *, good: bool) -> None:
        """End *call*; its place is the newest's who waits."""
        call.ended = True
        self.good += good
        self.bad += not good
        if call.place >= 0:
            self.in_flight[call.place] -= 1
        while self.line and (self.line[-1].ended or self.place(self.line[-1])):
            self.line.pop()

    def answered(self, call: Call) -> None:
        if not call.ended:
            self.typical.relative(self.world.now - call.began)
            self.limits[call.place].succeeded(self.in_flight[call.place])
            self.leave(call, good=True)

    def refused(self, call: Call) -> None:
        """Try the others, then fail."""
        at = call.place
        if call.ended:
            return
        self.limits[at].refused(self.in_flight[at], call.began, self.world.now)
        call.tried.add(at)
        self.in_flight[at] -= 1
        call.place = -1
        if len(call.tried) == 2 or not self.place(call):
            self.leave(call, good=False)

    def expired(self, call: Call) -> None:
        """Count as refused what had as much time as is typical.

        Asking for several times as much would not do: in a queue as long as the
        deadline, that is what the calls which are just in time take.
        """
        if call.ended:
            return
        at = call.place
        if at >= 0 and self.world.now - call.began >= self.typical.took_s:
            self.limits[at].refused(self.in_flight[at], call.began, self.world.now)
        self.leave(call, good=False)

    def give_up(self, call: Call) -> None:
        if call.place < 0 and not call.ended:
            self.leave(call, good=False)


@dataclass
class Fleet:
    """Everybody in one world."""

    world: World
    tasks: list[Task]
    clients: list[Client]

    def offer(self, share_of_capacity: float) -> None:
        for client in self.clients:
            client.per_s = share_of_capacity * CAPACITY / len(self.clients)

    def seconds(self, seconds: float) -> list[tuple[int, int]]:
        """Let time pass; return what each client got: good, bad."""
        before = [(client.good, client.bad) for client in self.clients]
        self.world.run(self.world.now + seconds)
        return [
            (client.good - good, client.bad - bad)
            for client, (good, bad) in zip(self.clients, before, strict=True)
        ]


def fleet(clients: int, server_most: float, config: LimitConfig = NO_LIMIT) -> Fleet:
    """Return clients that have run at half of the capacity for five seconds."""
    world = World()
    tasks = [Task(world, server_most) for _ in range(TASKS)]
    made = [Client(world, tasks, config) for _ in range(clients)]
    built = Fleet(world, tasks, made)
    built.offer(0.5)
    for client in made:
        client.arrive()
    assert sum(bad for _, bad in built.seconds(5)) == 0
    return built


def goodput(got: list[tuple[int, int]], seconds: float) -> float:
    """Return the share of the capacity that was answered in time."""
    return sum(good for good, _ in got) / seconds / CAPACITY


@pytest.mark.parametrize("clients", [1, 5, 20])
@pytest.mark.parametrize(
    "server_most",
    [
        pytest.param(50, id="refused-at-half-the-deadline"),
        pytest.param(100, id="refused-at-the-deadline"),
        pytest.param(math.inf, id="never-refused"),
    ],
)
def test_twice_the_capacity_does_not_lower_goodput(
    clients: int, server_most: float
) -> None:
    under = fleet(clients, server_most, LimitConfig())
    assert {limit.most for client in under.clients for limit in client.limits} == {1000}

    under.offer(2.0)
    under.seconds(5)
    got = under.seconds(10)
    assert goodput(got, 10) >= 0.9
    shares = [good for good, _ in got]
    assert max(shares) <= 2 * min(shares)

    under.offer(0.7)
    under.seconds(3)
    assert sum(bad for _, bad in under.seconds(5)) == 0


def test_without_a_limit_almost_every_answer_comes_too_late() -> None:
    under = fleet(5, math.inf)
    under.offer(2.0)
    under.seconds(5)
    assert goodput(under.seconds(10), 10) < 0.3


def test_a_limit_asks_less_of_who_refuses() -> None:
    turned_away = []
    for config in (NO_LIMIT, LimitConfig()):
        under = fleet(1, 50, config)
        under.offer(2.0)
        under.seconds(20)
        turned_away.append(sum(task.turned_away for task in under.tasks))
    assert turned_away[1] * 20 <= turned_away[0]
