"""The broker's dialect, and which dialect a request speaks at all."""

import difflib
import json
import math
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import quote

import pytest

from fleet.errors import Status
from rpc.rpc_pb2 import GetChampionRequest, UpdateScoreRequest, WatchRankingRequest
from services.gateway.dialects.broker_asked import asked_of
from services.gateway.dialects.choose import dialect_of
from services.gateway.exchange import Request
from services.gateway.failure import Failure
from tests.support.gate import FakeGate, answered, request
from tests.support.gateway_schema import shelf

GET = "/rpc.Rpc/GetChampion"
SCORE = "/rpc.Rpc/UpdateScore"
WATCH = "/rpc.Rpc/WatchRanking"
OBJECT = '[{"championId": 7}]'
FORM = {"content-type": "application/x-www-form-urlencoded"}


def champion(asked: GetChampionRequest) -> dict[str, Any]:
    if asked.champion_id == 504:
        raise Failure(Status.DEADLINE_EXCEEDED, "too slow")
    return {"champion": {"champion_id": asked.champion_id, "name": "a\u2028"}}


def score(asked: UpdateScoreRequest) -> dict[str, Any]:
    return {"period": asked.board}


async def changes(asked: WatchRankingRequest) -> AsyncGenerator[dict[str, Any], None]:
    yield {"period": asked.board}
    yield {"period": asked.board}


@pytest.fixture
def gate() -> FakeGate:
    return FakeGate({GET[1:]: champion, SCORE[1:]: score, WATCH[1:]: changes})


@pytest.mark.parametrize(
    "asked",
    [
        request("GET", f"{GET}?args=[7]"),
        request("GET", f"{GET}?args=%5B7%5D&_=1700000000"),
        request("GET", f"{GET}?args={quote(OBJECT)}"),
        request("POST", f"{GET}?args=[7]"),
        request("POST", GET, b"[7]"),
        request("POST", GET, b" [7]\n", {"content-type": "application/json"}),
        request("POST", GET, b"[7]", FORM),
        request("POST", GET, b"args=%5B7%5D", FORM),
        request("POST", GET, b"[7]", {"content-type": "text/plain"}),
    ],
)
async def test_arguments_come_in_many_ways(gate: FakeGate, asked: Request) -> None:
    got = await answered(gate, asked)

    assert (got.status, got.headers["content-type"]) == (200, "application/json")
    (answer,) = json.loads(got.body)
    assert answer["champion"]["championId"] == 7
    assert gate.calls[0].message.champion_id == 7


async def test_arguments_are_fields_by_number(gate: FakeGate) -> None:
    body = b'["daily", {"userId": "ann"}, 5]'
    await answered(gate, request("POST", SCORE, body))
    asked = gate.calls[0].message
    assert (asked.board, asked.user.user_id, asked.score) == ("daily", "ann", 5)


async def test_no_argument_is_an_empty_request(gate: FakeGate) -> None:
    assert (await answered(gate, request("GET", GET))).status == 200


@pytest.mark.parametrize(
    ("query", "timeout_ms"),
    [("", None), ("&timeout=250", 250.0), ("&timeout=-1", math.inf)],
)
async def test_a_timeout_in_the_query(
    gate: FakeGate, query: str, timeout_ms: float | None
) -> None:
    await answered(gate, request("GET", f"{GET}?args=[7]{query}"))
    assert gate.calls[0].timeout_ms == timeout_ms


async def test_an_answer_can_be_text(gate: FakeGate) -> None:
    got = await answered(gate, request("GET", f"{GET}?args=[7]&type=plain"))
    assert got.headers["content-type"] == "text/plain; charset=utf-8"
    assert got.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["jsonp", "callback"])
async def test_an_answer_can_be_a_script(gate: FakeGate, name: str) -> None:
    got = await answered(gate, request("GET", f"{GET}?args=[7]&{name}=a.b_$1"))

    assert got.body.startswith(b"/**/a.b_$1([{")
    assert got.body.endswith(b"]);")
    assert b'"a\\u2028"' in got.body
    assert got.headers["content-type"] == "text/javascript; charset=utf-8"
    assert got.headers["x-content-type-options"] == "nosniff"


async def test_pages_of_other_sites_may_load_a_script(gate: FakeGate) -> None:
    header = "cross-origin-resource-policy"
    script = await answered(gate, request("GET", f"{GET}?args=[7]&jsonp=a"))
    plain = await answered(gate, request("GET", f"{GET}?args=[7]"))
    assert script.headers[header] == "cross-origin"
    assert header not in plain.headers


def test_only_the_beginning_of_a_long_name_is_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = []
    monkeypatch.setattr(
        difflib, "get_close_matches", lambda name, *_, **__: compared.append(name)
    )
    with pytest.raises(Failure, match="no parameter 'aaa"):
        asked_of("", b"a" * 1_000_000 + b"=1", FORM["content-type"])
    assert compared == ["a" * 200]


