"""What a server is made of: methods, in their middleware, on an engine."""

import dataclasses
import logging
from dataclasses import dataclass

from fleet.server.calllog import log_calls
from fleet.server.engine import Engine
from fleet.server.health import Health, add_HealthServicer_to_server
from fleet.server.inherit import inherit_deadline
from fleet.server.limit import CallLimit
from fleet.server.meter import Meter
from fleet.server.method import Method, unknown_method
from fleet.server.reflection import add_reflection
from fleet.server.registry import Register, Registry
from fleet.server.settings import ServerSettings
from fleet.server.translate import translate_errors


@dataclass(frozen=True, slots=True)
class Parts:
    """A server before its start."""

    engine: Engine
    health: Health
    services: tuple[str, ...]
    """Names of what was registered, without health and reflection."""
    meter: Meter
    """Counts calls of these where somebody wants metrics."""


def assemble(register: Register, settings: ServerSettings) -> Parts:
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
    limit = CallLimit(settings.max_concurrent_calls)
    meter = Meter(lambda: limit.refused)
    metered = meter if settings.metrics_namespace else None
    methods = [
        _limited(method, limit, metered) if service in services else _quiet(method)
        for service, found in registry.methods.items()
        for method in found
    ]

    def unknown(path: str) -> Method:
        return _limited(unknown_method(path), limit, metered)

    return Parts(Engine(methods, unknown, settings), health, services, meter)


def _limited(method: Method, limit: CallLimit, meter: Meter | None) -> Method:
    """Dress a method of the service; read the layers from the inside out."""
    inside = translate_errors(limit(inherit_deadline(method.behaviour)))
    count = None
    if meter is not None:
        streams = method.request_streaming or method.response_streaming
        count = meter.count_stream if streams else meter.count
    logged = log_calls(inside, method.path, logging.INFO, count)
    return dataclasses.replace(method, behaviour=logged)


def _quiet(method: Method) -> Method:
    """Dress a method of health or reflection.

    Not counted: an overloaded task is busy, not ill, and a probe that was
    refused would have it killed. Not in the log, where it would be most lines.
    """
    inside = translate_errors(method.behaviour)
    return dataclasses.replace(
        method, behaviour=log_calls(inside, method.path, logging.DEBUG)
    )
