"""The real command cdk, from an empty account to an empty account."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.emulator import Aws, aws
from tests.support.emulator.breaker import BAD

_TEMPLATE = ".template.json"
CDK = Path("infra/cdk/node_modules/.bin/cdk")
REPOSITORY = "000000000000.dkr.ecr.eu-west-1.amazonaws.com/grpc-fleet"
GOOD = f"{REPOSITORY}@sha256:{'a' * 64}"
WORSE = f"{REPOSITORY}@sha256:{BAD}"


class Cdk:
    """The command, on templates that are written already, for one account."""

    def __init__(self, account: Aws, templates: Path) -> None:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # node is there
        self._env = {**os.environ, **account.env, "PATH": path}
        self._templates = templates

    def __call__(self, *arguments: str, fails: bool = False) -> str:
        """Run it and return all that it says."""
        assert CDK.exists(), "run `make infra/cdk/node_modules` first"
        run = subprocess.run(  # noqa: S603 - our own words
            [CDK, *arguments, "--app", self._templates],
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert (run.returncode != 0) is fails, run.stdout
        return run.stdout

    def deploy(self, what: str, *more: str, fails: bool = False) -> str:
        """Deploy without a question."""
        return self("deploy", what, "--require-approval", "never", *more, fails=fails)


class Account:
    """What is in the account, asked of its API."""

    def __init__(self, account: Aws) -> None:
        self._aws = account

    def stacks(self) -> dict[str, str]:
        """Return the state of each stack."""
        pages = self._aws.client("cloudformation").describe_stacks()["Stacks"]
        return {stack["StackName"]: stack["StackStatus"] for stack in pages}

    def unprotect(self, names: set[str]) -> None:
        """Let the stacks be destroyed."""
        for name in names & self.stacks().keys():
            self._aws.client("cloudformation").update_termination_protection(
                StackName=name, EnableTerminationProtection=False
            )

    def published(self) -> str:
        """Return what the parameter of dev says is running."""
        found = self._aws.client("ssm").get_parameter(Name="/fleet/dev/image")
        return str(found["Parameter"]["Value"])

    def running(self) -> set[str]:
        """Return the images of dev's services."""
        ecs = self._aws.client("ecs")
        services = ecs.describe_services(
            cluster="fleet-dev", services=["game-server", "gateway"]
        )["services"]
        tasks = [
            ecs.describe_task_definition(taskDefinition=service["taskDefinition"])
            for service in services
        ]
        return {
            container["image"]
            for task in tasks
            for container in task["taskDefinition"]["containerDefinitions"]
        }


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """An empty account."""
    with aws(tmp_path_factory.mktemp("aws")) as account:
        yield account


@pytest.mark.timeout(400)
def test_a_fleet_is_deployed_changed_taken_back_and_destroyed(
    emulator: Aws, synthesized: Path
) -> None:
    cdk, account = Cdk(emulator, synthesized), Account(emulator)
    names = {
        file.name.removesuffix(_TEMPLATE) for file in synthesized.glob("*" + _TEMPLATE)
    }

    # An empty account, an empty repository.
    cdk("bootstrap", "aws://000000000000/eu-west-1")
    cdk.deploy("--all")
    assert names <= account.stacks().keys()
    assert set(account.stacks().values()) == {"CREATE_COMPLETE"}
    assert account.published() == "none"

    # Deployed is what is written.
    assert (
        "differences: 0" in (said := cdk("diff", "--all")) or "no differences" in said
    )

    # The first image, and a deploy of other things that leaves it alone.
    image = "fleet-dev-services:ImageUri="
    cdk.deploy("fleet-dev-services", "--exclusively", "--parameters", image + GOOD)
    assert account.published() == GOOD
    assert account.running() == {GOOD}
    cdk.deploy("fleet-dev-*", "--force")
    assert account.published() == GOOD

    # A tag may move: refused before anything is touched.
    tag = f"{image}{REPOSITORY}:latest"
    said = cdk.deploy("fleet-dev-services", "--parameters", tag, fails=True)
    assert "ImageUri" in said
    assert account.published() == GOOD

    # Tasks that do not start: all of it is taken back, what is published too.
    said = cdk.deploy("fleet-dev-services", "--parameters", image + WORSE, fails=True)
    assert "Circuit Breaker was triggered" in said
    assert account.stacks()["fleet-dev-services"] == "UPDATE_ROLLBACK_COMPLETE"
    assert account.published() == GOOD
    assert account.running() == {GOOD}

    # A store that is kept is not destroyed by mistake.
    said = cdk("destroy", "fleet-prod-*", "--force", fails=True)
    assert "TerminationProtection" in said
    assert account.stacks()["fleet-prod-store"] == "CREATE_COMPLETE"
    account.unprotect(names)
    cdk("destroy", "--all", "--force")
    assert not names & account.stacks().keys()
