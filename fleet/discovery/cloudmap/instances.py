"""From the attributes of instances to endpoints.

The names are Cloud Map's (API reference, RegisterInstance) and those that ECS
writes (ECS developer guide, service discovery).
"""

import ipaddress

from fleet.discovery import authority
from fleet.discovery.cloudmap.api import Instance
from fleet.endpoint import Endpoint

_IPV4 = "AWS_INSTANCE_IPV4"
_IPV6 = "AWS_INSTANCE_IPV6"
_PORT = "AWS_INSTANCE_PORT"
_ZONE = "AVAILABILITY_ZONE"


def endpoint_of(instance: Instance, port: int | None) -> Endpoint:
    """Return where *instance* is called; *port* where it tells none itself.

    Its IPv4 address, or else its IPv6 address. Never both: a task that has one
    of each must not count twice.

    Raises:
        ValueError: With a sentence why it cannot be called.
    """
    return Endpoint(
        _host(instance),
        _port(instance, port),
        zone=instance.attributes.get(_ZONE),
        attributes=instance.attributes,
    )


def _host(instance: Instance) -> str:
    try:
        if text := instance.attributes.get(_IPV4):
            return str(ipaddress.IPv4Address(text))
        if text := instance.attributes.get(_IPV6):
            return str(ipaddress.IPv6Address(text))
    except ValueError as error:
        raise ValueError(f"its address cannot be read: {error}") from None
    raise ValueError(f"it has neither {_IPV4} nor {_IPV6}")


def _port(instance: Instance, port: int | None) -> int:
    if text := instance.attributes.get(_PORT):
        try:
            return authority.endpoint(f"0.0.0.0:{text}").port
        except ValueError:
            reason = f"its {_PORT} is {text!r}, allowed is 1 to 65535"
            raise ValueError(reason) from None
    if port is None:
        raise ValueError(f"it has no {_PORT}, and the target has no port")
    return port
