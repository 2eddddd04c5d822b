"""What a unit of each thing costs: a dated file."""

import datetime as dt
import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from fleet.errors import BadConfig

FILE = Path(__file__).parents[1] / "rates.toml"
OLD_DAYS = 180
"""After which the figures deserve another look: AWS changes few of them a year."""

_KEYS: dict[str, tuple[str, ...]] = {
    "fargate": (
        "arm64_vcpu_hour",
        "arm64_gb_hour",
        "x86_vcpu_hour",
        "x86_gb_hour",
        "disk_gb_hour",
        "spot_share",
    ),
    "network": (
        "public_address_hour",
        "nat_hour",
        "nat_gb",
        "endpoint_hour",
        "endpoint_gb",
    ),
    "transfer": ("internet_gb", "zones_gb"),
    "balancer": ("application_hour", "lcu_hour"),
    "names": ("zone_month", "million_queries", "million_api_calls"),
    "store": (
        "valkey_gb_hour",
        "valkey_least_gb",
        "valkey_million_ecpu",
        "redis_gb_hour",
        "redis_least_gb",
        "redis_million_ecpu",
        "snapshot_gb_month",
    ),
    "watching": (
        "alarm_month",
        "composite_alarm_month",
        "metric_month",
        "dashboard_month",
        "dashboards_free",
        "log_gb",
        "log_kept_gb_month",
    ),
    "keeping": ("secret_month", "key_month", "bucket_gb_month", "image_gb_month"),
    "pipeline": ("v1_month", "v2_action_minute", "scan"),
}
_OPEN = ("store-nodes", "builds")
"""Sections whose keys are names of AWS: whichever are wanted."""


@dataclass(frozen=True, slots=True)
class Rates:
    """The figures, and since when they hold."""

    as_of: dt.date
    region: str
    dollars: Mapping[str, Decimal]
    """By `section.key`."""

    def __getitem__(self, name: str) -> Decimal:
        return self.dollars[name]

    def get(self, name: str) -> Decimal | None:
        """Return a rate of a section whose keys are open; None: there is none."""
        return self.dollars.get(name)

    def age_days(self, today: dt.date) -> int:
        """Days since they were copied; negative where that is still to come."""
        return (today - self.as_of).days


def load_rates(file: Path = FILE) -> Rates:
    """Read and check *file*.

    Raises:
        BadConfig: With every mistake: missing and unknown keys, what is no number,
            what is negative, no date, no source.
    """
    try:
        table = tomllib.loads(file.read_text(), parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise BadConfig(str(file), [str(error)]) from error
    problems: list[str] = []
    as_of, region = table.pop("as_of", None), table.pop("region", None)
    if type(as_of) is not dt.date:
        problems.append(f"as_of is {as_of!r}, allowed is a date such as 2026-11-21")
    if not isinstance(region, str) or not region:
        problems.append(f"region is {region!r}, allowed is a name such as us-east-1")
    known = [*_KEYS, *_OPEN]
    problems += [_unknown(f"[{name}]", name, known) for name in table.keys() - known]
    dollars: dict[str, Decimal] = {}
    for section in known:
        dollars |= _section(section, table.get(section), problems)
    if problems:
        raise BadConfig(str(file), sorted(problems))
    assert isinstance(as_of, dt.date)  # noqa: S101 - else there was a problem
    return Rates(as_of, str(region), dollars)


def _section(section: str, content: object, problems: list[str]) -> dict[str, Decimal]:
    if not isinstance(content, dict):
        problems.append(f"[{section}] is missing")
        return {}
    values = dict(content)
    source = values.pop("source", None)
    if not isinstance(source, str) or not source:
        problems.append(f"[{section}] needs a source: where its figures are from")
    wanted = _KEYS.get(section, tuple(values))
    problems += [f"[{section}] needs {key}" for key in wanted if key not in values]
    for key, value in values.items():
        if key not in wanted:
            problems.append(f"[{section}] {_unknown(key, key, wanted)}")
        elif not _fine(value):
            problems.append(
                f"[{section}] {key} is {value!s}, allowed is a number of 0 or more"
            )
    return {
        f"{section}.{key}": Decimal(value)
        for key, value in values.items()
        if _fine(value)
    }


def _fine(value: object) -> bool:
    # `type`, since true is an int too.
    if type(value) is Decimal:
        return value.is_finite() and value >= 0
    return type(value) is int and value >= 0


def _unknown(shown: str, name: str, known: "list[str] | tuple[str, ...]") -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"{shown} is not a rate" + (f"; did you mean {near[0]}?" if near else "")
