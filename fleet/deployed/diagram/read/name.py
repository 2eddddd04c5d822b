"""Ids of boxes."""

from fleet.deployed.resource import Reference, Resource


def identity(thing: Resource | Reference) -> str:
    """Return the id of the box of *thing*."""
    return f"{thing.stack}/{thing.logical_id}"
