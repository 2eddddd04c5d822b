"""One environment, such as dev or prod."""

from dataclasses import dataclass, field

import aws_cdk as cdk

from infra.cdk.values.parts import Alarms, Door, StoreSize
from infra.cdk.values.rules import ACCOUNT, NAME, REGION, Problems
from infra.cdk.values.service import PROPAGATION_S, ServiceSize
from infra.cdk.values.zone import zone_problem

NETWORKS = ("nat", "endpoints", "dualstack", "public")
LOOKUPS = ("dns", "cloudmap")
LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365)
ZONES_MAX = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """All that makes one environment different from the others.

    Raises:
        ValueError: With one line for each value that is out of its range.
    """

    name: str
    region: str
    zones: tuple[str, ...]
    """Named, so that `cdk synth` asks no account for them."""
    account: str = ""
    """12 digits; empty: that of the credentials."""
    network: str = "nat"
    """How tasks reach AWS: see `Network`."""
    nat_gateways: int = 1
    """With network nat: 1 is cheap, one a zone survives the loss of a zone."""
    namespace: str = "local"
    """Of Cloud Map; tasks are SERVICE.NAMESPACE."""
    ttl_s: int = 5
    """Of a task's DNS record."""
    lookup: str = "dns"
    """How the gateway finds the game servers: dns, or cloudmap (its API)."""
    log_days: int = 30
    log_calls: str = "failed"
    """all, or failed: at 500 calls a second, a line for each costs hundreds of dollars
    a month; the metrics count them all."""
    execute_command: bool = False
    """`aws ecs execute-command`; the root file system is writable then."""
    keep_data: bool = True
    """When the stacks are destroyed, keep the logs, and the store as a snapshot."""
    game_server: ServiceSize = field(default_factory=ServiceSize)
    gateway: ServiceSize = field(default_factory=ServiceSize)
    store: StoreSize = field(default_factory=StoreSize)
    door: Door = field(default_factory=Door)
    alarms: Alarms = field(default_factory=Alarms)

    def __post_init__(self) -> None:
        """Report every mistake at once."""
        found = Problems()
        self._check_place(found)
        self._check_finding(found)
        self._check_door(found)
        calls = ("all", "failed")
        found.unless(
            self.log_calls in calls, "log_calls", self.log_calls, "all, failed"
        )
        days = f"one of {[*LOG_DAYS]}"
        found.unless(self.log_days in LOG_DAYS, "log_days", self.log_days, days)
        found.end()

    @property
    def prefix(self) -> str:
        """Of the names of its stacks."""
        return f"fleet-{self.name}"

    @property
    def metrics(self) -> str:
        """CloudWatch's namespace of what its tasks log."""
        return f"fleet/{self.name}"

    @property
    def place(self) -> cdk.Environment:
        """The account and region of its stacks."""
        return cdk.Environment(account=self.account or None, region=self.region)

    def _check_place(self, found: Problems) -> None:
        name = bool(NAME.fullmatch(self.name))
        found.unless(name, "name", self.name, "lower-case letters, digits, hyphens")
        digits = bool(ACCOUNT.fullmatch(self.account))
        found.unless(digits, "account", self.account, "12 digits, or empty")
        region = bool(REGION.fullmatch(self.region))
        found.unless(region, "region", self.region, "such as eu-west-1")
        there = 2 <= len(set(self.zones)) == len(self.zones) <= ZONES_MAX  # noqa: PLR2004 - one zone is no second
        there = there and all(zone.startswith(self.region) for zone in self.zones)
        zones = f"2 to {ZONES_MAX} different zones of {self.region}"
        found.unless(there, "zones", [*self.zones], zones)
        known = self.network in NETWORKS
        found.unless(known, "network", self.network, f"one of {', '.join(NETWORKS)}")
        gateways = 1 <= self.nat_gateways <= len(self.zones)
        found.unless(gateways, "nat_gateways", self.nat_gateways, "1 to one a zone")

    def _check_door(self, found: Problems) -> None:
        arn = self.door.certificate_arn
        here = not arn or arn.split(":")[3] == self.region
        found.unless(here, "door: certificate_arn", arn, f"one in {self.region}")

    def _check_finding(self, found: Problems) -> None:
        known = self.lookup in LOOKUPS
        found.unless(known, "lookup", self.lookup, f"one of {', '.join(LOOKUPS)}")
        allowed = zone_problem(self.namespace)
        found.unless(not allowed, "namespace", self.namespace, allowed)
        found.unless(1 <= self.ttl_s <= 60, "ttl_s", self.ttl_s, "1 to 60 seconds")  # noqa: PLR2004 - a minute
        for name, size in (
            ("game-server", self.game_server),
            ("gateway", self.gateway),
        ):
            least_s = self.ttl_s + PROPAGATION_S
            found.unless(
                size.linger_s >= least_s,
                f"{name}: linger_s",
                size.linger_s,
                f"ttl_s + {PROPAGATION_S} = {least_s} or more: who still has the old"
                " DNS answer must be served",
            )
