"""What the connections of one channel believe and present."""

import contextlib
from collections.abc import AsyncIterator, Callable

from fleet.endpoint import Endpoint
from fleet.tls.config import TlsConfig
from fleet.tls.files import Secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fleet.tls.keeper import Keeper


class Secrecy:
    """Certificates that may change; or none, and connections are plain."""

    def __init__(self, keeper: "Keeper | None", name: str | None) -> None:
        self._keeper = keeper
        self._name = name

    def now(self) -> Secrets | None:
        """Return what a new connection needs; None: nothing, it is plain."""
        if self._keeper is None:
            return None
        return Secrets(self._keeper.material, self._name)

    def on_change(self, callback: Callable[[], None]) -> None:
        """Have *callback* called when the certificates have changed."""
        if self._keeper is not None:
            self._keeper.on_change(callback)

    async def why(self, endpoint: Endpoint, reason: str) -> str:
        """Return *reason* for a failed connection, in words where TLS is the cause."""
        # Loaded where it is needed: most clients never meet TLS.
        from fleet.tls.diagnose import why  # noqa: PLC0415 - just said

        return await why(endpoint, self.now(), reason)


@contextlib.asynccontextmanager
async def secrets(config: TlsConfig | None, target: str) -> AsyncIterator[Secrecy]:
    """Read the files of *config* and follow them for the length of the block.

    Raises:
        BadConfig: They cannot be used.
    """
    if config is None:
        yield Secrecy(None, None)
        return
    from fleet.tls.keeper import kept  # noqa: PLC0415 - as above

    async with kept(config.files, role="client") as keeper:
        yield Secrecy(keeper, config.expected(target))
