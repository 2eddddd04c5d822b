"""The game server: `rpc.Rpc`."""

import random
from collections.abc import Callable

from fleet.errors import InvalidArgument, NotFound
from ranking.catalog import Catalog
from rpc.rpc_pb2 import (
    Empty,
    GetBattleFieldResponse,
    GetChampionRequest,
    GetChampionResponse,
    ListChampionsResponse,
)
from services.champion.ranking import RankingMethods
from services.champion.roster import Roster


class ChampionService(RankingMethods):
    """Champions and battle fields, and rankings where there is a store for them.

    Args:
        roster: What there is to play with.
        rng: Draws the battle fields.
        catalog: The boards; None: the ranking methods say what is missing.
        now_ms: A test's clock.
    """

    def __init__(
        self,
        roster: Roster,
        rng: random.Random,
        catalog: Catalog | None = None,
        now_ms: Callable[[], int] | None = None,
    ) -> None:
        super().__init__(catalog, now_ms)
        self._roster = roster
        self._rng = rng

    async def GetChampion(  # noqa: N802 - the name in the proto
        self, request: GetChampionRequest, _context: object
    ) -> GetChampionResponse:
        """Return one champion."""
        wanted = request.champion_id
        if wanted < 1:
            raise InvalidArgument("champion_id", wanted, "1 or more")
        if wanted not in self._roster.champions:
            raise NotFound("champion", wanted)
        return GetChampionResponse(champion=self._roster.champions[wanted])

    async def ListChampions(  # noqa: N802 - the name in the proto
        self, _request: Empty, _context: object
    ) -> ListChampionsResponse:
        """Return every champion, in the order of the file."""
        return ListChampionsResponse(champions=self._roster.champions.values())

    async def GetBattleField(  # noqa: N802 - the name in the proto
        self, _request: Empty, _context: object
    ) -> GetBattleFieldResponse:
        """Return one battle field, drawn at random."""
        drawn = self._rng.choice(self._roster.battle_fields)
        return GetBattleFieldResponse(battle_field=drawn)
