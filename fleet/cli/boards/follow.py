"""Watching a board for as long as it takes, through restarts of what serves it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from fleet.cli.boards.stub import PASSING, Stub, retry_after_s, status_of
from fleet.client.engine import RpcFailed
from rpc.rpc_pb2 import WatchRankingRequest, WatchRankingResponse

Sleep = Callable[[float], Awaitable[None]]

_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The watch has broken off; it is taken up again where it was."""

    reason: str


async def follow(
    stub: Stub, request: WatchRankingRequest, sleep: Sleep = asyncio.sleep
) -> AsyncGenerator[WatchRankingResponse | Interrupted, None]:
    """Yield what a watch tells, resuming with its last token whenever it breaks.

    A watch that has never been answered raises what it ended with, as the target
    may well be a wrong one; so does one that is refused for good.
    """
    going = WatchRankingRequest()
    going.CopyFrom(request)
    pause_s, answered = _PAUSE_S, False
    while True:
        call = stub.WatchRanking(going)
        try:
            async for told in call:
                pause_s, answered = _PAUSE_S, True
                going.resume_token = told.resume_token
                yield told
            broken = Interrupted("the server has ended the watch")
            asked_s = None
        except RpcFailed as error:
            if not answered or status_of(error) not in PASSING:
                raise
            broken = Interrupted(error.details() or status_of(error).name)
            asked_s = retry_after_s(error)
        finally:
            call.cancel()
        yield broken
        await sleep(min(asked_s or pause_s, _LONGEST_PAUSE_S))
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
