"""Boards in this process alone: for tests, and to try things out."""

from ranking.memory.board import MemoryBoard

__all__ = ["MemoryBoard"]
