"""Alarms and a dashboard for one environment."""

from collections.abc import Sequence

from constructs import Construct

from infra.cdk.parts.ground import Ground
from infra.cdk.parts.grpc_service import GrpcService
from infra.cdk.parts.observability import (
    door_alarms,
    service_alarms,
    store_alarms,
)
from infra.cdk.parts.observability.bell import Bell, Rule
from infra.cdk.parts.observability.dashboard import Dashboard
from infra.cdk.parts.observability.error_lines import ErrorLines
from infra.cdk.parts.observability.figures import ServiceFigures
from infra.cdk.parts.observability.rollback import roll_back_on
from infra.cdk.parts.observability.topic import Topic
from infra.cdk.parts.public_gateway import PublicGateway

GATEWAY = "gateway"


class Observability(Construct):
    """What is watched, who is told, and what takes a deploy back.

    Attributes:
        topic: Of the alarms; other subscribers are welcome.
        deployment_alarms: Names, by service, of those that take its deploys back.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        ground: Ground,
        *,
        services: Sequence[GrpcService],
        door: PublicGateway,
    ) -> None:
        super().__init__(scope, name)
        environment = ground.environment
        self.topic = Topic(self, "Alarms", environment).topic
        self.deployment_alarms: dict[str, list[str]] = {}
        self._ground = ground
        self._bell = Bell(self, "Bell", environment, ground.image, self.topic)
        self._watch_door(door)
        for service in services:
            self._watch_service(service, door)
        for rule in store_alarms.rules(environment):
            self._bell.ring(rule)
        Dashboard(
            self,
            "Dashboard",
            ground,
            services=services,
            door=door,
            alarms=self._bell.alarms,
        )

    def _watch_door(self, door: PublicGateway) -> None:
        for rule in (door_alarms.unreached(door), *door_alarms.unhealthy(door)):
            self._bell.ring(rule)

    def _watch_service(self, service: GrpcService, door: PublicGateway) -> None:
        of = ServiceFigures(self._ground, service.name)
        ErrorLines(self, f"{service.name}-errors", service, of)
        size = self._ground.environment
        least, _ = (
            size.gateway.tasks if service.name == GATEWAY else size.game_server.tasks
        )
        felt, others = _felt(of, door)
        ringing = [self._bell.ring(rule) for rule in felt]
        self.deployment_alarms[service.name] = roll_back_on(
            service,
            [
                (alarm, self._bell.name_of(rule))
                for alarm, rule in zip(ringing, felt, strict=True)
            ],
        )
        for rule in (
            *others,
            service_alarms.few(of, least),
            service_alarms.busy(of),
            service_alarms.leaking(of),
            service_alarms.complaining(of),
        ):
            self._bell.ring(rule)


def _felt(of: ServiceFigures, door: PublicGateway) -> tuple[list[Rule], list[Rule]]:
    """Return what callers feel of a bad deploy, and what they feel of too much load."""
    if of.service == GATEWAY:
        return [door_alarms.failing(door), door_alarms.slow(door)], []
    felt = [service_alarms.failing(of), service_alarms.slow(of)]
    return felt, [service_alarms.rejecting(of)]
