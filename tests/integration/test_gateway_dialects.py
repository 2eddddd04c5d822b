"""A real gateway before a real game server: every dialect, over the wire."""

import asyncio
import base64
import contextlib
import json
import os
import re
import struct
import sys
from collections.abc import AsyncIterator

import pytest

from rpc.rpc_pb2 import GetChampionRequest, GetChampionResponse, WatchRankingRequest
from tests.support.gateway_http import Answer, Caller, head
from tests.support.task import Task, champion

GET = "/rpc.Rpc/GetChampion"
WATCH = "/v1/rankings/all-time:watch"
JSON = {"content_type": "application/json"}
FIRST = GetChampionRequest(champion_id=1).SerializeToString()
NOBODY = GetChampionRequest(champion_id=999).SerializeToString()


def framed(payload: bytes) -> bytes:
    return struct.pack(">BI", 0, len(payload)) + payload


@contextlib.asynccontextmanager
async def gateway_before(backend: str) -> AsyncIterator[str]:
    env = {"FLEET_LISTEN": "127.0.0.1:0", "GATEWAY_TARGETS": f"fixed://{backend}"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.gateway"),
        env={**os.environ, **env},
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        line = await Task(process).line("serving on http://")
        yield str(line["message"]).removeprefix("serving on http://")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


@pytest.fixture(scope="module")
async def address() -> AsyncIterator[str]:
    async with (
        champion(CHAMPION_STORE="memory://") as task,
        gateway_before(await task.address()) as where,
    ):
        yield where


@contextlib.asynccontextmanager
async def calling(address: str) -> AsyncIterator[Caller]:
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield Caller(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def asked(
    address: str, verb: str, path: str, body: bytes = b"", **headers: str
) -> Answer:
    length = {"content_length": str(len(body))} if body else {}
    async with calling(address) as caller:
        await caller.send(head(verb, path, **length, **headers), body)
        return await caller.answer()


async def score(address: str, user: str, points: int) -> None:
    body = json.dumps({"user": {"userId": user}, "score": points}).encode()
    got = await asked(address, "POST", "/v1/rankings/all-time/scores", body, **JSON)
    assert got.status == 200, got.body


async def test_all_dialects_say_the_same(address: str) -> None:
    rest = await asked(address, "GET", "/v1/champions/1")
    connect = await asked(address, "POST", GET, b'{"championId":1}', **JSON)
    got = await asked(address, "GET", f"{GET}?connect=v1&encoding=proto&message=%08%01")
    web = await asked(
        address, "POST", GET, framed(FIRST), content_type="application/grpc-web"
    )
    text = await asked(
        *(address, "POST", GET, base64.b64encode(framed(FIRST))),
        content_type="application/grpc-web-text",
    )
    broker = await asked(address, "GET", f"{GET}?args=[1]")

    want = rest.json["champion"]
    assert want["championId"] == 1
    assert connect.json["champion"].items() <= want.items()
    assert GetChampionResponse.FromString(got.body).champion.name == want["name"]
    length = struct.unpack(">BI", web.body[:5])[1]
    message = GetChampionResponse.FromString(web.body[5 : 5 + length])
    assert message.champion.name == want["name"]
    pieces = re.findall(rb"[^=]+=*", text.body)
    assert b"".join(map(base64.b64decode, pieces)) == web.body
    assert broker.json == [rest.json]


@pytest.mark.parametrize(
    ("path", "body", "kind", "status", "told"),
    [
        ("/v1/champions/999", None, "", 404, b'"code":5'),
        ("/v1/champions/x", None, "", 400, b"champion_id"),
        (GET, b'{"championId":999}', "application/json", 404, b"not_found"),
        (GET, b"[999]", "text/plain", 404, b'"code":5'),
        (GET, framed(NOBODY), "application/grpc-web", 200, b"grpc-status: 5"),
        (GET, b"", "application/grpc", 415, b"gRPC is spoken by the services"),
    ],
)
async def test_a_refusal_is_told_in_the_callers_words(  # noqa: PLR0913 - a table
    address: str, *, path: str, body: bytes | None, kind: str, status: int, told: bytes
) -> None:
    headers = {"content_type": kind} if kind else {}
    verb = "GET" if body is None else "POST"
    got = await asked(address, verb, path, body or b"", **headers)
    assert (got.status, told in got.body) == (status, True), got
    assert got.headers["x-request-id"]


async def test_a_watch_goes_on_where_it_broke_off(address: str) -> None:
    wanted = {"accept": "text/event-stream"}
    async with calling(address) as caller:
        await caller.send(head("GET", WATCH, **wanted))
        status, headers = await caller.begin()
        first = await anext(events(caller))
    assert (status, headers["content-type"]) == (200, "text/event-stream")

    await score(address, "ann", 10)  # while nobody watches
    async with calling(address) as caller:
        await caller.send(head("GET", WATCH, **wanted, last_event_id=first["id"]))
        await caller.begin()
        told = events(caller)
        await anext(told)  # where it begins
        missed = json.loads((await anext(told))["data"])
    assert missed["entry"]["user"]["userId"] == "ann"


async def test_a_watch_in_lines(address: str) -> None:
    async with calling(address) as caller:
        await caller.send(head("GET", f"{WATCH}?timeout=60000"))
        _, headers = await caller.begin()
        await caller.chunk()
        await score(address, "bob", 20)
        line = json.loads(await caller.chunk())
    assert headers["content-type"] == "application/x-ndjson"
    assert line["entry"]["user"]["userId"] == "bob"


async def test_a_watch_whose_time_is_up_says_so(address: str) -> None:
    lines = await asked(address, "GET", f"{WATCH}?timeout=200")
    whole = await asked(
        address, "GET", f"{WATCH}?timeout=200", accept="application/json"
    )
    assert json.loads(lines.body.splitlines()[-1])["error"]["code"] == 4
    assert json.loads(whole.body)[-1]["error"]["code"] == 4


async def test_a_watch_by_connect(address: str) -> None:
    body = framed(WatchRankingRequest(board="all-time").SerializeToString())
    got = await asked(
        *(address, "POST", "/rpc.Rpc/WatchRanking", body),
        content_type="application/connect+proto",
        connect_timeout_ms="200",
    )
    assert got.status == 200
    assert b"deadline_exceeded" in got.body


async def test_a_watch_with_a_bad_token_is_refused(address: str) -> None:
    got = await asked(
        address, "GET", WATCH, accept="text/event-stream", last_event_id="junk"
    )
    assert got.status == 400
    assert b"resume_token" in got.body


async def events(caller: Caller) -> AsyncIterator[dict[str, str]]:
    """Yield the events that have data; a chunk may hold several."""
    while True:
        for block in (await caller.chunk()).decode().split("\n\n"):
            found = dict(re.findall(r"(?m)^(\w+): (.*)$", block))
            if "data" in found:
                yield found
