"""Where images are kept, and what brings them there."""

import re
from dataclasses import dataclass

import aws_cdk as cdk

from infra.cdk.values.rules import ACCOUNT, REGION, Problems

PROVIDERS = ("GitHub", "Bitbucket", "GitLab")
"""Those with a server of one's own need a host beside the connection."""
KEEP_LEAST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """Where images are kept.

    Raises:
        ValueError: With one line for each value that is out of its range.
    """

    name: str
    region: str
    account: str = ""
    """12 digits; empty: that of the credentials."""
    keep: int = 200
    """How many images; the oldest goes, whether it runs or not: more than there are
    builds between two deploys of production."""

    def __post_init__(self) -> None:
        """Report every mistake at once."""
        found = Problems()
        name = bool(re.fullmatch(r"[a-z0-9]+([._/-][a-z0-9]+)*", self.name))
        found.unless(name, "name", self.name, "lower-case letters, digits, hyphens")
        digits = bool(ACCOUNT.fullmatch(self.account))
        found.unless(digits, "account", self.account, "12 digits, or empty")
        region = bool(REGION.fullmatch(self.region))
        found.unless(region, "region", self.region, "such as eu-west-1")
        enough = self.keep >= KEEP_LEAST
        found.unless(enough, "keep", self.keep, f"{KEEP_LEAST} or more images")
        found.end()

    @property
    def place(self) -> cdk.Environment:
        """The account and region of its stack, and of the pipeline."""
        return cdk.Environment(account=self.account or None, region=self.region)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What the pipeline takes, and where it goes.

    Raises:
        ValueError: With one line for each value that is out of its range.
    """

    source: str
    """OWNER/NAME at the provider."""
    branch: str = "main"
    provider: str = "GitHub"
    environments: tuple[str, ...] = ("staging", "prod")
    """In this order; an approval stands before the last."""
    high_findings: int = 0
    """How many findings of severity high an image may have; critical: none."""

    def __post_init__(self) -> None:
        """Report every mistake at once."""
        found = Problems()
        named = bool(re.fullmatch(r"[\w.-]+(/[\w.-]+)+", self.source))
        found.unless(named, "source", self.source, "OWNER/NAME")
        found.unless(bool(self.branch), "branch", self.branch, "a branch")
        known = self.provider in PROVIDERS
        found.unless(known, "provider", self.provider, f"one of {', '.join(PROVIDERS)}")
        some = 0 < len(set(self.environments)) == len(self.environments)
        found.unless(some, "environments", [*self.environments], "different names")
        some = self.high_findings >= 0
        found.unless(some, "high_findings", self.high_findings, "0 or more findings")
        found.end()
