"""What a watch knows, and when it asks."""

import asyncio
import logging
import math
import random
from collections.abc import Callable

import pytest

from fleet.discovery.lookup import Answer, Lookup
from fleet.discovery.pace import Pace
from fleet.discovery.watch import Watch, watch
from fleet.endpoint import Endpoint
from fleet.errors import ResolveFailed
from tests.clock import FakeClock

A, B = Endpoint("10.0.0.1", 80), Endpoint("10.0.0.2", 80)
TIMEOUT = ResolveFailed("game-server.local", "timeout")

Outcome = set[Endpoint] | BaseException


class Middle(random.Random):
    """Randomness that always picks the middle."""

    def uniform(self, a: float, b: float) -> float:
        """Return the middle of the two."""
        return (a + b) / 2


class Script:
    """A lookup that gives its outcomes one by one, the last one for ever."""

    def __init__(self, clock: FakeClock, *outcomes: Outcome, ttl_s: float = 5) -> None:
        self._clock = clock
        self._start = clock.now()
        self._outcomes = list(outcomes)
        self._ttl_s = ttl_s
        self.asked_at: list[float] = []

    async def __call__(self) -> Answer:
        """Give the next outcome."""
        self.asked_at.append(round(self._clock.now() - self._start, 6))
        index = min(len(self.asked_at), len(self._outcomes)) - 1
        outcome = self._outcomes[index]
        if isinstance(outcome, BaseException):
            raise outcome
        return Answer(frozenset(outcome), self._ttl_s)


def nothing(_: Watch) -> None:
    pass


async def test_entering_does_not_wait_for_the_first_answer(clock: FakeClock) -> None:
    async with watch(Script(clock, {A}), nothing, clock=clock) as known:
        assert known.endpoints == set()
        assert not known.answered

        await clock.settle()

        assert known.endpoints == {A}
        assert known.answered


async def test_entering_survives_a_source_that_is_not_there(clock: FakeClock) -> None:
    async with watch(Script(clock, TIMEOUT), nothing, clock=clock) as known:
        await clock.settle()

        assert not known.answered
        assert known.error is TIMEOUT


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param({A, B}, {A, B}, id="grows"),
        pytest.param({B}, {B}, id="moves"),
        pytest.param(set(), {A}, id="keeps-the-last-when-empty-once"),
        pytest.param(TIMEOUT, {A}, id="keeps-the-last-on-error"),
        pytest.param(KeyError("bug"), {A}, id="keeps-the-last-on-a-bug"),
        pytest.param(asyncio.CancelledError(), {A}, id="outlives-a-cancelled-lookup"),
    ],
)
async def test_follows_the_answers(
    clock: FakeClock, second: Outcome, expected: set[Endpoint]
) -> None:
    lookup = Script(clock, {A}, second)
    async with watch(lookup, nothing, clock=clock) as known:
        await clock.advance(4.9)
        assert len(lookup.asked_at) == 1

        await clock.advance(0.1)

        assert len(lookup.asked_at) == 2
        assert known.endpoints == expected


async def test_goes_on_after_any_failure(clock: FakeClock) -> None:
    lookup = Script(clock, KeyError("bug"), asyncio.CancelledError(), TIMEOUT, {A})
    async with watch(lookup, nothing, clock=clock) as known:
        await clock.advance(60)

        assert known.endpoints == {A}
        assert known.error is None


