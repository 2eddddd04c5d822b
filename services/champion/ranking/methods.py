"""The ranking methods of `rpc.Rpc`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

from fleet.errors import FailedPrecondition, InvalidArgument
from ranking.board import Board
from ranking.calendar import Calendar
from ranking.catalog import Catalog
from ranking.entry import percentile
from rpc.rpc_pb2 import (
    BatchGetRanksRequest,
    BatchGetRanksResponse,
    Empty,
    EraseUserRequest,
    EraseUserResponse,
    GetRankRequest,
    GetRankResponse,
    ListBoardsResponse,
    ListRankingRequest,
    ListRankingResponse,
    UpdateScoreRequest,
    UpdateScoreResponse,
    UpdateScoresRequest,
    UpdateScoresResponse,
    WatchRankingRequest,
    WatchRankingResponse,
)
from rpc.rpc_pb2 import Board as BoardMessage
from rpc.rpc_pb2_grpc import RpcServicer
from services.champion.ranking import messages, tokens
from services.champion.ranking.bulk import AT_ONCE, update_all
from services.champion.ranking.refusals import refusals
from services.champion.ranking.watches import Watches, concerning

_PAGE = 10
"""Rows of a page whose size is not given."""
_STEPS = 10
"""A watch of the top moves its token on this often before it is out of date."""
_NO_STORE = (
    "rankings need a store: set CHAMPION_STORE, such as redis://127.0.0.1:6379"
    " (fleet up does)"
)


class RankingMethods(RpcServicer):
    """Boards, served; without a catalog every method says what is missing.

    Args:
        catalog: The boards.
        now_ms: A test's clock.
    """

    def __init__(
        self, catalog: Catalog | None, now_ms: Callable[[], int] | None = None
    ) -> None:
        self._catalog = catalog
        self._now_ms = now_ms
        self._watches = Watches()
        self._room = asyncio.Semaphore(AT_ONCE)

    def close(self) -> None:
        """End every watch: they would hold up a drain until its grace is over."""
        self._watches.close()

    def _boards(self) -> Catalog:
        if self._catalog is None:
            raise FailedPrecondition(_NO_STORE)
        return self._catalog

    def _board(self, name: str) -> Board:
        return self._boards().board(name)

    async def UpdateScore(  # noqa: N802 - the name in the proto
        self, request: UpdateScoreRequest, _context: object
    ) -> UpdateScoreResponse:
        """Count one score."""
        return await self._update(request)

    async def UpdateScores(  # noqa: N802 - the name in the proto
        self, request: UpdateScoresRequest, _context: object
    ) -> UpdateScoresResponse:
        """Count many scores, each on its own."""
        self._boards()
        answers = await update_all(request.updates, self._update, self._room)
        return UpdateScoresResponse(updates=answers)

    async def ListRanking(  # noqa: N802 - the name in the proto
        self, request: ListRankingRequest, _context: object
    ) -> ListRankingResponse:
        """Return a page; a walk stays in the period of its first page."""
        with refusals():
            board = self._board(request.board)
            name, period, after = board.spec.name, request.period, None
            if request.page_token:
                period, after = tokens.read_page_token(name, request.page_token)
                if request.period not in ("", period):
                    raise InvalidArgument("period", request.period, f"{period} or none")
            page = await board.page(period, request.page_size or _PAGE, after)
        return ListRankingResponse(
            entries=map(messages.entry, page.entries),
            next_page_token=tokens.page_token(name, page.period, page.following),
            total=page.total,
            period=page.period,
            resume_token=tokens.resume_token(name, page.position),
        )

    async def GetRank(  # noqa: N802 - the name in the proto
        self, request: GetRankRequest, _context: object
    ) -> GetRankResponse:
        """Return where one user stands."""
        with refusals():
            found = await self._board(request.board).standing(
                request.period, request.user_id, request.neighbours
            )
        return GetRankResponse(
            entry=messages.entry(found.entry),
            around=map(messages.entry, found.around),
            total=found.total,
            percentile=percentile(found.entry.shared_rank, found.total),
            period=found.period,
        )

    async def BatchGetRanks(  # noqa: N802 - the name in the proto
        self, request: BatchGetRanksRequest, _context: object
    ) -> BatchGetRanksResponse:
        """Return where some users stand."""
        with refusals():
            board = self._board(request.board)
            found = await board.standings(request.period, list(request.user_ids))
        return BatchGetRanksResponse(
            entries=map(messages.entry, found.entries),
            total=found.total,
            period=found.period,
        )

    async def WatchRanking(  # noqa: N802 - the name in the proto
        self, request: WatchRankingRequest, _context: object
    ) -> AsyncIterator[WatchRankingResponse]:
        """Tell changes until the caller, or this task, leaves."""
        with refusals(period="resume_token"):
            board = self._board(request.board)
            name, after = board.spec.name, None
            if request.top < 0:
                raise InvalidArgument("top", request.top, "0 or more")
            if request.resume_token:
                after = tokens.read_resume_token(name, request.resume_token)
            steps = max(1, board.spec.changes_kept // _STEPS)
            async with (
                aclosing(board.watch(after)) as changes,
                aclosing(self._watches.follow(changes)) as followed,
                aclosing(concerning(followed, request.top, steps)) as told,
            ):
                async for change in told:
                    yield messages.change(name, change)

    async def EraseUser(  # noqa: N802 - the name in the proto
        self, request: EraseUserRequest, _context: object
    ) -> EraseUserResponse:
        """Forget a user on one board, or on all."""
        with refusals():
            boards = self._boards()
            of = boards.board(request.board) if request.board else boards
            return EraseUserResponse(erased=await of.erase(request.user_id))

    async def ListBoards(  # noqa: N802 - the name in the proto
        self, _request: Empty, _context: object
    ) -> ListBoardsResponse:
        """Return the boards with their rules."""
        return ListBoardsResponse(boards=[*map(self._described, self._boards())])

    def _described(self, board: Board) -> BoardMessage:
        calendar = Calendar(board.spec, self._now_ms)
        return messages.rules(board.spec, calendar.at(calendar.now()).name)

    async def _update(self, request: UpdateScoreRequest) -> UpdateScoreResponse:
        with refusals():
            board = self._board(request.board)
            return messages.updated(await board.update(messages.submission(request)))
