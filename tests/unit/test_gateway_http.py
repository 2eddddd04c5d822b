"""The parts of the gateway's HTTP that need no socket."""

import asyncio
import gzip
import inspect
import zlib
from typing import Any

import pytest
from httptools import HttpRequestParser
from uvicorn.config import Config
from uvicorn.protocols.http import httptools_impl
from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from fleet.errors import Status
from services.gateway.exchange import Request, Response
from services.gateway.failure import Failure
from services.gateway.http import Asgi, Metrics
from services.gateway.http.inflate import inflate
from services.gateway.http.timer import Timer
from services.gateway.policy.policy import Policy

# What services/gateway/http uses of uvicorn and does not find in its documentation.
# A new version of uvicorn that changes any of it fails here first.


def test_the_protocol_of_uvicorn_is_the_one_that_we_extend() -> None:
    assert list(inspect.signature(HttpToolsProtocol.__init__).parameters) == [
        *("self", "config", "server_state", "app_state", "_loop")
    ]
    for name in (
        *("connection_made", "connection_lost", "data_received", "pause_writing"),
        *("resume_writing", "on_message_begin", "on_headers_complete", "on_body"),
        *("on_message_complete", "on_response_complete", "shutdown"),
        *("timeout_keep_alive_handler", "_unset_keepalive_if_required"),
    ):
        assert callable(getattr(HttpToolsProtocol, name)), name
    start = inspect.signature(HttpToolsProtocol._start_asgi_task)  # noqa: SLF001
    assert list(start.parameters) == ["self", "cycle", "app"]
    assert httptools_impl.STATUS_LINE[404] == b"HTTP/1.1 404 Not Found\r\n"


async def test_a_connection_of_uvicorn_has_what_we_read_and_write() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
        del scope, receive, send

    config = Config(app, interface="asgi3", log_config=None, lifespan="off")
    config.load()
    state = ServerState()
    connection = HttpToolsProtocol(config, state, {}, asyncio.get_running_loop())
    for name in (
        *("app", "connections", "cycle", "flow", "headers", "loop", "parser"),
        *("pipeline", "tasks", "timeout_keep_alive", "timeout_keep_alive_task"),
        *("client", "scope", "transport", "url"),
    ):
        # `url` is there from the first byte of a request on.
        assert hasattr(connection, name) or name == "url", name
    for name in ("connections", "default_headers", "tasks"):
        assert hasattr(state, name), name


def test_a_cycle_of_uvicorn_has_what_we_read_and_write() -> None:
    source = inspect.getsource(RequestResponseCycle.__init__)
    for name in (
        *("scope", "transport", "flow", "default_headers", "message_event"),
        *("on_response", "disconnected", "keep_alive", "waiting_for_100_continue"),
        *("response_started", "response_complete"),
    ):
        assert f"self.{name} = " in source or f"self.{name}: " in source, name


