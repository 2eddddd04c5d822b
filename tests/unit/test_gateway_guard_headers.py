"""What goes out with an answer: for other sites, for safety, and compressed."""

import gzip
import os

import pytest

from services.gateway.exchange import Request, Response
from services.gateway.guard.compress import compress, takes_gzip
from services.gateway.guard.cors import cors_headers, preflight
from services.gateway.guard.headers import cache_control
from services.gateway.policy.policy import Cors, Metadata, Policy
from tests.support.asked import asked

GAME = "https://game.example"
SOME = Policy(
    cors=Cors(origins=frozenset({GAME}), headers=("x-game",), credentials=True),
    metadata=Metadata(request=frozenset({"x-in"}), response=frozenset({"x-out"})),
)
ALL = Policy(cors=Cors(origins=frozenset({"*"})))


def question(origin: str) -> Request:
    headers = {"origin": origin, "access-control-request-method": "POST"}
    return asked(headers, verb="OPTIONS")


def test_a_preflight_of_a_known_site_is_told_what_it_may() -> None:
    answer = preflight(question(GAME), SOME)

    assert answer is not None
    headers = dict(answer.headers)
    assert answer.status == 204
    assert headers[b"access-control-allow-origin"] == GAME.encode()
    assert headers[b"access-control-allow-credentials"] == b"true"
    assert headers[b"access-control-max-age"] == b"600"
    assert headers[b"vary"] == b"origin"
    allowed = headers[b"access-control-allow-headers"].split(b", ")
    assert {b"content-type", b"x-api-key", b"x-game", b"x-in"} <= {*allowed}
    assert b"POST" in headers[b"access-control-allow-methods"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://game.example",
        "https://game.example.evil",
        "https://game.example:444",
        "null",
        "*",
        "",
        f"{GAME}, {GAME}",
    ],
)
def test_any_other_site_is_told_nothing(origin: str) -> None:
    answer = preflight(question(origin), SOME)

    assert answer is not None
    assert answer.headers == [(b"vary", b"origin")]
    assert cors_headers(asked({"origin": origin}), SOME) == [(b"vary", b"origin")]


@pytest.mark.parametrize(
    ("request_", "policy"),
    [
        pytest.param(question(GAME), Policy(), id="no-site-may"),
        pytest.param(asked({"origin": GAME}, verb="OPTIONS"), SOME, id="no-method"),
        pytest.param(
            asked({"access-control-request-method": "GET"}, verb="OPTIONS"),
            SOME,
            id="no-origin",
        ),
        pytest.param(
            asked({"origin": GAME, "access-control-request-method": "GET"}),
            SOME,
            id="no-options",
        ),
    ],
)
def test_what_is_no_preflight_goes_on(request_: Request, policy: Policy) -> None:
    assert preflight(request_, policy) is None


def test_a_known_site_may_read_what_its_page_needs() -> None:
    headers = dict(cors_headers(asked({"origin": GAME}), SOME))

    shown = headers[b"access-control-expose-headers"].split(b", ")
    needed = {b"grpc-status", b"grpc-status-details-bin", b"etag", b"retry-after"}
    assert {*needed, b"x-out", b"x-request-id"} <= {*shown}


def test_every_site_is_the_same_answer_for_all() -> None:
    headers = dict(cors_headers(asked(), ALL))

    assert headers[b"access-control-allow-origin"] == b"*"
    assert b"vary" not in headers
    assert b"access-control-allow-credentials" not in headers


def test_without_cors_nothing_is_added() -> None:
    assert cors_headers(asked({"origin": GAME}), Policy()) == []


@pytest.mark.parametrize(
    ("kept", "principal", "expected"),
    [
        pytest.param(False, "", b"no-store", id="write"),
        pytest.param(True, "", b"no-cache", id="read"),
        pytest.param(True, "key:a", b"private, no-cache", id="read-of-somebody"),
    ],
)
def test_only_good_reads_may_be_kept(
    kept: bool,  # noqa: FBT001 - a case
    principal: str,
    expected: bytes,
) -> None:
    header = (b"cache-control", expected)

    assert cache_control(kept=kept, principal=principal) == header


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        ("gzip ; q=0.001", True),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("gzip;q=0.1, identity;q=0.5", False),
        ("gzip;q=nan", False),
        ("gzip;q=1e9", False),
        ("gzip;q=-1", False),
        ("gzip;level=9", False),
        ("gzipx", False),
        (", ,;;=,", False),
        ("a," * 5000 + "gzip", False),
    ],
)
def test_reads_accept_encoding(header: str, takes: bool) -> None:  # noqa: FBT001 - a case
    assert takes_gzip(header) is takes


def answer(body: bytes, kind: bytes = b"application/json", *more: bytes) -> Response:
    pairs = zip(more[::2], more[1::2], strict=True)
    return Response(200, body, [(b"content-type", kind), *pairs])


async def test_compresses_what_is_long_and_text() -> None:
    body = b'{"a": 1}' * 200
    response = answer(body, b"application/json; charset=utf-8", b"etag", b'"x"')

    await compress(asked({"accept-encoding": "gzip"}), response)

    assert isinstance(response.body, bytes)
    assert gzip.decompress(response.body) == body
    headers = dict(response.headers)
    assert headers[b"content-encoding"] == b"gzip"
    assert headers[b"etag"] == b'W/"x"'
    assert headers[b"vary"] == b"accept-encoding"


async def test_a_long_answer_is_the_same() -> None:
    body = os.urandom(1024).hex().encode() * 200
    response = answer(body, b"application/vnd.x+json", b"etag", b'W/"x"')

    await compress(asked({"accept-encoding": "gzip"}), response)

    assert isinstance(response.body, bytes)
    assert gzip.decompress(response.body) == body
    assert (b"etag", b'W/"x"') in response.headers


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(answer(b"x" * 1023), id="short"),
        pytest.param(answer(b"x" * 2000, b"image/png"), id="png"),
        pytest.param(answer(b"x" * 2000, b"application/grpc-web"), id="grpc"),
        pytest.param(answer(b"x" * 2000, b""), id="no-type"),
        pytest.param(
            answer(b"x" * 2000, b"text/html", b"content-encoding", b"br"), id="done"
        ),
        pytest.param(
            answer(b"x" * 2000, b"text/html", b"cache-control", b"no-transform"),
            id="final",
        ),
    ],
)
async def test_leaves_the_rest(response: Response) -> None:
    before = (response.body, list(response.headers))

    await compress(asked({"accept-encoding": "gzip"}), response)

    assert (response.body, response.headers) == before


async def test_a_caller_without_gzip_is_told_that_there_is_another_form() -> None:
    response = answer(b"x" * 2000, b"text/plain", b"etag", b'"x"')

    await compress(asked(), response)

    assert response.body == b"x" * 2000
    assert (b"vary", b"accept-encoding") in response.headers
    assert (b"etag", b'"x"') in response.headers
