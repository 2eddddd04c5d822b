"""What the dns lookup makes of answers, without packets."""

import asyncio
import math
import random

import pytest

from fleet.discovery.dns.crowd import Crowd
from fleet.discovery.dns.lookup import dns
from fleet.discovery.dns.records import AddressKind, Found, Service
from fleet.endpoint import Endpoint
from fleet.errors import ResolveFailed
from tests.clock import FakeClock

NAME = "game-server.local"
GONE: Found[str] = Found(frozenset(), 3, exists=False)
NOTHING: Found[str] = Found(frozenset(), 4)


def found(*hosts: str, ttl_s: float = 5) -> Found[str]:
    return Found(frozenset(hosts), ttl_s)


class Memory:
    """Questions answered from two tables; what is not there does not exist."""

    def __init__(
        self,
        addresses: dict[tuple[str, AddressKind], Found[str]] | None = None,
        services: Found[Service] | None = None,
    ) -> None:
        self._addresses = addresses or {}
        self._services = services
        self.asked: list[tuple[str, str]] = []

    async def addresses(self, name: str, kind: AddressKind) -> Found[str]:
        """Answer from the table."""
        self.asked.append((name, kind))
        return self._addresses.get((name, kind), GONE)

    async def services(self, name: str) -> Found[Service]:
        """Answer with the one set of services."""
        self.asked.append((name, "SRV"))
        return self._services or Found(frozenset(), 3, exists=False)


@pytest.mark.parametrize(
    ("four", "six", "hosts", "ttl_s", "asked"),
    [
        pytest.param(found("1.1.1.1"), GONE, {"1.1.1.1"}, 5, 1, id="ipv4"),
        pytest.param(NOTHING, found("::1"), {"::1"}, 5, 2, id="ipv6-if-no-ipv4"),
        pytest.param(found("1.1.1.1"), found("::1"), {"1.1.1.1"}, 5, 1, id="not-both"),
        pytest.param(GONE, found("::1"), set(), 3, 1, id="no-such-name-is-enough"),
        pytest.param(NOTHING, GONE, set(), 3, 2, id="the-sooner-of-two-nothings"),
    ],
)
async def test_addresses_of_one_kind_become_endpoints(
    four: Found[str], six: Found[str], hosts: set[str], ttl_s: float, asked: int
) -> None:
    memory = Memory({(NAME, "A"): four, (NAME, "AAAA"): six})
    answer = await dns(NAME, 80, questions=memory)()

    assert {endpoint.host for endpoint in answer.endpoints} == hosts
    assert answer.ttl_s == ttl_s
    assert len(memory.asked) == asked


@pytest.mark.parametrize("name", ["localhost", "game-server.localhost"])
async def test_localhost_is_nobodys_question(name: str) -> None:
    memory = Memory()
    answer = await dns(name, 80, questions=memory)()

    assert answer.endpoints == {Endpoint("127.0.0.1", 80)}
    assert answer.ttl_s == math.inf
    assert memory.asked == []


def service(port: int, target: str, priority: int = 1, *hints: str) -> Service:
    return Service(priority, port, target, frozenset(hints))


ADDRESSES: dict[tuple[str, AddressKind], Found[str]] = {
    ("a.local", "A"): found("1.1.1.1", ttl_s=2),
    ("six.local", "A"): NOTHING,
    ("six.local", "AAAA"): found("::1"),
}


@pytest.mark.parametrize(
    ("services", "expected"),
    [
        pytest.param([service(80, "a.local")], {("1.1.1.1", 80)}, id="asks-the-target"),
        pytest.param(
            [service(80, "x.local", 1, "2.2.2.2")],
            {("2.2.2.2", 80)},
            id="uses-the-hint",
        ),
        pytest.param([service(80, "six.local")], {("::1", 80)}, id="ipv6"),
        pytest.param(
            [service(80, "a.local"), service(81, "a.local")],
            {("1.1.1.1", 80), ("1.1.1.1", 81)},
            id="two-ports-of-one-target",
        ),
        pytest.param(
            [service(80, "a.local", 0), service(81, "a.local", 9)],
            {("1.1.1.1", 80)},
            id="best-priority-only",
        ),
        pytest.param([service(80, "left.local")], set(), id="a-target-that-just-left"),
        pytest.param([service(0, "")], set(), id="decidedly-not-there"),
        pytest.param([service(0, "a.local")], set(), id="no-usable-port"),
        pytest.param([service(80, "localhost")], {("127.0.0.1", 80)}, id="localhost"),
    ],
)
async def test_services_become_endpoints(
    services: list[Service], expected: set[tuple[str, int]]
) -> None:
    memory = Memory(ADDRESSES, Found(frozenset(services), 5))
    answer = await dns(NAME, None, questions=memory)()

    assert {(e.host, e.port) for e in answer.endpoints} == expected


async def test_the_shortest_ttl_of_services_and_addresses_counts() -> None:
    memory = Memory(ADDRESSES, Found(frozenset({service(80, "a.local")}), 5))

    assert (await dns(NAME, None, questions=memory)()).ttl_s == 2


class Shows:
    """A source of records that shows at most eight, at random."""

    def __init__(self, *hosts: str, seed: int = 1) -> None:
        self.hosts = set(hosts)
        self.asked = 0
        self.ttl_s = 1.0
        self._rng = random.Random(seed)

    async def __call__(self) -> Found[str]:
        """Show some of the hosts."""
        self.asked += 1
        shown = self._rng.sample(sorted(self.hosts), min(8, len(self.hosts)))
        return Found(frozenset(shown), self.ttl_s)


