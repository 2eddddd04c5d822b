"""Stores are shut, encrypted, and keep what they are told to keep."""

import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fleet.deployed import Assembly, Reference
from infra.cdk.parts.store_access import ACCESS
from infra.cdk.values import Environment
from infra.cdk.values.environment import NETWORKS
from infra.cdk.values.parts import StoreSize
from ranking.store import acl, parse
from tests.infra.support_base import Written, environment, stacks_of, synth

SERVERLESS = StoreSize(kind="serverless")
NODES = StoreSize(kind="nodes", node_type="cache.t4g.small", replicas=2)
DURABLE = StoreSize(kind="nodes", node_type="cache.m7g.large", durability="sync")
KINDS = {"serverless": SERVERLESS, "nodes": NODES, "durable": DURABLE}
_SERVERLESS = "AWS::ElastiCache::ServerlessCache"
_NODES = "AWS::ElastiCache::ReplicationGroup"


@pytest.fixture(scope="module", params=[*KINDS])
def size(request: pytest.FixtureRequest) -> StoreSize:
    return KINDS[request.param]


@pytest.fixture(scope="module")
def written(size: StoreSize) -> Written:
    return synth(environment(store=size), caller="game-server")


def _everywhere() -> list[Environment]:
    """Return an environment for each network, store, 2 and 3 zones."""
    ways = itertools.product(NETWORKS, KINDS.items(), (2, 3))
    return [
        environment(f"{kind}-{name}-{zones}", zones, network=kind, store=one)
        for kind, (name, one), zones in ways
    ]


@pytest.fixture(scope="module")
def everywhere() -> Written:
    return synth(*_everywhere())


def test_every_store_stands_in_every_network(everywhere: Written) -> None:
    assert len(everywhere.templates) == 2 * len(_everywhere()) == 48
    assert len(everywhere.each(_SERVERLESS)) == 8
    assert len(everywhere.each(_NODES)) == 16


def test_the_cdk_has_nothing_to_say_about_networks_and_stores(
    everywhere: Written,
) -> None:
    """Nothing but the zones, which are named on purpose: see `Environment.zones`."""
    said = {
        violation["ruleName"]
        for report in everywhere.report["pluginReports"]
        for violation in report["violations"]
        if "acknowledgedId" not in violation
    }
    assert said == set()


@pytest.mark.slow  # what is deployed is linted in test_lint.py
@pytest.mark.parametrize("name", [*KINDS])
def test_cfn_lint_has_nothing_to_say(name: str, tmp_path: Path) -> None:
    made = synth(
        *(one for one in _everywhere() if one.name.endswith(f"{name}-3")),
        caller="game-server",
    )
    files = []
    for stack, template in made.templates.items():
        if not stack.endswith("-services"):
            files.append(tmp_path / f"{stack}.json")
            files[-1].write_text(json.dumps(template))
    assert len(files) == 2 * len(NETWORKS)
    # W3010: zones are named on purpose.
    program = str(Path(sys.executable).with_name("cfn-lint"))
    words = [program, "-i", "W3010", "--", *map(str, files)]
    run = subprocess.run(  # noqa: S603 - our own files
        words, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (0, "")


def test_only_named_services_reach_the_store(written: Written) -> None:
    shut = [
        one
        for one in written.assembly.each("AWS::EC2::SecurityGroup")
        if one.stack == "fleet-trial-store"
    ]
    [group] = shut
    assert "SecurityGroupIngress" not in group.properties
    [rule] = [
        one
        for one in written.each("AWS::EC2::SecurityGroupIngress")
        if one["GroupId"] == Reference(group.stack, group.logical_id, "GroupId")
    ]
    [caller] = [
        one.logical_id
        for one in written.assembly.each("AWS::EC2::SecurityGroup")
        if one.stack == "fleet-trial-services"
    ]
    source = Reference("fleet-trial-services", caller, "GroupId")
    assert rule["SourceSecurityGroupId"] == source
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 6379, 6379)


def test_nobody_reaches_a_store_that_has_no_callers(size: StoreSize) -> None:
    made = synth(environment(store=size))
    assert made.each("AWS::EC2::SecurityGroupIngress") == []
    [group] = made.of("AWS::EC2::SecurityGroup", "-store")
    assert "SecurityGroupIngress" not in group["Properties"]


def test_in_the_real_environments_both_services_reach_the_store(
    assembly: Assembly,
) -> None:
    for name in assembly.environments:
        ours = assembly.of(name)
        [shut] = [
            one
            for one in ours.each("AWS::EC2::SecurityGroup")
            if one.stack == f"fleet-{name}-store"
        ]
        there = Reference(shut.stack, shut.logical_id, "GroupId")
        rules = [
            one.properties
            for one in ours.each("AWS::EC2::SecurityGroupIngress")
            if one.properties["GroupId"] == there
        ]
        assert {rule["FromPort"] for rule in rules} == {6379}
        services = [
            one.properties["NetworkConfiguration"]["AwsvpcConfiguration"]
            for one in ours.each("AWS::ECS::Service")
        ]
        callers = {one["SecurityGroups"][0].logical_id for one in services}
        found = {rule["SourceSecurityGroupId"].logical_id for rule in rules}
        assert found <= callers
        assert len(found) == len(rules) == 2


