"""Connect: what its clients send, what they get, and what is wrong with junk."""

import base64
import gzip
import json
import struct
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import pytest

from fleet.errors import Status
from rpc.rpc_pb2 import GetChampionRequest, WatchRankingRequest
from services.gateway.dialects.envelope import MOST_BYTES
from services.gateway.exchange import Request
from services.gateway.failure import Failure, invalid
from tests.support.gate import FakeGate, answered, request
from tests.support.gateway_schema import shelf

GET = "/rpc.Rpc/GetChampion"
WATCH = "/rpc.Rpc/WatchRanking"
JSON = {"content-type": "application/json"}
PROTO = {"content-type": "application/proto"}
STREAM = {"content-type": "application/connect+json"}


def champion(asked: GetChampionRequest) -> dict[str, Any]:
    if asked.champion_id < 0:
        raise invalid("champion_id", asked.champion_id, "1 or more")
    return {"champion": {"champion_id": asked.champion_id}}


async def changes(asked: WatchRankingRequest) -> AsyncGenerator[dict[str, Any], None]:
    yield {"period": asked.board}
    if asked.top < 0:
        raise Failure(Status.OUT_OF_RANGE, "no")
    yield {"period": "x" * 2000}


@pytest.fixture
def gate() -> FakeGate:
    return FakeGate({GET[1:]: champion, WATCH[1:]: changes})


def sealed(payload: bytes, flags: int = 0) -> bytes:
    return struct.pack(">BI", flags, len(payload)) + payload


def opened(body: bytes) -> Iterator[tuple[int, bytes]]:
    while body:
        flags, length = struct.unpack(">BI", body[:5])
        yield flags, body[5 : 5 + length]
        body = body[5 + length :]


