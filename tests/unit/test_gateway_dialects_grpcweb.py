"""gRPC-Web, binary and text."""

import base64
import gzip
import struct
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import pytest
from google.rpc.error_details_pb2 import (  # type: ignore[import-untyped]  # has none
    BadRequest,
)
from google.rpc.status_pb2 import Status as Told  # type: ignore[import-untyped]

from fleet.errors import Status
from rpc.rpc_pb2 import GetChampionRequest, GetChampionResponse, WatchRankingRequest
from services.gateway.exchange import Request
from services.gateway.failure import Failure, invalid
from tests.support.gate import FakeGate, answered, request
from tests.support.gateway_schema import shelf

GET = "/rpc.Rpc/GetChampion"
WATCH = "/rpc.Rpc/WatchRanking"
WEB = {"content-type": "application/grpc-web+proto"}
TEXT = {"content-type": "application/grpc-web-text"}


def champion(asked: GetChampionRequest) -> dict[str, Any]:
    if asked.champion_id < 0:
        raise invalid("champion_id", "1\n2 % ä", "1 or more")
    return {"champion": {"champion_id": asked.champion_id}}


async def changes(asked: WatchRankingRequest) -> AsyncGenerator[dict[str, Any], None]:
    yield {"period": asked.board}
    if asked.top < 0:
        raise Failure(Status.OUT_OF_RANGE, "no")


@pytest.fixture
def gate() -> FakeGate:
    return FakeGate({GET[1:]: champion, WATCH[1:]: changes})


def framed(payload: bytes, flags: int = 0) -> bytes:
    return struct.pack(">BI", flags, len(payload)) + payload


def frames(body: bytes) -> Iterator[tuple[int, bytes]]:
    while body:
        flags, length = struct.unpack(">BI", body[:5])
        yield flags, body[5 : 5 + length]
        body = body[5 + length :]


def trailers(body: bytes) -> dict[str, str]:
    *_, (flags, last) = frames(body)
    assert flags == 0x80
    lines = [line.partition(": ") for line in last.decode().splitlines()]
    return {name: value for name, _, value in lines}


SEVEN = framed(GetChampionRequest(champion_id=7).SerializeToString())
BAD = framed(GetChampionRequest(champion_id=-1).SerializeToString())


async def test_an_answer_is_a_frame_and_trailers(gate: FakeGate) -> None:
    got = await answered(gate, request("POST", GET, SEVEN, WEB))

    message, last = frames(got.body)
    assert GetChampionResponse.FromString(message[1]).champion.champion_id == 7
    assert last == (0x80, b"grpc-status: 0\r\n")
    assert got.headers["content-type"] == "application/grpc-web+proto"


@pytest.mark.parametrize("cut", range(len(SEVEN)))
async def test_text_may_come_in_pieces(gate: FakeGate, cut: int) -> None:
    body = base64.b64encode(SEVEN[:cut]) + base64.b64encode(SEVEN[cut:])
    got = await answered(gate, request("POST", GET, body, TEXT))

    assert gate.calls[0].message.champion_id == 7
    assert got.headers["content-type"] == "application/grpc-web-text"
    pieces = got.body.replace(b"=", b"=|").replace(b"|=", b"=").split(b"|")
    plain = b"".join(map(base64.b64decode, pieces))
    assert trailers(plain) == {"grpc-status": "0"}


async def test_json_is_spoken_too(gate: FakeGate) -> None:
    kind = {"content-type": "application/grpc-web+json"}
    got = await answered(gate, request("POST", GET, framed(b'{"championId":7}'), kind))
    message, _ = frames(got.body)
    assert message[1] == b'{"champion":{"championId":7}}'


async def test_a_compressed_request_is_read(gate: FakeGate) -> None:
    body = framed(gzip.compress(SEVEN[5:]), 1)
    await answered(gate, request("POST", GET, body, {**WEB, "grpc-encoding": "gzip"}))
    assert gate.calls[0].message.champion_id == 7


