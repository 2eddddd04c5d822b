"""From templates to boxes and arrows."""

from collections.abc import Callable, Iterator

from fleet.deployed.assembly import Assembly
from fleet.deployed.diagram.graph import Graph, Node
from fleet.deployed.diagram.read import delivery, flow, ground
from fleet.deployed.diagram.read.allowed import allowed
from fleet.deployed.regions import regions

_READERS: tuple[Callable[[Assembly, Assembly], Iterator[Node]], ...] = (
    flow.balancers,
    flow.services,
    flow.stores,
    ground.namespaces,
    ground.ways_out,
    ground.alarms,
)


def read(whole: Assembly, environment: str) -> Graph:
    """Return the graph of *environment*, one of those in *whole*.

    Raises:
        BadConfig: A template lacks what a box needs.
    """
    here = whole.of(environment)
    nodes = [node for reader in _READERS for node in reader(here, whole)]
    strangers, arrows = allowed(here, nodes)
    asked = flow.questions(here, whole)
    return Graph(
        environment,
        ", ".join(sorted(regions(here))),
        (*strangers, *nodes, *delivery.nodes(whole)),
        (*arrows, *asked),
        delivery.name(whole),
    )
