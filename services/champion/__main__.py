"""Run one task of the game server: `python -m services.champion`."""

import asyncio
import os
import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fleet.errors import BadConfig, FleetError
from fleet.server import ServerSettings, run
from fleet.settings import from_env
from rpc.rpc_pb2_grpc import add_RpcServicer_to_server
from services.champion.roster import DATA, load
from services.champion.service import ChampionService


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampionSettings:
    """What only the game server needs."""

    data: str = str(DATA)
    """Path of the roster, a file in the form of `data.toml`."""
    seed: int | None = None
    """Of the draw of battle fields; None: a different one in every task."""


async def serve(env: Mapping[str, str]) -> None:
    """Serve what *env* says until told to leave.

    Raises:
        BadConfig: A `FLEET_` or `CHAMPION_` variable, or the roster.
        CannotListen: The address is taken, or not one of this machine.
    """
    server = from_env(ServerSettings, env, "FLEET_")
    champion = from_env(ChampionSettings, env, "CHAMPION_")
    rng = random.Random(champion.seed)  # noqa: S311 - a game's dice
    service = ChampionService(load(Path(champion.data)), rng)
    await run([(add_RpcServicer_to_server, service)], server)


def main() -> int:
    """Return the exit code: 0 after a drain, 1 cannot serve, 2 bad settings."""
    try:
        asyncio.run(serve(os.environ))
    except FleetError as error:
        sys.stderr.write(f"champion: {error}\n")
        return 2 if isinstance(error, BadConfig) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
