"""From the templates to the plan of a service."""

from collections.abc import Iterator, Mapping
from typing import Any

from fleet.deployed import Assembly, Reference
from fleet.errors import BadConfig
from infra.rollout.part import Part
from infra.rollout.plan import Breaker, Capacity, HealthCheck, ServicePlan

_POLICY = "MULTIVALUE"
_KINDS = ("CMD", "CMD-SHELL")


def service_plan(assembly: Assembly, environment: str, name: str) -> ServicePlan:
    """Return the plan of the ECS service *name* in *environment*.

    Raises:
        BadConfig: No such environment or service, or a property that a rollout
            depends on is missing, or cannot be played; named, with its resource.
    """
    if environment not in assembly.environments:
        known = ", ".join(assembly.environments)
        raise BadConfig("the templates", [f"no environment {environment!r}: {known}"])
    ours = assembly.of(environment)
    services = {
        str(one.properties.get("ServiceName", one.logical_id)): one
        for one in ours.each("AWS::ECS::Service")
    }
    if name not in services:
        known = ", ".join(services)
        problem = f"no service {name!r} in {environment}, there are: {known}"
        raise BadConfig("the templates", [problem])
    return _plan(assembly, Part(services[name]), name)


def _plan(assembly: Assembly, service: Part, name: str) -> ServicePlan:
    task = service.follow("TaskDefinition", assembly)
    listed = service.follow("ServiceRegistries.0.RegistryArn", assembly)
    _imitated(listed)
    namespace = listed.follow("DnsConfig.NamespaceId", assembly)
    desired, largest = _tasks(assembly, service)
    container = "ContainerDefinitions.0"
    deployment = "DeploymentConfiguration"
    return ServicePlan(
        name=name,
        domain=namespace.need("Name", str),
        desired=desired,
        largest=largest,
        command=tuple(task.need(f"{container}.Command", list)),
        environment=dict(_literals(task.get(f"{container}.Environment") or [])),
        port=task.whole(f"{container}.PortMappings.0.ContainerPort", 1, 65535),
        check=_check(task, f"{container}.HealthCheck"),
        stop_timeout_s=task.need(f"{container}.StopTimeout", int),
        min_percent=service.need(f"{deployment}.MinimumHealthyPercent", int),
        max_percent=service.need(f"{deployment}.MaximumPercent", int),
        breaker=_breaker(service, f"{deployment}.DeploymentCircuitBreaker"),
        ttl_s=listed.need("DnsConfig.DnsRecords.0.TTL", int),
        zones=_zones(assembly, service),
        capacity=tuple(_capacity(service)),
    )


def _tasks(assembly: Assembly, service: Part) -> tuple[int, int]:
    """Return the least and the most; without scaling both are the desired count."""
    here = service.resource
    for target in assembly.each("AWS::ApplicationAutoScaling::ScalableTarget"):
        if any(
            (one.stack, one.logical_id) == (here.stack, here.logical_id)
            for one in _references(target.properties.get("ResourceId"))
        ):
            part = Part(target)
            least = part.whole("MinCapacity", 1)
            return least, part.whole("MaxCapacity", least)
    desired = service.whole("DesiredCount", 1)
    return desired, desired


def _imitated(listed: Part) -> None:
    """Refuse what Cloud Map answers in another way than `infra.rollout.cloudmap`."""
    policy = listed.need("DnsConfig.RoutingPolicy", str)
    if policy != _POLICY:
        why = "WEIGHTED answers with one task at random"
        allowed = f"a rollout needs {_POLICY!r}, {why}"
        raise listed.refusal(f"DnsConfig.RoutingPolicy is {policy!r}: {allowed}")
    # Without it, Cloud Map hears of no health, and lists a task from its start.
    listed.need("HealthCheckCustomConfig", dict)


def _references(value: object) -> Iterator[Reference]:
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, list | Mapping):
        inner = value.values() if isinstance(value, Mapping) else value
        for each in inner:
            yield from _references(each)


def _literals(pairs: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for pair in pairs:
        if isinstance(pair.get("Value"), str):
            yield pair["Name"], pair["Value"]


def _check(task: Part, at: str) -> HealthCheck:
    command = tuple(task.need(f"{at}.Command", list))
    if not command[1:] or command[0] not in _KINDS:
        allowed = f"a rollout needs {' or '.join(_KINDS)}, and what to run"
        raise task.refusal(f"{at}.Command is {list(command)}: {allowed}")
    return HealthCheck(
        command=command,
        interval_s=task.whole(f"{at}.Interval", 1),
        timeout_s=task.whole(f"{at}.Timeout", 1),
        retries=task.whole(f"{at}.Retries", 1),
        start_period_s=task.get(f"{at}.StartPeriod") or 0,
    )


def _breaker(service: Part, at: str) -> Breaker:
    threshold = f"{at}.ThresholdConfiguration"
    resets = service.get(f"{at}.ResetOnHealthyTask")
    return Breaker(
        enabled=service.need(f"{at}.Enable", bool),
        rollback=service.need(f"{at}.Rollback", bool),
        kind=service.get(f"{threshold}.Type") or "BOUNDED_PERCENT",
        value=int(service.get(f"{threshold}.Value") or 50),
        resets=resets is not False,
    )


def _zones(assembly: Assembly, service: Part) -> tuple[str, ...]:
    at = "NetworkConfiguration.AwsvpcConfiguration.Subnets"
    count = len(service.need(at, list))
    subnets = [service.follow(f"{at}.{n}", assembly) for n in range(count)]
    return tuple(dict.fromkeys(s.need("AvailabilityZone", str) for s in subnets))


def _capacity(service: Part) -> Iterator[Capacity]:
    for item in service.get("CapacityProviderStrategy") or []:
        yield Capacity(
            provider=item["CapacityProvider"],
            base=int(item.get("Base") or 0),
            weight=int(item.get("Weight") or 0),
        )
