"""What the lookup makes of Cloud Map's answers, without a network."""

import asyncio
import logging
import random
import threading
from dataclasses import dataclass, field

import pytest

from fleet.discovery.cloudmap.api import Instance, Listing
from fleet.discovery.cloudmap.flight import GIVEN_UP, Flight, Line
from fleet.discovery.cloudmap.lookup import cloudmap
from fleet.discovery.cloudmap.place import Place
from fleet.discovery.cloudmap.tempo import QUICK_S, Tempo
from fleet.discovery.lookup import Answer, Lookup
from fleet.discovery.watch import watch
from fleet.endpoint import Endpoint
from fleet.errors import ResolveFailed, Throttled
from tests.clock import FakeClock
from tests.support.until import until

PLACE = Place(namespace="local", service="game-server", port=5000)
A, B = Endpoint("10.0.0.1", 5000), Endpoint("10.0.0.2", 5000)
TARGET = "cloudmap://local/game-server"


def task(number: int, **attributes: str) -> Instance:
    given = {"AWS_INSTANCE_IPV4": f"10.0.0.{number}", **attributes}
    return Instance(f"task-{number}", {k: v for k, v in given.items() if v})


@dataclass
class Memory:
    """An API that answers from memory, and notes what it was asked."""

    listing: Listing = field(default_factory=lambda: Listing((task(1),), revision=1))
    moved: int | None = 1
    trouble: Exception | None = None
    asked: list[str] = field(default_factory=list)
    may_answer: threading.Event = field(default_factory=threading.Event)

    def revision(self) -> int | None:
        """Answer the cheap question."""
        self.asked.append("revision")
        self.may_answer.wait(30)
        if self.trouble:
            raise self.trouble
        return self.moved

    def instances(self) -> Listing:
        """Answer the full question."""
        self.asked.append("instances")
        if self.trouble:
            raise self.trouble
        return self.listing

    def __post_init__(self) -> None:
        self.may_answer.set()

    def holds(self, *instances: Instance, revision: int) -> None:
        """Change what is registered."""
        self.listing, self.moved = Listing(instances, revision), revision


@pytest.fixture
def api() -> Memory:
    return Memory()


@pytest.fixture
def lookup(api: Memory, clock: FakeClock) -> Lookup:
    return cloudmap(PLACE, full_every_s=5, api=api, clock=clock, rng=random.Random(1))


async def test_the_cheap_question_is_enough_while_the_revision_stands(
    api: Memory, lookup: Lookup
) -> None:
    answers = [await lookup() for _ in range(3)]

    assert api.asked == ["instances", "revision", "revision"]
    assert {answer.endpoints for answer in answers} == {frozenset({A})}


async def test_a_moved_revision_is_followed_by_the_full_question(
    api: Memory, lookup: Lookup
) -> None:
    await lookup()
    api.holds(task(1), task(2), revision=2)

    assert (await lookup()).endpoints == {A, B}
    assert api.asked == ["instances", "revision", "instances"]


async def test_a_change_of_health_is_seen_when_the_listing_is_old(
    api: Memory, lookup: Lookup, clock: FakeClock
) -> None:
    await lookup()
    api.listing = Listing((task(2),), revision=1)  # the first one became unhealthy
    await clock.advance(4.9)
    assert (await lookup()).endpoints == {A}
    await clock.advance(0.1)

    assert (await lookup()).endpoints == {B}
    assert api.asked[-1] == "instances"


async def test_a_revision_that_came_only_when_asked_for_is_kept(api: Memory) -> None:
    api.listing = Listing((task(1),), revision=None)  # as some emulators do
    lookup = cloudmap(PLACE, api=api)
    for _ in range(4):
        await lookup()

    assert api.asked == ["instances", "revision", "instances", "revision", "revision"]


async def test_a_failure_changes_nothing_that_was_known(
    api: Memory, lookup: Lookup
) -> None:
    await lookup()
    api.trouble = ResolveFailed(TARGET, "gone")
    api.holds(task(2), revision=2)
    with pytest.raises(ResolveFailed, match="gone"):
        await lookup()
    api.trouble = None

    assert (await lookup()).endpoints == {B}


