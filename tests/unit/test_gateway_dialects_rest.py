"""REST: what is asked of the backend, what is answered, and what is refused."""

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from fleet.errors import Status
from rpc.rpc_pb2 import GetChampionRequest, UpdateScoreRequest, WatchRankingRequest
from services.gateway.dialects.accept import STREAM, UNARY, accepted
from services.gateway.exchange import Request
from services.gateway.failure import Failure, retry
from tests.support.gate import FakeGate, Script, answered, opened, request
from tests.support.gateway_schema import shelf

CHAMPION = "rpc.Rpc/GetChampion"
WATCH = "rpc.Rpc/WatchRanking"
SHELF = """
type: google.api.Service
http:
  rules:
    - {selector: shelf.Shelf.Get, get: "/books/{name}", response_body: author}
    - {selector: shelf.Shelf.List, get: "/books", response_body: books}
    - {selector: shelf.Shelf.Wait, get: "/wait"}
"""


SSE = b"""retry: 2000

id: t0
data: {"x":0}

id: t1
data: {"x":1}

event: end
data: {}

"""


def champion(asked: GetChampionRequest) -> dict[str, Any]:
    if asked.champion_id == 404:
        raise Failure(Status.NOT_FOUND, "no champion 404")
    if asked.champion_id == 503:
        raise Failure(Status.UNAVAILABLE, "later", details=[retry(1.2)])
    return {"champion": {"champion_id": asked.champion_id, "name": "Kalista"}}


def score(asked: UpdateScoreRequest) -> dict[str, Any]:
    return {"total": 1, "changed": True, "period": asked.board}


async def changes(_: WatchRankingRequest) -> AsyncGenerator[dict[str, Any], None]:
    for rank in range(2):
        yield {"resume_token": f"t{rank}", "previous_rank": rank}


SCRIPTS: dict[str, Script] = {
    CHAMPION: champion,
    "rpc.Rpc/UpdateScore": score,
    WATCH: changes,
}


def gate(**more: Any) -> FakeGate:  # noqa: ANN401 - fields of the gate
    return FakeGate(SCRIPTS, **more)


@pytest.fixture
def books(tmp_path: Path) -> FakeGate:
    file = tmp_path / "http.yaml"
    file.write_text(SHELF)
    scripts: dict[str, Script] = {
        "shelf.Shelf/Get": lambda _: {"name": "b"},
        "shelf.Shelf/List": lambda _: {},
        "shelf.Shelf/Wait": lambda _: {},
    }
    return FakeGate(scripts, schema=shelf(), routes_file=file)


async def test_a_read_is_json_with_a_tag() -> None:
    asked = request("GET", "/v1/champions/7")

    got = await answered(gate(), asked)

    want = {"championId": 7, "type": "UNKNOWN", "name": "Kalista", "message": ""}
    assert (got.status, json.loads(got.body)) == (200, {"champion": want})
    assert got.headers["content-type"] == "application/json"
    assert got.headers["cache-control"] == "no-cache"
    assert got.headers["etag"].startswith('W/"')
    assert got.headers["vary"] == "accept-encoding"
    assert asked.method == CHAMPION


@pytest.mark.parametrize("given", ["{}", "W/{}", '"x", {}', '"x", W/{}', "*"])
async def test_who_has_the_answer_is_told_so(given: str) -> None:
    tag = (await answered(gate(), request("GET", "/v1/champions/7"))).headers["etag"]
    again = {"if-none-match": given.format(tag.removeprefix("W/"))}

    got = await answered(gate(), request("GET", "/v1/champions/7", headers=again))

    assert (got.status, got.body, got.headers["etag"]) == (304, b"", tag)
    assert (tag[:3], got.headers["vary"]) == ('W/"', "accept-encoding")


async def test_another_tag_brings_the_answer() -> None:
    headers = {"if-none-match": '"other"'}
    got = await answered(gate(), request("GET", "/v1/champions/7", headers=headers))
    assert got.status == 200


async def test_a_head_is_answered_as_a_get() -> None:
    one = await answered(gate(), request("GET", "/v1/champions/7"))
    assert await answered(gate(), request("HEAD", "/v1/champions/7")) == one


async def test_a_head_opens_no_stream() -> None:
    door = gate()
    got = await answered(door, request("HEAD", "/v1/rankings/daily:watch"))
    assert (got.status, got.body, door.calls) == (200, b"", [])


