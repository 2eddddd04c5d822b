"""Run one task of the game server: `python -m services.champion`."""

import asyncio
import contextlib
import os
import random
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from fleet.errors import BadConfig, FleetError
from fleet.server import ServerSettings, run
from fleet.server.logs import configure
from fleet.settings import from_env
from fleet.telemetry.environment import from_environment
from fleet.telemetry.server import ServerTelemetry
from fleet.telemetry.tally import Tally
from ranking.boards import load as load_boards
from ranking.catalog import Catalog
from ranking.errors import BadBoards, BadStore, RankingError
from ranking.open import open_catalog
from rpc.rpc_pb2_grpc import add_RpcServicer_to_server
from services.champion.roster import load
from services.champion.service import ChampionService
from services.champion.settings import ChampionSettings

_BAD_SETTINGS = (BadConfig, BadBoards, BadStore)


async def serve(env: Mapping[str, str]) -> None:
    """Serve what *env* says until told to leave.

    Raises:
        BadConfig: A `FLEET_` or `CHAMPION_` variable, or the roster.
        BadBoards: The boards.
        BadStore: The store would lose scores, or its address cannot be read.
        CannotListen: The address is taken, or not one of this machine.
    """
    server = from_env(ServerSettings, env, "FLEET_")
    champion = from_env(ChampionSettings, env, "CHAMPION_")
    # Now: what the store says at the start is read, too.
    configure(server.log_format, calls=server.log_calls)
    rng = random.Random(champion.seed)  # noqa: S311 - a game's dice
    roster = load(Path(champion.data))
    tally = Tally()
    async with from_environment(env, tally) as tracer, _catalog(champion) as catalog:
        service = ChampionService(roster, rng, catalog)
        register = [(add_RpcServicer_to_server, service)]
        told = ServerTelemetry(metrics=tally, tracer=tracer)
        await run(register, server, on_close=service.close, telemetry=told)


@contextlib.asynccontextmanager
async def _catalog(settings: ChampionSettings) -> AsyncIterator[Catalog | None]:
    # Without a store too: a mistake in the file should not wait for it.
    specs = load_boards(Path(settings.boards))
    if not settings.store:
        yield None
        return
    store, password = settings.store, settings.store_password
    async with open_catalog(
        specs, store, settings.options, password=password
    ) as catalog:
        yield catalog


def main() -> int:
    """Return the exit code: 0 after a drain, 1 cannot serve, 2 bad settings."""
    try:
        asyncio.run(serve(os.environ))
    except (FleetError, RankingError) as error:
        sys.stderr.write(f"champion: {error}\n")
        return 2 if isinstance(error, _BAD_SETTINGS) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
