"""Calls into the fleet: deadlines, sharing, keeping, resuming."""