def test_the_store_is_in_the_private_subnets_of_any_network(
    everywhere: Written,
) -> None:
    kinds = (_SERVERLESS, "AWS::ElastiCache::SubnetGroup")
    places = [one["SubnetIds"] for kind in kinds for one in everywhere.each(kind)]
    assert len(places) == 24
    for subnets in places:
        assert len(subnets) in {2, 3}
        assert all("private" in subnet.logical_id for subnet in subnets)


def test_a_serverless_store_takes_no_more_than_three_subnets() -> None:
    zones = tuple(f"us-east-1{letter}" for letter in "abcdef")
    made = Environment(name="wide", region="us-east-1", zones=zones, store=SERVERLESS)
    [cache] = synth(made).each(_SERVERLESS)
    assert len(cache["SubnetIds"]) == 3


def test_no_template_has_a_password(written: Written) -> None:
    """References only; and whoever is in no group is nobody."""
    users = written.each("AWS::ElastiCache::User")
    assert {one["UserName"] for one in users} == {"fleet", "default"}
    for one in users:
        [password] = one["AuthenticationMode"]["Passwords"]
        begin, secret, end = password["Fn::Join"][1]
        assert begin == "{{resolve:secretsmanager:"
        assert isinstance(secret, Reference)
        assert end == ":SecretString:::}}"
        assert "Passwords" not in one
        assert "NoPasswordRequired" not in one
    secrets = written.each("AWS::SecretsManager::Secret")
    assert all("SecretString" not in one for one in secrets)


def test_the_password_fits_elasticache_and_an_address(written: Written) -> None:
    [secret] = written.each("AWS::SecretsManager::Secret")
    made = secret["GenerateSecretString"]
    assert made["ExcludePunctuation"] is True
    assert 16 <= made["PasswordLength"] <= 128


def test_the_user_may_do_what_the_rankings_need_and_others_nothing(
    written: Written,
) -> None:
    users = {one["UserName"]: one for one in written.each("AWS::ElastiCache::User")}
    assert users["fleet"]["AccessString"] == ACCESS == acl.ACCESS
    assert users["default"]["AccessString"] == "off ~* -@all"
    assert all(one["Engine"] == "valkey" for one in users.values())
    [group] = written.each("AWS::ElastiCache::UserGroup")
    assert len(group["UserIds"]) == 2


def test_only_those_users_log_in(written: Written) -> None:
    [group] = written.assembly.each("AWS::ElastiCache::UserGroup")
    users = Reference(group.stack, group.logical_id)
    for one in written.each(_SERVERLESS):
        assert one["UserGroupId"] == users
    for one in written.each(_NODES):
        assert one["UserGroupIds"] == [users]
        assert "AuthToken" not in one


def test_the_address_is_one_that_the_rankings_take(size: StoreSize) -> None:
    base, kept = stacks_of(environment(store=size))
    address = base.resolve(kept.store.address)
    begin, _host, end = address["Fn::Join"][1]
    parsed = parse.parse(f"{begin}store.example{end}")
    assert (begin, end) == ("rediss+cluster://fleet@", ":6379")
    assert parsed.kind == "cluster"
    assert parsed.login.user == "fleet"
    assert not parsed.login.password


def test_nodes_refuse_writes_rather_than_remove_boards() -> None:
    written = synth(environment(store=NODES))
    [parameters] = written.each("AWS::ElastiCache::ParameterGroup")
    assert parameters["Properties"]["maxmemory-policy"] == "noeviction"
    assert parameters["Properties"]["cluster-enabled"] == "yes"
    [nodes] = written.each(_NODES)
    name = nodes["CacheParameterGroupName"]
    assert written.assembly.get(name) in [
        *written.assembly.each("AWS::ElastiCache::ParameterGroup")
    ]


def test_serverless_has_no_limit_at_which_boards_would_be_removed() -> None:
    [cache] = synth(environment(store=SERVERLESS)).each(_SERVERLESS)
    assert "CacheUsageLimits" not in cache
    assert cache["MajorEngineVersion"] == "8"


def test_nodes_are_encrypted_on_the_way_and_at_rest() -> None:
    for one in (NODES, DURABLE):
        [nodes] = synth(environment(store=one)).each(_NODES)
        assert nodes["TransitEncryptionEnabled"] is True
        assert nodes["TransitEncryptionMode"] == "required"
        assert nodes["AtRestEncryptionEnabled"] is True


