"""What is meant by the services' templates, for every environment."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fleet.deployed import Assembly, Reference, Resource, load
from infra.cdk.values import Environment
from infra.cdk.values import load as load_values
from infra.cdk.values.service import EXIT_S, PROPAGATION_S

ENVIRONMENTS = {each.name: each for each in load_values().environments}

pytestmark = pytest.mark.parametrize("name", ENVIRONMENTS)


def service(assembly: Assembly, name: str, which: str) -> Resource:
    services = assembly.of(name).each("AWS::ECS::Service")
    return next(one for one in services if one.properties["ServiceName"] == which)


def container(assembly: Assembly, one: Resource) -> dict[str, Any]:
    task = assembly.get(one.properties["TaskDefinition"])
    assert task
    return dict(task.properties["ContainerDefinitions"][0])


def settings(assembly: Assembly, one: Resource) -> dict[str, Any]:
    found = container(assembly, one)["Environment"]
    return {each["Name"]: each["Value"] for each in found}


def group_of(one: Resource) -> Reference:
    network = one.properties["NetworkConfiguration"]["AwsvpcConfiguration"]
    (group,) = network["SecurityGroups"]
    assert isinstance(group, Reference)
    return group


def callers(assembly: Assembly, name: str, group: Reference) -> Iterator[str]:
    """Yield who may connect to what is in *group*: logical ids, and networks."""
    inside = assembly.get(group)
    assert inside
    yield from (str(rule) for rule in inside.properties.get("SecurityGroupIngress", ()))
    for rule in assembly.of(name).each("AWS::EC2::SecurityGroupIngress"):
        if assembly.get(rule.properties["GroupId"]) is inside:
            source = assembly.get(rule.properties["SourceSecurityGroupId"])
            assert source
            yield source.path.split("/")[1]


def test_every_task_has_a_record_of_its_own(assembly: Assembly, name: str) -> None:
    for which in ("game-server", "gateway"):
        (registry,) = service(assembly, name, which).properties["ServiceRegistries"]
        found = assembly.get(registry["RegistryArn"])
        assert found
        (record,) = found.properties["DnsConfig"]["DnsRecords"]
        assert record == {"Type": "A", "TTL": ENVIRONMENTS[name].ttl_s}
        assert found.properties["DnsConfig"]["RoutingPolicy"] == "MULTIVALUE"
        assert found.properties["Name"] == which
        # ECS tells how a task is; Route 53 asks nobody.
        assert "HealthCheckCustomConfig" in found.properties
        assert "HealthCheckConfig" not in found.properties


def test_sigkill_comes_after_the_drain(assembly: Assembly, name: str) -> None:
    for which in ("game-server", "gateway"):
        one = service(assembly, name, which)
        told = settings(assembly, one)
        linger_s, grace_s = int(told["FLEET_LINGER_S"]), int(told["FLEET_GRACE_S"])
        stop_s = container(assembly, one)["StopTimeout"]
        assert linger_s >= ENVIRONMENTS[name].ttl_s + PROPAGATION_S
        assert stop_s >= linger_s + grace_s + EXIT_S
        assert stop_s <= 120


def test_only_the_gateway_and_the_smoke_test_reach_the_game_server(
    assembly: Assembly, name: str
) -> None:
    allowed = {"gateway", "Smoke"}
    if ENVIRONMENTS[name].door.grpc:
        allowed.add("Door")
    found = set(
        callers(assembly, name, group_of(service(assembly, name, "game-server")))
    )
    assert "gateway" in found
    assert found <= allowed


def test_only_the_balancer_reaches_the_gateway(assembly: Assembly, name: str) -> None:
    group = group_of(service(assembly, name, "gateway"))
    assert set(callers(assembly, name, group)) == {"Door"}


def test_a_deploy_does_not_put_back_what_the_load_decided(
    assembly: Assembly, name: str
) -> None:
    size: Environment = ENVIRONMENTS[name]
    for which, tasks in (
        ("game-server", size.game_server.tasks),
        ("gateway", size.gateway.tasks),
    ):
        one = service(assembly, name, which)
        assert "DesiredCount" not in one.properties
        targets = assembly.of(name).each("AWS::ApplicationAutoScaling::ScalableTarget")
        (target,) = (each for each in targets if f"/{which}/" in each.path)
        bounds = target.properties["MinCapacity"], target.properties["MaxCapacity"]
        assert bounds == tasks


def test_without_an_image_no_task_is_started(synthesized: Path, name: str) -> None:
    empty = load(synthesized, {"HasImage": False})
    for which in ("game-server", "gateway"):
        assert service(empty, name, which).properties["DesiredCount"] == 0
    targets = [*empty.of(name).each("AWS::ApplicationAutoScaling::ScalableTarget")]
    assert [each.properties["MinCapacity"] for each in targets] == [0, 0]


def test_the_image_is_a_digest_and_has_one_owner(assembly: Assembly, name: str) -> None:
    images = {
        str(container["Image"])
        for definition in assembly.of(name).each("AWS::ECS::TaskDefinition")
        for container in definition.properties["ContainerDefinitions"]
    }
    assert len(images) == 1
    parameters = assembly.of(name).each("AWS::SSM::Parameter")
    (published,) = (
        each for each in parameters if each.properties["Name"] == f"/fleet/{name}/image"
    )
    value = published.properties["Value"]
    assert str(value) in images
    assert value["Default"] == "none"
    assert "@sha256:" in value["AllowedPattern"]


def test_a_task_is_found_as_the_values_say(assembly: Assembly, name: str) -> None:
    told = settings(assembly, service(assembly, name, "gateway"))
    zone = ENVIRONMENTS[name].namespace
    by = {
        "dns": f"dns://game-server.{zone}:5000",
        "cloudmap": f"cloudmap://{zone}/game-server:5000?region=eu-west-1",
    }
    assert told["GATEWAY_TARGETS"] == by[ENVIRONMENTS[name].lookup]


def test_a_container_writes_nothing_and_has_what_it_needs(
    assembly: Assembly, name: str
) -> None:
    for which in ("game-server", "gateway"):
        one = container(assembly, service(assembly, name, which))
        shell = ENVIRONMENTS[name].execute_command
        assert one["ReadonlyRootFilesystem"] is not shell
        assert one["LinuxParameters"]["InitProcessEnabled"]
        assert one["HealthCheck"]["Command"][:4] == [
            "CMD",
            "python",
            "-m",
            "fleet.probe",
        ]
        assert one["LogConfiguration"]["Options"]["mode"] == "non-blocking"
        assert [each["Name"] for each in one["Secrets"]]


def test_one_task_is_never_on_spot(assembly: Assembly, name: str) -> None:
    for which, size in (
        ("game-server", ENVIRONMENTS[name].game_server),
        ("gateway", ENVIRONMENTS[name].gateway),
    ):
        shares = service(assembly, name, which).properties["CapacityProviderStrategy"]
        by = {each["CapacityProvider"]: each for each in shares}
        assert by["FARGATE"]["Base"] == 1
        assert by.get("FARGATE_SPOT", {}).get("Weight", 0) == size.spot_percent


def test_the_smoke_test_stands_where_tasks_reach_aws(
    assembly: Assembly, synthesized: Path, name: str
) -> None:
    file = synthesized / f"fleet-{name}-services.template.json"
    outputs = json.loads(file.read_text())["Outputs"]
    text = json.dumps(outputs["SmokeSubnets"]["Value"])
    network = service(assembly, name, "game-server").properties["NetworkConfiguration"]
    subnets = network["AwsvpcConfiguration"]["Subnets"]
    assert len(subnets) == len(ENVIRONMENTS[name].zones)
    assert all(subnet.logical_id in text for subnet in subnets)


def test_every_subnet_can_be_stood_on_later(synthesized: Path, name: str) -> None:
    template = json.loads(
        (synthesized / f"fleet-{name}-network.template.json").read_text()
    )
    made = {
        logical_id
        for logical_id, one in template["Resources"].items()
        if one["Type"] == "AWS::EC2::Subnet"
    }
    exported = {
        output["Value"]["Ref"]
        for output in template["Outputs"].values()
        if "Ref" in output["Value"]
    }
    assert made <= exported


def test_services_wait_for_the_kinds_of_capacity(assembly: Assembly, name: str) -> None:
    (cluster,) = assembly.of(name).each("AWS::ECS::Cluster")
    assert cluster.properties["CapacityProviders"] == ["FARGATE", "FARGATE_SPOT"]


def test_what_is_kept_is_removed_when_it_could_not_be_made(
    synthesized: Path, name: str
) -> None:
    for file in synthesized.glob(f"fleet-{name}-*.template.json"):
        for logical_id, one in json.loads(file.read_text())["Resources"].items():
            assert one.get("DeletionPolicy") != "Retain", logical_id