def base(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


OBJECT = b'{"championId":7}'
SEVEN = GetChampionRequest(champion_id=7).SerializeToString()


async def test_json_goes_in_and_out(gate: FakeGate) -> None:
    headers = {**JSON, "connect-protocol-version": "1"}
    got = await answered(
        gate, request("POST", GET, b'{"championId":7,"newer":1}', headers)
    )
    assert (got.status, got.body) == (200, b'{"champion":{"championId":7}}')
    assert got.headers["content-type"] == "application/json"


async def test_protobuf_goes_in_and_out(gate: FakeGate) -> None:
    got = await answered(gate, request("POST", GET, SEVEN, PROTO))
    made = gate.schema.methods[GET[1:]].response.FromString(got.body)
    assert made.champion.champion_id == 7  # type: ignore[attr-defined]  # by descriptor
    assert got.headers["content-type"] == "application/proto"


@pytest.mark.parametrize(
    "query",
    [
        "connect=v1&encoding=json&message=%7B%22championId%22%3A7%7D",
        'encoding=json&message={"championId":+7}',
        f"connect=v1&encoding=json&base64=1&message={base(OBJECT)}",
        f"connect=v1&encoding=proto&base64=1&message={base(SEVEN)}",
        "connect=v1&encoding=proto&message=%08%07",
        "connect=v1&encoding=json&base64=1&compression=gzip&message="
        + base(gzip.compress(OBJECT)),
        "connect=v1&encoding=json&compression=identity&message={%22championId%22:7}",
    ],
)
async def test_a_read_can_be_a_get(gate: FakeGate, query: str) -> None:
    got = await answered(gate, request("GET", f"{GET}?{query}"))
    assert (got.status, gate.calls[0].message.champion_id) == (200, 7)
    assert got.headers["cache-control"] == "no-cache"

    again = {"if-none-match": got.headers["etag"]}
    same = await answered(gate, request("GET", f"{GET}?{query}", b"", again))
    assert same.status == 304


async def test_an_error_has_its_name_and_details(gate: FakeGate) -> None:
    got = await answered(gate, request("POST", GET, b'{"championId":-1}', JSON))

    told = json.loads(got.body)
    assert (got.status, told["code"]) == (400, "invalid_argument")
    assert told["message"] == "champion_id is -1, allowed is 1 or more"
    (detail,) = told["details"]
    assert detail["type"] == "google.rpc.BadRequest"
    assert detail["debug"]["fieldViolations"][0]["field"] == "champion_id"
    assert "=" not in detail["value"]


async def test_cancelled_is_spelled_as_connect_does() -> None:
    gate = FakeGate({}, refusal=Failure(Status.CANCELLED, "gone"))
    got = await answered(gate, request("POST", GET, b"{}", JSON))
    assert (got.status, json.loads(got.body)["code"]) == (499, "canceled")


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        (request("POST", GET, b"{", JSON), 400, ""),
        (request("POST", GET, b"", JSON), 400, ""),
        (request("POST", GET, b"\xff", PROTO), 400, "not a rpc.GetChampionRequest"),
        (request("PUT", GET, b"{}", JSON), 405, "allowed is GET, POST"),
        (request("POST", GET, b"{}", STREAM), 415, "application/proto"),
        (request("POST", WATCH, b"{}", JSON), 415, "application/connect+json"),
        (
            request("POST", WATCH, b"", {"content-type": "application/connect+thrift"}),
            415,
            "application/connect+proto",
        ),
        (
            request("POST", GET, b"{}", {**JSON, "connect-protocol-version": "2"}),
            400,
            "connect-protocol-version is '2', allowed is 1",
        ),
        (request("POST", "/rpc.Rpc/GetChampio", b"{}", JSON), 404, "GetChampion?"),
        (request("POST", "/rpc.Rcp/Nothing", b"{}", JSON), 404, "no method"),
        (request("GET", "/rpc.Rpc/UpdateScore?connect=v1"), 405, "POST"),
        (request("GET", f"{WATCH}?connect=v1"), 405, "POST"),
        (request("GET", f"{GET}?connect=v2"), 400, "connect is 'v2'"),
        (request("GET", f"{GET}?connect=v1"), 400, "json"),
        (request("GET", f"{GET}?encoding=xml&message="), 400, "encoding is 'xml'"),
        (request("GET", f"{GET}?encoding=json"), 400, "message is ''"),
        (request("GET", f"{GET}?encoding=json&mesage=1"), 400, "'message'"),
        (
            request("GET", f"{GET}?encoding=json&message={{}}&message={{}}"),
            400,
            "message is '{}', allowed is to be given once",
        ),
        (request("GET", f"{GET}?encoding=json&%6dessage={{"), 400, "column"),
        (
            request("GET", f"{GET}?encoding=json&base64=1&message=***"),
            400,
            "base64",
        ),
        (request("GET", f"{GET}?encoding=json&base64=2&message="), 400, "base64 is"),
        (
            request("GET", f"{GET}?encoding=json&compression=br&message="),
            501,
            "supported are gzip, identity",
        ),
        (
            request("GET", f"{GET}?encoding=json&compression=gzip&message=x"),
            400,
            "gzip",
        ),
    ],
)
async def test_junk_is_told(
    gate: FakeGate, asked: Request, status: int, told: str
) -> None:
    got = await answered(gate, asked)
    assert got.status == status
    assert told in json.loads(got.body)["message"]
    assert not gate.calls


async def test_a_stream_of_requests_is_refused() -> None:
    gate = FakeGate({}, schema=shelf(), routes_file=None)
    asked = request("POST", "/shelf.Shelf/Chat", sealed(b"{}"), STREAM)
    got = await answered(gate, asked)
    ((flags, last),) = opened(got.body)
    assert (got.status, flags) == (200, 2)
    assert json.loads(last)["error"]["code"] == "unimplemented"


