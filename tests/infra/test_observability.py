"""What is meant by alarms and dashboard."""

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fleet.deployed import Assembly, Resource, load
from fleet.server import emf
from fleet.server.logs import JsonLine
from fleet.server.meter import Minute
from infra.cdk.values import load as load_values

ENVIRONMENTS = {each.name: each for each in load_values().environments}
GUIDE = Path(__file__).parents[2] / "docs" / "alarms.md"

every = pytest.mark.parametrize("name", ENVIRONMENTS)


def alarms(assembly: Assembly, name: str) -> list[Resource]:
    """Return our own; those of Application Auto Scaling are in no template."""
    return list(assembly.of(name).each("AWS::CloudWatch::Alarm"))


def alarm(assembly: Assembly, name: str, which: str) -> dict[str, Any]:
    (found,) = (
        each.properties
        for each in alarms(assembly, name)
        if each.properties["AlarmName"] == f"fleet-{name}-{which}"
    )
    return dict(found)


def metrics(of: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what an alarm reads, whether by an expression or not."""
    if "MetricName" in of:
        yield of
    for each in of.get("Metrics", ()):
        if "MetricStat" in each:
            yield {**each["MetricStat"]["Metric"], "Stat": each["MetricStat"]["Stat"]}


def dimensions(metric: dict[str, Any]) -> dict[str, Any]:
    return {each["Name"]: each["Value"] for each in metric.get("Dimensions", ())}


def sections() -> set[str]:
    return set(re.findall(r"^## ([a-z-]+)$", GUIDE.read_text(), re.MULTILINE))


def page(assembly: Assembly, name: str) -> dict[str, Any]:
    """Return the dashboard, with a word for each reference."""
    (found,) = assembly.of(name).each("AWS::CloudWatch::Dashboard")
    _, parts = found.properties["DashboardBody"]["Fn::Join"]
    text = "".join(part if isinstance(part, str) else "reference" for part in parts)
    return dict(json.loads(text))


@every
def test_every_alarm_is_told_when_it_begins_and_when_it_ends(
    assembly: Assembly, name: str
) -> None:
    (topic,) = assembly.of(name).each("AWS::SNS::Topic")
    for each in alarms(assembly, name):
        for moment in ("AlarmActions", "OKActions"):
            (told,) = each.properties[moment]
            assert assembly.get(told) is topic


@every
def test_every_alarm_says_what_it_means_and_where_it_says_what_to_do(
    assembly: Assembly, name: str
) -> None:
    for each in alarms(assembly, name):
        said = each.properties["AlarmDescription"]
        means, guide, section = re.fullmatch(
            r"(.+\.) What to do: (.+)#(.+)", said
        ).groups()  # type: ignore[union-attr]
        assert len(means) > 30
        assert guide == "docs/alarms.md"
        assert section in sections()


def test_every_section_of_the_guide_is_named_by_an_alarm(assembly: Assembly) -> None:
    named = {
        each.properties["AlarmDescription"].rpartition("#")[2]
        for name in ENVIRONMENTS
        for each in alarms(assembly, name)
    }
    assert {each.store.kind for each in ENVIRONMENTS.values()} == {
        "serverless",
        "nodes",
    }
    assert named == sections()


@every
def test_alarms_may_publish_and_nobody_may_without_tls(
    assembly: Assembly, name: str
) -> None:
    (policy,) = assembly.of(name).each("AWS::SNS::TopicPolicy")
    said = {
        each["Effect"]: each
        for each in policy.properties["PolicyDocument"]["Statement"]
    }
    assert said["Allow"]["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert said["Allow"]["Condition"]["StringEquals"]["aws:SourceAccount"]
    assert said["Deny"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert said["Deny"]["Principal"] == "*"


@every
def test_mail_goes_to_who_wants_it(assembly: Assembly, name: str) -> None:
    subscribers = assembly.of(name).each("AWS::SNS::Subscription")
    found = [each.properties["Endpoint"] for each in subscribers]
    email = ENVIRONMENTS[name].alarms.email
    assert found == ([email] if email else [])


def logged(name: str, service: str) -> dict[str, Any]:
    """Return the line of a minute as the tasks write it."""
    minute = Minute(calls=1, rejected=0, failed=0, times_ms=(1.0,))
    return dict(json.loads(emf.line(minute, f"fleet/{name}", service, 0.0)))


def services(assembly: Assembly, name: str) -> dict[str, dict[str, Any]]:
    """Return the settings of each service."""
    found = {}
    for each in assembly.of(name).each("AWS::ECS::Service"):
        task = assembly.get(each.properties["TaskDefinition"])
        assert task
        (container,) = task.properties["ContainerDefinitions"]
        given = {one["Name"]: one["Value"] for one in container["Environment"]}
        found[each.properties["ServiceName"]] = given
    return found


def counted_lines(assembly: Assembly, name: str) -> set[str]:
    return {
        one["MetricName"]
        for each in assembly.of(name).each("AWS::Logs::MetricFilter")
        for one in each.properties["MetricTransformations"]
        if one["MetricNamespace"] == f"fleet/{name}"
    }


def shown(assembly: Assembly, name: str) -> Iterator[dict[str, Any]]:
    """Yield the metrics of the dashboard, in the form of those of an alarm."""
    for widget in page(assembly, name)["widgets"]:
        for line in widget["properties"].get("metrics", ()):
            words = [word for word in line if isinstance(word, str)]
            if words:
                space, metric, *rest = words
                pairs = zip(rest[::2], rest[1::2], strict=True)
                yield {
                    "Namespace": space,
                    "MetricName": metric,
                    "Dimensions": [{"Name": n, "Value": v} for n, v in pairs],
                }


@every
def test_what_is_read_is_what_the_tasks_log(assembly: Assembly, name: str) -> None:
    read = [
        m for each in alarms(assembly, name) for m in metrics(dict(each.properties))
    ]
    read += shown(assembly, name)
    ours = [one for one in read if one["Namespace"] == f"fleet/{name}"]
    assert ours
    lines = counted_lines(assembly, name)
    for one in ours:
        service = dimensions(one).get("Service")
        if service is None:
            assert one["MetricName"] in lines
            continue
        given = services(assembly, name)[service]
        line = logged(name, service)
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        names = {each["Name"] for each in directive["Metrics"]}
        assert one["MetricName"] in names
        assert directive["Dimensions"] == [[*dimensions(one)]]
        assert directive["Namespace"] == given["FLEET_METRICS_NAMESPACE"]
        assert line["Service"] == given["FLEET_SERVICE"]


@pytest.mark.parametrize("level", [logging.ERROR, logging.CRITICAL])
@every
def test_a_line_of_an_error_is_counted(
    assembly: Assembly, name: str, level: int
) -> None:
    record = logging.LogRecord("fleet", level, "", 0, "it broke", None, None)
    said = json.loads(JsonLine().format(record))["level"]
    filters = list(assembly.of(name).each("AWS::Logs::MetricFilter"))
    assert len(filters) == 2
    for each in filters:
        assert f'$.level = "{said}"' in each.properties["FilterPattern"]
        group = assembly.get(each.properties["LogGroupName"])
        assert group
        assert group.type == "AWS::Logs::LogGroup"


@every
def test_what_ecs_measures_is_asked_of_a_service_that_is_there(
    assembly: Assembly, name: str
) -> None:
    (cluster,) = assembly.of(name).each("AWS::ECS::Cluster")
    there = cluster.properties["ClusterName"]
    asked = [
        dimensions(metric)
        for each in alarms(assembly, name)
        for metric in metrics(dict(each.properties))
        if metric["Namespace"] == "AWS/ECS"
    ]
    assert {each["ClusterName"] for each in asked} == {there}
    assert {each["ServiceName"] for each in asked} == set(services(assembly, name))


@every
def test_the_store_that_is_watched_is_the_store_that_is_there(
    assembly: Assembly, name: str
) -> None:
    read = [
        m for each in alarms(assembly, name) for m in metrics(dict(each.properties))
    ]
    asked = [dimensions(one) for one in read if one["Namespace"] == "AWS/ElastiCache"]
    if ENVIRONMENTS[name].store.kind == "serverless":
        (cache,) = assembly.of(name).each("AWS::ElastiCache::ServerlessCache")
        there = {cache.properties["ServerlessCacheName"]}
        assert {each["clusterId"] for each in asked} == there
        return
    (group,) = assembly.of(name).each("AWS::ElastiCache::ReplicationGroup")
    assert group.properties["NumNodeGroups"] == 1
    count = 1 + group.properties["ReplicasPerNodeGroup"]
    first = group.properties["ReplicationGroupId"]
    there = {f"{first}-0001-{place:03}" for place in range(1, count + 1)}
    assert {each["CacheClusterId"] for each in asked} == there


@every
def test_an_alarm_of_tasks_rings_when_nothing_is_heard_and_only_that_one(
    assembly: Assembly, name: str
) -> None:
    for each in alarms(assembly, name):
        silent = each.properties["AlarmName"].endswith("-few-tasks")
        wanted = "breaching" if silent else "notBreaching"
        assert each.properties["TreatMissingData"] == wanted
    for service, size in (
        ("game-server", ENVIRONMENTS[name].game_server),
        ("gateway", ENVIRONMENTS[name].gateway),
    ):
        few = alarm(assembly, name, f"{service}-few-tasks")
        assert few["Threshold"] == size.tasks[0]
        assert few["ComparisonOperator"] == "LessThanThreshold"
        (metric,) = metrics(few)
        assert (metric["MetricName"], metric["Stat"]) == ("Calls", "SampleCount")


@every
def test_a_fleet_that_has_no_image_yet_wakes_nobody(
    synthesized: Path, name: str
) -> None:
    for there in (False, True):
        read = load(synthesized, {"HasImage": there})
        for service in ("game-server", "gateway"):
            few = alarm(read, name, f"{service}-few-tasks")
            assert few["ActionsEnabled"] is there


def expression(of: dict[str, Any]) -> tuple[str, str, str]:
    """Return the formula of a share, and its words for the part and the whole."""
    (formula,) = (each["Expression"] for each in of["Metrics"] if "Expression" in each)
    part, whole = [each["Id"] for each in of["Metrics"] if "MetricStat" in each]
    return formula, part, whole


def worked_out(of: dict[str, Any], part: float | None, whole: float) -> float:
    """Return what CloudWatch would make of two values; None: there is none."""
    formula, first, second = expression(of)
    words = {
        "FILL": lambda value, other: other if value is None else value,
        "IF": lambda condition, yes, no: yes if condition else no,
        first: part,
        second: whole,
    }
    return float(eval(formula, {"__builtins__": {}}, words))  # noqa: S307 - our own


@pytest.mark.parametrize(
    ("failed", "calls", "rings"),
    [
        (3, 3, False),  # at night
        (None, 1000, False),
        (50, 1000, False),
        (51, 1000, True),
        (6, 6, True),
        (1000, 1000, True),
    ],
)
@pytest.mark.parametrize("which", ["game-server-failed", "door-failed"])
def test_an_alarm_of_failures_looks_at_their_share(
    assembly: Assembly, which: str, failed: float | None, calls: float, *, rings: bool
) -> None:
    said = alarm(assembly, "prod", which)
    assert said["ComparisonOperator"] == "GreaterThanThreshold"
    assert (worked_out(said, failed, calls) > said["Threshold"]) is rings


@every
def test_a_door_with_no_task_behind_rings_although_it_counts_no_request(
    assembly: Assembly, name: str
) -> None:
    (read,) = metrics(alarm(assembly, name, "door-unreached"))
    # RequestCount has those only that a target was chosen for.
    assert read["MetricName"] == "HTTPCode_ELB_5XX_Count"


@every
def test_what_callers_feel_takes_a_deploy_back(
    assembly: Assembly, synthesized: Path, name: str
) -> None:
    there = {
        each.properties["AlarmName"]: each.logical_id for each in alarms(assembly, name)
    }
    template = synthesized / f"fleet-{name}-services.template.json"
    resources = json.loads(template.read_text())["Resources"]
    felt = {
        "game-server": ["game-server-failed", "game-server-slow"],
        "gateway": ["door-failed", "door-slow"],
    }
    for each in assembly.of(name).each("AWS::ECS::Service"):
        names = [f"fleet-{name}-{one}" for one in felt[each.properties["ServiceName"]]]
        said = each.properties["DeploymentConfiguration"]["Alarms"]
        assert said == {"AlarmNames": names, "Enable": True, "Rollback": True}
        # They are there before the service asks for them.
        first = resources[each.logical_id]["DependsOn"]
        assert {there[one] for one in names} <= set(first)


@every
def test_the_dashboard_fits_a_laptop_and_shows_every_alarm(
    assembly: Assembly, name: str
) -> None:
    widgets = page(assembly, name)["widgets"]
    assert max(each["x"] + each["width"] for each in widgets) == 24
    # Three graphs a row, and no page to be scrolled for a minute.
    assert min(each["width"] for each in widgets) >= 8
    assert max(each["y"] + each["height"] for each in widgets) <= 36
    (states,) = (each for each in widgets if each["type"] == "alarm")
    assert len(states["properties"]["alarms"]) == len(alarms(assembly, name))
    (text,) = (each for each in widgets if each["type"] == "text")
    assert "docs/alarms.md" in text["properties"]["markdown"]


@every
def test_the_dashboard_shows_each_service_and_the_store(
    assembly: Assembly, name: str
) -> None:
    read = list(shown(assembly, name))
    spaces = {each["Namespace"] for each in read}
    assert {"AWS/ApplicationELB", "AWS/ECS", "AWS/ElastiCache"} <= spaces
    ecs = {dimensions(each).get("ServiceName") for each in read} - {None}
    assert ecs == set(services(assembly, name))


@every
def test_there_are_no_more_alarms_than_somebody_would_act_upon(
    assembly: Assembly, name: str
) -> None:
    assert len(alarms(assembly, name)) <= 20
