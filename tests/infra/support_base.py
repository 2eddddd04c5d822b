"""Networks and stores by themselves, as templates."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs

from fleet.deployed import Assembly, load
from infra.cdk import app as stacks
from infra.cdk.parts.ground import Ground
from infra.cdk.parts.grpc_service import GrpcService
from infra.cdk.parts.image import Image
from infra.cdk.parts.task import Recipe
from infra.cdk.stacks.network import NetworkStack
from infra.cdk.stacks.store import StoreStack
from infra.cdk.values import Environment

ZONES = ("eu-west-1a", "eu-west-1b", "eu-west-1c")
_FLAGS = json.loads(Path(stacks.__file__).with_name("cdk.json").read_text())["context"]


def environment(name: str = "trial", zones: int = 2, **changes: Any) -> Environment:  # noqa: ANN401 - of any field
    """Return an environment in *zones* zones with *changes*."""
    return Environment(name=name, region="eu-west-1", zones=ZONES[:zones], **changes)


@dataclass(frozen=True, slots=True)
class Written:
    """What a synth wrote."""

    assembly: Assembly
    templates: Mapping[str, Any]
    """By stack, as CloudFormation reads them."""
    report: Mapping[str, Any]
    """What the CDK found while it validated."""
    protected: frozenset[str]
    """The stacks that cannot be deleted without a word."""

    def of(self, kind: str, stack: str = "") -> Iterator[dict[str, Any]]:
        """Iterate over the resources of a type, whole, with their policies."""
        for name, template in self.templates.items():
            if name.endswith(stack):
                found = template["Resources"].values()
                yield from (one for one in found if one["Type"] == kind)

    def each(self, kind: str) -> list[Mapping[str, Any]]:
        """Return the properties of the resources of a type, references followed."""
        return [resource.properties for resource in self.assembly.each(kind)]


def stacks_of(one: Environment) -> tuple[NetworkStack, StoreStack]:
    """Return the two stacks of an app of their own, not written."""
    app = cdk.App(context=_FLAGS, analytics_reporting=False)
    base = NetworkStack(app, one)
    return base, StoreStack(app, one, base.network)


def synth(*environments: Environment, caller: str = "") -> Written:
    """Write network and store of each, and a service called *caller* that may store."""
    with tempfile.TemporaryDirectory() as folder:
        app = cdk.App(context=_FLAGS, outdir=folder, analytics_reporting=False)
        for one in environments:
            base = NetworkStack(app, one)
            kept = StoreStack(app, one, base.network)
            if caller:
                services = cdk.Stack(app, f"{one.prefix}-services", env=one.place)
                kept.store.allow_from(_service(services, caller, one, base))
        made = app.synth()
        report = json.loads((Path(folder) / "validation-report.json").read_text())
        return Written(
            assembly=load(Path(folder)),
            templates={stack.stack_name: stack.template for stack in made.stacks},
            report=report,
            protected=frozenset(
                stack.stack_name
                for stack in made.stacks
                if stack.termination_protection
            ),
        )


def _service(
    stack: cdk.Stack, name: str, environment: Environment, base: NetworkStack
) -> GrpcService:
    images = ecr.Repository.from_repository_name(stack, "Images", "images")
    ground = Ground(
        environment=environment,
        cluster=ecs.Cluster(stack, "Cluster", vpc=base.network.vpc),
        network=base.network,
        namespace=base.namespace,
        image=Image(stack, "Image", repository=images, published="/fleet/trial/image"),
    )
    size = environment.game_server
    recipe = Recipe(size=size, command=["true"], port=5000, probe=["true"])
    return GrpcService(stack, name, ground, recipe)