@pytest.mark.parametrize("kind", [WEB, TEXT])
async def test_an_error_is_in_the_trailers(
    gate: FakeGate, kind: dict[str, str]
) -> None:
    text = kind is TEXT
    asked = base64.b64encode(BAD) if text else BAD
    got = await answered(gate, request("POST", GET, asked, kind))

    told = trailers(base64.b64decode(got.body) if text else got.body)
    assert (got.status, told["grpc-status"]) == (200, "3")
    assert told["grpc-message"].startswith("champion_id is '1\\n2 %25 %C3%A4'")
    coded = told["grpc-status-details-bin"]
    status = Told.FromString(base64.b64decode(coded + "=" * (-len(coded) % 4)))
    bad = BadRequest.FromString(status.details[0].value)
    assert bad.field_violations[0].field == "champion_id"
    assert "grpc-status" not in got.headers  # told twice, it would be reported twice


async def test_a_stream_has_trailers_too(gate: FakeGate) -> None:
    body = framed(WatchRankingRequest(board="daily").SerializeToString())
    got = await answered(gate, request("POST", WATCH, body, WEB))
    assert len(list(frames(got.body))) == 2
    assert trailers(got.body) == {"grpc-status": "0"}


async def test_a_stream_that_fails_says_so_at_its_end(gate: FakeGate) -> None:
    body = framed(WatchRankingRequest(top=-1).SerializeToString())
    got = await answered(gate, request("POST", WATCH, body, WEB))
    assert len(list(frames(got.body))) == 2
    assert trailers(got.body) == {"grpc-status": "11", "grpc-message": "no"}
    assert got.outcome is Status.OUT_OF_RANGE


@pytest.mark.parametrize(
    ("asked", "code", "told"),
    [
        (request("POST", GET, b"", WEB), 3, "0 messages"),
        (request("POST", GET, b"\0\0", WEB), 3, "2 bytes of 5"),
        (request("POST", GET, SEVEN[:-1], WEB), 3, "1 bytes of a message of 2"),
        (request("POST", GET, framed(b"\xff"), WEB), 3, "rpc.GetChampionRequest"),
        (request("POST", GET, framed(b"", 0x80), WEB), 3, "flags 0x80"),
        (
            request("POST", GET, SEVEN, {**WEB, "grpc-encoding": "snappy"}),
            12,
            "supported are gzip",
        ),
        (request("POST", "/rpc.Rpc/GetChampio", SEVEN, WEB), 12, "rpc.Rpc/GetChampion"),
    ],
)
async def test_junk_is_told_in_trailers(
    gate: FakeGate, asked: Request, code: int, told: str
) -> None:
    got = await answered(gate, asked)
    found = trailers(got.body)
    assert (got.status, found["grpc-status"]) == (200, str(code))
    assert told in found["grpc-message"]
    assert not gate.calls


@pytest.mark.parametrize("body", [b"!!!!", b"AAA", b"AA=A", b"A===", b"AAAA AAAA"])
async def test_what_is_not_base64_is_told(gate: FakeGate, body: bytes) -> None:
    got = await answered(gate, request("POST", GET, body, TEXT))
    assert trailers(base64.b64decode(got.body))["grpc-status"] == "3"


@pytest.mark.parametrize(
    ("verb", "kind", "status"),
    [("POST", "application/grpc-web+thrift", 415), ("PUT", WEB["content-type"], 405)],
)
async def test_who_does_not_speak_it_is_told_by_the_status(
    gate: FakeGate, verb: str, kind: str, status: int
) -> None:
    got = await answered(gate, request(verb, GET, SEVEN, {"content-type": kind}))
    assert (got.status, got.headers["content-type"]) == (status, "application/json")


async def test_a_stream_of_requests_is_refused() -> None:
    gate = FakeGate({}, schema=shelf(), routes_file=None)
    got = await answered(gate, request("POST", "/shelf.Shelf/Upload", SEVEN, WEB))
    assert trailers(got.body)["grpc-status"] == "12"
