"""What no template says: the traffic of a month."""

from dataclasses import dataclass, fields
from decimal import Decimal

from fleet.errors import BadInput

HOURS = Decimal(730)
"""Of a month, as AWS's own calculator counts them."""
SECONDS = HOURS * 3600
LARGEST = Decimal(10) ** 12
"""Of any assumption: more is a slip of the keyboard."""


_TEXTS = {
    "calls_per_second": "calls through the door, on average",
    "gb_out": "GB a month to the internet",
    "kb_per_call": "KB of a call and its answer between tasks",
    "gb_aws": "GB a month through NAT or endpoints: images, logs",
    "failed_percent": "percent of calls that fail, and are logged in any case",
    "log_bytes_per_call": "bytes that each service logs of a call",
    "log_bytes_per_minute": "bytes that each task logs a minute: its metrics",
    "gb_flow_logs": "GB a month of each flow log",
    "store_gb": "GB of rankings",
    "ecpu_per_call": "ECPUs that a call takes of a serverless store",
    "revision_every_s": "seconds between two questions of a cloudmap:// client",
    "list_every_s": "seconds between its two questions for the whole list",
    "runs": "runs of the pipeline a month",
    "minutes_per_action": "minutes of each action of a run",
    "minutes_per_build": "minutes of each build of a run",
    "gb_images": "GB of images kept",
    "gb_bucket": "GB in each bucket",
}
_LEAST = {"revision_every_s": Decimal("0.001"), "list_every_s": Decimal("0.001")}
"""Of what is divided by; of all others, 0."""
_MOST = {"failed_percent": Decimal(100)}
"""Of what has an end; of all others, `LARGEST`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """One month of one environment; each can be changed on the command line.

    Raises:
        BadInput: One is out of its bounds.
    """

    calls_per_second: Decimal = Decimal(20)
    gb_out: Decimal = Decimal(50)
    kb_per_call: Decimal = Decimal(2)
    gb_aws: Decimal = Decimal(20)
    failed_percent: Decimal = Decimal(1)
    log_bytes_per_call: Decimal = Decimal(350)
    log_bytes_per_minute: Decimal = Decimal(1500)
    gb_flow_logs: Decimal = Decimal("0.5")
    store_gb: Decimal = Decimal("0.1")
    ecpu_per_call: Decimal = Decimal(3)
    revision_every_s: Decimal = Decimal("0.75")
    list_every_s: Decimal = Decimal(5)
    runs: Decimal = Decimal(20)
    minutes_per_action: Decimal = Decimal(3)
    minutes_per_build: Decimal = Decimal(10)
    gb_images: Decimal = Decimal(5)
    gb_bucket: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        for each in fields(self):
            value: Decimal = getattr(self, each.name)
            least = _LEAST.get(each.name, Decimal(0))
            most = _MOST.get(each.name, LARGEST)
            if not value.is_finite() or not least <= value <= most:
                allowed = f"a number of {least} to {most:f}"
                raise BadInput(option(each.name), f"{value} is not {allowed}")

    def items(self) -> list[tuple[str, Decimal, str]]:
        """Return the option, the value and the meaning of each."""
        return [
            (option(each.name), getattr(self, each.name), _TEXTS[each.name])
            for each in fields(self)
        ]


def option(name: str) -> str:
    """Return `--gb-out` for `gb_out`."""
    return "--" + name.replace("_", "-")
