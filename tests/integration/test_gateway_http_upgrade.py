"""An offer to speak another protocol is not taken, and the request is served."""

import asyncio

import pytest

from tests.support.gateway_http import connected, echo, head, limits, served

OFFER = {"connection": "Upgrade, HTTP2-Settings", "upgrade": "h2c"}
CHUNKS = b"1\r\na\r\n2;x=y\r\nbc\r\n0\r\n\r\n"


async def test_a_request_without_a_body() -> None:
    async with served(echo) as up, connected(up) as caller:
        answer = await caller.get(**OFFER)
        assert answer.status == 200
        assert answer.headers["connection"] == "close"
        assert await caller.closed() == b""


@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize(
    ("framing", "body"),
    [
        pytest.param({"content_length": "3"}, b"abc", id="length"),
        pytest.param({"transfer_encoding": "chunked"}, CHUNKS, id="chunks"),
    ],
)
async def test_a_body_is_read_wherever_its_packets_end(
    verb: str, framing: dict[str, str], body: bytes
) -> None:
    raw = head(verb, "/a", **OFFER, **framing) + body
    async with served(echo) as up:
        for end in (20, *range(len(raw) - len(body), len(raw) + 1)):
            async with connected(up) as caller:
                await caller.send(raw[:end])
                await asyncio.sleep(0)  # lets the server see the first part alone
                await caller.send(raw[end:])
                answer = await caller.answer()
                assert (answer.json["verb"], answer.json["body"]) == (verb, "abc")
                assert answer.headers["connection"] == "close"
                assert await caller.closed() == b""


async def test_a_body_that_comes_when_it_is_asked_for() -> None:
    offer = head("POST", **OFFER, expect="100-continue", content_length="3")
    async with served(echo) as up, connected(up) as caller:
        await caller.send(offer)
        assert (await caller.begin())[0] == 100
        await caller.send(b"abc")
        assert (await caller.answer()).json["body"] == "abc"


@pytest.mark.parametrize(
    "behind",
    [
        pytest.param(head("GET", "/3"), id="get"),
        pytest.param(head("POST", "/3", content_length="3") + b"xyz", id="post"),
        pytest.param(head("GET", "/3", **OFFER), id="offer"),
        pytest.param(b"rubbish\r\n\r\n", id="rubbish"),
    ],
)
async def test_what_is_before_it_is_answered_and_what_is_behind_it_is_not(
    behind: bytes,
) -> None:
    offer = head("POST", "/2", **OFFER, content_length="3") + b"abc"
    async with served(echo) as up, connected(up) as caller:
        await caller.send(head("GET", "/1") + offer + behind)
        first, second = [(await caller.answer()).json for _ in range(2)]
        assert (first["path"], first["body"]) == ("/1", "")
        assert (second["path"], second["body"]) == ("/2", "abc")
        assert await caller.closed() == b""


@pytest.mark.parametrize("coding", ["identity", "chunked, gzip", "gzip, chunked"])
async def test_a_coding_that_we_do_not_speak(coding: str) -> None:
    async with served(echo) as up, connected(up) as caller:
        await caller.send(head("POST", **OFFER, transfer_encoding=coding) + CHUNKS)
        assert (await caller.answer()).status in (400, 501)


async def test_a_body_that_is_broken_or_too_large() -> None:
    chunked = head("POST", **OFFER, transfer_encoding="chunked")
    async with served(echo, limits=limits(body_bytes=10)) as up:
        async with connected(up) as caller:
            await caller.send(chunked, b"zz\r\n\r\n")
            assert (await caller.answer()).status == 400
        async with connected(up) as caller:
            await caller.send(chunked, b"b\r\nabcdefghijk\r\n0\r\n\r\n")
            assert (await caller.answer()).status == 413


async def test_a_body_that_stops() -> None:
    offer = head("POST", **OFFER, content_length="3")
    async with (
        served(echo, limits=limits(body_timeout_s=0.1)) as up,
        connected(up) as it,
    ):
        await it.send(offer, b"ab")
        assert (await it.answer()).status == 408
