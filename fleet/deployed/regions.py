"""Where the templates are to be deployed."""

import re

from fleet.deployed.assembly import Assembly

_ZONE = re.compile(r"([a-z]{2}(?:-[a-z]+)+-\d+)[a-z]")


def regions(assembly: Assembly) -> frozenset[str]:
    """Return the regions of the zones that subnets name."""
    zones = (
        _ZONE.fullmatch(str(subnet.properties.get("AvailabilityZone")))
        for subnet in assembly.each("AWS::EC2::Subnet")
    )
    return frozenset(zone[1] for zone in zones if zone)
