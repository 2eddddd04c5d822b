"""The ranking methods, as callers see them."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import (  # type: ignore[import-untyped]  # has none
    error_details_pb2,
    status_pb2,
)

from ranking.catalog import Catalog
from ranking.entry import Submission, Updated
from ranking.memory import MemoryBoard
from ranking.spec import MOST, BoardSpec
from rpc.rpc_pb2 import (
    BatchGetRanksRequest,
    Empty,
    EraseUserRequest,
    GetRankRequest,
    ListRankingRequest,
    RankingUser,
    UpdateScoreRequest,
    UpdateScoresRequest,
    WatchRankingRequest,
)
from rpc.rpc_pb2_grpc import RpcStub, add_RpcServicer_to_server
from services.champion.ranking.bulk import AT_ONCE
from services.champion.roster import DATA, load
from services.champion.service import ChampionService
from tests.conformance.moment import Moment
from tests.integration.test_champion import grpcurl
from tests.support.served import served

SPECS = (
    BoardSpec(name="weekly", period="weekly", operator="sum", highest=100, lowest=0),
    BoardSpec(name="daily", grades=("GOLD",)),
)
Rpc = tuple[Any, str, Moment]
INVALID = grpc.StatusCode.INVALID_ARGUMENT


@pytest_asyncio.fixture
async def rpc() -> AsyncIterator[Rpc]:
    now = Moment("2042-10-16T12:00:00+00:00")
    catalog = Catalog([MemoryBoard(spec, now) for spec in SPECS])
    service = ChampionService(load(DATA), random.Random(7), catalog, now)
    async with served((add_RpcServicer_to_server, service)) as (server, channel):
        yield RpcStub(channel), str(server.endpoint), now


def score(user_id: str, points: int, **more: Any) -> UpdateScoreRequest:  # noqa: ANN401 - fields
    return UpdateScoreRequest(user=RankingUser(user_id=user_id), score=points, **more)


async def refused(call: Any) -> tuple[grpc.StatusCode, str, Any]:  # noqa: ANN401 - a call
    """Return the code, the text and the first detail of a call that is refused."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    trailers = dict(caught.value.trailing_metadata() or ())
    rich = status_pb2.Status.FromString(trailers.get("grpc-status-details-bin", b""))
    detail = None
    for packed in rich.details:
        kind = packed.TypeName().rpartition(".")[2]
        detail = getattr(error_details_pb2, kind)()
        packed.Unpack(detail)
    return caught.value.code(), caught.value.details() or "", detail


async def wrong_field(call: Any) -> str:  # noqa: ANN401 - a call
    """Return the field that a refusal names."""
    code, text, bad = await refused(call)
    assert code is INVALID
    field = str(bad.field_violations[0].field)
    assert text.startswith(field)
    return field


async def test_tells_what_became_of_a_score(rpc: Rpc) -> None:
    stub, _, now = rpc
    await stub.UpdateScore(score("eve", 50))
    first = await stub.UpdateScore(score("ada", 40, request_id="r"))
    again = await stub.UpdateScore(score("ada", 90, request_id="r"))

    assert (first.entry.score, first.entry.rank, first.entry.shared_rank) == (40, 2, 2)
    assert (first.changed, first.replayed) == (True, False)
    assert (first.total, first.percentile, first.period) == (2, 50.0, "20421016")
    assert first.entry.achieved_at.ToMilliseconds() == now.ms
    assert (again.entry, again.replayed) == (first.entry, True)
    assert not first.HasField("refusal")


async def test_the_extremes_arrive_exactly(rpc: Rpc) -> None:
    stub, _, _ = rpc
    for points in (MOST, -MOST, MOST - 1):
        answer = await stub.UpdateScore(score(f"u{points}", points))
        assert answer.entry.score == points


