"""Every error of a ranking: facts with fields, one root."""

from collections.abc import Sequence


class RankingError(Exception):
    """The ranking could not do what was asked; the text is for people."""


class BadBoards(RankingError):
    """Boards that cannot be served: every mistake at once."""

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        super().__init__(source, tuple(problems))
        self.source = source
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n  ".join([f"{self.source} cannot be used:", *self.problems])


class BadStore(RankingError):
    """A store that would lose scores or cannot run our scripts, and what to set."""

    def __init__(self, address: str, problems: Sequence[str]) -> None:
        super().__init__(address, tuple(problems))
        self.address = address
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n  ".join(
            [f"the store {self.address} cannot be used:", *self.problems]
        )


class BadValue(RankingError):
    """One field of a request has a value that is not allowed."""

    def __init__(self, field: str, value: object, allowed: str) -> None:
        super().__init__(field, value, allowed)
        self.field = field
        self.value = value
        self.allowed = allowed

    def __str__(self) -> str:
        return f"{self.field} is {self.value!r}, allowed is {self.allowed}"


class UnknownBoard(RankingError):
    """No board has this name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(name, tuple(known))
        self.name = name
        self.known = tuple(known)

    def __str__(self) -> str:
        return f"no board {self.name!r}; there is {', '.join(self.known)}"


class NotRanked(RankingError):
    """The user has no score on this board in this period."""

    def __init__(self, user_id: str, board: str, period: str) -> None:
        super().__init__(user_id, board, period)
        self.user_id = user_id
        self.board = board
        self.period = period

    def __str__(self) -> str:
        return f"no user {self.user_id!r} on the board {self.board} {self.period}"


class OutOfPeriod(RankingError):
    """The score belongs to a period that takes no more, or does not yet."""

    def __init__(self, board: str, period: str, reason: str) -> None:
        super().__init__(board, period, reason)
        self.board = board
        self.period = period
        self.reason = reason

    def __str__(self) -> str:
        return f"the board {self.board} {self.period} takes no scores: {self.reason}"


class TotalOutOfBounds(RankingError):
    """Adding the score would leave the board's bounds; nothing was added."""

    def __init__(self, current: int, added: int, lowest: int, highest: int) -> None:
        super().__init__(current, added, lowest, highest)
        self.current = current
        self.added = added
        self.lowest = lowest
        self.highest = highest

    def __str__(self) -> str:
        return (
            f"score is {self.added}, which would make {self.current} leave the"
            f" board's bounds, {self.lowest} to {self.highest}; nothing was added"
        )


class NotMigrated(RankingError):
    """The key holds the original system's rows, which we do not write to."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return f"{self.key} is in the original format; run: fleet ranking migrate"


class AlreadyMigrating(RankingError):
    """Another migration of the same key is under way."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return (
            f"{self.key} is being migrated by somebody else; if that was broken off,"
            " try again in a minute"
        )


class StoreUnavailable(RankingError):
    """The store does not answer; whether a write happened may be unknown."""

    def __init__(self, reason: str, retry_after_s: float) -> None:
        super().__init__(reason, retry_after_s)
        self.reason = reason
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return f"the ranking's store is not available: {self.reason}"


class StoreFull(RankingError):
    """The store has no memory left, and (rightly) evicts nothing."""

    def __str__(self) -> str:
        return "the ranking's store is full: nothing was written"


class NotDurable(RankingError):
    """The score is counted, but not yet as safe as this deployment promises."""

    def __init__(self, wanted: str, reached: str) -> None:
        super().__init__(wanted, reached)
        self.wanted = wanted
        self.reached = reached

    def __str__(self) -> str:
        return (
            f"counted, but not confirmed as {self.wanted} ({self.reached});"
            " repeat it with the same request_id"
        )


class StoreRefused(RankingError):
    """The store did not understand us: a bug; its words are for the log only."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return "the ranking's store refused a request"
