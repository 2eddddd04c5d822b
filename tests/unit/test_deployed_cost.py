"""What a template costs: every sum by hand."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from fleet.deployed import Assembly, Reference, Resource
from fleet.deployed.cost import Assumptions, Estimate, estimate, load_rates
from fleet.deployed.cost.assumptions import LARGEST
from fleet.deployed.cost.estimate import COUNTED
from fleet.deployed.cost.free import FREE
from fleet.deployed.cost.page import BEGIN, END, put
from fleet.deployed.cost.site import Count
from fleet.deployed.cost.table import by_item, by_line, uncounted
from fleet.deployed.reading import number
from fleet.errors import BadConfig, BadInput

HERE = "fleet-x-services"
RATES = load_rates()
NOTHING = Assumptions(
    calls_per_second=Decimal(0), gb_out=Decimal(0), log_bytes_per_minute=Decimal(0)
)
Properties = Mapping[str, Any]


def resource(name: str, kind: str, properties: Properties | None = None) -> Resource:
    return Resource(HERE, name, f"AWS::{kind}", properties or {})


def cost(
    *resources: Resource, assumed: Assumptions = NOTHING, count: Count = "least"
) -> Estimate:
    here = Assembly(resources)
    return estimate("x", here, here, RATES, assumed, count=count)


def service(**more: object) -> Resource:
    properties = {
        "ServiceName": "games",
        "LaunchType": "FARGATE",
        "DesiredCount": 4,
        "TaskDefinition": Reference(HERE, "Task"),
        **more,
    }
    return resource("Service", "ECS::Service", properties)


def task(**more: object) -> Resource:
    properties = {
        "Cpu": "512",
        "Memory": "1024",
        "RuntimePlatform": {"CpuArchitecture": "ARM64"},
        **more,
    }
    return resource("Task", "ECS::TaskDefinition", properties)


def scaled(least: int, most: int) -> Resource:
    name = {"Fn::Join": ["", ["service/", Reference(HERE, "Service", "Name")]]}
    properties = {"MinCapacity": least, "MaxCapacity": most, "ResourceId": name}
    return resource("Target", "ApplicationAutoScaling::ScalableTarget", properties)


def tasks_of(found: Estimate) -> Decimal:
    return found.items["tasks: games"]


ARM = (Decimal("0.03238") / 2 + Decimal("0.00356")) * 730
X86 = (Decimal("0.04048") / 2 + Decimal("0.004445")) * 730


def test_tasks_are_paid_by_processor_and_memory() -> None:
    assert tasks_of(cost(service(), task())) == 4 * ARM


def test_x86_has_its_own_rate() -> None:
    plain = task(RuntimePlatform={"CpuArchitecture": "X86_64"})

    assert tasks_of(cost(service(), plain)) == 4 * X86


def test_the_fewest_and_the_most_tasks_are_those_of_the_scaling() -> None:
    parts = (service(), task(), scaled(2, 10))

    assert tasks_of(cost(*parts)) == 2 * ARM
    assert tasks_of(cost(*parts, count="most")) == 10 * ARM


@pytest.mark.parametrize(
    ("strategy", "spot"),
    [
        pytest.param([("FARGATE", 0, 1)], "0", id="none"),
        pytest.param([("FARGATE_SPOT", 0, 1)], "4", id="all"),
        pytest.param([("FARGATE", 0, 1), ("FARGATE_SPOT", 0, 1)], "2", id="half"),
        pytest.param([("FARGATE", 0, 1), ("FARGATE_SPOT", 0, 3)], "3", id="weights"),
        pytest.param([("FARGATE", 2, 1), ("FARGATE_SPOT", 0, 3)], "1.5", id="base"),
        pytest.param([("FARGATE", 9, 0), ("FARGATE_SPOT", 0, 1)], "0", id="big-base"),
    ],
)
def test_spot_costs_its_share(strategy: list[tuple[str, int, int]], spot: str) -> None:
    chosen = [
        {"CapacityProvider": name, "Base": base, "Weight": weight}
        for name, base, weight in strategy
    ]
    mixed = service(CapacityProviderStrategy=chosen)
    on_spot = Decimal(spot)

    assert tasks_of(cost(mixed, task())) == ARM * (
        4 - on_spot + on_spot * RATES["fargate.spot_share"]
    )


def test_disk_beyond_what_is_included_is_paid() -> None:
    large = task(EphemeralStorage={"SizeInGiB": 30})

    more = tasks_of(cost(service(), large)) - 4 * ARM

    assert more == 4 * 10 * 730 * RATES["fargate.disk_gb_hour"]


def test_gateways_endpoints_and_addresses_are_counted_one_by_one() -> None:
    zones = ["a", "b", "c"]
    interface = {"VpcEndpointType": "Interface", "SubnetIds": zones}
    found = cost(
        *(resource(f"N{n}", "EC2::NatGateway") for n in range(2)),
        *(resource(f"I{n}", "EC2::EIP") for n in range(2)),
        *(resource(f"E{n}", "EC2::VPCEndpoint", interface) for n in range(5)),
        resource("S3", "EC2::VPCEndpoint", {"VpcEndpointType": "Gateway"}),
        assumed=Assumptions(calls_per_second=Decimal(0), gb_aws=Decimal(100)),
    )

    assert found.items == {
        "NAT gateways": 2 * 730 * Decimal("0.045") + Decimal("4.5"),
        "interface endpoints": 15 * 730 * Decimal("0.01") + 1,
        "public IPv4 addresses": 2 * 730 * Decimal("0.005"),
    }
    assert not found.uncounted


def test_tasks_in_public_pay_for_their_addresses() -> None:
    vpc = {"AwsvpcConfiguration": {"AssignPublicIp": "ENABLED", "Subnets": ["a"]}}

    found = cost(service(NetworkConfiguration=vpc), task())

    assert found.items["public IPv4 addresses"] == 4 * 730 * Decimal("0.005")


@pytest.mark.parametrize(("scheme", "open_"), [("internet-facing", 1), ("internal", 0)])
def test_only_a_door_to_the_internet_pays_for_it(scheme: str, open_: int) -> None:
    properties = {"Scheme": scheme, "Subnets": ["a", "b"], "Type": "application"}
    door = resource("Door", "ElasticLoadBalancingV2::LoadBalancer", properties)
    traffic = Assumptions(calls_per_second=Decimal(500), gb_out=Decimal(10))

    found = cost(door, assumed=traffic)

    # 500 calls a second are 50 new connections a second: two units.
    assert found.items["load balancer"] == 730 * (
        Decimal("0.0225") + 2 * Decimal("0.008")
    )
    assert found.items.get("traffic to the internet", 0) == open_ * Decimal("0.9")
    assert found.items.get("public IPv4 addresses", 0) == open_ * 2 * Decimal("3.65")


@pytest.mark.parametrize(
    ("target", "dollars"),
    [
        pytest.param("dns://games.local:5000", "0.84096", id="a-query-in-each-ttl"),
        pytest.param("cloudmap://local/games:5000", "16.1184", id="two-kinds-of-call"),
        pytest.param("127.0.0.1:5000", "0", id="no-lookup"),
    ],
)
def test_clients_pay_for_their_questions(target: str, dollars: str) -> None:
    settings = [{"Name": "TARGETS", "Value": {"Fn::Join": ["", [target]]}}]
    client = task(ContainerDefinitions=[{"Environment": settings}])

    found = cost(service(), client)

    # Four tasks, 2,628,000 s: every 5 s, or every 0.75 s and every 5 s.
    assert found.items.get("names (Cloud Map)", 0) == pytest.approx(Decimal(dollars))


def test_a_zone_costs_the_same_however_many_names_it_has() -> None:
    registry = {"DnsConfig": {"DnsRecords": [{"Type": "A", "TTL": 5}]}}
    found = cost(
        resource("Zone", "ServiceDiscovery::PrivateDnsNamespace"),
        *(resource(f"S{n}", "ServiceDiscovery::Service", registry) for n in range(5)),
    )

    assert found.items == {"names (Cloud Map)": Decimal("0.5")}


def test_a_serverless_store_has_a_least_price() -> None:
    cache = resource("C", "ElastiCache::ServerlessCache", {"Engine": "valkey"})
    small = Assumptions(calls_per_second=Decimal(0), store_gb=Decimal("0.001"))

    assert cost(cache, assumed=small).dollars == Decimal("0.1") * 730 * Decimal("0.084")


def test_every_node_of_every_shard_is_paid() -> None:
    properties = {
        "Engine": "valkey",
        "CacheNodeType": "cache.t4g.small",
        "NumNodeGroups": 2,
        "ReplicasPerNodeGroup": 2,
    }
    group = resource("G", "ElastiCache::ReplicationGroup", properties)

    assert cost(group).dollars == 6 * 730 * Decimal("0.0256")


def test_alarms_are_paid_by_metric_and_those_of_scaling_too() -> None:
    math = [{"MetricStat": {}}, {"MetricStat": {}}, {"Expression": "a/b"}]
    found = cost(
        resource("A", "CloudWatch::Alarm", {"MetricName": "x"}),
        resource("B", "CloudWatch::Alarm", {"Metrics": math}),
        resource(
            "P",
            "ApplicationAutoScaling::ScalingPolicy",
            {"PolicyType": "TargetTrackingScaling"},
        ),
    )

    assert found.items == {"alarms": (1 + 2 + 2) * Decimal("0.1")}


def test_the_fourth_dashboard_is_the_first_that_costs() -> None:
    boards = [resource(f"D{n}", "CloudWatch::Dashboard") for n in range(4)]

    assert cost(*boards[:3]).dollars == 0
    assert cost(*boards).dollars == 3


def test_logs_are_paid_when_written_and_while_kept() -> None:
    group = resource("L", "Logs::LogGroup", {"RetentionInDays": 304})
    talk = Assumptions(
        calls_per_second=Decimal(100),
        log_bytes_per_call=Decimal(1000),
        log_bytes_per_minute=Decimal(0),
    )

    found = cost(service(), task(), group, assumed=talk)

    written = Decimal("262.8")  # GB
    kept = written * Decimal("0.15") * 10  # months
    assert found.items["logs"] == written * Decimal("0.5") + kept * Decimal("0.03")


def test_the_pipeline_pays_for_actions_but_not_for_a_persons_consent() -> None:
    project = {"Type": "ARM_CONTAINER", "ComputeType": "BUILD_GENERAL1_SMALL"}
    steps = [
        {
            "ActionTypeId": {"Category": "Build", "Provider": "CodeBuild"},
            "Configuration": {"ProjectName": Reference(HERE, "Project")},
        },
        {"ActionTypeId": {"Category": "Approval", "Provider": "Manual"}},
        {"ActionTypeId": {"Category": "Invoke", "Provider": "InspectorScan"}},
    ]
    pipeline = {"PipelineType": "V2", "Stages": [{"Actions": steps}]}

    found = cost(
        resource("Project", "CodeBuild::Project", {"Environment": project}),
        resource("Pipeline", "CodePipeline::Pipeline", pipeline),
    )

    assert found.items == {
        "pipeline": 2 * 20 * 3 * Decimal("0.002") + 20 * Decimal("0.03"),
        "builds": 20 * 10 * Decimal("0.0034"),
    }


def test_what_nobody_can_count_is_named_and_never_dropped() -> None:
    found = cost(
        resource("W", "WAFv2::WebACL"),
        resource("V", "WAFv2::WebACL"),
        resource("N", "ElasticLoadBalancingV2::LoadBalancer", {"Type": "network"}),
        resource("C", "ElastiCache::ReplicationGroup", {"CacheNodeType": "cache.x"}),
        resource("S", "ElastiCache::ServerlessCache", {"Engine": "memcached"}),
        resource("B", "CodeBuild::Project", {"Environment": {"Type": "GPU"}}),
        resource("P", "SSM::Parameter", {"Tier": "Advanced"}),
        service(LaunchType="EC2"),
        task(),
    )

    lines = "\n".join(uncounted([found]))
    for what in (
        "AWS::WAFv2::WebACL: x x2",
        "LoadBalancer (of type network)",
        "on cache.x",
        "engine memcached",
        "GPU/None",
        "tier Advanced",
        "not on Fargate",
    ):
        assert what in lines
    assert "not counted: AWS::" in lines


def test_what_a_template_says_never_reaches_a_terminal_raw() -> None:
    found = cost(
        resource("W", "\x1b[31mWAF\x9b2J"),
        service(ServiceName="\x1b]0;mine\x07"),
        task(),
        resource("C", "ElastiCache::ReplicationGroup", {"CacheNodeType": "\ud800"}),
    )

    printed = [*uncounted([found]), *by_item([found, found]), *by_line(found)]

    assert all(line.isprintable() for line in printed)
    assert "WAF" in "".join(printed)


def test_a_mistake_in_a_template_never_reaches_a_terminal_raw() -> None:
    odd = Resource(HERE, "Task\x1b[2J", "AWS::X", {"Cpu": "\x9b2J"})

    with pytest.raises(BadConfig) as error:
        number(odd, "Cpu")

    assert all(line.isprintable() for line in str(error.value).splitlines())


def test_a_report_takes_its_place_in_a_page() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"

    once = put(page, ["new"])

    assert once == f"before\n{BEGIN}\n```text\nnew\n```\n{END}\nafter\n"
    assert put(once, ["new"]) == once


@pytest.mark.parametrize(
    "page", ["", BEGIN, END, END + BEGIN, BEGIN + BEGIN + END, BEGIN + END + END]
)
def test_a_page_without_its_two_marks_is_refused(page: str) -> None:
    with pytest.raises(BadInput, match="--into"):
        put(page, ["new"])


def test_no_type_is_both_free_and_counted() -> None:
    assert not COUNTED & FREE


@pytest.mark.parametrize(
    "cpu", ["many", "", "-1", "nan", "inf", "1e999999999", 10**10, True, [], None]
)
def test_a_size_that_is_none_is_named_with_its_place(cpu: object) -> None:
    with pytest.raises(BadConfig, match=r"fleet-x-services/Task .*\n.*Cpu is"):
        cost(service(), task(Cpu=cpu))


@pytest.mark.parametrize("value", ["-1", "NaN", "Infinity", str(LARGEST * 10)])
def test_an_assumption_out_of_bounds_is_named_by_its_option(value: str) -> None:
    with pytest.raises(BadInput, match="--gb-out"):
        Assumptions(gb_out=Decimal(value))


@pytest.mark.parametrize("value", ["500", "100.1", "-1"])
def test_no_more_calls_fail_than_there_are(value: str) -> None:
    with pytest.raises(BadInput, match=r"--failed-percent.*0 to 100$"):
        Assumptions(failed_percent=Decimal(value))
    assert Assumptions(failed_percent=Decimal(100)).failed_percent == 100


def test_a_client_never_asks_without_end() -> None:
    with pytest.raises(BadInput, match="--revision-every-s"):
        Assumptions(revision_every_s=Decimal(0))


def test_properties_of_odd_shapes_are_no_crash() -> None:
    odd: list[Any] = [
        None,
        "x",
        7,
        [],
        [7],
        {},
        {"Fn::Join": {}},
        [{"Value": {"Fn::Join": 7}}],
    ]
    for value in odd:
        found = cost(
            service(CapacityProviderStrategy=value, NetworkConfiguration=value),
            task(ContainerDefinitions=[{"Environment": value}], RuntimePlatform=value),
            resource("D", "ElasticLoadBalancingV2::LoadBalancer", {"Subnets": value}),
            resource("R", "ServiceDiscovery::Service", {"DnsConfig": value}),
            resource("A", "CloudWatch::Alarm", {"Metrics": value}),
            resource("E", "EC2::VPCEndpoint", {"SubnetIds": value}),
            resource("P", "CodePipeline::Pipeline", {"Stages": [value]}),
            resource("F", "Logs::MetricFilter", {"MetricTransformations": value}),
        )

        assert found.dollars > 0


def test_tables_add_up_and_stand_in_columns() -> None:
    one = cost(service(), task(), resource("N", "EC2::NatGateway"))
    two = cost(service(), task())

    table = by_item([two, one])

    assert table[0].split() == ["$", "A", "MONTH", "X", "X"]
    assert table[-1].split() == ["TOTAL", *(f"{e.dollars:.2f}" for e in (two, one))]
    assert len({len(line) for line in table if line[-1].isdigit()}) <= 2
    assert by_line(one)[-1].split()[-1] == f"{one.dollars:.2f}"


def test_rates_know_their_age() -> None:
    later = RATES.as_of + dt.timedelta(days=200)

    assert RATES.age_days(later) == 200
