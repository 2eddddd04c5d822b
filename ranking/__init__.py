"""Leaderboards: exact order, one row per user, nothing counted twice."""
