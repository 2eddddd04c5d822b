"""Which box stands in which column: callers left of whom they call."""

from collections.abc import Sequence

from fleet.deployed.diagram.graph import Graph, Node


def columns(graph: Graph) -> list[list[Node]]:
    """Return the boxes of the flow of calls, column by column, none of them empty."""
    flow = graph.of("outside", "balancer", "service", "caller", "store")
    depth = _depths(graph, flow)
    below = _pull_callers(graph, flow, depth)
    return [
        [
            node
            for top in flow
            if depth[top.id] == at and top.id not in below.values()
            for node in (top, *(n for n in flow if below.get(top.id) == n.id))
        ]
        for at in sorted(set(depth.values()))
    ]


def _depths(graph: Graph, flow: Sequence[Node]) -> dict[str, int]:
    """Return the length of the longest way to each box.

    Two services that call each other have no end: as many rounds as boxes do.
    """
    depth = {node.id: 0 for node in flow}
    ways = [
        (one.source, one.target)
        for one in graph.arrows
        if one.source in depth and one.target in depth and one.source != one.target
    ]
    for _ in flow:
        for source, target in ways:
            longer = depth[source] + 1
            if longer < len(flow):
                depth[target] = max(depth[target], longer)
    return depth


def _pull_callers(
    graph: Graph, flow: Sequence[Node], depth: dict[str, int]
) -> dict[str, str]:
    """Move whom nobody calls, but for the outside, near to whom it calls.

    Returns:
        The ids of callers below the one box that they call, by its id: the way of the
        calls from outside keeps its height.
    """
    called = {arrow.target for arrow in graph.arrows}
    below: dict[str, str] = {}
    for node in flow:
        if node.kind == "outside" or node.id in called:
            continue
        there = dict.fromkeys(
            a.target for a in graph.arrows if a.source == node.id and a.target in depth
        )
        if node.kind == "caller" and len(there) == 1 and not below.keys() & there:
            [target] = there
            below[target], depth[node.id] = node.id, depth[target]
        elif there:
            depth[node.id] = max(min(depth[one] for one in there) - 1, 0)
    return below
