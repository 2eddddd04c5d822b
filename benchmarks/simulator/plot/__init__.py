"""Plots as SVG: written by hand, light and dark, text as text."""

from benchmarks.simulator.plot.panels import panels
from benchmarks.simulator.plot.summary import summary

__all__ = ["panels", "summary"]
