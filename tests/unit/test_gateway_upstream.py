"""Sharing, keeping, resuming and ending: what lies between the doors and the fleet."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from fleet.errors import Status
from rpc.rpc_pb2 import WatchRankingRequest, WatchRankingResponse
from services.gateway.failure import Failure, retry
from services.gateway.gate import Reply
from services.gateway.policy.policy import Limits
from services.gateway.upstream.deadline import asked_s, timeout_s
from services.gateway.upstream.flight import Flights
from services.gateway.upstream.kept import Kept
from services.gateway.upstream.lives import Lives
from services.gateway.upstream.reader import QUEUE
from services.gateway.upstream.resume import resuming
from services.gateway.upstream.shared import Shared
from services.gateway.upstream.token import Token
from tests.clock import FakeClock
from tests.support.gateway_schema import schema
from tests.support.until import until

LIMITS = Limits(timeout_s=10, most_timeout_s=60)


@pytest.mark.parametrize(
    ("headers", "query_ms", "seconds"),
    [
        ({}, None, 10.0),
        ({}, 250.0, 0.25),
        ({"grpc-timeout": "2S"}, None, 2.0),
        ({"grpc-timeout": "500m"}, None, 0.5),
        ({"grpc-timeout": "1500000u"}, None, 1.5),
        ({"grpc-timeout": "99999999n"}, None, 0.099999999),
        ({"grpc-timeout": "1H"}, None, 60.0),
        ({"grpc-timeout": "1M"}, None, 60.0),
        ({"connect-timeout-ms": "3000"}, None, 3.0),
        ({"connect-timeout-ms": "9999999999"}, None, 60.0),
        ({"connect-timeout-ms": "3000", "grpc-timeout": "2S"}, 5000.0, 2.0),
        ({"grpc-timeout": "0S"}, None, 0.0),
    ],
)
def test_the_least_deadline_counts(
    headers: dict[str, str], query_ms: float | None, seconds: float
) -> None:
    assert timeout_s(headers, query_ms, LIMITS) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("grpc-timeout", "2"),
        ("grpc-timeout", "123456789S"),
        ("grpc-timeout", "-1S"),
        ("grpc-timeout", "1s"),
        ("grpc-timeout", ""),
        ("grpc-timeout", "\u0661S"),
        ("connect-timeout-ms", "12345678901"),
        ("connect-timeout-ms", "1.5"),
        ("connect-timeout-ms", "-1"),
        ("connect-timeout-ms", ""),
    ],
)
def test_a_deadline_that_cannot_be_read_is_named(header: str, value: str) -> None:
    with pytest.raises(Failure, match=f"{header} is '{value}', allowed is") as refused:
        asked_s({header: value}, None)
    assert refused.value.status is Status.INVALID_ARGUMENT


# Equal reads


class Upstream:
    """Answers when the test says so."""

    def __init__(self) -> None:
        self.calls: list[asyncio.Future[Reply]] = []

    async def __call__(self, timeout_s: float) -> Reply:
        assert timeout_s > 0
        call: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self.calls.append(call)
        return await call


async def _readers(
    flights: Flights, upstream: Upstream, count: int, *, timeout_s: float = 5.0
) -> list[asyncio.Task[Reply]]:
    readers = [
        asyncio.create_task(flights.fly("key", upstream, timeout_s))
        for _ in range(count)
    ]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return readers


async def test_equal_reads_in_flight_are_one_call() -> None:
    flights, upstream = Flights(), Upstream()
    readers = await _readers(flights, upstream, 32)
    [call] = upstream.calls
    call.set_result(Reply(b"x"))
    assert {reply.message for reply in await asyncio.gather(*readers)} == {b"x"}
    assert flights.shared == 31
    late = await _readers(flights, upstream, 1)
    assert len(upstream.calls) == 2
    upstream.calls[1].set_result(Reply(b"y"))
    assert (await late[0]).message == b"y"


async def test_all_who_wait_are_refused_as_the_first_one() -> None:
    flights, upstream = Flights(), Upstream()
    readers = await _readers(flights, upstream, 3)
    upstream.calls[0].set_exception(Failure(Status.NOT_FOUND, "no champion 9"))
    for reader in readers:
        with pytest.raises(Failure, match="no champion 9"):
            await reader


@pytest.mark.parametrize("out_of_time", [True, False])
async def test_when_the_first_one_leaves_another_calls(*, out_of_time: bool) -> None:
    flights, upstream = Flights(), Upstream()
    first, *others = await _readers(flights, upstream, 3)
    if out_of_time:
        upstream.calls[0].set_exception(Failure(Status.DEADLINE_EXCEEDED, "its own"))
    else:
        first.cancel()
    await until(lambda: len(upstream.calls) == 2)
    upstream.calls[1].set_result(Reply(b"x"))
    assert [(await other).message for other in others] == [b"x", b"x"]
    await asyncio.wait([first])
    assert len(upstream.calls) == 2


async def test_one_who_waits_and_leaves_takes_nobody_along() -> None:
    flights, upstream = Flights(), Upstream()
    first, impatient, other = await _readers(flights, upstream, 3)
    impatient.cancel()
    await asyncio.wait([impatient])
    upstream.calls[0].set_result(Reply(b"x"))
    assert [(await reader).message for reader in (first, other)] == [b"x", b"x"]


async def test_who_waits_keeps_its_own_deadline() -> None:
    flights, upstream = Flights(), Upstream()
    [first] = await _readers(flights, upstream, 1)
    [hasty] = await _readers(flights, upstream, 1, timeout_s=0.01)
    with pytest.raises(Failure) as late:
        await hasty
    assert late.value.status is Status.DEADLINE_EXCEEDED
    upstream.calls[0].set_result(Reply(b"x"))
    assert (await first).message == b"x"


async def test_a_flight_that_gives_up_sooner_is_not_joined() -> None:
    flights, upstream = Flights(), Upstream()
    [hasty] = await _readers(flights, upstream, 1, timeout_s=0.4)
    [patient] = await _readers(flights, upstream, 1, timeout_s=5)
    [third] = await _readers(flights, upstream, 1, timeout_s=5)
    assert len(upstream.calls) == 2  # the third one joined the patient one
    upstream.calls[0].set_exception(Failure(Status.DEADLINE_EXCEEDED, "its own"))
    with pytest.raises(Failure, match="its own"):
        await hasty
    upstream.calls[1].set_result(Reply(b"x"))
    assert [(await reader).message for reader in (patient, third)] == [b"x", b"x"]
    assert len(upstream.calls) == 2


# Answers that are kept


def test_an_answer_is_kept_for_its_time() -> None:
    now = [100.0]
    kept = Kept(now=lambda: now[0])
    kept.keep("a", Reply(b"x"), 0.5)
    assert kept.get("a") == Reply(b"x")
    now[0] += 0.5
    assert kept.get("a") is None
    assert kept.get("b") is None
    assert kept.hits == 1


def test_the_oldest_answers_make_room() -> None:
    kept = Kept(most_bytes=10)
    for name in "abc":
        kept.keep(name, Reply(b"12345"), 60)
    assert [name for name in "abc" if kept.get(name)] == ["b", "c"]
    kept.keep("b", Reply(b"1"), 60)  # again: in place of the old one
    kept.keep("d", Reply(b"1234"), 60)
    assert [name for name in "abcd" if kept.get(name)] == ["b", "c", "d"]
    kept.keep("huge", Reply(b"x" * 11), 60)
    assert not any(kept.get(name) for name in ("b", "c", "d", "huge"))


# Streams

TOKEN = Token(schema().methods["rpc.Rpc/WatchRanking"], "resume_token")


def told(token: str, previous_rank: int = 0) -> bytes:
    answer = WatchRankingResponse(resume_token=token, previous_rank=previous_rank)
    return answer.SerializeToString()


def asking(token: str = "") -> bytes:
    return WatchRankingRequest(board="daily", resume_token=token).SerializeToString()


class Watched:
    """A backend whose streams a test feeds."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.feeds: list[asyncio.Queue[bytes | Failure | None]] = []
        self.open = 0

    async def __call__(self, request: bytes) -> AsyncGenerator[bytes, None]:
        self.requests.append(WatchRankingRequest.FromString(request).resume_token)
        feed: asyncio.Queue[bytes | Failure | None] = asyncio.Queue()
        self.feeds.append(feed)
        self.open += 1
        try:
            while (answer := await feed.get()) is not None:
                if isinstance(answer, Failure):
                    raise answer
                yield answer
        finally:
            self.open -= 1

    async def tell(self, *answers: bytes | Failure | None, stream: int = -1) -> None:
        await until(lambda: self.feeds)
        for answer in answers:
            self.feeds[stream].put_nowait(answer)


