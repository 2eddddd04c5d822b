"""What a caller is told, in all four kinds of call, on a real socket."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.rpc import (  # type: ignore[import-untyped]  # has none
    error_details_pb2,
    status_pb2,
)

from fleet import deadline
from fleet.errors import InvalidArgument, NotFound, Refusal
from fleet.server import ServerSettings
from fleet.server.method import Context, Handler, Request
from tests.support.served import (
    KINDS,
    SETTINGS,
    Records,
    Registered,
    call,
    echo,
    served,
)
from tests.support.until import until

every_kind = pytest.mark.parametrize("kind", KINDS)
StatusCode = grpc.StatusCode


def raising(kind: str, error: BaseException) -> Registered:
    """A behaviour of *kind* that raises, a stream after its first reply."""

    async def fails(_request: object, _context: object) -> bytes:
        raise error

    async def fails_late(_request: object, _context: object) -> AsyncIterator[bytes]:
        yield b"first"
        raise error

    return echo(**{kind: fails_late if kind.endswith("stream") else fails})


async def _echo(request: Request, _context: object) -> bytes:
    if isinstance(request, bytes):
        return request
    return b"".join([part async for part in request])


async def _echo_stream(request: Request, _context: object) -> AsyncIterator[bytes]:
    if isinstance(request, bytes):
        yield request
    else:
        async for part in request:
            yield part


async def _echo_writes(request: Request, context: Context) -> None:
    async for part in _echo_stream(request, context):
        await context.write(part)


ECHO = echo(
    unary_unary=_echo,
    stream_unary=_echo,
    unary_stream=_echo_stream,
    stream_stream=_echo_writes,
)


@every_kind
async def test_carries_a_call_of_every_kind(kind: str) -> None:
    async with served(ECHO) as (_, channel):
        done = await call(channel, kind, b"hello")

        assert await done.code() is StatusCode.OK


@every_kind
@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        pytest.param(NotFound("hero", 7), StatusCode.NOT_FOUND, "no hero 7", id="own"),
        pytest.param(
            RuntimeError("password=hunter2"),
            StatusCode.INTERNAL,
            "internal error",
            id="a-bug-keeps-its-text-to-itself",
        ),
        pytest.param(
            Refusal("\u30b1\u30cd\u30f3\r\nx: y"),
            StatusCode.UNKNOWN,
            "\u30b1\u30cd\u30f3\r\nx: y",
            id="any-text-survives",
        ),
    ],
)
async def test_answers_an_error_with_its_status(
    kind: str, error: Exception, status: grpc.StatusCode, text: str, records: Records
) -> None:
    async with served(raising(kind, error)) as (_, channel):
        done = await call(channel, kind)

        assert (await done.code(), await done.details()) == (status, text)
    assert [c["status"] for c in records.calls] == [status.name]
    traced = any(line.exc_info for line in records.lines)
    assert traced is (status is StatusCode.INTERNAL)


async def test_names_the_wrong_field_in_a_bad_request() -> None:
    wrong = InvalidArgument("champion_id", -1, "1 or more")
    async with served(raising("unary_unary", wrong)) as (_, channel):
        done = await call(channel, "unary_unary")

        rich = status_pb2.Status.FromString(
            dict(await done.trailing_metadata())["grpc-status-details-bin"]
        )
    bad = error_details_pb2.BadRequest()
    rich.details[0].Unpack(bad)
    assert rich.code == StatusCode.INVALID_ARGUMENT.value[0]
    assert bad.field_violations[0].field == "champion_id"


async def test_respects_what_a_method_answers_by_itself() -> None:
    async def sets(_request: bytes, context: Context) -> None:
        context.set_code(StatusCode.ABORTED)
        context.set_details("mine")
        context.set_trailing_metadata((("mine", "1"),))

    async def aborts(_request: object, context: Context) -> bytes:
        await context.abort(StatusCode.DATA_LOSS, "torn")
        raise AssertionError

    async with served(echo(unary_unary=sets, stream_unary=aborts)) as (_, channel):
        one = await call(channel, "unary_unary")
        up = await call(channel, "stream_unary")

        assert (await one.code(), await one.details()) == (StatusCode.ABORTED, "mine")
        assert {"mine", "x-request-id"} <= set(dict(await one.trailing_metadata()))
        assert (await up.code(), await up.details()) == (StatusCode.DATA_LOSS, "torn")
        assert "x-request-id" in dict(await up.trailing_metadata())


@every_kind
async def test_refuses_bytes_that_are_not_the_message(
    kind: str, records: Records
) -> None:
    def parse(raw: bytes) -> bytes:
        raise ValueError(f"secret {raw!r}")

    add, servicer = ECHO

    def parsing(_servicer: object, server: Handler) -> None:
        class Strict:
            def add_registered_method_handlers(self, name: str, found: Handler) -> None:
                strict = {
                    method: handler._replace(request_deserializer=parse)
                    for method, handler in found.items()
                }
                server.add_registered_method_handlers(name, strict)

        add(servicer, Strict())

    async with served((parsing, None)) as (_, channel):
        done = await call(channel, kind, b"\xff")

        assert await done.code() is StatusCode.INTERNAL
        assert "cannot be parsed" in await done.details()
        assert "secret" not in await done.details()
    assert not any(line.exc_info for line in records.lines)  # a caller's bug, not ours


async def test_a_reply_of_the_wrong_type_is_a_bug_without_its_text() -> None:
    def serialize(_reply: object) -> bytes:
        raise TypeError("secret")

    def add(_servicer: object, server: Handler) -> None:
        one: Any = grpc.unary_unary_rpc_method_handler(
            _echo, response_serializer=serialize
        )
        down: Any = grpc.unary_stream_rpc_method_handler(
            _echo_stream, response_serializer=serialize
        )
        server.add_registered_method_handlers("test.Echo", {"One": one, "Down": down})

    async with served((add, None)) as (_, channel):
        for kind in ("unary_unary", "unary_stream"):
            done = await call(channel, kind)

            assert await done.code() is StatusCode.INTERNAL
            assert await done.details() == "internal error"


async def test_an_unknown_path_is_refused_and_logged_without_breaking_the_line(
    records: Records,
) -> None:
    async with served(ECHO) as (_, channel):
        method: Any = channel.unary_unary("/no.Such/Method")
        lost = method(b"", timeout=10)

        assert await lost.code() is StatusCode.UNIMPLEMENTED
        assert "/no.Such/Method" in await lost.details()
    assert [c["method"] for c in records.calls] == ["no.Such/Method"]


async def test_a_call_too_many_is_refused_at_once_and_health_is_not() -> None:
    started, go_on = asyncio.Event(), asyncio.Event()

    async def waits(request: bytes, _context: object) -> bytes:
        started.set()
        await go_on.wait()
        return request

    settings = ServerSettings(listen="127.0.0.1:0", linger_s=0, max_concurrent_calls=1)
    async with served(echo(unary_unary=waits), settings=settings) as (_, channel):
        first = asyncio.create_task(call(channel, "unary_unary"))
        await started.wait()
        second = await call(channel, "unary_unary")
        health: Any = channel.unary_unary("/grpc.health.v1.Health/Check")
        healthy = await health(b"")
        go_on.set()

        assert await second.code() is StatusCode.RESOURCE_EXHAUSTED
        trailers = dict(await second.trailing_metadata())
        rich = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
        assert [d.TypeName() for d in rich.details] == [
            "google.rpc.RetryInfo",
            "google.rpc.ErrorInfo",
        ]
        assert healthy == b"\x08\x01"
        assert await (await first).code() is StatusCode.OK
        assert await (await call(channel, "unary_unary")).code() is StatusCode.OK


async def test_a_method_inherits_its_callers_deadline() -> None:
    seen: list[float | None] = []

    async def looks(request: bytes, _context: object) -> bytes:
        seen.append(deadline.current.get())
        return request

    async with served(echo(unary_unary=looks)) as (_, channel):
        before = time.monotonic()
        one: Any = channel.unary_unary("/test.Echo/One")
        await one(b"", timeout=7)
        await one(b"")

    assert seen[0] is not None
    assert before + 6 < seen[0] < before + 8
    assert seen[1] is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param("abc-123", True, id="sane"),
        pytest.param("x" * 128, True, id="as-long-as-may-be"),
        pytest.param("x" * 129, False, id="too-long"),
        pytest.param("a b", False, id="a-space"),
        pytest.param('"},{"x":"', False, id="json"),
        pytest.param("", False, id="empty"),
    ],
)
async def test_keeps_a_sane_request_id_and_replaces_any_other(
    given: str, *, kept: bool, records: Records
) -> None:
    async with served(ECHO) as (_, channel):
        one: Any = channel.unary_unary("/test.Echo/One")
        done = one(b"", metadata=(("x-request-id", given),))
        await done

        sent_back = dict(await done.trailing_metadata())["x-request-id"]
    assert (sent_back == given) is kept
    assert records.calls[0]["request_id"] == sent_back


@pytest.mark.parametrize("timeout_s", [None, 0.2])
async def test_the_log_tells_a_caller_that_left_from_one_that_waited_too_long(
    timeout_s: float | None, records: Records
) -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def waits(_request: bytes, _context: object) -> bytes:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return b""

    async with served(echo(unary_unary=waits)) as (_, channel):
        one: Any = channel.unary_unary("/test.Echo/One")
        calling = one(b"", timeout=timeout_s)
        await asyncio.wait_for(started.wait(), 10)
        if timeout_s is None:
            calling.cancel()
        await asyncio.wait_for(ended.wait(), 10)
        await until(lambda: records.calls)

    expected = "CANCELLED" if timeout_s is None else "DEADLINE_EXCEEDED"
    assert records.calls[0]["status"] == expected


async def test_a_caller_that_leaves_a_stream_is_no_bug(records: Records) -> None:
    closed = asyncio.Event()

    async def floods(_request: bytes, _context: object) -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 1000
        finally:
            closed.set()

    async with served(echo(unary_stream=floods)) as (_, channel):
        down: Any = channel.unary_stream("/test.Echo/Down")
        flood = down(b"")
        await flood.read()
        flood.cancel()
        await asyncio.wait_for(closed.wait(), 10)
        await until(lambda: records.calls)

    assert records.calls[0]["status"] == "CANCELLED"
    assert not any(line.exc_info for line in records.lines)


def _sync(request: bytes, _context: object) -> bytes:
    return request


@every_kind
async def test_a_plain_def_is_refused_by_name(kind: str) -> None:
    with pytest.raises(TypeError, match=f"/test.Echo/{KINDS[kind]} is served by"):
        async with served(echo(**{kind: _sync})):
            pass


async def test_a_message_too_large_is_refused() -> None:
    settings = ServerSettings(listen="127.0.0.1:0", linger_s=0, max_message_bytes=2048)
    async with served(ECHO, settings=settings) as (_, channel):
        done = await call(channel, "unary_unary", b"x" * 3000)

        assert await done.code() is StatusCode.RESOURCE_EXHAUSTED


async def test_a_connection_is_told_to_go_when_it_is_old() -> None:
    settings = ServerSettings(listen="127.0.0.1:0", linger_s=0, max_connection_age_s=1)
    async with served(ECHO, settings=settings) as (_, channel):
        await call(channel, "unary_unary")

        async with asyncio.timeout(10):
            await channel.wait_for_state_change(grpc.ChannelConnectivity.READY)


async def test_serves_nothing_on_a_port_that_is_taken() -> None:
    async with served(ECHO) as (server, _):
        taken = ServerSettings(listen=str(server.endpoint), linger_s=0)

        with pytest.raises(
            Exception, match=f"{server.endpoint}: Address already in use"
        ):
            async with served(ECHO, settings=taken):
                pass


async def test_serves_on_ipv6() -> None:
    settings = ServerSettings(listen="[::1]:0", linger_s=0)
    async with served(ECHO, settings=settings) as (server, channel):
        done = await call(channel, "unary_unary")

        assert await done.code() is StatusCode.OK
        assert str(server.endpoint).startswith("[::1]:")


def test_the_defaults_are_what_the_documents_say() -> None:
    assert (SETTINGS.max_concurrent_calls, SETTINGS.max_message_bytes) == (1000, 2**22)
