"""Where images are kept, and what brings them there."""

import re
from dataclasses import dataclass

import aws_cdk as cdk

from infra.cdk.values.rules import ACCOUNT, REGION, Problems

PROVIDERS = ("GitHub", "Bitbucket", "GitLab", "GitHubEnterpriseServer")


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

    def __post_init__(self) -> None:
        """Report every mistake at once."""
        found = Problems()
        name = bool(re.fullmatch(r"[a-z0-9]+([._/-][a-z0-9]+)*", self.name))
        found.unless(name, "name", self.name, "lower-case letters, digits, hyphens")
        digits = bool(ACCOUNT.fullmatch(self.account))
        found.unless(digits, "account", self.account, "12 digits, or empty")
        region = bool(REGION.fullmatch(self.region))
        found.unless(region, "region", self.region, "such as eu-west-1")
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
        found.end()