GONE = Failure(Status.UNAVAILABLE, "this task leaves", details=[retry(0)])


async def read(answers: AsyncGenerator[bytes, None], count: int) -> list[str]:
    tokens: list[str] = []
    async with asyncio.timeout(5):
        while len(tokens) < count:
            answer = WatchRankingResponse.FromString(await anext(answers))
            tokens.append(answer.resume_token)
    return tokens


async def test_a_stream_goes_on_where_it_broke() -> None:
    backend, clock = Watched(), FakeClock()
    whole = resuming(backend, asking(), TOKEN, sleep=clock.sleep)
    async with aclosing(whole):
        reading = asyncio.create_task(read(whole, 3))
        await backend.tell(told("1"), told("2"), GONE)
        await clock.advance(0)
        await until(lambda: len(backend.feeds) == 2)
        await backend.tell(told("3"))
        assert await reading == ["1", "2", "3"]
        assert backend.requests == ["", "2"]


async def test_a_stream_that_never_comes_back_ends() -> None:
    backend, clock = Watched(), FakeClock()
    whole = resuming(backend, asking("0"), TOKEN, sleep=clock.sleep)
    async with aclosing(whole):
        reading = asyncio.create_task(read(whole, 1))
        for attempt in range(1, 7):
            await until(lambda n=attempt: len(backend.feeds) == n)  # type: ignore[misc]
            await backend.tell(GONE)
            await clock.advance(3)
        with pytest.raises(Failure, match="this task leaves"):
            await reading


