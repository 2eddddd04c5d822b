"""What callers are told when the store cannot, one by one and in bulk."""

import random
from typing import Any

import grpc
import pytest

from ranking.catalog import Catalog
from ranking.entry import Submission, Updated
from ranking.errors import (
    NotDurable,
    NotMigrated,
    RankingError,
    StoreFull,
    StoreUnavailable,
)
from ranking.memory import MemoryBoard
from ranking.spec import BoardSpec
from rpc.rpc_pb2 import RankingUser, UpdateScoreRequest, UpdateScoresRequest
from rpc.rpc_pb2_grpc import RpcStub, add_RpcServicer_to_server
from services.champion.roster import DATA, load
from services.champion.service import ChampionService
from tests.integration.test_champion_ranking import refused, score, wrong_field
from tests.support.served import Registered, served

GONE = StoreUnavailable("it is gone", 0.5)


class Failing(MemoryBoard):
    """A board whose store fails for users with a prefix; "" is everybody."""

    def __init__(self, error: Exception, prefix: str = "") -> None:
        super().__init__(BoardSpec(name="daily", operator="latest"))
        self._error = error
        self._prefix = prefix

    async def update(self, submission: Submission) -> Updated:
        if submission.user.user_id.startswith(self._prefix):
            raise self._error
        return await super().update(submission)


def registered(board: MemoryBoard) -> Registered:
    service = ChampionService(load(DATA), random.Random(7), Catalog([board]))
    return add_RpcServicer_to_server, service


@pytest.mark.parametrize(
    ("error", "code", "retry_s"),
    [
        (GONE, grpc.StatusCode.UNAVAILABLE, 0.5),
        (NotDurable("fsync", "memory"), grpc.StatusCode.UNAVAILABLE, 1.0),
        (StoreFull(), grpc.StatusCode.RESOURCE_EXHAUSTED, None),
        (NotMigrated("K"), grpc.StatusCode.FAILED_PRECONDITION, None),
    ],
)
async def test_says_what_the_store_cannot_and_when_to_try_again(
    error: RankingError, code: grpc.StatusCode, retry_s: float | None
) -> None:
    async with served(registered(Failing(error))) as (_, channel):
        stub: Any = RpcStub(channel)
        told = await refused(stub.UpdateScore(score("ada", 1)))

    assert told[:2] == (code, str(error))
    after_s = told[2].retry_delay.ToMilliseconds() / 1000 if told[2] else None
    assert after_s == retry_s


@pytest.mark.parametrize("bug", [ZeroDivisionError("secret"), RankingError("secret")])
async def test_a_bug_is_not_told(bug: Exception) -> None:
    async with served(registered(Failing(bug, "x"))) as (_, channel):
        stub: Any = RpcStub(channel)
        code, text, _ = await refused(stub.UpdateScore(score("x", 1)))
        many = [score("x", 1), score("ada", 1)]
        answer = await stub.UpdateScores(UpdateScoresRequest(updates=many))

    assert (code, text) == (grpc.StatusCode.INTERNAL, "internal error")
    assert answer.updates[0].refusal.code == grpc.StatusCode.INTERNAL.value[0]
    assert answer.updates[0].refusal.message == "internal error"
    assert answer.updates[1].entry.score == 1


async def test_each_of_many_is_answered_on_its_own_in_order() -> None:
    async with served(registered(Failing(GONE, "gone"))) as (_, channel):
        stub: Any = RpcStub(channel)
        updates = [
            score("a", 1),
            score("b", 2**60),
            UpdateScoreRequest(user=RankingUser(user_id="c", name="\0")),
            score("d", 1, board="x" * 100_000),
            score("gone", 1),
            score("a", 3),
            score("a", 2),
        ]
        answer = await stub.UpdateScores(UpdateScoresRequest(updates=updates))
        found = [u.refusal for u in answer.updates]

    assert [(r.code, r.field) for r in found] == [
        (0, ""),
        (3, "updates[1].score"),
        (3, "updates[2].user.name"),
        (5, ""),
        (14, ""),
        (0, ""),
        (0, ""),
    ]
    assert len(found[3].message) < 1100
    assert found[4].message == str(GONE)
    # Those of one user in the order in which they are written: 2 is the latest.
    assert [answer.updates[n].entry.score for n in (0, 5, 6)] == [1, 3, 2]


async def test_the_call_fails_when_not_one_reached_the_store() -> None:
    async with served(registered(Failing(GONE))) as (_, channel):
        stub: Any = RpcStub(channel)
        updates = [score(f"u{number}", 1) for number in range(1000)]
        many = UpdateScoresRequest(updates=updates)
        code, text, retry = await refused(stub.UpdateScores(many))

    assert (code, text) == (grpc.StatusCode.UNAVAILABLE, str(GONE))
    assert retry.retry_delay.nanos == 500_000_000


async def test_a_thousand_are_the_most() -> None:
    async with served(registered(Failing(GONE, "gone"))) as (_, channel):
        stub: Any = RpcStub(channel)
        updates = [score(f"u{number}", number) for number in range(1001)]
        many = UpdateScoresRequest(updates=updates)
        assert await wrong_field(stub.UpdateScores(many)) == "updates"
        del many.updates[0]
        answer = await stub.UpdateScores(many)

    assert [update.entry.score for update in answer.updates] == list(range(1, 1001))
