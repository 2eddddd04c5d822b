"""Reading a rollout's plan from the templates; a property that is missing is named."""

import dataclasses
from typing import Any

import pytest

from fleet.deployed import Assembly, Resource
from fleet.errors import BadConfig
from infra.rollout.plan import SPOT, Breaker, Capacity, at_least, at_most
from infra.rollout.template import service_plan
from tests.infra.rollout_service import PLAN

Keys = tuple[str | int, ...]


def _changed(assembly: Assembly, kind: str, path: Keys, new: object) -> Assembly:
    """Return *assembly* with one property of every *kind* changed; None: taken away.

    Those that lack what is on the way to it stay as they are.
    """

    def put(value: Any, keys: Keys) -> Any:  # noqa: ANN401 - JSON
        first, *rest = keys
        if isinstance(value, list):
            changed = list(value)
            changed[int(first)] = put(value[int(first)], tuple(rest))
            return changed
        if rest:
            there = first in value
            return {**value, first: put(value[first], tuple(rest))} if there else value
        left = {key: each for key, each in value.items() if key != first}
        return left if new is None else {**left, first: new}

    def changed(one: Resource) -> Resource:
        if one.type != kind:
            return one
        return dataclasses.replace(one, properties=put(one.properties, path))

    return Assembly(tuple(map(changed, assembly.resources)))


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
@pytest.mark.parametrize("name", ["game-server", "gateway"])
def test_every_service_of_every_environment_has_a_plan(
    assembly: Assembly, environment: str, name: str
) -> None:
    plan = service_plan(assembly, environment, name)

    assert plan.desired >= 1
    assert plan.check.command[0] == "CMD"
    assert plan.zones
    assert plan.domain.endswith("local")
    linger_s = float(plan.environment["FLEET_LINGER_S"])
    grace_s = float(plan.environment["FLEET_GRACE_S"])
    assert plan.stop_timeout_s > linger_s + grace_s


def test_what_only_a_deploy_knows_is_no_part_of_the_environment(
    assembly: Assembly,
) -> None:
    plan = service_plan(assembly, "staging", "game-server")

    assert "CHAMPION_STORE" not in plan.environment


@pytest.mark.parametrize(
    ("kind", "path", "named"),
    [
        (
            "AWS::ECS::TaskDefinition",
            ("ContainerDefinitions", 0, "HealthCheck"),
            "HealthCheck.Command",
        ),
        (
            "AWS::ECS::TaskDefinition",
            ("ContainerDefinitions", 0, "StopTimeout"),
            "StopTimeout",
        ),
        (
            "AWS::ECS::Service",
            ("DeploymentConfiguration", "MaximumPercent"),
            "MaximumPercent",
        ),
        (
            "AWS::ECS::Service",
            ("DeploymentConfiguration", "DeploymentCircuitBreaker"),
            "DeploymentCircuitBreaker.Enable",
        ),
        ("AWS::ECS::Service", ("ServiceRegistries",), "ServiceRegistries"),
        ("AWS::ServiceDiscovery::Service", ("DnsConfig", "DnsRecords"), "TTL"),
        (
            "AWS::ServiceDiscovery::Service",
            ("DnsConfig", "RoutingPolicy"),
            "RoutingPolicy",
        ),
        (
            "AWS::ServiceDiscovery::Service",
            ("HealthCheckCustomConfig",),
            "HealthCheckCustomConfig",
        ),
        ("AWS::EC2::Subnet", ("AvailabilityZone",), "AvailabilityZone"),
        ("AWS::ApplicationAutoScaling::ScalableTarget", ("MinCapacity",), "Min"),
    ],
)
def test_a_property_that_is_missing_is_named(
    assembly: Assembly, kind: str, path: Keys, named: str
) -> None:
    changed = _changed(assembly, kind, path, None)
    with pytest.raises(BadConfig, match=f"{named}.* is missing") as caught:
        service_plan(changed, "staging", "game-server")

    assert kind in str(caught.value)


_CONTAINER: Keys = ("ContainerDefinitions", 0)
_CHECK: Keys = (*_CONTAINER, "HealthCheck")


