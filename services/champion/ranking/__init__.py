"""The ranking methods of `rpc.Rpc`: boards as messages and statuses."""

from services.champion.ranking.methods import RankingMethods

__all__ = ["RankingMethods"]
