"""What brings a change to the environments."""

from collections.abc import Iterator, Mapping

from fleet.deployed.assembly import Assembly
from fleet.deployed.diagram.graph import Node
from fleet.deployed.diagram.read.name import identity
from fleet.deployed.reading import inside, listed, named
from fleet.deployed.resource import Resource

_PIPELINE = "AWS::CodePipeline::Pipeline"
_REPOSITORY = "AWS::ECR::Repository"
_WORDS = {
    "CodeStarSourceConnection": "from the source",
    "CodeBuild": "by CodeBuild",
    "InspectorScan": "by Inspector",
    "Manual": "by a person",
}


def name(whole: Assembly) -> str:
    """Return the pipeline's name; empty: there is none."""
    pipeline = next(whole.each(_PIPELINE), None)
    return named(pipeline, "Name") if pipeline else ""


def nodes(whole: Assembly) -> Iterator[Node]:
    """Yield the stages in order, and where images are kept."""
    for pipeline in whole.each(_PIPELINE):
        for at, stage in enumerate(listed(pipeline, "Stages")):
            if isinstance(stage, dict):
                yield _stage(pipeline, at, stage)
    for repository in whole.each(_REPOSITORY):
        immutable = inside(repository, "ImageTagMutability") == "IMMUTABLE"
        facts = ("images", "tags are fixed") if immutable else ("images",)
        title = named(repository, "RepositoryName")
        yield Node(identity(repository), "repository", title, facts)


def _stage(pipeline: Resource, at: int, stage: Mapping[str, object]) -> Node:
    facts = [*dict.fromkeys(_how(stage))]
    failure = stage.get("OnFailure")
    if isinstance(failure, dict) and failure.get("Result") == "ROLLBACK":
        facts.append("failure: back")
    title = str(stage.get("Name") or f"stage {at + 1}")
    return Node(f"{identity(pipeline)}/{at}", "stage", title, tuple(facts))


def _how(stage: Mapping[str, object]) -> Iterator[str]:
    actions = stage.get("Actions")
    for action in actions if isinstance(actions, list) else []:
        kind = action.get("ActionTypeId") if isinstance(action, dict) else None
        provider = kind.get("Provider") if isinstance(kind, dict) else None
        yield _WORDS.get(str(provider), str(provider or "?"))
