"""Every kind of network has the way out that it says, and no other."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from fleet.deployed import Assembly, Reference
from infra.cdk.parts.retention import retention
from infra.cdk.values.environment import LOG_DAYS, NETWORKS
from tests.infra.support_base import Written, environment, stacks_of, synth

_ENDPOINT = "AWS::EC2::VPCEndpoint"
_PLATFORM = {"ecr.api", "ecr.dkr", "logs", "secretsmanager"}


@pytest.fixture(scope="module", params=[*NETWORKS])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def written(kind: str) -> Written:
    return synth(environment(network=kind))


def _routes(written: Written, subnet: str) -> Iterator[tuple[str, str]]:
    """Iterate over where packets from subnets of a name go, and by what."""
    for one in written.templates["fleet-trial-network"]["Resources"].values():
        if one["Type"] != "AWS::EC2::Route":
            continue
        properties = one["Properties"]
        if subnet in properties.pop("RouteTableId")["Ref"]:
            network = properties.pop("DestinationCidrBlock", "") or properties.pop(
                "DestinationIpv6CidrBlock"
            )
            [by] = properties
            yield network, by


def _services(written: Written, kind: str) -> list[str]:
    """Return the short names of the services that have endpoints of a kind."""
    found = [
        one["ServiceName"]
        for one in written.each(_ENDPOINT)
        if one["VpcEndpointType"] == kind
    ]
    names = [name if isinstance(name, str) else _joined(name) for name in found]
    return sorted(name.split("eu-west-1.")[-1] for name in names)


def _joined(name: Any) -> str:  # noqa: ANN401 - JSON
    separator, parts = name["Fn::Join"]
    region = {"Ref": "AWS::Region"}
    return str(separator.join("eu-west-1" if p == region else p for p in parts))


def test_every_environment_has_the_network_that_the_file_says(
    assembly: Assembly,
) -> None:
    """1, 3 and no NAT gateways: environments.toml as it is."""
    gateways = Counter(
        resource.stack for resource in assembly.each("AWS::EC2::NatGateway")
    )
    assert gateways == {"fleet-staging-network": 1, "fleet-prod-network": 3}


def test_private_subnets_reach_only_what_the_kind_says() -> None:
    ways = {
        "nat": {("0.0.0.0/0", "NatGatewayId")},
        "endpoints": set(),
        "dualstack": {("::/0", "EgressOnlyInternetGatewayId")},
        "public": set(),
    }
    for kind, wanted in ways.items():
        written = synth(environment(network=kind))
        assert set(_routes(written, "private")) == wanted, kind


def test_public_subnets_are_the_same_in_every_kind(written: Written, kind: str) -> None:
    wanted = {("0.0.0.0/0", "GatewayId")}
    if kind == "dualstack":
        wanted |= {("::/0", "GatewayId")}
    assert set(_routes(written, "public")) == wanted


@pytest.mark.parametrize(("zones", "gateways"), [(2, 1), (2, 2), (3, 1), (3, 3)])
def test_there_are_as_many_nat_gateways_as_asked_for(zones: int, gateways: int) -> None:
    made = environment(zones=zones, network="nat", nat_gateways=gateways)
    written = synth(made)
    assert len(written.each("AWS::EC2::NatGateway")) == gateways
    ways = Counter(
        one["NatGatewayId"]
        for one in written.each("AWS::EC2::Route")
        if "NatGatewayId" in one
    )
    assert sum(ways.values()) == zones
    assert len(ways) == gateways


def test_only_nat_pays_for_gateways(written: Written, kind: str) -> None:
    assert bool(written.each("AWS::EC2::NatGateway")) == (kind == "nat")
    assert bool(written.each("AWS::EC2::EIP")) == (kind == "nat")


@pytest.mark.parametrize(
    ("kind", "lookup", "execute", "wanted"),
    [
        ("nat", "cloudmap", True, set()),
        ("public", "cloudmap", True, set()),
        ("endpoints", "dns", False, _PLATFORM),
        ("endpoints", "cloudmap", False, {*_PLATFORM, "data-servicediscovery"}),
        ("endpoints", "dns", True, {*_PLATFORM, "ssmmessages"}),
        ("dualstack", "cloudmap", False, _PLATFORM),
        ("dualstack", "cloudmap", True, {*_PLATFORM, "ssmmessages"}),
    ],
)
def test_endpoints_are_those_that_tasks_cannot_do_without(
    kind: str,
    lookup: str,
    execute: bool,  # noqa: FBT001 - a case
    wanted: set[str],
) -> None:
    made = environment(network=kind, lookup=lookup, execute_command=execute)
    assert _services(synth(made), "Interface") == sorted(wanted)


@pytest.mark.parametrize("zones", [2, 3])
def test_each_endpoint_is_in_every_zone_under_the_usual_name(zones: int) -> None:
    written = synth(environment(zones=zones, network="endpoints"))
    made = [
        one for one in written.each(_ENDPOINT) if one["VpcEndpointType"] == "Interface"
    ]
    assert made
    for one in made:
        assert len(one["SubnetIds"]) == zones
        assert all("private" in subnet.logical_id for subnet in one["SubnetIds"])
        assert one["PrivateDnsEnabled"] is True


@pytest.mark.parametrize("kind", ["endpoints", "dualstack"])
def test_endpoints_take_https_from_this_network_only(kind: str) -> None:
    written = synth(environment(network=kind))
    groups = {
        json.dumps(one["SecurityGroupIds"], default=repr)
        for one in written.each(_ENDPOINT)
        if one["VpcEndpointType"] == "Interface"
    }
    assert len(groups) == 1
    [rules] = [
        one["SecurityGroupIngress"]
        for one in written.each("AWS::EC2::SecurityGroup")
        if "SecurityGroupIngress" in one
    ]
    [rule] = rules
    assert (rule["CidrIp"], rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) == (
        "10.0.0.0/16",
        443,
        443,
        "tcp",
    )


def test_layers_of_images_come_by_a_free_way(written: Written, kind: str) -> None:
    wanted = [] if kind == "public" else ["s3"]
    assert _services(written, "Gateway") == wanted


@pytest.mark.parametrize("kind", ["endpoints", "dualstack"])
def test_without_nat_no_data_can_be_carried_to_a_bucket(kind: str) -> None:
    written = synth(environment(network=kind))
    [policy] = [
        one["PolicyDocument"]
        for one in written.each(_ENDPOINT)
        if one["VpcEndpointType"] == "Gateway"
    ]
    [statement] = policy["Statement"]
    assert statement["Action"] == "s3:GetObject"
    bucket = "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"
    assert statement["Resource"] == bucket


def test_nothing_gets_a_public_address_unasked(written: Written) -> None:
    subnets = written.each("AWS::EC2::Subnet")
    assert len(subnets) == 4
    assert not any(one.get("MapPublicIpOnLaunch") for one in subnets)


def test_tasks_of_a_dual_stack_have_ipv6_addresses() -> None:
    for one in synth(environment(network="dualstack")).each("AWS::EC2::Subnet"):
        assert one["AssignIpv6AddressOnCreation"] is True


def test_another_zone_and_another_kind_move_no_subnet() -> None:
    """A subnet that moves is replaced, and the store in it with all its data."""
    before = _addresses(synth(environment(zones=2, network="public")))
    assert len(before) == 4
    for kind in NETWORKS:
        after = _addresses(synth(environment(zones=3, network=kind)))
        assert len(after) == 6
        assert before.items() <= after.items(), kind


def _addresses(written: Written) -> dict[str, tuple[str, str]]:
    return {
        resource.logical_id: (
            resource.properties["CidrBlock"],
            resource.properties["AvailabilityZone"],
        )
        for resource in written.assembly.each("AWS::EC2::Subnet")
    }


def test_refused_connections_are_logged_for_as_long_as_other_logs() -> None:
    written = synth(environment(log_days=14, keep_data=False))
    [flow] = written.each("AWS::EC2::FlowLog")
    assert flow["TrafficType"] == "REJECT"
    [group] = written.of("AWS::Logs::LogGroup")
    assert flow["LogGroupName"] == Reference(
        "fleet-trial-network", _only_key(written, group)
    )
    assert group["Properties"]["RetentionInDays"] == 14
    assert group["DeletionPolicy"] == "Delete"
    [kept] = synth(environment(log_days=14)).of("AWS::Logs::LogGroup")
    assert kept["DeletionPolicy"] == "RetainExceptOnCreate"


def _only_key(written: Written, wanted: object) -> str:
    resources = written.templates["fleet-trial-network"]["Resources"]
    [key] = [key for key, one in resources.items() if one is wanted]
    return str(key)


def test_every_allowed_number_of_days_has_its_word() -> None:
    assert len({retention(days) for days in LOG_DAYS}) == len(LOG_DAYS)


def test_tasks_are_told_where_they_live_and_how_to_ask() -> None:
    """What the services need to know of a network."""
    known = {kind: stacks_of(environment(network=kind))[0].network for kind in NETWORKS}
    subnets = {kind: one.tasks.subnet_group_name for kind, one in known.items()}
    assert subnets == {
        "nat": "private",
        "endpoints": "private",
        "dualstack": "private",
        "public": "public",
    }
    assert [kind for kind, one in known.items() if one.public_addresses] == ["public"]
    assert [kind for kind, one in known.items() if one.ipv6] == ["dualstack"]
    settings = {kind: dict(one.settings) for kind, one in known.items()}
    dual = settings.pop("dualstack")
    assert dual == {"AWS_USE_DUALSTACK_ENDPOINT": "true"}
    assert not any(settings.values())