@pytest.mark.parametrize("replicas", [0, 1, 5])
def test_a_lost_zone_is_survived_with_replicas(replicas: int) -> None:
    one = StoreSize(kind="nodes", replicas=replicas)
    [nodes] = synth(environment(store=one)).each(_NODES)
    assert (nodes["NumNodeGroups"], nodes["ReplicasPerNodeGroup"]) == (1, replicas)
    assert nodes["MultiAZEnabled"] is (replicas > 0)
    assert nodes["AutomaticFailoverEnabled"] is True  # cluster mode asks for it
    assert nodes["ClusterMode"] == "enabled"


def test_a_snapshot_is_never_taken_while_nodes_are_maintained() -> None:
    [nodes] = synth(environment(store=NODES)).each(_NODES)
    _, snapshot = nodes["SnapshotWindow"].split("-")
    maintenance, _ = nodes["PreferredMaintenanceWindow"].split("-")
    assert snapshot < maintenance.split(":", 1)[1]


def test_data_that_are_kept_outlive_their_stack() -> None:
    written = synth(environment("a", store=SERVERLESS), environment("b", store=NODES))
    [cache] = written.of(_SERVERLESS)
    # With the stack's own id: the next stack of this name leaves a snapshot too.
    named = json.dumps(cache["Properties"]["FinalSnapshotName"])
    assert "fleet-a-final-" in named
    assert "AWS::StackId" in named
    assert cache["Properties"]["SnapshotRetentionLimit"] == 7
    assert cache["UpdateReplacePolicy"] == "Retain"
    [nodes] = written.of(_NODES)
    assert nodes["DeletionPolicy"] == nodes["UpdateReplacePolicy"] == "Snapshot"
    assert nodes["Properties"]["SnapshotRetentionLimit"] == 7
    assert {"fleet-a-store", "fleet-b-store"} <= written.protected


def test_data_that_are_not_kept_go_with_their_stack() -> None:
    written = synth(
        environment("a", store=SERVERLESS, keep_data=False),
        environment("b", store=NODES, keep_data=False),
    )
    for kind in (_SERVERLESS, _NODES):
        [one] = written.of(kind)
        assert one["DeletionPolicy"] == one["UpdateReplacePolicy"] == "Delete"
        assert not one["Properties"].get("SnapshotRetentionLimit")
        assert "FinalSnapshotName" not in one["Properties"]
    assert written.protected == frozenset()


def test_a_change_that_would_replace_the_data_cannot_succeed(
    everywhere: Written,
) -> None:
    """The name is taken while the old one lives, and CloudFormation gives up."""
    for one in everywhere.each(_SERVERLESS):
        assert str(one["ServerlessCacheName"]).startswith("fleet-")
    for one in everywhere.each(_NODES):
        assert str(one["ReplicationGroupId"]).startswith("fleet-")


def test_durable_nodes_have_a_log_over_several_zones() -> None:
    written = synth(environment(store=DURABLE))
    [nodes] = written.each(_NODES)
    assert (nodes["Durability"], nodes["EngineVersion"]) == ("sync", "9.0")
    assert nodes["MultiAZEnabled"] is True
    [parameters] = written.each("AWS::ElastiCache::ParameterGroup")
    assert parameters["CacheParameterGroupFamily"] == "valkey9"
    [plain] = synth(environment(store=NODES)).each(_NODES)
    assert "Durability" not in plain
    assert plain["EngineVersion"] == "8.2"


@pytest.mark.parametrize(
    "wrong",
    [
        {"durability": "always"},
        {"kind": "serverless", "durability": "sync"},
        {"kind": "nodes", "durability": "sync"},  # cache.t4g has no such thing
        {"kind": "nodes", "node_type": "cache.m5.large", "durability": "async"},
        {
            "kind": "nodes",
            "node_type": "cache.m7g.large",
            "durability": "sync",
            "replicas": 0,
        },
    ],
)
def test_durability_that_elasticache_would_refuse_is_refused_here(
    wrong: dict[str, Any],
) -> None:
    with pytest.raises(ValueError, match=r"durability is '.*', allowed is") as told:
        StoreSize(**wrong)
    assert len(str(told.value).splitlines()) <= 2


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (SERVERLESS, {"CHAMPION_ALLOW_VOLATILE": "true"}),
        (NODES, {"CHAMPION_DURABILITY": "replicated"}),
        (DURABLE, {"CHAMPION_ALLOW_VOLATILE": "true"}),
        (StoreSize(kind="nodes", replicas=1), {"CHAMPION_ALLOW_VOLATILE": "true"}),
    ],
)
def test_tasks_are_told_how_safe_their_store_is(
    one: StoreSize, wanted: dict[str, str]
) -> None:
    _, kept = stacks_of(environment(store=one))
    assert kept.store.settings == wanted
