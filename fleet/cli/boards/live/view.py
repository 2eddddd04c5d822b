"""The live view at work: a watch tells when to read the board again."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from fleet.cli.boards.follow import Interrupted, follow
from fleet.cli.boards.live.frame import frame
from fleet.cli.boards.live.screen import Screen
from fleet.cli.boards.live.state import State
from fleet.cli.boards.stub import PASSING, Stub, status_of
from fleet.cli.out import colourful
from fleet.client.engine import RpcFailed
from rpc.rpc_pb2 import ListRankingRequest, WatchRankingRequest

_TICK_S = 0.25
"""Between two drawings; the board is read no more often than that."""
_IDLE_S = 5.0
"""An unwatched number, the total, is at most so old."""
_LIST_TIMEOUT_S = 2.0


async def show(stub: Stub, request: ListRankingRequest, env: Mapping[str, str]) -> None:
    """Show the first rows of a board until Ctrl-C.

    Raises:
        RpcFailed: The board could not be read even once, or is refused for good.
    """
    page = await stub.ListRanking(request)
    view = View(stub, request, State(request.board, page))
    watching = asyncio.create_task(view.watch())
    screen, colours = Screen(), colourful(sys.stdout, env)
    try:
        while not watching.done():
            await view.refresh()
            size = screen.size()
            lines = frame(view.state, time.monotonic(), size)
            screen.draw(lines, size.columns, colours=colours)
            await asyncio.sleep(_TICK_S)
    finally:
        watching.cancel()
        await asyncio.wait([watching])
    watching.result()


@dataclass(slots=True)
class View:
    """A board that is read again when its watch tells of a change.

    The page is always one that the server has made, so that what is shown is
    never a guess of ours.
    """

    stub: Stub
    request: ListRankingRequest
    state: State
    stale: bool = False
    read_s: float = 0.0
    troubles: dict[str, str] = field(default_factory=dict)

    async def watch(self) -> None:
        """Take notice of changes among the rows shown, for ever."""
        request = WatchRankingRequest(
            board=self.request.board,
            top=self.request.page_size,
            resume_token=self.state.page.resume_token,
        )
        async with contextlib.aclosing(follow(self.stub, request)) as changes:
            async for told in changes:
                if isinstance(told, Interrupted):
                    self._tell("watch", told.reason)
                    continue
                self._tell("watch", "")
                changed = told.HasField("entry") or told.erased
                self.stale = self.stale or changed or told.missed != 0
                self.state.changed(max(told.missed, 0) + changed, time.monotonic())

    async def refresh(self) -> None:
        """Read the board again if it is not as it was, or has not been for long."""
        now_s = time.monotonic()
        if not self.stale and now_s - self.read_s < _IDLE_S:
            return
        self.stale = False
        try:
            page = await self.stub.ListRanking(self.request, timeout=_LIST_TIMEOUT_S)
        except RpcFailed as error:
            if status_of(error) not in PASSING:
                raise
            self.stale = True
            self._tell("read", error.details() or "no answer")
            return
        self._tell("read", "")
        self.read_s = time.monotonic()
        self.state.read(page, self.read_s)

    def _tell(self, which: str, trouble: str) -> None:
        # Either may be well again while the other is not.
        self.troubles[which] = trouble
        self.state.trouble = next(filter(None, self.troubles.values()), "")
