"""A minute as one log line that CloudWatch makes metrics of."""

import json
from collections.abc import Mapping
from typing import Any

from fleet.server.meter import Minute

_UNITS = {
    "Calls": "Count",
    "Rejected": "Count",
    "Failed": "Count",
    "Latency": "Milliseconds",
}

_encode = json.JSONEncoder(separators=(",", ":")).encode


def line(minute: Minute, namespace: str, service: str, at_s: float) -> bytes:
    """Return *minute* in the embedded metric format, a JSON object without its end.

    Each task writes one such line a minute, with one sample of `Calls`. So of that
    metric the statistic Average is the calls of one task, which is what a service is
    scaled by, Sum those of all, and SampleCount the number of tasks that live.
    Percentiles of `Latency` are those of calls, as far as 100 of them tell.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

    Args:
        minute: What to tell.
        namespace: Of the metrics.
        service: The value of their only dimension, `Service`.
        at_s: Seconds since 1970.
    """
    values = _values(minute)
    metrics = [{"Name": name, "Unit": _UNITS[name]} for name in values]
    directive = {
        "Namespace": namespace,
        "Dimensions": [["Service"]],
        "Metrics": metrics,
    }
    about = {"Timestamp": int(at_s * 1e3), "CloudWatchMetrics": [directive]}
    return _encode({"_aws": about, "Service": service, **values}).encode()


def _values(minute: Minute) -> Mapping[str, Any]:
    values: dict[str, Any] = {
        "Calls": minute.calls,
        "Rejected": minute.rejected,
        "Failed": minute.failed,
    }
    if minute.times_ms:
        values["Latency"] = [round(ms, 3) for ms in minute.times_ms]
    return values
