"""The boards of a game, by name."""

from collections.abc import Iterator, Sequence

from ranking.board import Board
from ranking.errors import UnknownBoard

_DEFAULT = "daily"
"""What the original system had, whose callers name no board."""


class Catalog:
    """Every board that is served, in the order of their file."""

    def __init__(self, boards: Sequence[Board]) -> None:
        self._boards = {board.spec.name: board for board in boards}

    def __iter__(self) -> Iterator[Board]:
        return iter(self._boards.values())

    def board(self, name: str) -> Board:
        """Return the board *name*; "" is "daily", or the first where that is not.

        Raises:
            UnknownBoard: There is no such board.
        """
        first = next(iter(self._boards), "")
        default = _DEFAULT if _DEFAULT in self._boards else first
        wanted = name or default
        if wanted not in self._boards:
            raise UnknownBoard(name, tuple(self._boards))
        return self._boards[wanted]

    async def erase(self, user_id: str) -> int:
        """Forget a user on every board; return in how many periods they were."""
        return sum([await board.erase(user_id) for board in self])
