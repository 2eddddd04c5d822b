"""What is meant by the door."""

import dataclasses
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint_file

from fleet.deployed import Assembly, Reference, Resource, load
from fleet.server.health import SERVICE
from infra.cdk.app import app
from infra.cdk.values import Environment
from infra.cdk.values import load as load_values
from infra.cdk.values.parts import Door
from services.gateway.policy.policy import Limits
from services.gateway.streams.feed import BEAT_S

VALUES = load_values()
ENVIRONMENTS = {each.name: each for each in VALUES.environments}
CERTIFICATE = "arn:aws:acm:eu-west-1:000000000000:certificate/00000000-0000"
WORLD = ("0.0.0.0/0", "::/0")

every = pytest.mark.parametrize("name", ENVIRONMENTS)


def changed(**how: Any) -> Environment:  # noqa: ANN401 - any field
    return dataclasses.replace(ENVIRONMENTS["staging"], **how)


def synth(folder: Path, environment: Environment) -> Assembly:
    values = dataclasses.replace(
        VALUES,
        environments=(environment,),
        delivery=dataclasses.replace(VALUES.delivery, environments=("staging",)),
    )
    app(values, outdir=str(folder)).synth()
    return load(folder)


@pytest.fixture(scope="module")
def secure_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("secure")


@pytest.fixture(scope="module")
def secure(secure_folder: Path) -> Assembly:
    """With a certificate, gRPC, and IPv6, open to the world."""
    door = Door(certificate_arn=CERTIFICATE, grpc=True, allow_from=WORLD)
    return synth(secure_folder, changed(door=door, network="dualstack"))


def one(assembly: Assembly, name: str, kind: str) -> Resource:
    (found,) = assembly.of(name).each(f"AWS::ElasticLoadBalancingV2::{kind}")
    return found


def attributes(of: Resource, kind: str) -> dict[str, Any]:
    return {each["Key"]: each["Value"] for each in of.properties[f"{kind}Attributes"]}


def listener(assembly: Assembly, name: str, port: int) -> Resource:
    listeners = assembly.of(name).each("AWS::ElasticLoadBalancingV2::Listener")
    (found,) = (each for each in listeners if each.properties["Port"] == port)
    return found


def group_of_service(assembly: Assembly, name: str, service: str) -> Resource:
    for each in assembly.of(name).each("AWS::ECS::Service"):
        if each.properties["ServiceName"] == service:
            network = each.properties["NetworkConfiguration"]["AwsvpcConfiguration"]
            (reference,) = network["SecurityGroups"]
            group = assembly.get(reference)
            assert group
            return group
    raise AssertionError(service)


def callers(assembly: Assembly, name: str, service: str) -> set[tuple[str, int]]:
    """Return who may connect to *service*, and where; a network stands for itself."""
    group = group_of_service(assembly, name, service)
    inline = group.properties.get("SecurityGroupIngress", ())
    found = {(str(rule), 0) for rule in inline}
    for rule in assembly.of(name).each("AWS::EC2::SecurityGroupIngress"):
        if assembly.get(rule.properties["GroupId"]) is group:
            source = assembly.get(rule.properties.get("SourceSecurityGroupId"))
            who = source.logical_id if source else str(rule.properties)
            found.add((who, rule.properties["FromPort"]))
    return found


def is_door(who: str) -> bool:
    return who.startswith("DoorGroup")


@every
def test_only_the_networks_that_are_allowed_may_knock(
    assembly: Assembly, name: str
) -> None:
    groups = one(assembly, name, "LoadBalancer").properties["SecurityGroups"]
    found = [assembly.get(each) for each in groups]
    rules = [
        (rule.get("CidrIp") or rule.get("CidrIpv6"), rule["FromPort"])
        for group in found
        if group
        for rule in group.properties["SecurityGroupIngress"]
    ]
    door = ENVIRONMENTS[name].door
    ports = [80, 443] if door.certificate_arn else [80]
    assert sorted(rules) == sorted((c, port) for c in door.allow_from for port in ports)


@every
def test_only_the_door_reaches_a_gateway(assembly: Assembly, name: str) -> None:
    ((who, port),) = callers(assembly, name, "gateway")
    assert is_door(who)
    assert port == 8080


@every
def test_the_door_does_not_reach_game_servers_unasked(
    assembly: Assembly, name: str
) -> None:
    who = callers(assembly, name, "game-server")
    assert who
    assert not [each for each, _ in who if is_door(each) or "Cidr" in each]
    assert {port for _, port in who} == {5000}


@every
def test_without_a_certificate_plain_http_is_the_way_in(
    assembly: Assembly, name: str
) -> None:
    assert not ENVIRONMENTS[name].door.certificate_arn
    (action,) = listener(assembly, name, 80).properties["DefaultActions"]
    assert action["Type"] == "forward"
    targets = assembly.get(action["TargetGroupArn"])
    assert targets is one(assembly, name, "TargetGroup")


