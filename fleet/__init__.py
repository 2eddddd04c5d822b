"""Discovery, balanced channels and server life-cycle for gRPC services.

The names are loaded when they are first used, so that `import fleet` costs
nothing and the health probe never loads gRPC.
"""

TYPE_CHECKING = False  # not typing's: its import would double the probe's cost
if TYPE_CHECKING:
    from fleet.client.channel import Channel
    from fleet.client.config import ChannelConfig, ConnectionConfig, RetryConfig
    from fleet.client.connect import connect
    from fleet.client.explain import Explanation
    from fleet.client.policy import LeastLoadedOfTwo, Policy, RoundRobin
    from fleet.client.safety import safe_to_repeat
    from fleet.endpoint import Endpoint
    from fleet.errors import (
        BadConfig,
        BadTarget,
        FleetError,
        InvalidArgument,
        NoEndpoints,
        NotFound,
        Refusal,
        ResolveFailed,
    )

_HOMES = {
    "fleet.client.channel": ("Channel",),
    "fleet.client.config": ("ChannelConfig", "ConnectionConfig", "RetryConfig"),
    "fleet.client.connect": ("connect",),
    "fleet.client.explain": ("Explanation",),
    "fleet.client.policy": ("LeastLoadedOfTwo", "Policy", "RoundRobin"),
    "fleet.client.safety": ("safe_to_repeat",),
    "fleet.endpoint": ("Endpoint",),
    "fleet.errors": (
        "BadConfig",
        "BadTarget",
        "FleetError",
        "InvalidArgument",
        "NoEndpoints",
        "NotFound",
        "Refusal",
        "ResolveFailed",
    ),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "BadConfig",
    "BadTarget",
    "Channel",
    "ChannelConfig",
    "ConnectionConfig",
    "Endpoint",
    "Explanation",
    "FleetError",
    "InvalidArgument",
    "LeastLoadedOfTwo",
    "NoEndpoints",
    "NotFound",
    "Policy",
    "Refusal",
    "ResolveFailed",
    "RetryConfig",
    "RoundRobin",
    "connect",
    "safe_to_repeat",
]


def __getattr__(name: str) -> object:
    """Load a public name from the module that defines it."""
    if name not in _HOME:
        raise AttributeError(f"module 'fleet' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - not for the probe

    return getattr(import_module(_HOME[name]), name)