async def test_a_stream_is_an_array(gate: FakeGate) -> None:
    got = await answered(gate, request("GET", f'{WATCH}?args=["daily"]'))
    assert [each["period"] for each in json.loads(got.body)] == ["daily", "daily"]


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        (request("GET", f"{GET}?args=[504]"), 504, "too slow"),
        (request("GET", "/rpc.Rpc/GetChampio?args=[7]"), 404, "GetChampion?"),
        (request("GET", f"{GET}?args=7"), 400, "args is '7', allowed is an array"),
        (request("GET", f"{GET}?args=[7"), 400, "an array in JSON"),
        (request("GET", f"{GET}?args=[7]&args=[8]"), 400, "to be given once"),
        (request("POST", f"{GET}?args=[7]", b"[8]"), 400, "to be given once"),
        (request("POST", GET, b"{}"), 400, "an array in JSON"),
        (request("POST", GET, b"[", {"content-type": "application/json"}), 400, "args"),
        (request("POST", GET, b"\xff\xfe"), 400, "an array in JSON"),
        (request("GET", f"{GET}?args=[7,8]"), 400, "at most these: champion_id"),
        (request("GET", f"{GET}?args=[7]&timeout=abc"), 400, "timeout is 'abc'"),
        (request("GET", f"{GET}?args=[7]&timeout=-2"), 400, "timeout is '-2'"),
        (request("GET", f"{GET}?args=[7]&type=xml"), 400, "json or plain"),
        (request("GET", f"{GET}?args=[7]&tpye=json"), 400, "did you mean 'type'"),
        (request("GET", f"{GET}?args=%ff"), 400, "UTF-8"),
        (request("POST", GET, b"args=[7]" + b"&_=1" * 7, FORM), 400, "at most 6"),
        (request("GET", f"{GET}?" + "_=1&" * 101), 400, "at most 6"),
        (request("GET", f"{GET}?args=[7]&jsonp=alert(1)//"), 400, "jsonp is"),
        (request("GET", f"{GET}?args=[7]&jsonp="), 400, "jsonp is ''"),
        (request("GET", f"{GET}?args=[7]&jsonp=" + "a" * 65), 400, "1 to 64"),
        (request("GET", f"{GET}?args=[7]&jsonp=a%0a"), 400, "jsonp is"),
        (request("GET", f"{GET}?args=[7]&jsonp=a&callback=b"), 400, "not both"),
        (request("POST", f"{GET}?jsonp=a", b"[7]"), 400, "GET of one answer only"),
        (request("GET", f"{WATCH}?args=[]&jsonp=a"), 400, "GET of one answer only"),
        (request("GET", f"{SCORE}?args=[]"), 405, "allowed is POST"),
        (request("DELETE", f"{GET}?args=[]"), 405, "allowed is GET, POST"),
        (
            request("POST", GET, b"", {"content-type": "application/grpc"}),
            415,
            "gRPC is spoken by the services themselves",
        ),
    ],
)
async def test_junk_is_told(
    gate: FakeGate, asked: Request, status: int, told: str
) -> None:
    got = await answered(gate, asked)
    assert (got.status, got.headers["content-type"]) == (status, "application/json")
    assert told in json.loads(got.body)["message"]
    assert got.headers["cache-control"] == "no-store"


async def test_a_stream_of_requests_is_refused() -> None:
    gate = FakeGate({}, schema=shelf(), routes_file=None)
    got = await answered(gate, request("POST", "/shelf.Shelf/Upload", b"[]"))
    assert (got.status, b"takes a stream" in got.body) == (501, True)


@pytest.mark.parametrize(
    ("verb", "target", "kind", "dialect"),
    [
        ("GET", "/v1/champions/7", "", "Rest"),
        ("GET", "/v1/champions/7?args=[]", "", "Rest"),
        ("GET", "/a.b/c/d", "", "Rest"),
        ("GET", "/v1.0/c", "", "Rest"),
        ("POST", "/nothing/At.all", "application/grpc-web", "Rest"),
        ("POST", GET, "application/grpc-web", "GrpcWeb"),
        ("POST", GET, "Application/gRPC-Web-Text+Proto; charset=utf-8", "GrpcWeb"),
        ("POST", GET, "application/grpc", "Native"),
        ("POST", GET, "application/grpc+proto", "Native"),
        ("POST", GET, "application/json; charset=utf-8", "Connect"),
        ("POST", GET, "application/proto", "Connect"),
        ("POST", GET, "application/connect+proto", "Connect"),
        ("POST", f"{GET}?args=[]", "application/json", "Broker"),
        ("POST", GET, "", "Broker"),
        ("POST", GET, "text/plain", "Broker"),
        ("GET", f"{GET}?connect=v1", "", "Connect"),
        ("GET", f"{GET}?message=&encoding=json", "", "Connect"),
        ("HEAD", f"{GET}?connect=v1", "", "Connect"),
        ("GET", f"{GET}?args=[]", "", "Broker"),
        ("GET", GET, "", "Broker"),
        ("GET", "/rpc.Rpc/Nothing", "", "Broker"),
    ],
)
def test_a_request_speaks_one_dialect(
    gate: FakeGate, verb: str, target: str, kind: str, dialect: str
) -> None:
    asked = request(verb, target, b"", {"content-type": kind} if kind else {})
    assert type(dialect_of(asked, gate.schema.methods)).__name__ == dialect