@pytest.mark.parametrize(
    ("kind", "path", "value", "said"),
    [
        (
            "AWS::ServiceDiscovery::Service",
            ("DnsConfig", "RoutingPolicy"),
            "WEIGHTED",
            "RoutingPolicy is 'WEIGHTED': a rollout needs 'MULTIVALUE'",
        ),
        (
            "AWS::ECS::TaskDefinition",
            (*_CONTAINER, "PortMappings", 0, "ContainerPort"),
            99_999_999,
            "ContainerPort is 99999999: a rollout needs 1 to 65535",
        ),
        (
            "AWS::ECS::TaskDefinition",
            (*_CHECK, "Command"),
            ["NONE"],
            r"Command is \['NONE'\]: a rollout needs CMD or CMD-SHELL",
        ),
        (
            "AWS::ECS::TaskDefinition",
            (*_CHECK, "Command"),
            ["CMD"],
            r"Command is \['CMD'\]: .* what to run",
        ),
        (
            "AWS::ECS::TaskDefinition",
            (*_CHECK, "Interval"),
            0,
            "Interval is 0: a rollout needs 1 or more",
        ),
        (
            "AWS::ApplicationAutoScaling::ScalableTarget",
            ("MinCapacity",),
            0,
            "MinCapacity is 0: a rollout needs 1 or more",
        ),
        (
            "AWS::ApplicationAutoScaling::ScalableTarget",
            ("MaxCapacity",),
            2,
            "MaxCapacity is 2: a rollout needs 3 or more",
        ),
    ],
)
def test_what_cannot_be_played_is_refused_with_what_can(
    assembly: Assembly, kind: str, path: Keys, value: object, said: str
) -> None:
    changed = _changed(assembly, kind, path, value)
    with pytest.raises(BadConfig, match=said) as caught:
        service_plan(changed, "staging", "game-server")

    assert kind in str(caught.value)


def test_a_property_of_another_kind_is_shown(assembly: Assembly) -> None:
    def wrong(one: Resource) -> Resource:
        if one.type != "AWS::ServiceDiscovery::Service":
            return one
        dns = {**one.properties["DnsConfig"], "DnsRecords": [{"TTL": "5"}]}
        return dataclasses.replace(one, properties={**one.properties, "DnsConfig": dns})

    changed = Assembly(tuple(map(wrong, assembly.resources)))
    with pytest.raises(BadConfig, match=r"TTL is '5': a rollout needs a int there"):
        service_plan(changed, "staging", "game-server")


def test_an_unknown_environment_and_service_are_answered_with_the_known(
    assembly: Assembly,
) -> None:
    with pytest.raises(BadConfig, match=r"no environment 'nope': .*staging"):
        service_plan(assembly, "nope", "game-server")
    with pytest.raises(BadConfig, match=r"no service 'nope' in dev.*gateway"):
        service_plan(assembly, "dev", "nope")


@pytest.mark.parametrize(
    ("desired", "percent", "least", "most"),
    [(3, 100, 3, 3), (3, 50, 2, 1), (3, 134, 5, 4), (4, 50, 2, 2), (1, 150, 2, 1)],
)
def test_the_minimum_is_rounded_up_and_the_maximum_down(
    desired: int, percent: int, least: int, most: int
) -> None:
    assert at_least(desired, percent) == least
    assert at_most(desired, percent) == most


@pytest.mark.parametrize(
    ("desired", "percent", "provision_s"),
    [(2, 100, 1), (3, 150, 1), (3, 99, 40), (3, 0, 40), (1, 100, 40)],
)
def test_provisioning_is_compressed_only_where_others_serve_meanwhile(
    desired: int, percent: int, provision_s: float
) -> None:
    plan = dataclasses.replace(PLAN, desired=desired, min_percent=percent)
    assert plan.provision_s == provision_s


@pytest.mark.parametrize(
    ("desired", "threshold"), [(1, 3), (6, 3), (7, 4), (25, 13), (400, 200), (800, 200)]
)
def test_the_breaker_takes_half_of_the_tasks_but_3_to_200(
    desired: int, threshold: int
) -> None:
    assert Breaker(enabled=True, rollback=True).threshold(desired) == threshold


def test_a_breaker_with_a_threshold_of_its_own() -> None:
    def breaker(kind: str, value: int) -> Breaker:
        return Breaker(enabled=True, rollback=True, kind=kind, value=value)

    assert breaker("COUNT", 2).threshold(100) == 2
    assert breaker("UNBOUNDED_PERCENT", 10).threshold(12) == 2
    assert breaker("BOUNDED_PERCENT", 10).threshold(12) == 3


@pytest.mark.parametrize(
    ("base", "weights", "tasks", "on_spot"),
    [
        (1, (50, 50), 3, 1),
        (1, (0, 100), 4, 3),
        (0, (1, 4), 10, 8),
        (2, (50, 50), 2, 0),
    ],
)
def test_tasks_are_shared_by_base_and_weight(
    base: int, weights: tuple[int, int], tasks: int, on_spot: int
) -> None:
    capacity = (
        Capacity(provider="FARGATE", base=base, weight=weights[0]),
        Capacity(provider=SPOT, base=0, weight=weights[1]),
    )
    plan = dataclasses.replace(PLAN, capacity=capacity)
    running: dict[str, int] = {}
    for _ in range(tasks):
        where = plan.provider(running)
        running[where] = running.get(where, 0) + 1

    assert running.get(SPOT, 0) == on_spot


def test_without_a_strategy_everything_is_on_demand() -> None:
    assert PLAN.provider({}) == "FARGATE"