@every
def test_a_door_for_private_networks_has_no_public_address(
    assembly: Assembly, name: str
) -> None:
    public = one(assembly, name, "LoadBalancer").properties["Scheme"]
    assert (public == "internet-facing") == ENVIRONMENTS[name].door.public


@pytest.mark.parametrize(
    ("networks", "public"),
    [
        (["10.0.0.0/8"], False),
        (["172.16.0.0/12", "192.168.3.0/24", "100.64.0.0/10", "fd00::/8"], False),
        ([], False),
        (["0.0.0.0/0"], True),
        (["::/0"], True),
        (["10.0.0.0/7"], True),
        (["10.0.0.0/8", "8.8.8.0/24"], True),
        (["2001:db8::/32"], True),
    ],
)
def test_a_door_is_public_as_soon_as_one_network_is(
    networks: list[str],
    *,
    public: bool,
) -> None:
    door = Door(certificate_arn=CERTIFICATE, allow_from=tuple(networks))
    assert door.public is public


@every
def test_a_connection_idles_longer_than_any_answer_takes_and_less_than_the_gateway(
    assembly: Assembly, name: str
) -> None:
    balancer = one(assembly, name, "LoadBalancer")
    said = attributes(balancer, "LoadBalancer")["idle_timeout.timeout_seconds"]
    limits = Limits()
    assert max(BEAT_S, limits.most_timeout_s) < int(said) < limits.idle_timeout_s


@every
def test_a_leaving_task_keeps_its_connections_until_its_drain_is_over(
    assembly: Assembly, name: str
) -> None:
    targets = one(assembly, name, "TargetGroup")
    delay = attributes(targets, "TargetGroup")["deregistration_delay.timeout_seconds"]
    size = ENVIRONMENTS[name].gateway
    assert size.linger_s + size.grace_s <= int(delay) < size.stop_timeout_s


@every
def test_a_bad_task_is_left_within_15_s(assembly: Assembly, name: str) -> None:
    check = one(assembly, name, "TargetGroup").properties
    every_s, fails = (
        check["HealthCheckIntervalSeconds"],
        check["UnhealthyThresholdCount"],
    )
    assert every_s * fails + check["HealthCheckTimeoutSeconds"] <= 15
    assert check["HealthCheckPath"] == "/readyz"
    assert check["Matcher"] == {"HttpCode": "200"}


@every
def test_a_slow_task_gets_less(assembly: Assembly, name: str) -> None:
    said = attributes(one(assembly, name, "TargetGroup"), "TargetGroup")
    assert said["load_balancing.algorithm.type"] == "least_outstanding_requests"
    assert said.get("slow_start.duration_seconds", "0") == "0"


def test_a_door_that_is_opened_shares_nothing_with_the_closed_one(
    assembly: Assembly, secure: Assembly
) -> None:
    for kind in ("LoadBalancer", "TargetGroup", "Listener"):
        closed, opened = (
            {
                each.logical_id
                for each in one.of("staging").each(
                    f"AWS::ElasticLoadBalancingV2::{kind}"
                )
            }
            for one in (assembly, secure)
        )
        assert closed
        assert not closed & opened


@every
def test_strange_headers_are_dropped_and_a_door_can_be_made_anew(
    assembly: Assembly, name: str
) -> None:
    said = attributes(one(assembly, name, "LoadBalancer"), "LoadBalancer")
    assert said["routing.http.drop_invalid_header_fields.enabled"] == "true"
    # The stack is protected; a balancer that is could not be rolled back or replaced.
    assert said["deletion_protection.enabled"] == "false"


