"""Streams: heartbeats, last words, and what is closed when the caller leaves."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from fleet.errors import Status
from services.gateway.codec import Codec
from services.gateway.exchange import Chunks, Response
from services.gateway.failure import Failure
from services.gateway.streams.array import Array
from services.gateway.streams.ndjson import NdJson
from services.gateway.streams.respond import FIRST_S, respond
from services.gateway.streams.shape import Shape
from services.gateway.streams.source import Source, Wait
from services.gateway.streams.sse import Sse
from tests.clock import FakeClock
from tests.support.gateway_schema import schema
from tests.support.until import until

METHOD = schema().methods["rpc.Rpc/WatchRanking"]
CODEC = Codec(schema().pool)
DATA = b'{"resumeToken":"t"}'


class Backend:
    """A stream that a test feeds: bytes are answers, a failure or None its end."""

    def __init__(self) -> None:
        self.fed: asyncio.Queue[bytes | BaseException | None] = asyncio.Queue()
        self.given = 0
        self.closed = False

    def say(self, token: str) -> None:
        self.fed.put_nowait(METHOD.response(resume_token=token).SerializeToString())

    async def stream(self) -> AsyncGenerator[bytes, None]:
        try:
            while (item := await self.fed.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                self.given += 1
                yield item
        finally:
            self.closed = True


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def sse() -> Sse:
    return Sse(METHOD, CODEC, resume="resume_token", defaults=False)


def ndjson() -> NdJson:
    return NdJson(METHOD, CODEC, defaults=False)


def array() -> Array:
    return Array(METHOD, CODEC, defaults=False)


def by(clock: FakeClock) -> Wait:
    """Return how to wait on *clock*."""

    async def wait(news: asyncio.Future[bool], timeout_s: float | None) -> bool:
        if timeout_s is None:
            return await news
        sleeping = asyncio.ensure_future(clock.sleep(timeout_s))
        both: list[asyncio.Future[Any]] = [news, sleeping]
        await asyncio.wait(both, return_when="FIRST_COMPLETED")
        sleeping.cancel()
        return news.done()

    return wait


def chunks_of(response: Response) -> Chunks:
    assert not isinstance(response.body, bytes)
    return response.body


async def rest_of(response: Response) -> bytes:
    return b"".join([chunk async for chunk in chunks_of(response)])


@pytest.mark.parametrize(
    ("make", "complete", "failed"),
    [
        (
            sse,
            b"retry: 2000\n\nid: t\ndata: %b\n\nevent: end\ndata: {}\n\n",
            b"retry: 2000\n\nid: t\ndata: %b\n\nevent: stream-error\ndata: %b\n\n",
        ),
        (ndjson, b"%b\n", b'%b\n{"error":%b}\n'),
        (array, b"[%b]\n", b'[%b,\n{"error":%b}]\n'),
    ],
    ids=["sse", "ndjson", "array"],
)
async def test_an_end_and_a_failure_differ(
    backend: Backend, make: Callable[[], Shape], complete: bytes, failed: bytes
) -> None:
    backend.say("t")
    backend.fed.put_nowait(None)
    whole = await respond(backend.stream(), make())
    assert await rest_of(whole) == complete % DATA
    assert whole.outcome is Status.OK

    backend.say("t")
    backend.fed.put_nowait(Failure(Status.UNAVAILABLE, "gone"))
    broken = await respond(backend.stream(), make())
    error = b'{"code":14,"message":"gone"}'
    assert await rest_of(broken) == failed % (DATA, error)
    assert broken.outcome is Status.UNAVAILABLE


async def test_an_array_without_answers_is_json(backend: Backend) -> None:
    backend.fed.put_nowait(None)
    assert json.loads(await rest_of(await respond(backend.stream(), array()))) == []


async def test_an_answer_that_is_there_at_once_is_in_the_first_chunk(
    backend: Backend,
) -> None:
    backend.say("t")
    response = await respond(backend.stream(), ndjson())
    chunks = chunks_of(response)
    assert await anext(chunks) == DATA + b"\n"
    await chunks.aclose()


@pytest.mark.parametrize("token", ["", "a\nb", "a\rdata: x", "a\0b"])
def test_an_id_that_would_break_the_event_is_left_out(token: str) -> None:
    raw = METHOD.response(resume_token=token).SerializeToString()
    event = sse().answer(raw)
    assert event.startswith(b"data: {")
    assert event.count(b"\n") == 2


async def test_silence_is_filled_with_heartbeats(
    backend: Backend, clock: FakeClock
) -> None:
    backend.say("t")
    response = await respond(backend.stream(), sse(), wait=by(clock))
    chunks = chunks_of(response)
    await anext(chunks)

    for _ in range(2):
        beat = asyncio.ensure_future(anext(chunks))
        await clock.advance(14.9)
        assert not beat.done()
        await clock.advance(0.1)
        assert await beat == b":\n\n"
    backend.say("t")
    assert (await anext(chunks)).startswith(b"id: t\n")
    await chunks.aclose()


async def test_silence_ends_by_the_real_clock_too(backend: Backend) -> None:
    source = Source(backend.stream())
    assert not await source.news(0.001)
    backend.say("t")
    assert await source.news(60)
    assert len(source.take()) == 1
    await source.close()
    assert backend.closed


async def test_lines_have_no_heartbeats(backend: Backend, clock: FakeClock) -> None:
    backend.say("t")
    response = await respond(backend.stream(), ndjson(), wait=by(clock))
    chunks = chunks_of(response)
    await anext(chunks)

    more = asyncio.ensure_future(anext(chunks))
    await clock.advance(3600)
    assert not more.done()
    backend.say("t")
    assert await more == DATA + b"\n"
    await chunks.aclose()


async def test_a_silent_stream_begins_without_an_answer(
    backend: Backend, clock: FakeClock
) -> None:
    opening = asyncio.ensure_future(respond(backend.stream(), ndjson(), wait=by(clock)))
    await clock.advance(FIRST_S - 0.1)
    assert not opening.done()
    await clock.advance(0.1)
    chunks = chunks_of(await opening)
    assert await anext(chunks) == b""
    backend.say("t")
    assert await anext(chunks) == DATA + b"\n"
    await chunks.aclose()


async def test_a_caller_that_leaves_closes_the_stream(backend: Backend) -> None:
    backend.say("t")
    chunks = chunks_of(await respond(backend.stream(), sse()))
    await anext(chunks)
    await chunks.aclose()
    assert backend.closed


async def test_a_caller_that_leaves_before_the_first_chunk_does_too(
    backend: Backend,
) -> None:
    backend.say("t")
    chunks = chunks_of(await respond(backend.stream(), sse()))
    await chunks.aclose()
    assert backend.closed


async def test_a_caller_that_leaves_before_the_first_answer_does_too(
    backend: Backend,
) -> None:
    opening = asyncio.ensure_future(respond(backend.stream(), sse()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert backend.closed


async def test_a_slow_caller_holds_the_backend_back(backend: Backend) -> None:
    for rank in range(100):
        backend.say(f"t{rank}")
    response = await respond(backend.stream(), ndjson())
    await until(lambda: backend.given >= 32)  # in the first chunk, and behind it
    for _ in range(50):
        await asyncio.sleep(0)
    assert backend.given == 32

    backend.fed.put_nowait(None)
    lines = (await rest_of(response)).splitlines()
    assert [json.loads(line)["resumeToken"] for line in lines] == [
        f"t{rank}" for rank in range(100)
    ]


@pytest.mark.parametrize(
    "bug", [ValueError("password=hunter2"), asyncio.CancelledError()]
)
async def test_a_bug_amid_a_stream_is_told_without_its_text(
    backend: Backend, bug: BaseException
) -> None:
    backend.say("t")
    backend.fed.put_nowait(bug)
    response = await respond(backend.stream(), ndjson())
    last = json.loads((await rest_of(response)).splitlines()[-1])
    assert last["error"]["code"] in (Status.INTERNAL, Status.UNAVAILABLE)
    assert "hunter2" not in last["error"]["message"]
    assert backend.closed


async def test_an_answer_that_is_no_message_ends_the_stream(backend: Backend) -> None:
    backend.say("t")
    backend.fed.put_nowait(b"\xff\xff")
    response = await respond(backend.stream(), array())
    told = json.loads(await rest_of(response))
    assert told[0] == {"resumeToken": "t"}
    assert told[1] == {"error": {"code": 13, "message": "internal error"}}
    assert backend.closed
