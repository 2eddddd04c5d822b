"""All stacks of all environments, from one file of values."""

import json
from pathlib import Path

import aws_cdk as cdk
import cdk_nag
from aws_cdk import aws_ecr as ecr

from infra.cdk.stacks.delivery import PipelineStack, RepositoryStack
from infra.cdk.stacks.network import NetworkStack
from infra.cdk.stacks.services import ServicesStack
from infra.cdk.stacks.store import StoreStack
from infra.cdk.values import Environment, Values

_SETTINGS = Path(__file__).parent / "cdk.json"


def app(values: Values, *, outdir: str | None = None) -> cdk.App:
    """Return the app, whose `synth()` writes the templates.

    It fails where a rule of cdk-nag's AWS Solutions is broken that has not been
    acknowledged with a reason.

    Args:
        values: What differs between environments.
        outdir: Where to; None: where the command cdk says.
    """
    flags = json.loads(_SETTINGS.read_text())["context"]
    flags["aws:cdk:enable-path-metadata"] = True  # so that templates name constructs
    made = cdk.App(context=flags, outdir=outdir, analytics_reporting=False)
    cdk.Validations.of(made).add_plugins(cdk_nag.AwsSolutionsChecks(made))
    RepositoryStack(made, values)
    PipelineStack(made, values)
    for environment in values.environments:
        _add(made, values, environment)
    return made


def _add(scope: cdk.App, values: Values, environment: Environment) -> None:
    base = NetworkStack(scope, environment)
    kept = StoreStack(scope, environment, base.network)
    services = ServicesStack(
        scope, environment, base, kept.store, repository=_repository(base, values)
    )
    for stack in (base, kept, services):
        cdk.Tags.of(stack).add("fleet:environment", environment.name)


def _repository(scope: cdk.Stack, values: Values) -> ecr.IRepository:
    """Return it by name: it may be in another account, or not be there yet."""
    place = values.repository
    account = place.account or cdk.Aws.ACCOUNT_ID
    arn = f"arn:aws:ecr:{place.region}:{account}:repository/{place.name}"
    return ecr.Repository.from_repository_attributes(
        scope, "Images", repository_arn=arn, repository_name=place.name
    )