async def test_a_head_tells_no_length_of_a_stream() -> None:
    got = await opened(gate(), request("HEAD", "/v1/rankings/daily:watch"))
    assert not isinstance(got.body, bytes)
    await got.body.aclose()


async def test_a_body_is_asked_and_its_answer_not_kept() -> None:
    door = gate()
    body = b'{"user": {"user_id": "ann"}, "score": "5"}'
    headers = {"content-type": "application/json; charset=utf-8"}

    got = await answered(
        door, request("POST", "/v1/rankings/daily/scores", body, headers)
    )

    assert got.headers["cache-control"] == "no-store"
    assert "etag" not in got.headers
    assert door.calls[0].message.user.user_id == "ann"
    assert door.calls[0].message.board == "daily"


@pytest.mark.parametrize(
    ("target", "timeout_ms"),
    [
        ("/v1/champions/7?timeout=250", 250.0),
        ("/v1/champions/7?%74imeout=250", 250.0),
        ("/v1/champions/7?timeout=%3250", 250.0),
        ("/v1/champions/7", None),
    ],
)
async def test_a_timeout_in_the_query(target: str, timeout_ms: float | None) -> None:
    door = gate()
    await answered(door, request("GET", target))
    assert door.calls[0].timeout_ms == timeout_ms


async def test_a_field_called_timeout_is_a_field(books: FakeGate) -> None:
    await answered(books, request("GET", "/wait?timeout=3"))
    assert books.calls[0].timeout_ms is None


async def test_empty_fields_can_be_left_out() -> None:
    got = await answered(gate(), request("GET", "/v1/champions/7?%24defaults=omit"))
    assert json.loads(got.body) == {"champion": {"championId": 7, "name": "Kalista"}}


async def test_an_answer_can_be_pretty() -> None:
    target = "/v1/champions/7?$pretty=true&$defaults=omit"
    got = await answered(gate(), request("GET", target))
    assert got.body.decode() == (
        '{\n  "champion": {\n    "championId": 7,\n    "name": "Kalista"\n  }\n}\n'
    )


@pytest.mark.parametrize(
    ("target", "body"),
    [("/books?$defaults=omit", b"[]"), ("/books", b"[]"), ("/books/b", b"null")],
)
async def test_one_field_can_be_the_answer(
    books: FakeGate, target: str, body: bytes
) -> None:
    assert (await answered(books, request("GET", target))).body == body


async def test_headers_of_the_backend_are_passed_on() -> None:
    door = gate(headers=[(b"x-shard", b"3")])
    got = await answered(door, request("GET", "/v1/champions/7"))
    assert got.headers["x-shard"] == "3"


async def test_a_refusal_is_a_status_in_json() -> None:
    got = await answered(gate(), request("GET", "/v1/champions/404"))

    told = json.loads(got.body)
    assert (got.status, told["code"]) == (404, 5)
    assert told["message"] == "no champion 404"
    assert told["details"][-1]["requestId"] == "req-1"
    assert got.outcome is Status.NOT_FOUND


async def test_a_refusal_says_when_to_come_back() -> None:
    got = await answered(gate(), request("GET", "/v1/champions/503"))
    assert (got.status, got.headers["retry-after"]) == (503, "2")


