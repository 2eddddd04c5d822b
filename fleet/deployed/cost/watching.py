"""CloudWatch: alarms, metrics, dashboards and logs."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from fleet.deployed.cost.assumptions import SECONDS
from fleet.deployed.cost.line import Line, Uncounted
from fleet.deployed.cost.site import SERVICE, Site
from fleet.deployed.reading import inside, listed, number, settings
from fleet.deployed.resource import Resource

ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
DASHBOARD = "AWS::CloudWatch::Dashboard"
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
FILTER = "AWS::Logs::MetricFilter"
GROUP = "AWS::Logs::LogGroup"
FLOW = "AWS::EC2::FlowLog"
CLUSTER = "AWS::ECS::Cluster"
TYPES = frozenset({ALARM, COMPOSITE, DASHBOARD, POLICY, FILTER, GROUP, FLOW, CLUSTER})

_ALARMS_OF_A_POLICY = 2
"""Target tracking makes one for more and one for fewer tasks."""
_METRICS_OF_A_SERVICE = 4
"""Calls, Rejected, Failed, Latency."""
_CALLS_SETTING = "FLEET_LOG_CALLS"
_METRICS_SETTING = "FLEET_METRICS_NAMESPACE"
_GB = Decimal(10) ** 9
_MINUTES = SECONDS / 60
_KEPT = Decimal("0.15")
"""Of a byte that was logged, once it is compressed: AWS's own figure, on
https://aws.amazon.com/cloudwatch/pricing/"""
_DAYS_OF_A_MONTH = Decimal("30.4")
_FOR_EVER_DAYS = 365


def count(site: Site) -> Iterator[Line | Uncounted]:
    """Yield what is watched, and what is written down."""
    yield from _alarms(site)
    yield from _metrics(site)
    yield from _dashboards(site)
    yield from _logs(site)
    for cluster in site.each(CLUSTER):
        for setting in listed(cluster, "ClusterSettings"):
            if isinstance(setting, dict) and setting.get("Value") != "disabled":
                yield Uncounted(CLUSTER, f"with {setting.get('Name')}")


def _alarms(site: Site) -> Iterator[Line]:
    rate = site.rates["watching.alarm_month"]
    written = sum(map(_metrics_of, site.each(ALARM)))
    made = _ALARMS_OF_A_POLICY * sum(
        inside(policy, "PolicyType") == "TargetTrackingScaling"
        for policy in site.each(POLICY)
    )
    for many, what in ((written, "metrics with alarms"), (made, "alarms of scaling")):
        if many:
            yield Line("alarms", f"{many} {what}", Decimal(many), "months", rate)
    if many := len(list(site.each(COMPOSITE))):
        rate = site.rates["watching.composite_alarm_month"]
        yield Line("alarms", f"{many} of alarms", Decimal(many), "months", rate)


def _metrics_of(alarm: Resource) -> int:
    """Return on how many metrics it looks: each is paid for."""
    queries = listed(alarm, "Metrics")
    read = sum(isinstance(one, dict) and "MetricStat" in one for one in queries)
    return read or 1


def _metrics(site: Site) -> Iterator[Line]:
    rate = site.rates["watching.metric_month"]
    services = sum(_logs_metrics(site, service) for service in site.each(SERVICE))
    of_tasks = services * _METRICS_OF_A_SERVICE
    of_logs = sum(
        len(listed(one, "MetricTransformations")) for one in site.each(FILTER)
    )
    for many, what in ((of_tasks, "logged by services"), (of_logs, "read out of logs")):
        if many:
            yield Line(
                "metrics of our own", f"{many} {what}", Decimal(many), "months", rate
            )


def _logs_metrics(site: Site, service: Resource) -> bool:
    definition = site.whole.get(service.properties.get("TaskDefinition"))
    return any(
        name == _METRICS_SETTING and value for name, value in settings(definition)
    )


def _dashboards(site: Site) -> Iterator[Line]:
    many = len(list(site.each(DASHBOARD)))
    if many:
        paid = max(Decimal(many) - site.rates["watching.dashboards_free"], Decimal(0))
        rate = site.rates["watching.dashboard_month"]
        yield Line("dashboards", f"{many}, the first three free", paid, "months", rate)


def _logs(site: Site) -> Iterator[Line]:
    rate, assumed = site.rates["watching.log_gb"], site.assumed
    services = len(list(site.each(SERVICE)))
    if services:
        shares = map(partial(_logged_share, site), site.each(SERVICE))
        calls = sum(shares, Decimal(0)) * assumed.calls_per_second * SECONDS
        each_minute = site.tasks() * _MINUTES * assumed.log_bytes_per_minute
        gb = (calls * assumed.log_bytes_per_call + each_minute) / _GB
        yield Line("logs", f"of {services} services", gb, "GB", rate)
        kept = gb * _KEPT * _longest_days(site) / _DAYS_OF_A_MONTH
        keeping = site.rates["watching.log_kept_gb_month"]
        yield Line("logs", "kept, compressed", kept, "GB months", keeping)
    flows = len(list(site.each(FLOW)))
    if flows:
        gb = flows * assumed.gb_flow_logs
        yield Line("logs", f"{flows} flow log", gb, "GB", rate)


def _logged_share(site: Site, service: Resource) -> Decimal:
    """Return for which share of its calls *service* logs a line."""
    definition = site.whole.get(service.properties.get("TaskDefinition"))
    failed = (_CALLS_SETTING, "failed") in settings(definition)
    return site.assumed.failed_percent / 100 if failed else Decimal(1)


def _longest_days(site: Site) -> Decimal:
    groups = list(site.each(GROUP))
    days = [number(one, "RetentionInDays", default=_FOR_EVER_DAYS) for one in groups]
    return max(days, default=Decimal(0))
