"""Our own rules, asked of every template, and each of them broken on purpose."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cfn_guard_rs.api import run_checks

RULES = Path("infra/cdk/policy.guard").read_text()

UNASKED = {"the_world_reaches_only_the_door"}
"""No door of the file is open to the world, which needs a certificate."""

Template = dict[str, Any]


def templates(folder: Path) -> dict[str, Template]:
    return {
        file.name: json.loads(file.read_text())
        for file in folder.glob("*.template.json")
    }


def broken(template: Template) -> set[str]:
    """Return the names of the rules that *template* breaks."""
    found = run_checks(template, RULES).not_compliant
    return {clause.Rule.name for clause in found if clause.Rule}


def test_every_template_keeps_every_rule(synthesized: Path) -> None:
    kept: set[str] = set()
    for name, template in templates(synthesized).items():
        assert not broken(template), name
        kept |= set(run_checks(template, RULES).compliant)
    said = {line.split()[1] for line in RULES.splitlines() if line.startswith("rule ")}
    assert said - kept <= UNASKED, "a rule that nothing is asked of"


def each(template: Template, kind: str) -> list[Template]:
    """Return the properties of the resources of *kind*."""
    found = template["Resources"].values()
    return [one["Properties"] for one in found if one["Type"] == kind]


def container(template: Template) -> Template:
    definitions = each(template, "AWS::ECS::TaskDefinition")
    served = (
        one
        for definition in definitions
        for one in definition["ContainerDefinitions"]
        if "PortMappings" in one
    )
    return next(served)


def deployment(template: Template) -> Template:
    return dict_of(each(template, "AWS::ECS::Service")[0]["DeploymentConfiguration"])


def dict_of(value: Any) -> Template:  # noqa: ANN401 - JSON
    assert isinstance(value, dict)
    return value


def dns(template: Template) -> Template:
    return dict_of(each(template, "AWS::ServiceDiscovery::Service")[0]["DnsConfig"])


def open_to_the_world(template: Template) -> None:
    group = each(template, "AWS::EC2::SecurityGroup")[0]
    rule = {"CidrIp": "0.0.0.0/0", "FromPort": 5000, "ToPort": 5000}
    group["SecurityGroupIngress"] = [rule]


def let_an_address_in(template: Template) -> None:
    rule = each(template, "AWS::EC2::SecurityGroupIngress")[0]
    del rule["SourceSecurityGroupId"]
    rule["CidrIp"] = "10.0.0.0/8"


def add_a_public_bucket(template: Template) -> None:
    template["Resources"]["Bucket"] = {"Type": "AWS::S3::Bucket", "Properties": {}}


def put_a_password(template: Template) -> None:
    container(template)["Environment"].append({"Name": "A_PASSWORD", "Value": "x"})


BREAKS: dict[str, tuple[str, Callable[[Template], object]]] = {
    "min-percent": (
        "a_deploy_never_goes_below_what_runs",
        lambda t: deployment(t).update(MinimumHealthyPercent=50),
    ),
    "max-percent": (
        "a_deploy_never_goes_below_what_runs",
        lambda t: deployment(t).update(MaximumPercent=100),
    ),
    "no-breaker": (
        "a_bad_deploy_is_taken_back",
        lambda t: deployment(t).update(
            DeploymentCircuitBreaker={"Enable": False, "Rollback": True}
        ),
    ),
    "no-rollback": (
        "a_bad_deploy_is_taken_back",
        lambda t: deployment(t).update(
            DeploymentCircuitBreaker={"Enable": True, "Rollback": False}
        ),
    ),
    "no-health": (
        "a_task_is_asked_how_it_is",
        lambda t: container(t).pop("HealthCheck"),
    ),
    "rare-health": (
        "a_task_is_asked_how_it_is",
        lambda t: container(t)["HealthCheck"].update(Interval=30),
    ),
    "no-stop-timeout": (
        "a_task_has_time_to_leave",
        lambda t: container(t).pop("StopTimeout"),
    ),
    "stop-timeout": (
        "a_task_has_time_to_leave",
        lambda t: container(t).update(StopTimeout=121),
    ),
    "password": ("a_secret_is_referred_to", put_a_password),
    "weighted": (
        "one_record_for_each_task",
        lambda t: dns(t).update(RoutingPolicy="WEIGHTED"),
    ),
    "ttl": (
        "one_record_for_each_task",
        lambda t: dns(t)["DnsRecords"][0].update(TTL=60),
    ),
    "open": ("the_world_reaches_only_the_door", open_to_the_world),
    "by-address": ("a_task_is_reached_from_groups_only", let_an_address_in),
    "endless-log": (
        "a_log_ends",
        lambda t: each(t, "AWS::Logs::LogGroup")[0].pop("RetentionInDays"),
    ),
    "bucket": ("a_bucket_is_private", add_a_public_bucket),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_rule_is_found(synthesized: Path, name: str) -> None:
    rule, spoil = BREAKS[name]
    template = copy.deepcopy(templates(synthesized)["fleet-dev-services.template.json"])
    spoil(template)
    assert rule in broken(template)
