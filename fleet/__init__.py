"""Discovery, balanced channels and server life-cycle for gRPC services.

The names are loaded when they are first used, so that `import fleet` costs
nothing and the health probe never loads gRPC.
"""

TYPE_CHECKING = False  # not typing's: its import would double the probe's cost
if TYPE_CHECKING:
    from fleet.client.channel import Channel
    from fleet.client.choosing.affinity import AffinityConfig
    from fleet.client.choosing.ewma import PeakEwma
    from fleet.client.choosing.fewest import FewestStreams
    from fleet.client.choosing.policy import LeastLoadedOfTwo, Policy, RoundRobin
    from fleet.client.choosing.slowstart import SlowStartConfig
    from fleet.client.choosing.subset import SubsetConfig
    from fleet.client.choosing.zones import ZoneConfig
    from fleet.client.config import ChannelConfig, ConnectionConfig, RetryConfig
    from fleet.client.connect import connect
    from fleet.client.explain import Explanation
    from fleet.client.leaving.breaker import BreakerConfig
    from fleet.client.leaving.ejection import EjectionConfig
    from fleet.client.overload.hedge import HedgeConfig
    from fleet.client.overload.limit import LimitConfig
    from fleet.client.overload.line import LineConfig
    from fleet.client.overload.rate import RateConfig
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
    from fleet.tls.config import TlsConfig
    from fleet.tls.files import TlsFiles

_HOMES = {
    "fleet.client.channel": ("Channel",),
    "fleet.client.config": ("ChannelConfig", "ConnectionConfig", "RetryConfig"),
    "fleet.client.connect": ("connect",),
    "fleet.client.explain": ("Explanation",),
    "fleet.client.choosing.affinity": ("AffinityConfig",),
    "fleet.client.choosing.ewma": ("PeakEwma",),
    "fleet.client.choosing.fewest": ("FewestStreams",),
    "fleet.client.choosing.policy": ("LeastLoadedOfTwo", "Policy", "RoundRobin"),
    "fleet.client.choosing.slowstart": ("SlowStartConfig",),
    "fleet.client.choosing.subset": ("SubsetConfig",),
    "fleet.client.choosing.zones": ("ZoneConfig",),
    "fleet.client.leaving.breaker": ("BreakerConfig",),
    "fleet.client.leaving.ejection": ("EjectionConfig",),
    "fleet.client.overload.hedge": ("HedgeConfig",),
    "fleet.client.overload.limit": ("LimitConfig",),
    "fleet.client.overload.line": ("LineConfig",),
    "fleet.client.overload.rate": ("RateConfig",),
    "fleet.tls.config": ("TlsConfig",),
    "fleet.tls.files": ("TlsFiles",),
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
    "AffinityConfig",
    "BadConfig",
    "BadTarget",
    "BreakerConfig",
    "Channel",
    "ChannelConfig",
    "ConnectionConfig",
    "EjectionConfig",
    "Endpoint",
    "Explanation",
    "FewestStreams",
    "FleetError",
    "HedgeConfig",
    "InvalidArgument",
    "LeastLoadedOfTwo",
    "LimitConfig",
    "LineConfig",
    "NoEndpoints",
    "NotFound",
    "PeakEwma",
    "Policy",
    "RateConfig",
    "Refusal",
    "ResolveFailed",
    "RetryConfig",
    "RoundRobin",
    "SlowStartConfig",
    "SubsetConfig",
    "TlsConfig",
    "TlsFiles",
    "ZoneConfig",
    "connect",
    "safe_to_repeat",
]


def __getattr__(name: str) -> object:
    """Load a public name from the module that defines it."""
    if name not in _HOME:
        raise AttributeError(f"module 'fleet' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - not for the probe

    return getattr(import_module(_HOME[name]), name)
