"""Renewing certificates while the fleet runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from fleet.local.tls.certificates import Certificates

LOOK_S = 30.0
"""Between two looks at the clock. Certificates live by the wall's, which goes on while
a laptop sleeps; ours does not, so one long wait would end too late."""


@contextlib.asynccontextmanager
async def renewed(
    certificates: Certificates,
    say: Callable[[str], None],
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncIterator[None]:
    """Keep *certificates* fresh for the length of the block; *say* what was done."""
    renewing = asyncio.create_task(_renew(certificates, say, sleep))
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.wait([renewing])


async def _renew(
    certificates: Certificates,
    say: Callable[[str], None],
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    while True:
        await sleep(LOOK_S)
        try:
            if count := certificates.renew(every=False):
                say(f"certificates renewed: {count}")
        except OSError as error:
            say(f"certificates cannot be renewed, trying again: {error}")
