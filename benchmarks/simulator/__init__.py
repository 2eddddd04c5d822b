"""Balancing in virtual time: many tasks, a day's bad luck, each policy's latencies."""

from benchmarks.simulator.outcome import Outcome
from benchmarks.simulator.run import simulate

__all__ = ["Outcome", "simulate"]
