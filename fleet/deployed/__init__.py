"""What `cdk synth` wrote, read back: for what it costs and how it looks."""

from fleet.deployed.assembly import Assembly, load
from fleet.deployed.resource import Reference, Resource

__all__ = ["Assembly", "Reference", "Resource", "load"]
