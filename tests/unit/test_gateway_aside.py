"""Long messages are read and written in a thread, so that other calls go on."""

import gzip
import json
import struct
import threading
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from rpc.rpc_pb2 import GetChampionRequest, UpdateScoresRequest, WatchRankingRequest
from services.gateway.aside import LONG_ANSWER, LONG_BODY
from services.gateway.codec import Codec
from services.gateway.exchange import Request
from services.gateway.routes import Routes
from tests.support.gate import FakeGate, answered, request

ROUTES = Path(__file__).parents[2] / "services" / "gateway" / "http.yaml"
GET = "/rpc.Rpc/GetChampion"
SCORES = "/rpc.Rpc/UpdateScores"
WATCH = "/rpc.Rpc/WatchRanking"
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}
CONNECT = {"content-type": "application/connect+json"}
SQUEEZED = {**CONNECT, "connect-content-encoding": "gzip"}
WEB = {"content-type": "application/grpc-web+json"}

SHORT = b'{"board": "daily"}'
LONG = b'{"board": "%b"}' % (b"x" * LONG_BODY)
UPDATES = b'{"updates": [%b]}' % b",".join([SHORT] * 2000)


def framed(payload: bytes, flags: int = 0) -> bytes:
    return struct.pack(">BI", flags, len(payload)) + payload


class Watched(Codec):
    """Remembers where it has worked."""

    read: threading.Thread
    written: threading.Thread

    def from_plain(
        self,
        kind: Descriptor,
        plain: Any,  # noqa: ANN401 - JSON
        *,
        ignore_unknown: bool = False,
    ) -> Message:
        self.read = threading.current_thread()
        return super().from_plain(kind, plain, ignore_unknown=ignore_unknown)

    def plain(self, message: Message, *, defaults: bool = True) -> Any:  # noqa: ANN401 - JSON
        self.written = threading.current_thread()
        return super().plain(message, defaults=defaults)


def champion(asked: GetChampionRequest) -> Mapping[str, Any]:
    return {"champion": {"name": "x" * asked.champion_id}}


def scores(asked: UpdateScoresRequest) -> Mapping[str, Any]:
    del asked
    return {}


async def changes(asked: WatchRankingRequest) -> AsyncGenerator[dict[str, Any], None]:
    yield {"period": "x" * asked.top}


@pytest.fixture
def codec(gate: FakeGate) -> Watched:
    watched = gate.codec = Watched(gate.schema.pool)
    gate.routes = Routes.load(ROUTES, gate.schema, watched)
    return watched


@pytest.fixture
def gate() -> FakeGate:
    return FakeGate({GET[1:]: champion, SCORES[1:]: scores, WATCH[1:]: changes})


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(request("POST", "/v1/scores:batchUpdate", UPDATES), id="rest"),
        pytest.param(request("POST", SCORES, UPDATES, JSON), id="connect"),
        pytest.param(request("POST", WATCH, framed(LONG), CONNECT), id="stream"),
        pytest.param(
            request("POST", WATCH, framed(gzip.compress(LONG), 1), SQUEEZED),
            id="squeezed",
        ),
        pytest.param(request("POST", SCORES, framed(UPDATES), WEB), id="grpc-web"),
        pytest.param(request("POST", SCORES, b"[%b]" % UPDATES), id="broker"),
        pytest.param(
            request("POST", SCORES, b"args=" + quote(b"[%b]" % UPDATES).encode(), FORM),
            id="form",
        ),
    ],
)
async def test_a_long_body_is_read_aside(
    gate: FakeGate, codec: Watched, asked: Request
) -> None:
    got = await answered(gate, asked)

    assert (got.status, len(gate.calls)) == (200, 1)
    assert codec.read is not threading.current_thread()


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(
            request("POST", "/v1/scores:batchUpdate", b'{"updates": [{}]}'), id="rest"
        ),
        pytest.param(request("POST", SCORES, b"{}", JSON), id="connect"),
        pytest.param(request("POST", WATCH, framed(SHORT), CONNECT), id="stream"),
        pytest.param(request("POST", SCORES, framed(b"{}"), WEB), id="grpc-web"),
        pytest.param(request("POST", SCORES, b"[{}]"), id="broker"),
    ],
)
async def test_a_short_one_is_not_worth_a_thread(
    gate: FakeGate, codec: Watched, asked: Request
) -> None:
    got = await answered(gate, asked)

    assert (got.status, len(gate.calls)) == (200, 1)
    assert codec.read is threading.current_thread()
    assert codec.written is threading.current_thread()


def answers(size: int) -> list[tuple[str, Request]]:
    """Return requests in every dialect that are answered with *size* bytes."""
    asked = b'{"championId": %d}' % size
    return [
        ("rest", request("GET", f"/v1/champions/{size}")),
        ("pretty", request("GET", f"/v1/champions/{size}?$pretty=true")),
        ("connect", request("POST", GET, asked, JSON)),
        ("grpc-web", request("POST", GET, framed(asked), WEB)),
        ("broker", request("GET", f"{GET}?args=[{size}]")),
        ("lines", request("GET", f"/v1/rankings/daily:watch?top={size}")),
    ]


@pytest.mark.parametrize(
    "asked", [pytest.param(one, id=name) for name, one in answers(LONG_ANSWER + 1)]
)
async def test_a_long_answer_is_written_aside(
    gate: FakeGate, codec: Watched, asked: Request
) -> None:
    got = await answered(gate, asked)

    assert got.status == 200
    assert b"x" * LONG_ANSWER in got.body
    assert codec.written is not threading.current_thread()


async def test_what_is_wrong_with_a_long_body_is_told(
    gate: FakeGate, codec: Watched
) -> None:
    body = UPDATES.replace(b'"board": "daily"}]', b'"baord": "daily"}]')

    got = await answered(gate, request("POST", "/v1/scores:batchUpdate", body))

    assert got.status == 400
    assert "did you mean 'board'?" in json.loads(got.body)["message"]
    assert codec.read is not threading.current_thread()
