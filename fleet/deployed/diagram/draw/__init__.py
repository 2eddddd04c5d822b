"""From boxes and arrows to a picture: plain SVG, no other program."""

from fleet.deployed.diagram.draw.svg import draw

__all__ = ["draw"]