async def test_a_bug_in_the_lookup_is_loud(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with watch(Script(clock, KeyError("oops")), nothing, clock=clock) as known:
        await clock.settle()

    assert "KeyError: 'oops'" in caplog.text
    assert "oops" in str(known.error)


async def test_the_same_failure_is_one_warning(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with watch(Script(clock, TIMEOUT), nothing, clock=clock):
        await clock.advance(60)

    warnings = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) == 1


async def test_a_confirmed_empty_answer_empties_the_set(clock: FakeClock) -> None:
    lookup = Script(clock, {A}, set())
    async with watch(lookup, nothing, clock=clock) as known:
        await clock.advance(5.9)
        assert known.endpoints == {A}

        await clock.advance(0.1)

        assert known.endpoints == set()
        assert lookup.asked_at == [0, 5, 6]


async def test_a_failure_between_two_empty_answers_confirms_nothing(
    clock: FakeClock,
) -> None:
    lookup = Script(clock, {A}, set(), TIMEOUT, {A})
    async with watch(lookup, nothing, clock=clock) as known:
        for _ in range(200):
            await clock.advance(0.1)
            assert known.endpoints == {A}


async def test_asking_again_cannot_confirm_an_empty_answer_too_soon(
    clock: FakeClock,
) -> None:
    lookup = Script(clock, {A}, set(), set(), {B})
    pace = Pace(empty_s=2.0, urgent_s=0.5)
    async with watch(lookup, nothing, pace=pace, clock=clock) as known:
        await clock.advance(5)
        known.ask_again()
        await clock.advance(0.5)

        assert len(lookup.asked_at) == 3
        assert known.endpoints == {A}


async def test_the_very_first_answer_may_be_empty(clock: FakeClock) -> None:
    async with watch(Script(clock, set()), nothing, clock=clock) as known:
        await clock.settle()

        assert known.answered
        assert known.endpoints == set()


async def test_asks_every_second_while_empty_whatever_the_ttl(clock: FakeClock) -> None:
    lookup = Script(clock, set(), ttl_s=900)
    async with watch(lookup, nothing, clock=clock):
        await clock.advance(3)

    assert lookup.asked_at == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("ttl_s", "second"),
    [
        pytest.param(0, 0.5, id="floor"),
        pytest.param(7, 7, id="as-the-source-says"),
        pytest.param(3600, 30, id="ceiling"),
    ],
)
async def test_asks_when_the_answer_expires(
    clock: FakeClock, ttl_s: float, second: float
) -> None:
    lookup = Script(clock, {A}, ttl_s=ttl_s)
    async with watch(lookup, nothing, clock=clock):
        await clock.advance(second)

    assert lookup.asked_at == [0, second]


async def test_does_not_ask_again_what_never_changes(clock: FakeClock) -> None:
    lookup = Script(clock, {A}, ttl_s=math.inf)
    async with watch(lookup, nothing, clock=clock) as known:
        await clock.advance(1e8)
        assert lookup.asked_at == [0]

        known.ask_again()
        await clock.settle()

        assert len(lookup.asked_at) == 2


async def test_retries_ever_slower_up_to_a_bound(clock: FakeClock) -> None:
    lookup = Script(clock, TIMEOUT)
    async with watch(lookup, nothing, clock=clock, rng=Middle()):
        await clock.advance(36)

    assert lookup.asked_at == [0, 1, 3, 7, 15, 25, 35]


def test_retries_of_many_clients_are_spread() -> None:
    rng = random.Random(1)
    waits = [Pace().after_failure(1, rng) for _ in range(100)]

    assert 0.8 <= min(waits) < 0.85
    assert 1.15 < max(waits) <= 1.2


def test_a_long_outage_overflows_nothing() -> None:
    assert Pace().after_failure(5000, Middle()) == 10


@pytest.mark.parametrize("reset", ["answer", "ask_again"])
async def test_retries_start_anew_after(clock: FakeClock, reset: str) -> None:
    third: Outcome = {A} if reset == "answer" else TIMEOUT
    lookup = Script(clock, TIMEOUT, TIMEOUT, TIMEOUT, third, TIMEOUT)
    async with watch(lookup, nothing, clock=clock, rng=Middle()) as known:
        await clock.advance(7)
        assert lookup.asked_at == [0, 1, 3, 7]
        if reset == "ask_again":
            await clock.advance(5)
            known.ask_again()

        await clock.advance(7)

    after = lookup.asked_at[4:]
    assert after[1] - after[0] == 1


async def test_asking_again_asks_at_once(clock: FakeClock) -> None:
    lookup = Script(clock, {A}, {B})
    async with watch(lookup, nothing, clock=clock) as known:
        await clock.advance(2)
        known.ask_again()
        await clock.settle()

        assert lookup.asked_at == [0, 2]
        assert known.endpoints == {B}


