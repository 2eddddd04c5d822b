"""Between messages of the wire and what boards take and give."""

from google.protobuf.timestamp_pb2 import Timestamp

from fleet.errors import InvalidArgument
from ranking.entry import Change, Entry, Submission, Updated, User, percentile
from ranking.spec import BoardSpec
from rpc.rpc_pb2 import (
    Board,
    RankingEntry,
    RankingUser,
    UpdateScoreRequest,
    UpdateScoreResponse,
    WatchRankingResponse,
)
from services.champion.ranking.tokens import resume_token

_NANOS = 10**9


def submission(request: UpdateScoreRequest) -> Submission:
    """Return what *request* reports.

    Raises:
        InvalidArgument: occurred_at is not a time.
    """
    user = User(request.user.user_id, request.user.name, request.user.grade)
    occurred_ms = None
    if request.HasField("occurred_at"):
        occurred_ms = _milliseconds(request.occurred_at)
    return Submission(user, request.score, request.request_id, occurred_ms)


def _milliseconds(moment: Timestamp) -> int:
    if not 0 <= moment.nanos < _NANOS:
        raise InvalidArgument("occurred_at.nanos", moment.nanos, f"0 to {_NANOS - 1}")
    return moment.seconds * 1000 + moment.nanos // 10**6


def entry(of: Entry) -> RankingEntry:
    """Return a row as a message."""
    seconds, ms = divmod(of.achieved_ms, 1000)
    return RankingEntry(
        user=RankingUser(**of.user._asdict()),
        score=of.score,
        rank=of.rank,
        shared_rank=of.shared_rank,
        achieved_at=Timestamp(seconds=seconds, nanos=ms * 10**6),
    )


def updated(of: Updated) -> UpdateScoreResponse:
    """Return what became of a score as a message."""
    return UpdateScoreResponse(
        entry=entry(of.entry),
        changed=of.changed,
        replayed=of.replayed,
        total=of.total,
        percentile=percentile(of.entry.shared_rank, of.total),
        period=of.period,
    )


def change(board: str, of: Change) -> WatchRankingResponse:
    """Return a change of *board* as a message."""
    return WatchRankingResponse(
        entry=entry(of.entry) if of.entry else None,
        previous_rank=of.previous_rank,
        resume_token=resume_token(board, of.position),
        period=of.period,
        missed=of.missed,
        erased=of.erased,
    )


def rules(of: BoardSpec, current_period: str) -> Board:
    """Return the rules of a board as a message."""
    return Board(
        name=of.name,
        period=of.period,
        time_zone=of.time_zone.key,
        operator=of.operator,
        order=of.order,
        days_kept=of.days_kept,
        grace_s=of.grace_s,
        lowest=of.lowest,
        highest=of.highest,
        grades=of.grades,
        shards=of.shards,
        current_period=current_period,
        requests_kept_s=of.requests_kept_s,
    )
