"""From an address to the boards that are there."""

import contextlib
from collections.abc import AsyncIterator, Sequence

from ranking.catalog import Catalog
from ranking.memory import MemoryBoard
from ranking.spec import BoardSpec
from ranking.store.options import StoreOptions

MEMORY = "memory://"
"""Boards of this process alone, gone with it: to try things out."""


@contextlib.asynccontextmanager
async def open_catalog(
    specs: Sequence[BoardSpec],
    address: str,
    options: StoreOptions,
    *,
    password: str = "",
) -> AsyncIterator[Catalog]:
    """Serve boards from the store at *address* for the length of the block.

    Args:
        specs: Which boards there are.
        address: As `open_store` takes it, or `MEMORY`.
        options: How the store is used.
        password: For the store, where the address has none.

    Raises:
        BadStore: The address cannot be read, or the store would lose scores.
    """
    if address == MEMORY:
        yield Catalog([MemoryBoard(spec) for spec in specs])
        return
    # Here, so that nobody without a store needs its libraries.
    from ranking.store.open import open_store  # noqa: PLC0415
    from ranking.zset.board import SortedSetBoard  # noqa: PLC0415

    async with open_store(address, options, password=password) as store:
        yield Catalog([SortedSetBoard(spec, store) for spec in specs])
