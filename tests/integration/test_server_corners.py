"""Answers in the corners: what a method sets, cancels, wraps, or says at length."""

import asyncio

import grpc
import pytest

from fleet.errors import InvalidArgument, NotFound, Refusal
from fleet.server.method import Context
from fleet.server.request_id import KEY
from tests.support.served import KINDS, Records, call, echo, served

StatusCode = grpc.StatusCode


@pytest.mark.parametrize(
    ("code", "status"),
    [
        pytest.param(StatusCode.ABORTED, StatusCode.ABORTED, id="the-engines-own"),
        pytest.param(10, StatusCode.ABORTED, id="a-number"),
        pytest.param(99, StatusCode.UNKNOWN, id="no-such-number"),
    ],
)
async def test_a_code_that_a_method_sets_is_told_and_logged(
    code: object, status: grpc.StatusCode, records: Records
) -> None:
    async def sets(_request: bytes, context: Context) -> bytes:
        context.set_code(code)
        context.set_details("mine")
        return b""

    async with served(echo(unary_unary=sets)) as (_, channel):
        done = await call(channel, "unary_unary")
        assert await done.details() == "mine"
        assert await done.code() is status
    assert [c["status"] for c in records.calls] == [status.name]


async def test_setting_ok_keeps_the_reply(records: Records) -> None:
    async def sets(request: bytes, context: Context) -> bytes:
        context.set_code(StatusCode.OK)
        return request

    async with served(echo(unary_unary=sets)) as (_, channel):
        method: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
        method = channel.unary_unary("/test.Echo/One")
        assert await method(b"kept") == b"kept"
    assert [c["status"] for c in records.calls] == ["OK"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_method_that_is_cancelled_from_within_is_answered(kind: str) -> None:
    async def inner(_request: object, _context: object) -> bytes:
        task = asyncio.ensure_future(asyncio.Event().wait())
        task.cancel()
        await task
        return b""

    async with served(echo(**{kind: inner})) as (_, channel):
        done = await call(channel, kind)
        assert await done.code() is StatusCode.INTERNAL
        assert await done.details() == "internal error"


async def test_a_refusal_out_of_a_task_group_is_the_refusal() -> None:
    async def refuse() -> None:
        raise NotFound("hero", 7)

    async def grouped(_request: bytes, _context: object) -> bytes:
        async with asyncio.TaskGroup() as group:
            group.create_task(refuse())
        return b""

    async with served(echo(unary_unary=grouped)) as (_, channel):
        done = await call(channel, "unary_unary")
        assert await done.code() is StatusCode.NOT_FOUND


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(NotFound("user", "u" * 20_000), id="long"),
        pytest.param(NotFound("user", "\u30cd" * 1500), id="long-when-encoded"),
        pytest.param(NotFound("user", "\udc80"), id="half-a-character"),
        pytest.param(InvalidArgument("f" * 9000, b"\xff" * 9000, "a" * 9000), id="all"),
    ],
)
async def test_a_long_refusal_arrives_as_what_it_is(refusal: Refusal) -> None:
    async def refuse(_request: bytes, _context: object) -> bytes:
        raise refusal

    async with served(echo(unary_unary=refuse)) as (_, channel):
        done = await call(channel, "unary_unary")
        assert await done.code() is StatusCode(
            (refusal.status.value, refusal.status.name.lower().replace("_", " "))
        )


async def test_a_refusal_with_a_bug_keeps_its_text_to_itself() -> None:
    class Broken(Refusal):
        def __str__(self) -> str:
            raise ValueError("secret")

    async def refuse(_request: bytes, _context: object) -> bytes:
        raise Broken

    async with served(echo(unary_unary=refuse)) as (_, channel):
        done = await call(channel, "unary_unary")
        assert await done.code() is StatusCode.INTERNAL
        assert await done.details() == "internal error"


async def test_a_refusal_carries_the_request_id_beside_the_methods_own_trailers() -> (
    None
):
    async def refuse(_request: bytes, context: Context) -> bytes:
        context.set_trailing_metadata((("mine", "1"),))
        raise NotFound("hero", 7)

    async with served(echo(unary_unary=refuse)) as (_, channel):
        done = await call(channel, "unary_unary")
        names = {key for key, _ in await done.trailing_metadata()}
        assert {"mine", KEY} <= names


async def test_a_flood_is_answered_and_health_too() -> None:
    async def slow(_request: bytes, _context: object) -> bytes:
        await asyncio.sleep(0)
        return b""

    async with served(echo(unary_unary=slow)) as (_, channel):
        method: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
        method = channel.unary_unary("/test.Echo/One")
        check: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
        check = channel.unary_unary("/grpc.health.v1.Health/Check")
        await check(b"")  # a caller that knows the limits of the connection
        flood = [method(b"", timeout=60) for _ in range(4000)]
        healths = [check(b"", timeout=60) for _ in range(50)]
        codes = {await done.code() for done in flood}
        assert {await done.code() for done in healths} == {StatusCode.OK}
        assert codes <= {StatusCode.OK, StatusCode.RESOURCE_EXHAUSTED}
