"""The picture in words, for whoever does not see it."""

from fleet.deployed.diagram.graph import Graph

_WHAT = {
    "service": "service ",
    "store": "",
    "namespace": "names ",
    "alarms": "",
    "repository": "images ",
    "stage": "stage ",
}


def description(graph: Graph) -> str:
    """Return a sentence for each box and each arrow."""
    names = {node.id: node.title for node in graph.nodes}
    boxes = [
        f"{_WHAT.get(node.kind, '')}{node.title}: {'; '.join(node.facts)}."
        for node in graph.nodes
    ]
    arrows = [
        f"{names[arrow.source]} "
        + (
            f"asks {names[arrow.target]} by {arrow.label}."
            if arrow.kind == "asks"
            else f"may connect to {names[arrow.target]}, port {arrow.label}."
        )
        for arrow in graph.arrows
        if arrow.source in names and arrow.target in names
    ]
    return " ".join([*boxes, *arrows])