async def test_who_may_not_call_is_told_before_the_body_is_read() -> None:
    door = gate(refusal=Failure(Status.UNAUTHENTICATED, "no key"))
    got = await answered(
        door, request("POST", "/v1/rankings/daily/scores", b"{", {"content-type": "x"})
    )
    assert (got.status, door.calls) == (401, [])


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        (request("GET", "/v1/champions/7?timeout=soon"), 400, "timeout is 'soon'"),
        (request("GET", "/v1/champions/7?timeout=0"), 400, "1 to 9999999999"),
        (request("GET", "/v1/champions/7?timeout=99999999999"), 400, "timeout is"),
        (
            request("GET", "/v1/champions/7?timeout=1&timeout=5000"),
            400,
            "'timeout' is given twice",
        ),
        (
            request("GET", "/v1/champions/7?$pretty=true&%24pretty=true"),
            400,
            "'$pretty' is given twice",
        ),
        (request("GET", "/v1/champions/7?%74imeout=soon"), 400, "timeout is 'soon'"),
        (request("GET", "/v1/champions/7?%74imeout=%f"), 400, "'timeout' is not perc"),
        (request("GET", "/v1/champions/7?$prety=true"), 400, "did you mean '$pretty'"),
        (request("GET", "/v1/champions/7?$pretty=1"), 400, "allowed is true or false"),
        (
            request("GET", "/v1/champions/7", headers={"accept": "text/csv"}),
            406,
            "allowed is application/json",
        ),
        (
            request(
                "GET", "/v1/champions/7", headers={"accept": "application/json;q=0"}
            ),
            406,
            "allowed is application/json",
        ),
        (
            request("POST", "/v1/rankings/d/scores", b"a=1", {"content-type": "a/b"}),
            415,
            "content-type is 'a/b', allowed is application/json",
        ),
        (request("GET", "/v1/nothing"), 404, "/v1/nothing"),
        (request("DELETE", "/v1/champions/7"), 405, "DELETE"),
    ],
)
async def test_junk_is_told(asked: Request, status: int, told: str) -> None:
    door = gate()
    got = await answered(door, asked)
    assert got.status == status
    assert told in json.loads(got.body)["message"]
    assert not door.calls


@pytest.mark.parametrize(
    ("accept", "kind", "body"),
    [
        (None, "application/x-ndjson", b'{"x":0}\n{"x":1}\n'),
        ("*/*", "application/x-ndjson", b'{"x":0}\n{"x":1}\n'),
        ("application/jsonl", "application/x-ndjson", b'{"x":0}\n{"x":1}\n'),
        ("application/json", "application/json", b'[{"x":0},\n{"x":1}]\n'),
        (
            "text/event-stream",
            "text/event-stream",
            SSE,
        ),
    ],
)
async def test_a_stream_has_the_shape_that_is_accepted(
    accept: str | None, kind: str, body: bytes
) -> None:
    headers = {"accept": accept} if accept else {}
    door = gate(resume={WATCH: "resume_token"})

    target = "/v1/rankings/daily:watch?$defaults=omit"
    got = await answered(door, request("GET", target, headers=headers))

    wanted = body.replace(b'"x":0', b'"resumeToken":"t0"')
    wanted = wanted.replace(b'"x":1', b'"previousRank":"1","resumeToken":"t1"')
    assert (got.status, got.headers["content-type"]) == (200, kind)
    assert got.body == wanted
    assert door.closed == [WATCH]


async def test_a_stream_goes_on_from_the_last_event() -> None:
    door = gate(resume={WATCH: "resume_token"})
    headers = {"accept": "text/event-stream", "last-event-id": "t9"}
    target = "/v1/rankings/daily:watch?resume_token=t1&timeout=70"

    await answered(door, request("GET", target, headers=headers))

    assert door.calls[0].message.resume_token == "t9"  # noqa: S105 - none
    assert door.calls[0].timeout_ms == 70.0


async def test_a_stream_that_is_refused_has_its_status() -> None:
    async def refuse(_: WatchRankingRequest) -> AsyncGenerator[dict[str, Any], None]:
        raise Failure(Status.OUT_OF_RANGE, "resume_token is of another board")
        yield {}

    door = FakeGate({WATCH: refuse})
    got = await answered(door, request("GET", "/v1/rankings/daily:watch"))

    assert (got.status, got.headers["content-type"]) == (400, "application/json")
    assert b"another board" in got.body
    assert door.closed == [WATCH]


@pytest.mark.parametrize(
    ("header", "ours", "form"),
    [
        ("", UNARY, "application/json"),
        ("text/html, */*;q=0.1", UNARY, "application/json"),
        ("application/*", STREAM, "application/x-ndjson"),
        ("text/*, application/json;q=0.5", STREAM, "text/event-stream"),
        ("application/json, text/event-stream;q=0.9", STREAM, "application/json"),
        ("*/*, application/x-ndjson;q=0", STREAM, "application/ndjson"),
        ("application/x-ndjson;q=junk, application/json", STREAM, "application/json"),
        (" , ", UNARY, "application/json"),
    ],
)
def test_the_best_form_is_chosen(header: str, ours: tuple[str, ...], form: str) -> None:
    assert accepted(header, ours) == form
