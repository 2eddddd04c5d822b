"""What only the game server needs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast, get_args

from ranking.boards import BOARDS
from ranking.store.options import Durability, StoreOptions
from ranking.store.password import password_problems
from services.champion.roster import DATA


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampionSettings:
    """What only the game server needs.

    Raises:
        ValueError: With one line for each value that is out of its range.
    """

    data: str = str(DATA)
    """Path of the roster, a file in the form of `data.toml`."""
    seed: int | None = None
    """Of the draw of battle fields; None: a different one in every task."""
    store: str = field(default="", repr=False)
    """Where rankings are, such as redis://127.0.0.1:6379; memory:// keeps them in
    this task alone; empty: none are served."""
    store_password: str = field(default="", repr=False)
    """For that store, where the address has none: a secret comes by itself."""
    boards: str = str(BOARDS)
    """Path of a file in the form of `ranking/boards.toml`."""
    durability: str = "async"
    """What an answered score has reached: see `StoreOptions`."""
    replicas: int = 1
    """How many have a score before it is answered, with `replicated`."""
    allow_volatile: bool = False
    """Take a store that may lose scores, over a restart or when memory is short."""

    def __post_init__(self) -> None:
        """Report every mistake at once."""
        problems = [
            f"CHAMPION_{name.upper()}={getattr(self, name)!r} is not {allowed}"
            for name, fine, allowed in self._rules()
            if not fine
        ]
        wrong = password_problems(self.store, self.store_password)
        problems += [f"CHAMPION_STORE_PASSWORD {problem}" for problem in wrong]
        if problems:
            raise ValueError("\n".join(problems))

    @property
    def options(self) -> StoreOptions:
        """How the store is used."""
        return StoreOptions(
            durability=cast("Durability", self.durability),
            replicas=self.replicas,
            allow_volatile=self.allow_volatile,
        )

    def _rules(self) -> Iterator[tuple[str, bool, str]]:
        known = get_args(Durability)
        yield "durability", self.durability in known, f"one of {', '.join(known)}"
        yield "replicas", self.replicas >= 1, "1 or more"
