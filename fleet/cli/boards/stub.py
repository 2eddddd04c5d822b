"""The game server's ranking methods, and what to do when one is refused."""

import argparse
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError
from google.rpc import (  # type: ignore[import-untyped]  # has none
    error_details_pb2,
    status_pb2,
)

from fleet.cli.destination import opened
from fleet.cli.session import Session
from fleet.client.engine import RpcFailed
from fleet.errors import CallRefused, NoEndpoints, Status, Unknown
from rpc.rpc_pb2 import Board, Empty
from rpc.rpc_pb2_grpc import RpcStub

if TYPE_CHECKING:
    from rpc.rpc_pb2_grpc import RpcAsyncStub

    Stub = RpcAsyncStub
else:
    Stub = RpcStub  # at run time there is one class for both

PASSING = frozenset(
    {
        Status.UNAVAILABLE,
        Status.DEADLINE_EXCEEDED,
        Status.CANCELLED,  # a server that stops says so to what it cuts off
        Status.ABORTED,
        Status.RESOURCE_EXHAUSTED,
    }
)
"""What may go well the next time."""

_HINTS = {
    Status.UNAVAILABLE: "try again; is it up? fleet ps, fleet explain TARGET",
    Status.DEADLINE_EXCEEDED: "try again; is it busy? fleet explain TARGET",
    Status.UNIMPLEMENTED: "this server has no rankings; name one: --target",
}


@contextlib.asynccontextmanager
async def rankings(
    options: argparse.Namespace, session: Session
) -> AsyncIterator[Stub]:
    """Open a channel to the target that was typed, for the length of the block.

    Raises:
        CallRefused: From the block, for a call that gRPC has failed.
        NoEndpoints: From the block, when nobody could be called.
    """
    async with opened(options, session) as wire:
        try:
            yield RpcStub(wire.channel)
        except NoEndpoints:
            raise
        except RpcFailed as error:
            raise refused(error) from None


def status_of(error: RpcFailed) -> Status:
    """Return the canonical code of *error*."""
    return Status(error.code().value[0])


def refused(error: RpcFailed) -> CallRefused:
    """Return *error* as one of ours, with what to do next."""
    status, message = status_of(error), error.details() or "no reason given"
    hint = _HINTS.get(status)
    return CallRefused(status, f"{message}\n  {hint}" if hint else message)


def retry_after_s(error: RpcFailed) -> float | None:
    """Return the seconds that the server asks to wait (google.rpc.RetryInfo)."""
    coded = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
    retry = error_details_pb2.RetryInfo()
    try:
        for detail in status_pb2.Status.FromString(coded).details:
            if detail.Unpack(retry):
                return float(retry.retry_delay.ToTimedelta().total_seconds())
    except (DecodeError, TypeError):
        pass  # no status: nobody told how long
    return None


async def find_board(stub: Stub, name: str) -> Board:
    """Return the board *name* with its rules.

    Raises:
        Unknown: The server has no such board.
    """
    boards = (await stub.ListBoards(Empty())).boards
    for board in boards:
        if board.name == name:
            return board
    raise Unknown("board", name, [board.name for board in boards])