async def test_no_such_service_is_nobody_and_said_once(
    api: Memory, lookup: Lookup, caplog: pytest.LogCaptureFixture
) -> None:
    api.listing, api.moved = Listing((), missing="there is no such service"), None
    answers = [await lookup() for _ in range(3)]
    api.holds(task(1), revision=1)
    after = await lookup()

    assert [answer.endpoints for answer in answers] == [frozenset()] * 3
    assert caplog.messages == [f"{TARGET}: there is no such service"]
    assert after.endpoints == {A}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param({}, A, id="the-targets-port"),
        pytest.param(
            {"AWS_INSTANCE_PORT": "7"}, Endpoint("10.0.0.1", 7), id="its-own-port-wins"
        ),
        pytest.param({"AWS_INSTANCE_IPV6": "::1"}, A, id="not-both"),
        pytest.param(
            {"AWS_INSTANCE_IPV4": "", "AWS_INSTANCE_IPV6": "2001:DB8:0::1"},
            Endpoint("2001:db8::1", 5000),
            id="ipv6-without-ipv4",
        ),
    ],
)
async def test_an_instance_is_an_address_and_a_port(
    api: Memory, lookup: Lookup, attributes: dict[str, str], expected: Endpoint
) -> None:
    api.listing = Listing((task(1, **attributes),), revision=1)

    assert (await lookup()).endpoints == {expected}


BAD = [
    pytest.param({"AWS_INSTANCE_IPV4": ""}, "has neither AWS_INSTANCE_IPV4", id="none"),
    pytest.param({"AWS_INSTANCE_IPV4": "10.0.0"}, "its address cannot be", id="short"),
    pytest.param({"AWS_INSTANCE_IPV4": "::1"}, "its address cannot be", id="six"),
    pytest.param({"AWS_INSTANCE_PORT": "0"}, "AWS_INSTANCE_PORT is '0'", id="zero"),
    pytest.param({"AWS_INSTANCE_PORT": "grpc"}, "PORT is 'grpc', allowed", id="word"),
    pytest.param({"AWS_INSTANCE_PORT": "65536"}, "allowed is 1 to 65535", id="large"),
]


@pytest.mark.parametrize(("attributes", "reason"), BAD)
async def test_an_instance_that_cannot_be_called_is_left_out_and_named_once(
    api: Memory,
    caplog: pytest.LogCaptureFixture,
    attributes: dict[str, str],
    reason: str,
) -> None:
    api.listing = Listing((task(1, **attributes), task(2)), revision=1)
    lookup = cloudmap(PLACE, full_every_s=0, api=api)
    for _ in range(3):
        assert (await lookup()).endpoints == {B}

    [message] = caplog.messages
    assert message.startswith(f"{TARGET}: instance task-1: it")
    assert reason in message
    assert api.asked == ["instances"] * 3


@pytest.mark.parametrize(("attributes", "reason"), BAD)
async def test_nobody_who_can_be_called_is_not_nobody(
    api: Memory, lookup: Lookup, attributes: dict[str, str], reason: str
) -> None:
    api.listing = Listing((task(1, **attributes), task(2, **attributes)), revision=1)
    with pytest.raises(ResolveFailed, match=r"instance task-1: .* \(and 1 more\)") as e:
        await lookup()

    assert reason in str(e.value)


async def test_without_any_port_the_failure_says_where_to_put_one(api: Memory) -> None:
    lookup = cloudmap(Place(namespace="local", service="game-server"), api=api)
    with pytest.raises(ResolveFailed, match=f"say the port: {TARGET}:5000"):
        await lookup()


async def test_zone_and_attributes_are_kept_and_are_no_identity(
    api: Memory, lookup: Lookup
) -> None:
    api.listing = Listing((task(1, AVAILABILITY_ZONE="eu-west-1a", v="2"),), 1)
    [found] = (await lookup()).endpoints

    assert found.zone == "eu-west-1a"
    assert found.attributes["v"] == "2"
    assert found == A
    assert hash(found) == hash(A)
    assert A.zone is None
    assert not A.attributes


