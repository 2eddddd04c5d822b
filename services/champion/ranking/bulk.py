"""Many scores in one call, each counted or refused on its own."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence

from fleet.errors import InvalidArgument, Refusal, Status, Unavailable
from fleet.server.details import short
from rpc.rpc_pb2 import Refusal as RefusalMessage
from rpc.rpc_pb2 import UpdateScoreRequest, UpdateScoreResponse

log = logging.getLogger(__name__)

MOST_UPDATES = 1000
AT_ONCE = 256
"""Of all calls of a task: more would make single calls, and health checks, wait."""

Update = Callable[[UpdateScoreRequest], Awaitable[UpdateScoreResponse]]


async def update_all(
    updates: Sequence[UpdateScoreRequest], update: Update, room: asyncio.Semaphore
) -> list[UpdateScoreResponse]:
    """Return what became of each of *updates*, in order.

    Those of one user are counted one after the other, as they are written: the
    last one is the latest. All others run at the same time, as far as *room*, which
    all calls of a task share, lets them.

    Raises:
        InvalidArgument: There are none, or too many.
        Unavailable: Not one could reach the store. The call itself says so,
            because that is where callers look for what to do again.
    """
    if not 1 <= len(updates) <= MOST_UPDATES:
        given = f"{len(updates)} updates"
        raise InvalidArgument("updates", given, f"1 to {MOST_UPDATES}")
    users: dict[str, list[int]] = defaultdict(list)
    for number, request in enumerate(updates):
        users[request.user.user_id].append(number)
    answers: dict[int, UpdateScoreResponse | Refusal] = {}

    async def in_turn(numbers: Iterable[int]) -> None:
        for number in numbers:
            async with room:
                answers[number] = await _counted(update, updates[number])

    await asyncio.gather(*map(in_turn, users.values()))
    return _answer([answers[number] for number in range(len(updates))])


async def _counted(
    update: Update, request: UpdateScoreRequest
) -> UpdateScoreResponse | Refusal:
    try:
        return await update(request)
    except Refusal as refusal:
        return refusal
    except Exception:
        # One that meets a bug must not hide what became of the others.
        log.exception("bug in an update of many")
        return _Bug("internal error")


class _Bug(Refusal):
    status = Status.INTERNAL


def _answer(answers: list[UpdateScoreResponse | Refusal]) -> list[UpdateScoreResponse]:
    gone = [answer for answer in answers if isinstance(answer, Unavailable)]
    if len(gone) == len(answers):
        raise gone[0]
    return [
        _refused(number, answer) if isinstance(answer, Refusal) else answer
        for number, answer in enumerate(answers)
    ]


def _refused(number: int, refusal: Refusal) -> UpdateScoreResponse:
    field = ""
    if isinstance(refusal, InvalidArgument):
        field = f"updates[{number}].{refusal.field}"
    said = RefusalMessage(code=refusal.status, message=short(str(refusal)), field=field)
    return UpdateScoreResponse(refusal=said)
