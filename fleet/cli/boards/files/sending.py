"""Lines of a file on their way to a board, many at a time and in order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from fleet.cli.boards.files.reading import Place, Read
from fleet.cli.boards.moments import stamp
from fleet.cli.boards.patience import Patience
from fleet.cli.boards.stub import PASSING, Stub
from fleet.client.safety import safe_to_repeat
from fleet.errors import CallRefused, Status
from rpc.rpc_pb2 import (
    RankingUser,
    UpdateScoreRequest,
    UpdateScoreResponse,
    UpdateScoresRequest,
    UpdateScoresResponse,
)

MOST_LINES = 1000
"""Of one call."""


class Rejected(NamedTuple):
    """A line that was not counted, and why."""

    line: int
    reason: str


class Sent(NamedTuple):
    """Some lines that follow each other, all answered."""

    place: Place
    """Of the last one."""
    counted: int
    rejected: list[Rejected]
    """In the order of the file."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Reports lines to one board until each is counted or refused for good."""

    stub: Stub
    board: str
    import_id: str
    patience: Patience = field(default_factory=Patience)
    timed: bool = True
    """Whether a line counts when it was achieved; else now."""

    async def send(self, lines: list[Read]) -> Sent:
        """Report *lines*, at least one, again and again where that may help."""
        left = {x.place.line: self._request(x) for x in lines if x.row}
        rejected = [Rejected(x.place.line, x.problem) for x in lines if x.problem]
        counted = 0

        async def attempt() -> None:
            nonlocal counted
            with safe_to_repeat():  # every one has a request_id
                call = self.stub.UpdateScores(
                    UpdateScoresRequest(updates=left.values())
                )
            answers = _of_each(list(left), await call)
            counted += sum(
                not answer.HasField("refusal") for answer in answers.values()
            )
            for line, answer in answers.items():
                if answer.HasField("refusal") and not _passing(answer):
                    rejected.append(Rejected(line, answer.refusal.message))
                if not _passing(answer):
                    del left[line]
            if left:
                raise _again(answers[next(iter(left))])

        if left:
            await self.patience.call(attempt)
        return Sent(lines[-1].place, counted, sorted(rejected))

    def _request(self, read: Read) -> UpdateScoreRequest:
        row = read.row
        assert row is not None  # noqa: S101 - the caller has looked
        at = stamp(row.achieved_at) if row.achieved_at and self.timed else None
        return UpdateScoreRequest(
            board=self.board,
            user=RankingUser(user_id=row.user_id, name=row.name, grade=row.grade),
            score=row.score,
            request_id=row.request_id or f"{self.import_id}:{read.place.line}",
            occurred_at=at,
        )


async def send_all(
    sender: Sender, lines: Iterable[Read], *, at_once: int
) -> AsyncGenerator[Sent, None]:
    """Send *lines* in calls of `MOST_LINES`, and yield their answers in order."""
    window: deque[asyncio.Task[Sent]] = deque()
    try:
        for batch in _batches(lines):
            if len(window) == at_once:
                yield await window.popleft()
            window.append(asyncio.create_task(sender.send(batch)))
        while window:
            yield await window.popleft()
    finally:
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)


def _batches(lines: Iterable[Read]) -> Iterator[list[Read]]:
    rest = iter(lines)
    while batch := list(islice(rest, MOST_LINES)):
        yield batch


def _of_each(
    lines: list[int], reply: UpdateScoresResponse
) -> dict[int, UpdateScoreResponse]:
    if len(reply.updates) != len(lines):
        problem = f"{len(lines)} scores were sent and {len(reply.updates)} answered"
        raise CallRefused(Status.INTERNAL, problem)
    return dict(zip(lines, reply.updates, strict=True))


def _passing(answer: UpdateScoreResponse) -> bool:
    return answer.HasField("refusal") and answer.refusal.code in PASSING


def _again(answer: UpdateScoreResponse) -> CallRefused:
    return CallRefused(Status(answer.refusal.code), answer.refusal.message)