async def test_a_stream_that_only_says_hello_is_not_opened_for_ever() -> None:
    backend, clock = Watched(), FakeClock()
    whole = resuming(backend, asking("7"), TOKEN, sleep=clock.sleep)
    async with aclosing(whole):
        reading = asyncio.create_task(read(whole, 100))
        for attempt in range(1, 7):
            await until(lambda n=attempt: len(backend.feeds) == n)  # type: ignore[misc]
            await backend.tell(told("7"), GONE)
            await clock.advance(3)
        with pytest.raises(Failure, match="this task leaves"):
            await reading


@pytest.mark.parametrize(
    "failure", [Failure(Status.NOT_FOUND, "no board"), Failure(Status.INTERNAL, "bug")]
)
async def test_a_refusal_is_passed_on(failure: Failure) -> None:
    backend = Watched()
    whole = resuming(backend, asking("0"), TOKEN)
    async with aclosing(whole):
        reading = asyncio.create_task(read(whole, 1))
        await backend.tell(failure)
        with pytest.raises(Failure, match=failure.message):
            await reading


async def test_a_stream_without_a_token_is_not_resumed() -> None:
    backend = Watched()
    whole = resuming(backend, asking(), TOKEN)
    async with aclosing(whole):
        reading = asyncio.create_task(read(whole, 1))
        await backend.tell(GONE)
        with pytest.raises(Failure, match="this task leaves"):
            await reading


