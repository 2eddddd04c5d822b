"""What a caller is told when a ranking cannot do what was asked."""

import contextlib
from collections.abc import Iterator

from fleet.errors import (
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    OutOfRange,
    Refusal,
    ResourceExhausted,
    Unavailable,
)
from ranking import errors

_UNCONFIRMED_RETRY_S = 1.0
"""After a write that is counted and not confirmed: the store is slow, not gone."""


@contextlib.contextmanager
def refusals(**renamed: str) -> Iterator[None]:
    """Turn what a board raises in the block into what a caller may see.

    Args:
        renamed: Fields of the request by what the board calls them.
    """
    try:
        yield
    except errors.RankingError as error:
        raise refusal_of(error, renamed) from error


def refusal_of(error: errors.RankingError, renamed: dict[str, str]) -> Exception:
    """Return the refusal that says *error*, or *error* itself: then it is a bug."""
    match error:
        case errors.BadValue(field=field, value=value, allowed=allowed):
            return InvalidArgument(renamed.get(field, field), value, allowed)
        case errors.UnknownBoard(name=name, known=known):
            return NotFound("board", f"{name!r}; there is {', '.join(known)}")
        case errors.NotRanked(user_id=user_id, board=board, period=period):
            return NotFound("user", f"{user_id!r} on the board {board} {period}")
        case errors.StoreUnavailable(retry_after_s=seconds):
            return Unavailable(str(error), seconds)
        case errors.NotDurable():
            return Unavailable(str(error), _UNCONFIRMED_RETRY_S)
    return _of_its_text(error)


def _of_its_text(error: errors.RankingError) -> Exception:
    refusal: type[Refusal]
    match error:
        case errors.OutOfPeriod() | errors.TotalOutOfBounds():
            refusal = OutOfRange
        case errors.NotMigrated():
            refusal = FailedPrecondition
        case errors.StoreFull():
            refusal = ResourceExhausted
        case _:
            return error
    return refusal(str(error))
