"""What holds a call together when things go wrong around it, as in grpc.aio."""

import asyncio
import gc

import grpc
import pytest
from grpc import aio

import fleet
from fleet import deadline
from fleet.client.channel import Channel
from fleet.endpoint import Endpoint
from tests.support.backend import BOTH, DOWN, UNARY, UP, Backend, Listing, backends
from tests.support.until import until

SAFE = fleet.ChannelConfig(
    retry=fleet.RetryConfig(
        safe_methods=frozenset({UNARY, DOWN}), backoff_s=1.0, max_backoff_s=1.0
    )
)


async def fail(_request: bytes, context: "aio.ServicerContext[bytes, bytes]") -> bytes:
    await context.abort(grpc.StatusCode.UNAVAILABLE, "told to fail")


async def ready(channel: Channel, count: int = 1) -> None:
    await until(lambda: sum(row.picked for row in channel.explain().rows) == count)


async def test_a_bug_in_a_done_callback_hangs_nobody() -> None:
    async with (
        backends(1) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        told: list[str] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(
            lambda _loop, context: told.append(context["message"])
        )
        call = channel.unary_unary(UNARY)(b"a")
        ended: list[object] = []

        def bug(_call: object) -> None:
            raise ValueError("a caller's bug")

        call.add_done_callback(bug)
        call.add_done_callback(ended.append)
        assert await call == b"a"
        loop.set_exception_handler(None)
        assert ended == [call]
        assert told == ["bug in a done callback"]


async def test_a_stream_that_was_cut_does_not_look_complete() -> None:
    async with (
        backends(1) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        call = channel.unary_stream(DOWN)(b"a fail")
        assert await call.read() == b"a"
        for _ in range(3):
            with pytest.raises(aio.AioRpcError, match="told to fail"):
                await call.read()


async def test_a_read_that_was_given_up_cancels_the_stream() -> None:
    async with (
        backends(1) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        call = channel.stream_stream(BOTH)()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(call.read(), 0.05)
        with pytest.raises(asyncio.CancelledError):
            await call.read()
        assert await call.code() is grpc.StatusCode.CANCELLED


async def test_a_failed_stream_that_nobody_reads_is_done() -> None:
    async with (
        backends(1) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        await ready(channel)
        ended: asyncio.Queue[aio.UnaryStreamCall[bytes, bytes]] = asyncio.Queue()
        call = channel.unary_stream(DOWN)(b"fail")
        call.add_done_callback(ended.put_nowait)
        told = await ended.get()
        assert told is call
        assert call.done()
        assert await call.code() is grpc.StatusCode.UNAVAILABLE


async def test_code_of_a_stream_is_that_of_its_last_attempt() -> None:
    async with (
        backends(1) as [server],
        fleet.connect("test", SAFE, lookup=Listing.of(server)) as channel,
    ):
        await ready(channel)
        call = channel.unary_stream(DOWN)(b"fail")
        reading = asyncio.ensure_future(call.read())
        code = asyncio.ensure_future(call.code())
        with pytest.raises(aio.AioRpcError):
            await reading
        assert await code is grpc.StatusCode.UNAVAILABLE
        assert server.calls == 4


async def test_cancelling_after_the_answer_came_changes_nothing() -> None:
    async with (
        backends(1) as [server],
        fleet.connect("test", lookup=Listing.of(server)) as channel,
    ):
        await ready(channel)
        call = channel.unary_unary(UNARY)(b"a")
        await until(lambda: not channel.explain().rows[0].in_flight)
        assert not call.cancel()
        assert await call == b"a"


async def test_cancelling_between_two_attempts_ends_the_call() -> None:
    async with (
        backends(1) as [server],
        fleet.connect("test", SAFE, lookup=Listing.of(server)) as channel,
    ):
        server.behave = fail
        call = channel.unary_unary(UNARY)(b"a")
        waiting = asyncio.ensure_future(_awaited(call))
        await until(lambda: server.calls == 2)  # the second pause takes a second
        await until(lambda: not channel.explain().rows[0].in_flight)
        assert call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await call.code() is grpc.StatusCode.CANCELLED
        assert server.calls == 2


async def _awaited(call: "aio.UnaryUnaryCall[bytes, bytes]") -> bytes:
    return await call


async def test_calls_made_before_the_first_peer_run_side_by_side() -> None:
    together = asyncio.Barrier(5)

    async def meet(request: bytes, _context: object) -> bytes:
        await together.wait()
        return request

    async with backends(1) as [server]:
        server.behave = meet
        async with fleet.connect("test", lookup=Listing.of(server)) as channel:
            calls = [channel.unary_unary(UNARY)(b"a") for _ in range(5)]
            assert [await call for call in calls] == [b"a"] * 5


async def test_headers_arrive_before_a_request_is_written() -> None:
    async with (
        backends(1) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        call = channel.stream_unary(UP)(timeout=30)
        reading = asyncio.ensure_future(call.wait_for_connection())
        await asyncio.wait_for(reading, 5)
        await call.write(b"a")
        await call.done_writing()
        assert await call == b"a"


async def test_requests_may_be_given_by_grpcs_own_name() -> None:
    async with (
        backends(1) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        call = channel.stream_unary(UP)(request_iterator=iter([b"a", b"b"]))
        assert await call == b"a b"
        with pytest.raises(TypeError, match="request"):
            channel.unary_unary(UNARY)()  # type: ignore[call-arg]


async def test_an_attempt_that_ends_without_a_status_is_counted_out() -> None:
    async with (
        backends(1) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        await ready(channel)
        metadata = (("Bad Key\n", "x"),)
        with pytest.raises(Exception, match="execute_batch"):
            await channel.unary_unary(UNARY)(b"a", metadata=metadata)
        await until(lambda: not channel.explain().rows[0].in_flight)


async def test_a_stub_for_every_call_leaves_nothing_behind() -> None:
    async with (
        backends(1) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        for _ in range(50):
            await channel.unary_unary(UNARY)(b"a")
        gc.collect()
        [peer] = channel._balancer.peers  # noqa: SLF001 - what is kept has no window
        assert len(peer.link.methods) <= 1


async def test_closing_ends_every_wait_and_nothing_starts_again() -> None:
    lookup = Listing(frozenset())
    async with backends(1) as servers, fleet.connect("test", lookup=lookup) as channel:
        unary = channel.unary_unary(UNARY)(b"a", wait_for_ready=True)
        stream = channel.unary_stream(DOWN)(b"a", wait_for_ready=True)
        reading = asyncio.ensure_future(stream.read())
        waiting = asyncio.ensure_future(channel.channel_ready())
        await until(lambda: lookup.asked)
        await channel.close()
        with pytest.raises(asyncio.CancelledError):
            await unary
        with pytest.raises(asyncio.CancelledError):
            await reading
        with pytest.raises(aio.UsageError, match="closed"):
            await waiting
        assert channel.get_state() is grpc.ChannelConnectivity.SHUTDOWN
        asked = lookup.asked
        lookup.list(*servers)
        await until(lambda: lookup.asked > asked + 1)
        with pytest.raises(aio.UsageError, match="closed"):
            channel.unary_unary(UNARY)(b"a")
        assert not channel.explain().rows


async def test_a_server_that_leaves_without_a_goodbye_gets_no_further_call() -> None:
    held = asyncio.Event()

    async def hold(request: bytes, _context: object) -> bytes:
        if request == b"hold":
            await held.wait()
        return request

    async with (
        backends(2) as (leaving, staying),
        fleet.connect("test", lookup=Listing.of(leaving, staying)) as channel,
    ):
        leaving.behave = staying.behave = hold
        await ready(channel, 2)
        kept = [channel.unary_unary(UNARY)(b"hold") for _ in range(4)]
        await until(lambda: leaving.calls + staying.calls == 4)
        stopping = asyncio.ensure_future(leaving.stop(10))
        await ready(channel, 1)
        for _ in range(20):
            await channel.unary_unary(UNARY)(b"a")
        held.set()
        assert [await call for call in kept] == [b"hold"] * 4
        await stopping


async def test_a_crash_loop_leaves_no_row_of_dead_peers() -> None:
    lookup = Listing(frozenset())
    async with fleet.connect("test", lookup=lookup) as channel:
        for n in range(1, 6):
            dead = Endpoint("127.1.99.1", n)
            lookup.endpoints = frozenset({dead})
            await until(lambda: _rows(channel) == [str(dead)])  # noqa: B023 - at once


def _rows(channel: Channel) -> list[str]:
    return [row.endpoint for row in channel.explain().rows]


async def test_a_health_service_that_refuses_us_does_not_shut_a_server_out() -> None:
    class Refusing(Backend):
        def _handlers(self) -> grpc.GenericRpcHandler:
            async def refuse(
                _request: bytes, context: "aio.ServicerContext[bytes, bytes]"
            ) -> bytes:
                await context.abort(grpc.StatusCode.UNAUTHENTICATED, "who are you?")

            make = grpc.unary_unary_rpc_method_handler
            watch = "/grpc.health.v1.Health/Watch"
            return _Both({watch: make(refuse), UNARY: make(self._one)})

    server = await Refusing(with_health=False).start()
    try:
        async with fleet.connect("test", lookup=Listing.of(server)) as channel:
            assert await channel.unary_unary(UNARY)(b"a") == b"a"
            assert "who are you?" in channel.explain().rows[0].last_error
    finally:
        await server.stop()


class _Both(grpc.GenericRpcHandler):
    def __init__(
        self, handlers: "dict[str, grpc.RpcMethodHandler[bytes, bytes]]"
    ) -> None:
        self._handlers = handlers

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[bytes, bytes] | None":
        return self._handlers.get(handler_call_details.method)


async def test_a_task_may_be_detached_from_the_handlers_deadline() -> None:
    async with (
        backends(1) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        token = deadline.current.set(asyncio.get_running_loop().time() - 1)
        try:
            with pytest.raises(aio.AioRpcError) as caught:
                await channel.unary_unary(UNARY)(b"a", timeout=5)
            assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
            with deadline.detached():
                assert await channel.unary_unary(UNARY)(b"a", timeout=5) == b"a"
        finally:
            deadline.current.reset(token)
