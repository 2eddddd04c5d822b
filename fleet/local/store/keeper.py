"""The fleet's own store: started, watched, started again, stopped last."""

import asyncio
import contextlib
import functools
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from fleet.local.leash import leash
from fleet.local.logs.journal import Journal
from fleet.local.store import leashed
from fleet.local.store.binary import server_program
from fleet.local.store.command import server_command
from fleet.local.store.data import data_held
from fleet.local.store.life import STORE, StoreLife, StoreState
from fleet.local.store.ping import ping
from fleet.local.tasks.backoff import Backoff
from fleet.local.tasks.obituary import LAST_WORDS, obituary
from fleet.local.tasks.process import Launch, inheritable
from fleet.local.tasks.pulse import Pulse


@dataclass(slots=True, eq=False)
class OwnStore:
    """A server on the socket *socket* that keeps its data in *data*."""

    socket: Path
    data: Path
    journal: Journal
    pulse: Pulse
    """Beats whenever the store has changed."""
    backoff: Backoff = field(default_factory=Backoff)
    last_death: str = ""
    life: StoreLife = field(init=False)
    """Of the process that runs now, or ran last."""
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.life = self._new_life()

    @property
    def address(self) -> str:
        """Where clients find it, as a URL."""
        return f"unix://{quote(str(self.socket))}"

    @property
    def running(self) -> bool:
        """Whether it serves."""
        return self.life.state is StoreState.RUNNING

    @property
    def gone(self) -> bool:
        """Whether it has ended for good."""
        return self._over.is_set() and self.life.gone

    def wind_down(self) -> None:
        """Stop it in good order, and start it no more."""
        self._over.set()
        self.life.drain("the fleet stops")

    def kill(self) -> None:
        """End it now; whatever was acknowledged is on disk already."""
        self.wind_down()
        self.life.kill()

    async def keep(self, launch: Launch) -> None:
        """Run it, again after every end, until it is told to wind down."""
        while True:
            await self.life.live(launch, functools.partial(ping, self.socket))
            delay_s = self._bury()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay_s):
                    await self._over.wait()
            if self._over.is_set():
                return
            self.life = self._new_life()
            self.pulse.beat()

    def _new_life(self) -> StoreLife:
        return StoreLife(
            changed=self.pulse.beat,
            printed=functools.partial(self.journal.write, STORE),
        )

    def _bury(self) -> float:
        """Tell of its end; return the seconds until the next start."""
        known = self.journal.knows(STORE)
        kept = self.journal.tail(STORE, LAST_WORDS) if known else []
        text = obituary(self.life, [line.text for line in kept])
        if not self.life.wanted:
            self.journal.say(text)
            return 0.0
        delay_s = self.backoff.died(self.life.age_s)
        self.last_death = text
        self.journal.say(f"{text}\n{STORE}: next start in {delay_s:.1f} s")
        self.pulse.beat()
        return delay_s


@contextlib.asynccontextmanager
async def kept(store: OwnStore, env: Mapping[str, str]) -> AsyncIterator[None]:
    """Keep *store* running for the length of the block.

    Args:
        store: Not yet answering when the block begins.
        env: What the server inherits.

    Raises:
        BadConfig: There is no server for this machine.
        BadInput: The folder of the data is in use, or not ours.
    """
    program = server_program()
    async with data_held(store.data) as lock:
        with leash() as end:
            launch = Launch(
                command=(
                    *(sys.executable, "-I", "-S", leashed.__file__),
                    *(str(end), str(lock)),
                    *server_command(program, store.socket),
                ),
                env=inheritable(env),
                folder=store.data,
                leash=end,
                inherited=(lock,),
            )
            keeping = asyncio.create_task(store.keep(launch))
            try:
                yield
            finally:
                store.wind_down()
                await asyncio.wait([keeping])
                keeping.result()
