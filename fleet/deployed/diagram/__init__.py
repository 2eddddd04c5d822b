"""How a deployed fleet looks, from its templates."""

from fleet.deployed.diagram.draw import draw
from fleet.deployed.diagram.graph import Arrow, Graph, Node
from fleet.deployed.diagram.read import read

__all__ = ["Arrow", "Graph", "Node", "draw", "read"]
