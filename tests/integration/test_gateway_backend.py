"""Calls of a backend on a lean connection: what gRPC no longer checks, we do."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import grpc
import pytest

import fleet
from fleet.client.config import ChannelConfig
from fleet.errors import Status
from services.gateway.failure import Failure
from services.gateway.schema.method import Method, method_of
from services.gateway.upstream.backend import CONNECTION, Backend
from tests.support.gateway_schema import schema
from tests.support.served import SETTINGS, served

LIMIT = CONNECTION.max_message_bytes


def method(name: str) -> Method:
    known = schema()
    return method_of(known.methods[f"rpc.Rpc/{name}"].descriptor, "fixed://x")


class Sized:
    """Answers as many bytes as it is asked for."""

    async def one(self, request: bytes, _context: object) -> bytes:
        if request == b"never":
            await asyncio.Event().wait()
        return b"x" * int(request)

    async def many(self, request: bytes, _context: object) -> AsyncIterator[bytes]:
        yield b"x"
        yield b"x" * int(request)


def add(servicer: Sized, server: object) -> None:
    handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
        "GetChampion": grpc.unary_unary_rpc_method_handler(servicer.one),
        "WatchRanking": grpc.unary_stream_rpc_method_handler(servicer.many),
    }
    server.add_registered_method_handlers("rpc.Rpc", handlers)  # type: ignore[attr-defined]


async def test_sizes_and_deadlines_hold_on_a_lean_connection() -> None:
    large = replace(SETTINGS, max_message_bytes=4 * LIMIT)
    async with served((add, Sized()), settings=large) as (server, _):
        target = f"fixed://{server.endpoint}"
        async with fleet.connect(target, ChannelConfig(connection=CONNECTION)) as way:
            backend = Backend(target, way, set())
            one, many = method("GetChampion"), method("WatchRanking")
            answer, _ = await backend.unary(one, b"%d" % LIMIT, 10, ())
            assert len(answer) == LIMIT
            with pytest.raises(Failure, match=r"answered 4194305 bytes") as large_one:
                await backend.unary(one, b"%d" % (LIMIT + 1), 10, ())
            assert large_one.value.status is Status.RESOURCE_EXHAUSTED
            with pytest.raises(Failure) as late:
                await backend.unary(one, b"never", 0.2, ())
            assert late.value.status is Status.DEADLINE_EXCEEDED
            answers = backend.stream(many, b"%d" % (LIMIT + 1), None, ())
            assert await anext(answers) == b"x"
            with pytest.raises(Failure, match="answered 4194305 bytes"):
                await anext(answers)