async def test_a_stream_ends_with_an_envelope(gate: FakeGate) -> None:
    body = sealed(b'{"board":"daily"}')
    got = await answered(gate, request("POST", WATCH, body, STREAM))

    first, second, last = opened(got.body)
    assert first == (0, b'{"period":"daily"}')
    assert second[0] == 0
    assert last == (2, b"{}")
    assert got.headers["content-type"] == "application/connect+json"


async def test_messages_are_compressed_both_ways(gate: FakeGate) -> None:
    headers = {
        **STREAM,
        "connect-content-encoding": "gzip",
        "connect-accept-encoding": "br, gzip",
    }
    body = sealed(gzip.compress(b'{"board":"daily"}'), 1)
    got = await answered(gate, request("POST", WATCH, body, headers))

    first, second, _ = opened(got.body)
    assert first == (0, b'{"period":"daily"}')  # too short to be worth it
    assert second[0] == 1
    assert json.loads(gzip.decompress(second[1])) == {"period": "x" * 2000}
    assert got.headers["connect-content-encoding"] == "gzip"


@pytest.mark.parametrize("takes", ["br, gzip;q=0", "br", "gzipped", "identity"])
async def test_nothing_is_compressed_for_who_does_not_take_it(
    gate: FakeGate, takes: str
) -> None:
    headers = {**STREAM, "connect-accept-encoding": takes}
    body = sealed(b'{"board":"daily"}')
    got = await answered(gate, request("POST", WATCH, body, headers))

    assert [flags for flags, _ in opened(got.body)] == [0, 0, 2]
    assert "connect-content-encoding" not in got.headers


async def test_a_stream_that_fails_says_so_at_its_end(gate: FakeGate) -> None:
    got = await answered(gate, request("POST", WATCH, sealed(b'{"top":-1}'), STREAM))

    _, (flags, last) = opened(got.body)
    assert (got.status, got.outcome, flags) == (200, Status.OUT_OF_RANGE, 2)
    assert json.loads(last)["error"] == {"code": "out_of_range", "message": "no"}


@pytest.mark.parametrize(
    ("body", "headers", "code", "told"),
    [
        (b"", {}, "invalid_argument", "0 messages"),
        (b"\0\0\0", {}, "invalid_argument", "3 bytes of 5"),
        (b"\0\xff\xff\xff\xff{}", {}, "invalid_argument", "message of 4294967295"),
        (sealed(b"{}") + b"\0", {}, "invalid_argument", "1 bytes of 5"),
        (sealed(b"{}") * 2, {}, "invalid_argument", "2 messages"),
        (sealed(b"{}", 2), {}, "invalid_argument", "flags 0x02"),
        (sealed(b"{}", 1), {}, "invalid_argument", "without the name"),
        (sealed(b"{}", 1), {"connect-content-encoding": "gzip"}, "", "not gzip"),
        (
            sealed(gzip.compress(b"{}")[:-1], 1),
            {"connect-content-encoding": "gzip"},
            "invalid_argument",
            "not one whole gzip",
        ),
        (
            sealed(gzip.compress(b"{}") + b"x", 1),
            {"connect-content-encoding": "gzip"},
            "invalid_argument",
            "not one whole gzip",
        ),
        (
            sealed(gzip.compress(b" " * (MOST_BYTES + 1)), 1),
            {"connect-content-encoding": "gzip"},
            "resource_exhausted",
            "more than",
        ),
        (sealed(b"{}"), {"connect-content-encoding": "br"}, "unimplemented", "gzip"),
        (sealed(b"{"), {}, "invalid_argument", ""),
    ],
)
async def test_junk_in_envelopes_is_told_in_one(
    gate: FakeGate, body: bytes, headers: dict[str, str], code: str, told: str
) -> None:
    got = await answered(gate, request("POST", WATCH, body, {**STREAM, **headers}))

    ((flags, last),) = opened(got.body)
    error = json.loads(last)["error"]
    assert (got.status, flags) == (200, 2)
    assert error["code"] == code or not code
    assert told in error["message"]
    assert not gate.calls
