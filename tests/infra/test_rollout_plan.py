"""Reading a rollout's plan from the templates; a property that is missing is named."""

import dataclasses
from typing import Any

import pytest

from fleet.deployed import Assembly, Resource
from fleet.errors import BadConfig
from infra.rollout.plan import SPOT, Breaker, Capacity, at_least, at_most
from infra.rollout.template import service_plan
from tests.infra.rollout_service import PLAN


def _without(assembly: Assembly, kind: str, *path: str | int) -> Assembly:
    """Return *assembly* with one property of every *kind* taken away."""

    def cut(value: Any, keys: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - JSON
        first, *rest = keys
        if isinstance(value, list):
            changed = list(value)
            changed[int(first)] = cut(value[int(first)], tuple(rest))
            return changed
        if not rest:
            return {key: each for key, each in value.items() if key != first}
        return {**value, first: cut(value[first], tuple(rest))}

    def changed(one: Resource) -> Resource:
        if one.type != kind:
            return one
        return dataclasses.replace(one, properties=cut(one.properties, path))

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
        ("AWS::EC2::Subnet", ("AvailabilityZone",), "AvailabilityZone"),
        ("AWS::ApplicationAutoScaling::ScalableTarget", ("MinCapacity",), "Min"),
    ],
)
def test_a_property_that_is_missing_is_named(
    assembly: Assembly, kind: str, path: tuple[str | int, ...], named: str
) -> None:
    with pytest.raises(BadConfig, match=f"{named}.* is missing") as caught:
        service_plan(_without(assembly, kind, *path), "staging", "game-server")

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
