"""The balanced channel against real servers: the four kinds of call."""

import asyncio
import pickle
from collections.abc import AsyncIterator

import grpc
import pytest
from grpc import aio

import fleet
from fleet.client.channel import Channel
from fleet.client.engine import CallFailed
from rpc import rpc_pb2, rpc_pb2_grpc
from tests.support.backend import BOTH, DOWN, UNARY, UP, Backend, Listing, backends
from tests.support.until import until


def one(channel: Channel) -> "aio.UnaryUnaryMultiCallable[bytes, bytes]":
    return channel.unary_unary(UNARY)


async def requests(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_answers_all_four_kinds_of_call() -> None:
    async with (
        backends(2) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        assert await one(channel)(b"a") == b"a"
        down = channel.unary_stream(DOWN)(b"a b c")
        assert [part async for part in down] == [b"a", b"b", b"c"]
        assert await channel.stream_unary(UP)(requests(b"a", b"b")) == b"a b"
        both = channel.stream_stream(BOTH)(requests(b"a", b"b"))
        assert [part async for part in both] == [b"a", b"b"]


async def test_streams_can_be_read_and_written_step_by_step() -> None:
    async with (
        backends(1) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        call = channel.stream_stream(BOTH)()
        await call.write(b"a")
        assert await call.read() == b"a"
        await call.done_writing()
        assert await call.read() is aio.EOF
        assert await call.code() is grpc.StatusCode.OK


@pytest.mark.parametrize(
    "kind", ["unary_unary", "unary_stream", "stream_unary", "stream_stream"]
)
async def test_spreads_each_kind_of_call_over_all_servers(kind: str) -> None:
    paths = dict(
        zip(
            ("unary_unary", "unary_stream", "stream_unary", "stream_stream"),
            (UNARY, DOWN, UP, BOTH),
            strict=True,
        )
    )
    turns = fleet.RoundRobin
    config = fleet.ChannelConfig(policy=turns, stream_policy=turns)
    async with (
        backends(3) as servers,
        fleet.connect("test", config, lookup=Listing.of(*servers)) as channel,
    ):
        await until(lambda: sum(row.picked for row in channel.explain().rows) == 3)
        method = getattr(channel, kind)(paths[kind])
        for _ in range(30):
            request = requests(b"x") if kind.startswith("stream") else b"x"
            call = method(request)
            if kind.endswith("stream"):
                assert [part async for part in call] == [b"x"]
            else:
                assert await call == b"x"

        assert [server.calls for server in servers] == [10, 10, 10]


async def test_a_generated_stub_works_as_it_is() -> None:
    class Champions(rpc_pb2_grpc.RpcServicer):
        async def GetChampion(  # noqa: N802 - the generated name
            self, request: rpc_pb2.GetChampionRequest, _context: object
        ) -> rpc_pb2.GetChampionResponse:
            champion = rpc_pb2.Champion(champion_id=request.champion_id)
            return rpc_pb2.GetChampionResponse(champion=champion)

    server = aio.server()
    rpc_pb2_grpc.add_RpcServicer_to_server(Champions(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with fleet.connect(f"fixed://127.0.0.1:{port}") as channel:
        stub = rpc_pb2_grpc.RpcStub(channel)
        answer = await stub.GetChampion(rpc_pb2.GetChampionRequest(champion_id=7))
        assert answer.champion.champion_id == 7
    await server.stop(None)


async def test_a_call_reports_as_grpcs_own_do() -> None:
    async def refuse(
        _request: bytes, context: "aio.ServicerContext[bytes, bytes]"
    ) -> bytes:
        await context.send_initial_metadata((("first", "1"),))
        context.set_trailing_metadata((("last", "2"),))
        await context.abort(grpc.StatusCode.NOT_FOUND, "no such thing")

    async with (
        backends(1) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        servers[0].behave = refuse
        call = one(channel)(b"a", timeout=5)
        assert 0 < (call.time_remaining() or 0) <= 5
        assert await call.code() is grpc.StatusCode.NOT_FOUND
        assert await call.details() == "no such thing"
        assert ("first", "1") in tuple(await call.initial_metadata())
        assert ("last", "2") in tuple(await call.trailing_metadata())
        for _ in range(2):  # an answer may be asked for twice
            with pytest.raises(aio.AioRpcError, match="no such thing"):
                await call
        assert call.done()
        assert not call.cancel()


async def test_a_call_that_is_only_observed_still_ends() -> None:
    async with (
        backends(1) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        ended: asyncio.Queue[object] = asyncio.Queue()
        call = one(channel)(b"a")
        call.add_done_callback(ended.put_nowait)
        assert await ended.get() is call
        assert await call == b"a"
        both = await asyncio.gather(_awaited(call), _awaited(call))
        assert [*both] == [b"a", b"a"]


@pytest.mark.parametrize("listed", [True, False], ids=["under-way", "waiting"])
async def test_cancelling_ends_a_call(*, listed: bool) -> None:
    async def hang(_request: bytes, _context: object) -> bytes:
        await asyncio.get_running_loop().create_future()
        return b""

    async with backends(1) as servers:
        servers[0].behave = hang
        lookup = Listing.of(*servers) if listed else Listing(frozenset())
        async with fleet.connect("test", lookup=lookup) as channel:
            call = one(channel)(b"a", wait_for_ready=True)
            waiting = asyncio.ensure_future(_awaited(call))
            if listed:
                await until(lambda: servers[0].calls == 1)
            else:
                await asyncio.sleep(0)
            assert call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert call.cancelled()
            assert await call.code() is grpc.StatusCode.CANCELLED
            await until(lambda: all(not r.in_flight for r in channel.explain().rows))


async def _awaited(call: "aio.UnaryUnaryCall[bytes, bytes]") -> bytes:
    return await call


async def test_a_cancelled_task_cancels_its_call() -> None:
    ended = asyncio.Event()

    async def hang(_request: bytes, _context: object) -> bytes:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.set()
        return b""

    async with (
        backends(1) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        servers[0].behave = hang
        task = asyncio.ensure_future(_awaited(one(channel)(b"a")))
        await until(lambda: servers[0].calls == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(ended.wait(), 5)


async def test_a_call_that_nobody_awaits_is_counted_out() -> None:
    async with (
        backends(1) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        await one(channel)(b"a")
        one(channel)(b"b")
        await until(lambda: not channel.explain().rows[0].in_flight)


async def test_one_deadline_holds_for_the_whole_call() -> None:
    async def slow(_request: bytes, _context: object) -> bytes:
        await asyncio.get_running_loop().create_future()
        return b""

    async with (
        backends(2) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        for server in servers:
            server.behave = slow
        with pytest.raises(aio.AioRpcError) as caught:
            await one(channel)(b"a", timeout=0.2)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert sum(server.calls for server in servers) == 1


async def test_the_deadline_of_a_handler_holds_for_the_calls_it_makes() -> None:
    from fleet import deadline  # noqa: PLC0415 - only this test is a handler

    async def left(
        _request: bytes, context: "aio.ServicerContext[bytes, bytes]"
    ) -> bytes:
        return str(context.time_remaining()).encode()

    async with (
        backends(1) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as channel,
    ):
        servers[0].behave = left
        await channel.channel_ready()
        token = deadline.current.set(asyncio.get_running_loop().time() + 3)
        try:
            remaining = float(await one(channel)(b"", timeout=60))
        finally:
            deadline.current.reset(token)
        assert remaining < 10


async def test_without_an_endpoint_a_call_fails_at_once_and_says_why() -> None:
    lookup = Listing(frozenset(), error="the nameserver is silent")
    async with fleet.connect("dns://game-server.local:5000", lookup=lookup) as channel:
        with pytest.raises(fleet.NoEndpoints) as caught:
            await one(channel)(b"a")
    assert isinstance(caught.value, aio.AioRpcError)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert "dns://game-server.local:5000" in str(caught.value)
    assert "the nameserver is silent" in str(caught.value)


async def test_a_call_that_waits_is_served_by_the_first_endpoint_to_come() -> None:
    lookup = Listing(frozenset())
    async with fleet.connect("test", lookup=lookup) as channel:
        call = asyncio.ensure_future(
            _awaited(one(channel)(b"a", wait_for_ready=True, timeout=10))
        )
        await until(lambda: lookup.asked)
        async with backends(1) as servers:
            lookup.list(*servers)
            assert await call == b"a"


async def test_a_call_that_waits_in_vain_names_target_and_lookup() -> None:
    async with fleet.connect("test", lookup=Listing(frozenset())) as channel:
        with pytest.raises(CallFailed, match=r"test.*lists no task") as caught:
            await one(channel)(b"a", wait_for_ready=True, timeout=0.1)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert str(again) == str(caught.value)


async def test_an_address_where_nobody_listens_is_named() -> None:
    gone = await Backend().start()
    await gone.stop()
    async with fleet.connect("test", lookup=Listing.of(gone)) as channel:
        with pytest.raises(fleet.NoEndpoints, match="refused"):
            await one(channel)(b"a", timeout=5)
        [row] = channel.explain().rows
        assert not row.picked
        assert "refused" in row.why


async def test_two_channels_at_once_and_closing_leave_nothing_running() -> None:
    before = asyncio.all_tasks()
    async with (
        backends(2) as servers,
        fleet.connect("test", lookup=Listing.of(*servers)) as left,
        fleet.connect("test", lookup=Listing.of(*servers)) as right,
    ):
        assert await one(left)(b"a") == await one(right)(b"a")
    await until(lambda: asyncio.all_tasks() <= before)