@every
def test_every_request_is_logged_where_nobody_outside_can_read_it(
    assembly: Assembly, name: str
) -> None:
    said = attributes(one(assembly, name, "LoadBalancer"), "LoadBalancer")
    assert said["access_logs.s3.enabled"] == "true"
    bucket = assembly.get(said["access_logs.s3.bucket"])
    assert bucket
    assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = bucket.properties["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == ENVIRONMENTS[name].log_days
    encryption = bucket.properties["BucketEncryption"]
    (how,) = encryption["ServerSideEncryptionConfiguration"]
    # The only one that a balancer can write with.
    assert how == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


@every
def test_a_task_that_starts_is_not_judged_by_the_door_yet(
    assembly: Assembly, name: str
) -> None:
    services = assembly.of(name).each("AWS::ECS::Service")
    (grace_s,) = (
        each.properties["HealthCheckGracePeriodSeconds"]
        for each in services
        if each.properties.get("LoadBalancers")
    )
    assert 30 <= grace_s <= 120


@every
def test_gateways_are_added_by_what_the_balancer_counts(
    assembly: Assembly, name: str
) -> None:
    kind = "AWS::ApplicationAutoScaling::ScalingPolicy"
    policies = [
        each.properties["TargetTrackingScalingPolicyConfiguration"]
        for each in assembly.of(name).each(kind)
    ]
    (requests,) = (
        each["TargetValue"]
        for each in policies
        if each.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
        == "ALBRequestCountPerTarget"
    )
    assert requests == ENVIRONMENTS[name].gateway.calls_per_second * 60


def test_a_public_door_hides_figures_and_tasks(
    secure: Assembly, assembly: Assembly
) -> None:
    rules = secure.of("staging").each("AWS::ElasticLoadBalancingV2::ListenerRule")
    (rule,) = (
        each.properties
        for each in rules
        if each.properties["Actions"][0]["Type"] == "fixed-response"
    )
    (condition,) = rule["Conditions"]
    assert condition["PathPatternConfig"]["Values"] == ["/metrics", "/-/*"]
    (action,) = rule["Actions"]
    assert action["FixedResponseConfig"]["StatusCode"] == "404"
    private = assembly.of("staging").each("AWS::ElasticLoadBalancingV2::ListenerRule")
    assert not list(private)


def test_http_only_says_where_https_is(secure: Assembly) -> None:
    (action,) = listener(secure, "staging", 80).properties["DefaultActions"]
    assert action["Type"] == "redirect"
    assert action["RedirectConfig"]["Protocol"] == "HTTPS"
    assert action["RedirectConfig"]["StatusCode"] == "HTTP_301"


def test_https_is_tls_1_3_or_a_strict_1_2(secure: Assembly) -> None:
    https = listener(secure, "staging", 443).properties
    assert https["Certificates"] == [{"CertificateArn": CERTIFICATE}]
    assert https["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-Res-")


def test_a_door_is_reached_by_ipv6_where_the_network_has_it(secure: Assembly) -> None:
    balancer = one(secure, "staging", "LoadBalancer").properties
    assert balancer["IpAddressType"] == "dualstack"
    (group,) = balancer["SecurityGroups"]
    found = secure.get(group)
    assert found
    networks = {
        rule.get("CidrIp") or rule["CidrIpv6"]
        for rule in found.properties["SecurityGroupIngress"]
    }
    assert networks == set(WORLD)


def grpc_rule(secure: Assembly) -> dict[str, Any]:
    rules = secure.each("AWS::ElasticLoadBalancingV2::ListenerRule")
    (found,) = (each for each in rules if each.properties["Priority"] == 20)
    return dict(found.properties)


@pytest.mark.parametrize(
    ("content_type", "straight"),
    [
        ("application/grpc", True),
        ("application/grpc+proto", True),
        ("application/grpc-web", False),
        ("application/grpc-web+proto", False),
        ("application/grpc-web-text", False),
        ("application/proto", False),
        ("application/json", False),
    ],
)
def test_grpc_goes_to_game_servers_and_the_other_dialects_to_the_gateway(
    secure: Assembly, content_type: str, *, straight: bool
) -> None:
    (patterns,) = (
        each["HttpHeaderConfig"]["Values"]
        for each in grpc_rule(secure)["Conditions"]
        if each["Field"] == "http-header"
    )
    taken = any(fnmatchcase(content_type, pattern) for pattern in patterns)
    assert taken is straight


def test_strangers_are_not_told_what_a_game_server_serves(secure: Assembly) -> None:
    (paths,) = (
        each["PathPatternConfig"]["Values"]
        for each in grpc_rule(secure)["Conditions"]
        if each["Field"] == "path-pattern"
    )
    reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
    assert not any(fnmatchcase(reflection, pattern) for pattern in paths)
    assert any(fnmatchcase("/rpc.Rpc/GetChampion", pattern) for pattern in paths)


def test_a_game_server_is_healthy_when_its_health_service_answers(
    secure: Assembly,
) -> None:
    (action,) = grpc_rule(secure)["Actions"]
    assert isinstance(action["TargetGroupArn"], Reference)
    targets = secure.get(action["TargetGroupArn"])
    assert targets
    check = targets.properties
    assert check["ProtocolVersion"] == "GRPC"
    assert check["HealthCheckPath"] == f"/{SERVICE}/Check"
    assert check["Matcher"] == {"GrpcCode": "0"}


def test_the_door_reaches_game_servers_when_it_takes_grpc(secure: Assembly) -> None:
    doors = [
        port for who, port in callers(secure, "staging", "game-server") if is_door(who)
    ]
    assert doors == [5000]


def test_cfn_lint_finds_nothing_in_a_secure_door(
    secure: Assembly, secure_folder: Path
) -> None:
    assert secure.stacks
    ignored = ["W3005", "W3010", "W6001"]
    config = ManualArgs(ignore_checks=ignored, regions=["eu-west-1"])
    file = secure_folder / "fleet-staging-services.template.json"
    assert [str(match) for match in lint_file(file, config=config)] == []