class Heard:
    """Callbacks of a parser, in their order."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def on_message_begin(self) -> None:
        self.calls.append("begin")

    def on_url(self, _url: bytes) -> None:
        self.calls.append("url")

    def on_header(self, _name: bytes, _value: bytes) -> None:
        self.calls.append("header")

    def on_headers_complete(self) -> None:
        self.calls.append("head")

    def on_body(self, _body: bytes) -> None:
        self.calls.append("body")

    def on_message_complete(self) -> None:
        self.calls.append("end")


def test_the_parser_tells_a_url_in_parts_and_a_header_whole() -> None:
    heard = Heard()
    parser = HttpRequestParser(heard)
    for part in (b"GET /a", b"b HTTP/1.1\r\na: b", b"c\r\n", b"\r\n"):
        parser.feed_data(part)
    assert heard.calls == ["begin", "url", "url", "header", "head", "end"]


# Compression


def test_deflate_is_understood_with_its_header_and_without() -> None:
    raw = zlib.compressobj(wbits=-15)
    bare = raw.compress(b"abc") + raw.flush()
    assert inflate(zlib.compress(b"abc"), "deflate", 10) == b"abc"
    assert inflate(bare, "Deflate", 10) == b"abc"
    assert inflate(b"abc", " identity ", 10) == b"abc"


def test_a_body_of_several_members_is_put_together_under_one_limit() -> None:
    two = gzip.compress(b"abc") + gzip.compress(b"def")
    assert inflate(two, "gzip", 6) == b"abcdef"
    with pytest.raises(Failure, match="larger than 5 bytes"):
        inflate(two, "gzip", 5)
    with pytest.raises(Failure, match="more than 64 parts"):
        inflate(gzip.compress(b"") * 65, "gzip", 5)


@pytest.mark.parametrize(
    ("data", "encoding", "http"),
    [
        pytest.param(b"", "gzip", 400, id="empty"),
        pytest.param(gzip.compress(b"abc") + b"x", "gzip", 400, id="behind"),
        pytest.param(gzip.compress(b"abc")[:-1], "gzip", 400, id="cut"),
        pytest.param(b"x", "gzip, gzip", 415, id="two"),
        pytest.param(b"x", "zstd", 415, id="unknown"),
    ],
)
def test_what_cannot_be_inflated(data: bytes, encoding: str, http: int) -> None:
    with pytest.raises(Failure) as caught:
        inflate(data, encoding, 10)
    assert caught.value.http == http


# Any server of ASGI


async def _asked(asgi: Asgi, **scope: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:  # noqa: ANN401
        sent.append(dict(message))

    whole = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [(b"host", b"a")],
        "client": None,
        **scope,
    }
    await asgi(whole, receive, send)
    return sent


def _answering(response: Response) -> Asgi:
    async def app(_request: Request) -> Response:
        return response

    policy = Policy()
    return Asgi(app, lambda: policy, Metrics())


async def test_it_runs_on_any_server() -> None:
    asgi = _answering(Response(200, b"abc", [(b"x-a", b"1")]))
    start, body = await _asked(asgi)
    assert (start["status"], body["body"]) == (200, b"abc")
    assert (b"content-length", b"3") in start["headers"]
    assert (b"x-content-type-options", b"nosniff") in start["headers"]


async def test_a_door_has_the_last_word_on_safety_and_none_on_the_request_id() -> None:
    own = [(b"content-security-policy", b"mine"), (b"x-request-id", b"theirs")]
    start, _ = await _asked(_answering(Response(200, b"", list(own))))
    names = [name for name, _ in start["headers"]]
    assert names.count(b"content-security-policy") == names.count(b"x-request-id") == 1
    assert own[0] in start["headers"]
    assert own[1] not in start["headers"]


@pytest.mark.parametrize("path", [b"*", b"a", b"/\xc3\xbc", b"/a\x00", b"/a b\n"])
async def test_a_path_that_is_none(path: bytes) -> None:
    start, _ = await _asked(_answering(Response(200)), raw_path=path)
    assert start["status"] == 400


async def test_the_lifespan_of_other_servers() -> None:
    told = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent = []

    async def receive() -> dict[str, Any]:
        return next(told)

    async def send(message: Any) -> None:  # noqa: ANN401
        sent.append(message["type"])

    await _answering(Response(200))({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    with pytest.raises(NotImplementedError):
        await _answering(Response(200))({"type": "websocket"}, receive, send)


# Figures


def test_figures_are_counted_by_method_and_outcome() -> None:
    metrics = Metrics()
    metrics.answered("a.B/C", 200, Status.OK, 0.0005)
    metrics.answered("a.B/C", 200, Status.OK, 0.3)
    metrics.answered("a.B/C", 200, Status.OK, None)
    metrics.answered("", 404, Status.NOT_FOUND, 99)

    def sample(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(name, labels)

    good = {"method": "a.B/C", "status": "200", "code": "OK"}
    assert sample("gateway_requests_total", **good) == 3
    seconds = "gateway_request_seconds"
    assert sample(f"{seconds}_bucket", method="a.B/C", le="0.001") == 1
    assert sample(f"{seconds}_bucket", method="a.B/C", le="0.5") == 2
    assert sample(f"{seconds}_count", method="a.B/C") == 2
    assert sample(f"{seconds}_bucket", method="unmatched", le="10.0") == 0
    assert sample(f"{seconds}_bucket", method="unmatched", le="+Inf") == 1


def test_what_only_grows_is_a_counter() -> None:
    metrics = Metrics()
    metrics.sent_bytes = 7
    metrics.count("gateway_test", "One of others.", lambda: 3)
    assert metrics.registry.get_sample_value("gateway_sent_bytes_total") == 7
    assert metrics.registry.get_sample_value("gateway_test_total") == 3
    with pytest.raises(ValueError, match="gateway_test"):
        metrics.count("gateway_test", "Again.", lambda: 3)


async def test_a_timer_comes_once_or_not_at_all() -> None:
    came = asyncio.Event()
    timer = Timer(asyncio.get_running_loop(), came.set)
    timer.start(1000)
    timer.stop()
    assert not timer.running
    timer.start(1000)
    timer.start(0)
    await came.wait()
    assert not timer.running
