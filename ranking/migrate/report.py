"""What a migration found."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Merged:
    """A user who had several rows, because a name or a grade had changed."""

    user_id: str
    scores: tuple[int, ...]
    """In the order of the rows."""
    kept: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that no board can hold; it stays in the key named by `Report.rest`."""

    member: str
    reason: str


@dataclass(slots=True)
class Report:
    """How it went."""

    key: str
    rows: int = 0
    """Of the original."""
    users: int = 0
    merged: list[Merged] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    rest: str = ""
    """Where the original rows are still; empty: they are gone."""
    already: bool = False
    """There was nothing to do: the key was ours."""
