"""What goes into a board and what comes out."""

from collections.abc import Mapping
from typing import NamedTuple


class User(NamedTuple):
    """Who has a score, and how to show them."""

    user_id: str
    name: str = ""
    grade: str = ""


class Submission(NamedTuple):
    """A score that a user reports."""

    user: User
    score: int
    request_id: str = ""
    """Of the user's own; a second submission with it is not counted."""
    occurred_ms: int | None = None
    """Milliseconds since 1970, UTC; None: now."""


class Entry(NamedTuple):
    """One row of a board."""

    user: User
    score: int
    rank: int
    """From 1; equal scores by arrival, the earlier first."""
    shared_rank: int
    """From 1; equal scores share the best rank: 1, 2, 2, 4."""
    achieved_ms: int
    """When this score arrived, in milliseconds since 1970, UTC."""


class Updated(NamedTuple):
    """What became of a submission."""

    entry: Entry
    """As it stands after the update."""
    changed: bool
    """Whether the score on the board is another now (with a repeat: was then)."""
    replayed: bool
    total: int
    period: str


class Cursor(NamedTuple):
    """The place of an entry in the total order of a board, whatever moves."""

    score: int
    tie: int
    user_id: str


Position = Mapping[str, int]
"""What a watcher has seen: the last change by feed. A feed is a shard of a period,
named "20181016" or "20181016/3"."""


class Page(NamedTuple):
    """Some rows, best first."""

    entries: tuple[Entry, ...]
    total: int
    period: str
    following: Cursor | None
    """Where the next page begins; None: this is the last one."""
    position: Position
    """Watch from here to miss nothing after this page."""


class Standing(NamedTuple):
    """Where one user stands."""

    entry: Entry
    around: tuple[Entry, ...]
    """Best first, the user's own among them; empty when none were asked for."""
    total: int
    period: str


class Standings(NamedTuple):
    """Where some users stand, best first; who is not on the board is left out."""

    entries: tuple[Entry, ...]
    total: int
    period: str


class Change(NamedTuple):
    """What a watcher is told."""

    entry: Entry | None
    """None: the watch begins (or goes on after `missed`), nothing has changed."""
    previous_rank: int
    """0: new on the board."""
    period: str
    position: Position
    """Resume from here."""
    missed: int = 0
    """Changes before this one that are not told, so read the board again;
    -1: the store has lost some, nobody knows how many."""
    erased: bool = False
    """The row at previous_rank is gone; the entry is None."""


def percentile(shared_rank: int, total: int) -> float:
    """Return the share of a board at or below (or behind) this rank, 0 to 100."""
    return 100.0 * (total - shared_rank + 1) / total