class Watchers:
    """Readers of one `Shared`."""

    def __init__(self) -> None:
        self.backend = Watched()
        self.shared = Shared()

    def join(self, token: str = "") -> AsyncGenerator[bytes, None] | None:
        request = asking(token)

        def start() -> AsyncGenerator[bytes, None]:
            return self.backend(request)

        return self.shared.join("key", request, TOKEN, start)

    def must_join(self, token: str = "") -> AsyncGenerator[bytes, None]:
        joined = self.join(token)
        assert joined is not None
        return joined


async def test_equal_watches_share_one_stream() -> None:
    watchers = Watchers()
    first, second = watchers.must_join(), None
    reading = asyncio.create_task(read(first, 2))
    await watchers.backend.tell(told("1"), told("2", previous_rank=7))
    assert await reading == ["1", "2"]
    second = watchers.must_join()
    # A newcomer is told where it begins, and no change that came before it.
    begin = WatchRankingResponse.FromString(await anext(second))
    assert (begin.resume_token, begin.previous_rank) == ("2", 0)
    await watchers.backend.tell(told("3"))
    assert await read(first, 1) == await read(second, 1) == ["3"]
    assert watchers.backend.requests == [""]
    await first.aclose()
    assert watchers.backend.open == 1
    await second.aclose()
    assert watchers.backend.open == 0
    assert not watchers.shared.hubs


async def test_who_comes_back_gets_what_it_missed() -> None:
    watchers = Watchers()
    first = watchers.must_join()
    reading = asyncio.create_task(read(first, 4))
    await watchers.backend.tell(*map(told, "1234"))
    await reading
    back = watchers.must_join("2")
    assert await read(back, 2) == ["3", "4"]
    assert len(watchers.backend.requests) == 1
    for reader in (first, back):
        await reader.aclose()


async def test_who_comes_from_far_back_gets_a_stream_of_its_own() -> None:
    watchers = Watchers()
    first = watchers.must_join()
    reading = asyncio.create_task(read(first, 1))
    await watchers.backend.tell(told("5"))
    await reading
    one = watchers.must_join("1")
    reading = asyncio.create_task(read(one, 1))
    await until(lambda: len(watchers.backend.feeds) == 2)
    await watchers.backend.tell(told("2"))
    assert await reading == ["2"]
    assert watchers.backend.requests == ["", "1"]
    # A second one with the same token gets the same stream, from its beginning.
    other = watchers.must_join("1")
    assert await read(other, 1) == ["2"]
    assert len(watchers.backend.requests) == 2
    for reader in (first, one, other):
        await reader.aclose()


async def test_a_reader_that_does_not_read_is_cut_and_the_others_go_on() -> None:
    watchers = Watchers()
    fast, slow = watchers.must_join(), watchers.must_join()
    reading = asyncio.create_task(read(fast, 1))
    stuck = asyncio.create_task(read(slow, 1))
    await watchers.backend.tell(told("0"))
    await asyncio.gather(reading, stuck)
    for turn in range(QUEUE + 1):
        await watchers.backend.tell(told(str(turn + 1)))
        await read(fast, 1)
    assert len(await read(slow, QUEUE)) == QUEUE
    with pytest.raises(Failure, match="read faster") as cut:
        await anext(slow)
    assert cut.value.status is Status.RESOURCE_EXHAUSTED
    await slow.aclose()
    await watchers.backend.tell(told("last"))
    assert await read(fast, 1) == ["last"]
    await fast.aclose()


async def test_the_end_of_a_shared_stream_is_everybodys() -> None:
    watchers = Watchers()
    one, other = watchers.must_join(), watchers.must_join()
    readers = [asyncio.create_task(read(each, 2)) for each in (one, other)]
    await watchers.backend.tell(told("1"), Failure(Status.NOT_FOUND, "erased"))
    for reader in readers:
        with pytest.raises(Failure, match="erased"):
            await reader
    assert not watchers.shared.hubs
    again = watchers.must_join()
    reading = asyncio.create_task(read(again, 1))
    await until(lambda: len(watchers.backend.feeds) == 2)
    await watchers.backend.tell(told("9"))
    assert await reading == ["9"]
    await again.aclose()