async def test_asking_again_too_soon_is_postponed_and_not_lost(
    clock: FakeClock,
) -> None:
    lookup = Script(clock, {A})
    async with watch(lookup, nothing, clock=clock) as known:
        await clock.advance(2)
        for _ in range(10):
            known.ask_again()
            await clock.advance(0.25)
        await clock.advance(1.75)

    assert lookup.asked_at == [0, 2, 3, 4, 5]


async def test_asking_again_during_a_question_asks_once_more(clock: FakeClock) -> None:
    asked = 0

    async def slow() -> Answer:
        nonlocal asked
        asked += 1
        await clock.sleep(2)
        return Answer(frozenset({A}), 100)

    async with watch(slow, nothing, clock=clock) as known:
        await clock.advance(0.5)
        known.ask_again()
        await clock.advance(2)

        assert asked == 2


async def test_news_come_with_changes_only(clock: FakeClock) -> None:
    heard: list[tuple[set[Endpoint], bool, str]] = []

    def hear(known: Watch) -> None:
        heard.append((set(known.endpoints), known.answered, str(known.error)))

    other = ResolveFailed("game-server.local", "refused")
    lookup = Script(clock, TIMEOUT, TIMEOUT, other, {A}, {A}, {A, B}, {A, B}, TIMEOUT)
    async with watch(lookup, hear, clock=clock, rng=Middle()):
        await clock.advance(60)

    assert heard == [
        (set(), False, str(TIMEOUT)),
        (set(), False, str(other)),
        ({A}, True, "None"),
        ({A, B}, True, "None"),
        ({A, B}, True, str(TIMEOUT)),
    ]


async def test_an_unconfirmed_empty_first_answer_is_news(clock: FakeClock) -> None:
    heard: list[bool] = []
    async with watch(
        Script(clock, set()), lambda known: heard.append(known.answered), clock=clock
    ):
        await clock.settle()

    assert heard == [True]


async def test_a_bug_in_on_news_does_not_end_the_refresh(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Watch) -> None:
        raise KeyError("mine")

    async with watch(Script(clock, {A}, {B}), broken, clock=clock) as known:
        await clock.advance(5)

        assert known.endpoints == {B}
    assert "KeyError: 'mine'" in caplog.text


async def test_leaving_ends_a_question_that_hangs() -> None:
    ended = asyncio.Event()

    async def hangs() -> Answer:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    async with watch(hangs, nothing):
        await asyncio.sleep(0)

    assert ended.is_set()
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("wait", [0, 1, 3], ids=["asking", "asked", "waiting"])
async def test_leaving_leaves_no_task_behind(clock: FakeClock, wait: int) -> None:
    async with watch(Script(clock, {A}), nothing, clock=clock):
        for _ in range(wait):
            await asyncio.sleep(0)

    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_an_error_of_the_block_comes_out_as_it_is(clock: FakeClock) -> None:
    with pytest.raises(KeyError, match="theirs"):
        async with watch(Script(clock, {A}), nothing, clock=clock):
            raise KeyError("theirs")


@pytest.mark.parametrize(
    ("make", "mistakes"),
    [
        pytest.param(lambda: Pace(floor_s=0), 1, id="zero"),
        pytest.param(lambda: Pace(urgent_s=math.nan), 1, id="nan"),
        pytest.param(lambda: Pace(floor_s=40), 1, id="floor-above-ceiling"),
        pytest.param(lambda: Pace(retry_s=11, empty_s=-1), 2, id="two-mistakes"),
    ],
)
def test_a_pace_that_cannot_work_is_refused(
    make: Callable[[], Pace], mistakes: int
) -> None:
    with pytest.raises(ValueError, match=r"_s is") as refused:
        make()

    assert len(str(refused.value).splitlines()) == mistakes


async def test_real_time_passes_too() -> None:
    known_twice = asyncio.Event()
    answers = iter([frozenset({A}), frozenset({B})])

    async def lookup() -> Answer:
        return Answer(next(answers, frozenset({B})), 0.0)

    def hear(known: Watch) -> None:
        if known.endpoints == {B}:
            known_twice.set()

    quick: Lookup = lookup
    async with watch(quick, hear, pace=Pace(floor_s=0.01)):
        await asyncio.wait_for(known_twice.wait(), 10)