def hosts(count: int) -> list[str]:
    return [f"10.0.0.{n}" for n in range(count)]


@pytest.mark.parametrize(
    ("count", "questions"),
    [(0, 1), (7, 1), (8, 3), (9, 7), (20, 31), (40, 63), (60, 63)],
)
async def test_meets_everybody_behind_eight_in_few_questions(
    clock: FakeClock, count: int, questions: int
) -> None:
    source = Shows(*hosts(count))
    met = await Crowd[str](clock).meet(source)

    assert len(met.records) >= count - 1
    assert source.asked <= questions


async def test_an_answer_above_eight_is_complete() -> None:
    asked = 0

    async def ask() -> Found[str]:
        nonlocal asked
        asked += 1
        return found(*hosts(20))

    met = await Crowd[str](FakeClock()).meet(ask)

    assert len(met.records) == 20
    assert asked == 1


@pytest.mark.parametrize(("count", "most"), [(9, 0.03), (20, 0.03), (40, 0.03)])
async def test_the_chance_to_miss_one_is_what_the_docstring_says(
    clock: FakeClock, count: int, most: float
) -> None:
    missed = 0
    for seed in range(300):
        met = await Crowd[str](clock).meet(Shows(*hosts(count), seed=seed))
        missed += len(met.records) < count

    assert missed / 300 <= most


async def test_remembers_whom_a_cache_hides(clock: FakeClock) -> None:
    """Behind a cache, three questions give one and the same answer."""
    crowd = Crowd[str](clock)
    source = Shows(*hosts(20))
    known: frozenset[str] = frozenset()
    for _ in range(20):
        frozen = await source()

        async def cached(frozen: Found[str] = frozen) -> Found[str]:
            return frozen

        known = (await crowd.meet(cached)).records
        await clock.advance(1)

    assert len(known) == 20


@pytest.mark.parametrize(
    ("ttl_s", "kept_s"),
    [
        pytest.param(1, 30, id="thirty-seconds"),
        pytest.param(10, 120, id="twelve-ttls"),
        pytest.param(3600, 300, id="five-minutes-at-most"),
    ],
)
async def test_forgets_whom_it_has_not_met_for_long(
    clock: FakeClock, ttl_s: float, kept_s: float
) -> None:
    crowd = Crowd[str](clock)
    source = Shows(*hosts(9))
    source.ttl_s = ttl_s
    assert len((await crowd.meet(source)).records) == 9
    source.hosts.remove("10.0.0.0")

    await clock.advance(kept_s - 0.1)
    assert "10.0.0.0" in (await crowd.meet(source)).records
    await clock.advance(0.1)
    assert "10.0.0.0" not in (await crowd.meet(source)).records


async def test_fewer_than_eight_replace_everybody_at_once(clock: FakeClock) -> None:
    crowd = Crowd[str](clock)
    source = Shows(*hosts(20))
    await crowd.meet(source)
    source.hosts = {"10.0.0.3"}
    assert (await crowd.meet(source)).records == {"10.0.0.3"}

    source.hosts = set(hosts(8))
    assert (await crowd.meet(source)).records == source.hosts


async def test_shrinking_while_being_asked_counts_at_once(clock: FakeClock) -> None:
    source = Shows(*hosts(8))

    async def shrinking() -> Found[str]:
        if source.asked == 2:
            source.hosts = {"10.0.0.3"}
        return await source()

    assert (await Crowd[str](clock).meet(shrinking)).records == {"10.0.0.3"}


async def test_a_further_question_that_fails_only_ends_the_asking(
    clock: FakeClock,
) -> None:
    source = Shows(*hosts(20))

    async def failing() -> Found[str]:
        if source.asked == 5:
            raise ResolveFailed(NAME, "SERVFAIL")
        return await source()

    assert len((await Crowd[str](clock).meet(failing)).records) > 8


async def test_a_first_question_that_fails_is_a_failure(clock: FakeClock) -> None:
    async def failing() -> Found[str]:
        raise ResolveFailed(NAME, "SERVFAIL")

    with pytest.raises(ResolveFailed):
        await Crowd[str](clock).meet(failing)


async def test_a_bug_while_asking_is_not_hidden(clock: FakeClock) -> None:
    source = Shows(*hosts(20))

    async def broken() -> Found[str]:
        if source.asked:
            raise KeyError("bug")
        return await source()

    with pytest.raises(KeyError):
        await Crowd[str](clock).meet(broken)


async def test_further_questions_that_hang_cost_a_second(clock: FakeClock) -> None:
    source = Shows(*hosts(20))

    async def hanging() -> Found[str]:
        if source.asked:
            await asyncio.Event().wait()
        return await source()

    async with asyncio.timeout(10):
        met = await Crowd[str](clock).meet(hanging)

    assert len(met.records) == 8


async def test_a_whole_lookup_that_hangs_fails() -> None:
    class Hanging(Memory):
        async def services(self, name: str) -> Found[Service]:
            """Never answer."""
            await asyncio.Event().wait()
            return await super().services(name)

    async with asyncio.timeout(10):
        with pytest.raises(ResolveFailed, match="no complete answer within 3 s"):
            await dns(NAME, None, questions=Hanging())()
