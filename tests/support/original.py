"""The original system's ranking, command for command (it was TypeScript on ioredis)."""

import json
from dataclasses import dataclass
from typing import Any

import redis.asyncio

GRADES = ("BRONZE", "SILVER", "GOLD", "PLATINUM", "DIAMOND")


@dataclass(frozen=True, slots=True)
class OriginalRanking:
    """Its three operations, with its faults."""

    client: redis.asyncio.Redis
    key: str
    """`RANKING_DAILY_yyyyMMdd`."""

    async def update(self, user_id: int, name: str, grade: str, score: float) -> None:
        """ZADD a member that holds the profile: a new name makes a second row."""
        profile = json.dumps(
            {"name": name, "grade": grade}, separators=(",", ":"), ensure_ascii=False
        )
        await self.client.zadd(self.key, {f"{user_id}:{profile}": score})

    async def best(self, count: int) -> list[dict[str, Any]]:
        """Return the first rows."""
        rows: list[Any] = await self.client.zrevrangebyscore(
            self.key, "+inf", "-inf", start=0, num=count, withscores=True
        )
        return [self._row(member, score) for member, score in rows]

    async def get(self, user_id: int) -> dict[str, Any] | None:
        """ZSCAN for the user, first page only: with more rows it misses most users."""
        rows: list[Any]
        _, rows = await self.client.zscan(self.key, 0, match=f"{user_id}:*")
        return self._row(*rows[0]) if rows else None

    def _row(self, member: bytes, score: float) -> dict[str, Any]:
        user_id, _, text = member.decode().partition(":")
        return {"userId": int(user_id), **json.loads(text), "score": int(score)}