async def test_a_full_listing_is_said_once(
    api: Memory, lookup: Lookup, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    many = [
        Instance(f"task-{n}", {"AWS_INSTANCE_IPV4": f"10.0.{n // 250}.{n % 250}"})
        for n in range(1000)
    ]
    api.holds(*many[:999], revision=1)
    assert len((await lookup()).endpoints) == 999
    assert not caplog.messages
    api.holds(*many, revision=2)
    for _ in range(3):
        assert len((await lookup()).endpoints) == 1000
        await clock.advance(10)

    assert [message.partition(": ")[2] for message in caplog.messages] == [
        "1000 instances, the most that are listed; more would be unseen"
    ]


async def test_refusals_lengthen_the_pace_and_answers_bring_it_back(
    api: Memory, clock: FakeClock
) -> None:
    lookup = cloudmap(PLACE, api=api, clock=clock)

    async def ttl_s() -> float:
        return (await lookup()).ttl_s

    quick = await ttl_s()
    api.trouble = Throttled(TARGET, "too many")
    for _ in range(3):
        with pytest.raises(Throttled):
            await lookup()
        await clock.advance(10)
    api.trouble = None
    slow = [await ttl_s() for _ in range(40)]

    assert 0.67 < quick < 0.83
    assert 4.8 < slow[0] < 6  # 0.75 s, doubled three times, a tenth off
    assert slow[0] > slow[10] > slow[-1]
    assert 0.67 < slow[-1] < 0.83


async def test_a_failure_that_is_no_refusal_leaves_the_pace(
    api: Memory, lookup: Lookup
) -> None:
    api.trouble = ResolveFailed(TARGET, "gone")
    for _ in range(5):
        with pytest.raises(ResolveFailed):
            await lookup()
    api.trouble = None

    assert (await lookup()).ttl_s < 0.83


async def test_a_question_that_takes_too_long_is_a_failure_and_is_given_up(
    api: Memory, lookup: Lookup
) -> None:
    await lookup()
    api.may_answer.clear()
    with pytest.raises(ResolveFailed, match="no complete answer within 5 s"):
        await lookup()
    late = asyncio.ensure_future(lookup())
    await asyncio.sleep(0)
    api.may_answer.set()

    assert (await late).endpoints == {A}
    # From the beginning: what was given up may still hold the old connection.
    assert sorted(api.asked) == ["instances", "instances", "revision"]


async def test_no_more_questions_are_given_up_than_may_have_a_thread() -> None:
    silent, asked = threading.Event(), list[int]()

    def begin() -> Flight[bool]:
        asked.append(1)
        return Flight(lambda: silent.wait(60))

    line = Line(begin)
    for _ in range(5):
        flight = line.flight
        asking = asyncio.ensure_future(flight.answer())
        await asyncio.sleep(0)
        asking.cancel()
        line.give_up(flight)
        line.give_up(flight)  # another of its callers
    silent.set()
    assert len(asked) == 1 + GIVEN_UP


def test_the_pace_never_leaves_what_a_watch_can_use() -> None:
    tempo = Tempo(random.Random(1))
    for _ in range(2000):
        tempo.refused()
    assert 27 <= tempo.wait_s() <= 33
    for _ in range(2000):
        tempo.answered()
    assert QUICK_S * 0.9 <= tempo.wait_s() <= QUICK_S * 1.1


async def test_a_watch_keeps_the_set_while_it_is_refused(
    api: Memory, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "fleet")
    slow = cloudmap(PLACE, api=api, clock=clock)
    async with watch(slow, lambda _: None, clock=clock) as known:
        await until(lambda: known.endpoints == {A})
        api.trouble = Throttled(TARGET, "too many")
        await clock.advance(1)
        await until(lambda: known.error)

        assert known.endpoints == {A}


class Slow:
    """A question that is answered when the test says so."""

    def __init__(self) -> None:
        self.begun = 0
        self.may_end = threading.Event()

    def __call__(self) -> int:
        self.begun += 1
        self.may_end.wait(10)
        return self.begun


def threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "cloudmap"]


async def test_cancelled_callers_leave_one_thread_which_ends_with_its_question() -> (
    None
):
    question = Slow()
    flight = Flight(question)
    for _ in range(20):
        asking = asyncio.ensure_future(flight.answer())
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
    assert len(threads()) == 1
    question.may_end.set()
    await until(lambda: not threads())

    assert question.begun == 1
    assert await flight.answer() == 2


async def test_those_who_ask_at_once_share_one_question() -> None:
    question = Slow()
    flight = Flight(question)
    asking = [asyncio.ensure_future(flight.answer()) for _ in range(50)]
    await asyncio.sleep(0)
    asking[0].cancel()  # the one who began it
    question.may_end.set()

    assert await asyncio.gather(*asking[1:]) == [1] * 49


async def test_a_bug_in_a_question_is_the_callers_and_the_next_is_asked() -> None:
    answer = Answer(frozenset({A}))
    divisors = iter([0, 1])

    def question() -> Answer:
        assert 1 / next(divisors)
        return answer

    flight = Flight(question)
    with pytest.raises(ZeroDivisionError):
        await flight.answer()

    assert (await flight.answer()).endpoints == {A}
