"""What becomes of a user's earlier score."""

from ranking.errors import TotalOutOfBounds
from ranking.spec import BoardSpec


def scored(spec: BoardSpec, before: int | None, score: int) -> int:
    """Return the score that a user has after reporting *score*.

    Raises:
        TotalOutOfBounds: The sum would leave the board's bounds.
    """
    if spec.operator == "sum":
        return _total(spec, before or 0, score)
    if before is None or spec.operator == "latest":
        return score
    highest = spec.operator == "best" and spec.descending
    return max(before, score) if highest else min(before, score)


def _total(spec: BoardSpec, before: int, added: int) -> int:
    total = before + added
    if not spec.lowest <= total <= spec.highest:
        raise TotalOutOfBounds(before, added, spec.lowest, spec.highest)
    return total
