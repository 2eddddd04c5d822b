"""Names of services are found, and their absence is soon forgotten."""

import dataclasses

import pytest

from fleet.deployed import Assembly, Reference
from infra.cdk.values import Environment
from tests.infra.support_base import environment, synth


def _made(zone: str) -> Environment:
    return dataclasses.replace(environment(), namespace=zone)


def test_every_environment_has_one_zone_in_its_own_network(
    assembly: Assembly,
) -> None:
    for name in assembly.environments:
        [zone] = assembly.of(name).each("AWS::ServiceDiscovery::PrivateDnsNamespace")
        assert zone.properties["Name"].split(".")[-1] == "local"
        [vpc] = assembly.of(name).each("AWS::EC2::VPC")
        assert zone.properties["Vpc"] == Reference(vpc.stack, vpc.logical_id)


def test_that_a_name_is_missing_is_not_remembered_for_longer_than_a_record() -> None:
    [zone] = synth(environment()).each("AWS::ServiceDiscovery::PrivateDnsNamespace")
    assert zone["Properties"]["DnsProperties"]["SOA"]["TTL"] == environment().ttl_s


@pytest.mark.parametrize("zone", ["local", "fleet.internal", "prod.fleet.example.com"])
def test_a_zone_of_ones_own_is_taken(zone: str) -> None:
    assert _made(zone).namespace == zone


@pytest.mark.parametrize("zone", ["localhost", "fleet.localhost", "test", "a.invalid"])
def test_a_zone_that_no_nameserver_is_asked_about_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match=f"namespace is '{zone}', allowed is no name"):
        _made(zone)


@pytest.mark.parametrize(
    "zone",
    [
        "com",
        "aws",
        "amazonaws.com",
        "ecr.eu-west-1.amazonaws.com",
        "internal",
        "compute.internal",
        "eu-west-1.api.aws",
    ],
)
def test_a_zone_that_would_hide_aws_from_tasks_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match=f"namespace is '{zone}', allowed is a zone"):
        _made(zone)


@pytest.mark.parametrize("zone", ["nonlocalhost", "mycom", "my-amazonaws.net"])
def test_a_zone_that_only_ends_alike_is_taken(zone: str) -> None:
    assert _made(zone).namespace == zone