async def test_a_newcomer_is_told_the_period_of_now() -> None:
    watchers = Watchers()
    first = watchers.must_join()
    reading = asyncio.create_task(read(first, 2))
    for seen, missed in ((1, 0), (2, 3)):
        answer = WatchRankingResponse(
            resume_token=str(seen), period=f"2026112{seen}", missed=missed
        )
        await watchers.backend.tell(answer.SerializeToString())
    await reading
    second = watchers.must_join()
    begin = WatchRankingResponse.FromString(await anext(second))
    assert begin == WatchRankingResponse(resume_token="2", period="20261122")  # noqa: S106 - no password
    for reader in (first, second):
        await reader.aclose()


async def test_one_that_ends_does_not_take_its_successor_away() -> None:
    watchers = Watchers()
    first = watchers.must_join()
    reading = asyncio.create_task(read(first, 1))
    await watchers.backend.tell(told("1"))
    await reading
    closing = asyncio.create_task(first.aclose())
    await asyncio.sleep(0)  # its last reader has left, its task is not over yet
    second = watchers.must_join()
    reading = asyncio.create_task(read(second, 1))
    await closing
    third = watchers.must_join()
    also = asyncio.create_task(read(third, 1))
    await until(lambda: len(watchers.backend.feeds) == 2)
    await watchers.backend.tell(told("2"))
    assert await reading == await also == ["2"]
    assert len(watchers.backend.feeds) == 2
    for reader in (second, third):
        await reader.aclose()


async def test_a_refused_watch_leaves_nothing_behind() -> None:
    watchers, lives, few = Watchers(), Lives(), Limits(streams_per_client=1)
    other = lives.live(_endless, "1.1.1.1", few)
    await anext(other)
    refused = lives.live(watchers.must_join, "1.1.1.1", few)
    with pytest.raises(Failure, match=r"has 1 streams open"):
        await anext(refused)
    assert not watchers.shared.hubs
    await other.aclose()
    again = lives.live(watchers.must_join, "1.1.1.1", few)
    reading = asyncio.create_task(read(again, 1))
    await watchers.backend.tell(told("1"))
    assert await reading == ["1"]
    await again.aclose()


# The life of streams


async def _endless() -> AsyncGenerator[bytes, None]:
    yield b"first"
    await asyncio.Event().wait()


async def test_leaving_ends_every_stream_and_refuses_new_ones() -> None:
    lives = Lives()
    stream = lives.live(_endless, "1.1.1.1", LIMITS)
    assert await anext(stream) == b"first"
    assert lives.open == 1
    waiting = asyncio.create_task(anext(stream))
    await asyncio.sleep(0)
    lives.close()
    with pytest.raises(Failure, match="this gateway leaves") as gone:
        await waiting
    assert gone.value.retry_after_s == 0
    assert lives.open == 0
    with pytest.raises(Failure, match="this gateway leaves"):
        await anext(lives.live(_endless, "1.1.1.1", LIMITS))


async def test_streams_are_counted_in_all_and_for_each_client() -> None:
    lives, few = Lives(), Limits(streams=2, streams_per_client=1)
    one = lives.live(_endless, "1.1.1.1", few)
    await anext(one)
    with pytest.raises(Failure, match=r"1\.1\.1\.1 has 1 streams open"):
        await anext(lives.live(_endless, "1.1.1.1", few))
    two = lives.live(_endless, "2.2.2.2", few)
    await anext(two)
    with pytest.raises(Failure, match="2 streams are open here"):
        await anext(lives.live(_endless, "3.3.3.3", few))
    await one.aclose()
    three = lives.live(_endless, "1.1.1.1", few)
    assert await anext(three) == b"first"
    await two.aclose()
    await three.aclose()
    assert lives.open == 0


async def test_a_stream_has_a_longest_life() -> None:
    stream = Lives().live(_endless, "1.1.1.1", Limits(stream_s=0.02))
    await anext(stream)
    with pytest.raises(Failure, match=r"lasts 0\.02 s: watch on"):
        await anext(stream)
