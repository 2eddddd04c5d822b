"""What a server is made of: methods, in their middleware, on an engine."""

import dataclasses
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from fleet.server.calllog import log_calls
from fleet.server.engine import Engine
from fleet.server.guards import Guards
from fleet.server.health import Health, add_HealthServicer_to_server
from fleet.server.inherit import inherit_deadline
from fleet.server.meter import Meter
from fleet.server.method import Method, unknown_method
from fleet.server.observe import observe
from fleet.server.reflection import add_reflection
from fleet.server.registry import Register, Registry
from fleet.server.settings import ServerSettings
from fleet.server.translate import translate_errors
from fleet.telemetry.metrics import Read
from fleet.telemetry.server import ServerTelemetry
from fleet.telemetry.tally import OTHER


@dataclass(frozen=True, slots=True)
class Parts:
    """A server before its start."""

    engine: Engine
    health: Health
    services: tuple[str, ...]
    """Names of what was registered, without health and reflection."""
    meter: Meter
    """Counts calls of these where somebody wants metrics."""
    guards: Guards
    """What may refuse a call of these."""

    @property
    def numbers(self) -> Mapping[str, Read]:
        """What the page of metrics tells besides the calls."""
        return self.guards.numbers


@dataclass(frozen=True, slots=True)
class _Wardrobe:
    """What the methods of a service are dressed in."""

    settings: ServerSettings
    telemetry: ServerTelemetry
    guards: Guards
    meter: Meter

    def dressed(self, method: Method, name: str) -> Method:
        """Dress a method of the service; read the layers from the inside out.

        Args:
            method: As it was registered.
            name: What metrics call it.
        """
        margin_s = self.settings.deadline_margin_s
        inside = inherit_deadline(method.behaviour, margin_s)
        guarded = self.guards.guard(method, inside)
        translated = translate_errors(observe(guarded, name, self.telemetry))
        count = None
        if self.settings.metrics_namespace:
            meter = self.meter
            count = meter.count_stream if method.streams else meter.count
        logged = log_calls(translated, method.path, logging.INFO, count)
        counted = self.guards.lag.arrivals.count(logged)
        return dataclasses.replace(method, behaviour=counted)

    def quiet(self, method: Method) -> Method:
        """Dress a method of health or reflection.

        Not counted: an overloaded task is busy, not ill, and a probe that was
        refused would have it killed. Not in the log, where it would be most lines.
        """
        inside = translate_errors(method.behaviour)
        logged = log_calls(inside, method.path, logging.DEBUG)
        counted = self.guards.lag.arrivals.count(logged)
        return dataclasses.replace(method, behaviour=counted)


def assemble(
    register: Register,
    settings: ServerSettings,
    telemetry: ServerTelemetry | None = None,
) -> Parts:
    """Put everything together; nothing listens yet.

    Raises:
        TypeError: A method is not `async def`.
        ValueError: Two servicers of one service.
    """
    registry = Registry()
    registry.add(register)
    services = tuple(registry.methods)
    health = Health()
    registry.add([(add_HealthServicer_to_server, health)])
    add_reflection(registry)
    guards = Guards(settings)
    meter = Meter(guards.overloaded)
    worn = _Wardrobe(settings, telemetry or ServerTelemetry(), guards, meter)
    methods = [
        worn.dressed(method, method.path) if service in services else worn.quiet(method)
        for service, found in registry.methods.items()
        for method in found
    ]

    def unknown(path: str) -> Method:
        return worn.dressed(unknown_method(path), OTHER)

    engine = Engine(methods, unknown, settings, guards.lag.arrivals)
    return Parts(engine, health, services, meter, guards)