async def test_a_late_score_counts_where_it_occurred(rpc: Rpc) -> None:
    stub, _, now = rpc
    now.set("2042-10-17T00:01:00+00:00")
    late = score("ada", 5, occurred_at=Timestamp(seconds=now.ms // 1000 - 61))

    assert (await stub.UpdateScore(late)).period == "20421016"
    now.advance(600)
    code, text, _ = await refused(stub.UpdateScore(late))
    assert code is grpc.StatusCode.OUT_OF_RANGE
    assert "20421016 takes no scores" in text


@pytest.mark.parametrize(
    ("field", "request_"),
    [
        ("user.user_id", UpdateScoreRequest(score=1)),
        ("user.user_id", score("", 1)),
        ("user.user_id", score("x" * 65, 1)),
        ("user.user_id", score("x" * 3_000_000, 1)),
        ("user.user_id", score("a\0b", 1)),
        ("user.user_id", score("a\x1fb", 1)),
        ("score", score("ada", MOST + 1)),
        ("score", score("ada", -(2**63))),
        ("score", score("ada", 101, board="weekly")),
        ("request_id", score("ada", 1, request_id="x" * 129)),
        ("user.grade", UpdateScoreRequest(user=RankingUser(user_id="a", grade="TIN"))),
        ("user.name", UpdateScoreRequest(user=RankingUser(user_id="a", name="\n"))),
        ("occurred_at", score("ada", 1, occurred_at=Timestamp(seconds=2**62))),
        ("occurred_at", score("ada", 1, occurred_at=Timestamp(seconds=-(2**62)))),
        ("occurred_at.nanos", score("ada", 1, occurred_at=Timestamp(nanos=-1))),
        ("occurred_at.nanos", score("ada", 1, occurred_at=Timestamp(nanos=2**31 - 1))),
    ],
    ids=range(16),
)
async def test_refuses_a_wrong_score_and_names_the_field(
    rpc: Rpc, field: str, request_: UpdateScoreRequest
) -> None:
    stub, _, _ = rpc
    if (request_.board, request_.score) == ("weekly", 101):
        code, _, _ = await refused(stub.UpdateScore(request_))
        assert code is grpc.StatusCode.OUT_OF_RANGE  # of the total
    else:
        assert await wrong_field(stub.UpdateScore(request_)) == field
    assert (await stub.ListRanking(ListRankingRequest())).total == 0


@pytest.mark.parametrize(
    ("field", "method", "request_"),
    [
        ("page_size", "ListRanking", ListRankingRequest(page_size=-1)),
        ("page_size", "ListRanking", ListRankingRequest(page_size=1001)),
        ("period", "ListRanking", ListRankingRequest(period="20421301")),
        ("period", "GetRank", GetRankRequest(user_id="a", period="2042W01")),
        ("period", "BatchGetRanks", BatchGetRanksRequest(user_ids="a", period="all")),
        ("user_id", "GetRank", GetRankRequest()),
        ("neighbours", "GetRank", GetRankRequest(user_id="a", neighbours=101)),
        ("user_ids", "BatchGetRanks", BatchGetRanksRequest()),
        ("user_ids", "BatchGetRanks", BatchGetRanksRequest(user_ids=["a"] * 1001)),
        ("user_ids[1]", "BatchGetRanks", BatchGetRanksRequest(user_ids=["a", ""])),
        ("user_id", "EraseUser", EraseUserRequest()),
        ("updates", "UpdateScores", UpdateScoresRequest()),
    ],
)
async def test_refuses_a_wrong_question_and_names_the_field(
    rpc: Rpc, field: str, method: str, request_: object
) -> None:
    stub, _, _ = rpc

    assert await wrong_field(getattr(stub, method)(request_)) == field


async def test_an_unknown_board_is_not_found(rpc: Rpc) -> None:
    stub, _, _ = rpc
    for call in (
        stub.UpdateScore(score("ada", 1, board="x")),
        stub.ListRanking(ListRankingRequest(board="x")),
        stub.GetRank(GetRankRequest(board="x", user_id="a")),
        stub.BatchGetRanks(BatchGetRanksRequest(board="x", user_ids=["a"])),
        stub.EraseUser(EraseUserRequest(board="x", user_id="a")),
    ):
        code, text, _ = await refused(call)
        assert code is grpc.StatusCode.NOT_FOUND
        assert text == "no board 'x'; there is weekly, daily"


async def test_pages_of_ten_by_default_and_tokens_to_the_next(rpc: Rpc) -> None:
    stub, _, now = rpc
    for number in range(23):
        await stub.UpdateScore(score(f"u{number}", number))
    first = await stub.ListRanking(ListRankingRequest())
    # The walk stays on its day.
    now.advance(86_400)
    await stub.UpdateScore(score("tomorrow", 1))
    second = await stub.ListRanking(
        ListRankingRequest(page_size=12, page_token=first.next_page_token)
    )
    third = await stub.ListRanking(
        ListRankingRequest(period="20421016", page_token=second.next_page_token)
    )

    pages = (first, second, third)
    assert [len(page.entries) for page in pages] == [10, 12, 1]
    found = [entry.user.user_id for page in pages for entry in page.entries]
    assert found == [f"u{number}" for number in reversed(range(23))]
    assert {page.period for page in pages} == {"20421016"}
    assert third.next_page_token == ""


async def test_where_a_user_stands(rpc: Rpc) -> None:
    stub, _, _ = rpc
    for user, points in (("a", 3), ("b", 2), ("c", 2), ("d", 1)):
        await stub.UpdateScore(score(user, points))
    found = await stub.GetRank(GetRankRequest(user_id="c", neighbours=1))
    alone = await stub.GetRank(GetRankRequest(board="daily", user_id="a"))
    batch = await stub.BatchGetRanks(BatchGetRanksRequest(user_ids=["d", "x", "a"]))

    assert (found.entry.rank, found.entry.shared_rank, found.percentile) == (3, 2, 75.0)
    assert [entry.user.user_id for entry in found.around] == ["b", "c", "d"]
    assert (list(alone.around), alone.total, alone.percentile) == ([], 4, 100.0)
    assert [entry.user.user_id for entry in batch.entries] == ["a", "d"]
    code, text, _ = await refused(stub.GetRank(GetRankRequest(user_id="x")))
    assert code is grpc.StatusCode.NOT_FOUND
    assert text == "no user 'x' on the board daily 20421016"


async def test_forgets_a_user_on_one_board_or_on_all(rpc: Rpc) -> None:
    stub, _, _ = rpc
    for board in ("daily", "weekly"):
        await stub.UpdateScore(score("ada", 1, board=board))
    one = await stub.EraseUser(EraseUserRequest(user_id="ada", board="weekly"))
    await stub.UpdateScore(score("ada", 1, board="weekly"))
    every = await stub.EraseUser(EraseUserRequest(user_id="ada"))
    none = await stub.EraseUser(EraseUserRequest(user_id="ada"))

    assert (one.erased, every.erased, none.erased) == (1, 2, 0)


async def test_lists_the_boards_with_their_rules(rpc: Rpc) -> None:
    stub, _, _ = rpc
    weekly, daily = (await stub.ListBoards(Empty())).boards

    assert (weekly.name, weekly.current_period) == ("weekly", "2042W42")
    assert (weekly.operator, weekly.lowest, weekly.highest) == ("sum", 0, 100)
    assert (daily.current_period, daily.time_zone) == ("20421016", "UTC")
    assert (daily.lowest, daily.highest, daily.grades) == (-MOST, MOST, ["GOLD"])


@pytest.mark.needs("grpcurl")
async def test_by_grpcurl(rpc: Rpc) -> None:
    _, address, _ = rpc
    await grpcurl(
        "-d",
        '{"user": {"user_id": "ada", "name": "Ada"}, "score": 9007199254740992}',
        address,
        "rpc.Rpc/UpdateScore",
    )
    out = await grpcurl("-d", '{"page_size": 3}', address, "rpc.Rpc/ListRanking")

    assert '"score": "9007199254740992"' in out
    assert '"name": "Ada"' in out
    assert '"achievedAt": "2042-10-16T12:00:00Z"' in out


@pytest.mark.parametrize("method", ["UpdateScore", "GetRank", "ListBoards", "watch"])
async def test_says_what_is_missing_without_a_store(method: str) -> None:
    service = ChampionService(load(DATA), random.Random(7))
    async with served((add_RpcServicer_to_server, service)) as (_, channel):
        stub: Any = RpcStub(channel)
        requests = {"UpdateScore": UpdateScoreRequest(), "GetRank": GetRankRequest()}
        if method == "watch":
            call = stub.WatchRanking(WatchRankingRequest()).read()
        else:
            call = getattr(stub, method)(requests.get(method, Empty()))
        code, text, _ = await refused(call)

    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert text.startswith("rankings need a store: set CHAMPION_STORE")


async def test_many_bulk_calls_leave_room_for_others() -> None:
    """However many calls bring a thousand scores each."""
    board = Busy(BoardSpec(name="daily", operator="sum"))
    service = ChampionService(load(DATA), random.Random(7), Catalog([board]))
    async with served((add_RpcServicer_to_server, service)) as (_, channel):
        stub: Any = RpcStub(channel)
        calls = [
            stub.UpdateScores(
                UpdateScoresRequest(
                    updates=[score(f"u{call}-{n}", 1) for n in range(1000)]
                )
            )
            for call in range(6)
        ]
        answers = [await call for call in calls]

    assert sum(len(answer.updates) for answer in answers) == 6000
    assert not any(one.HasField("refusal") for a in answers for one in a.updates)
    assert board.most == AT_ONCE


class Busy(MemoryBoard):
    """Knows how many scores it counted at the same time."""

    now = most = 0

    async def update(self, submission: Submission) -> Updated:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        return await super().update(submission)
