"""What boards need of a store, and what a script is."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Word = bytes | str | int
"""One word of a command. No floats: their text is not exact."""


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script; Redis 6.2 features only."""

    source: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.source.encode(), usedforsecurity=False)
        object.__setattr__(self, "sha", digest.hexdigest())


class Store(Protocol):
    """One Redis: a server, a pair with sentinels, or a cluster.

    Replies are as hiredis reads them: int, bytes, None and lists of these. A call is
    on its way when the method returns. Every one may fail with `StoreUnavailable`,
    at once when the store is known to be gone.
    """

    def read(
        self, script: Script, keys: Sequence[Word], args: Sequence[Word]
    ) -> asyncio.Future[Any]:
        """Run *script*, which writes nothing; all *keys* are in one slot."""
        ...

    def write(
        self, script: Script, keys: Sequence[Word], args: Sequence[Word]
    ) -> asyncio.Future[Any]:
        """Run *script*, and answer when its effect is as durable as configured.

        Raises:
            NotDurable: It ran, and the confirmation did not come in time.
            StoreFull: Out of memory; nothing was written.
        """
        ...

    def command(self, key: Word, *words: Word) -> asyncio.Future[Any]:
        """Run one command on the node that has *key*, which is among *words*.

        Never waits for durability, even where the command writes.
        """
        ...

    async def scan(self, pattern: str) -> list[str]:
        """Return the keys of every node that match the glob *pattern*."""
        ...
