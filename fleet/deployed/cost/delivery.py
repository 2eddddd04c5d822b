"""The pipeline, its builds and scans."""

from collections.abc import Iterator
from typing import Any

from fleet.deployed.cost.line import Line, Uncounted
from fleet.deployed.cost.site import Site
from fleet.deployed.reading import inside, listed, references
from fleet.deployed.resource import Resource

PIPELINE = "AWS::CodePipeline::Pipeline"
PROJECT = "AWS::CodeBuild::Project"
TYPES = frozenset({PIPELINE, PROJECT})
_ITEM = "pipeline"


def count(site: Site) -> Iterator[Line | Uncounted]:
    """Yield the pipelines' actions, scans and builds."""
    steps: list[dict[str, Any]] = []
    for pipeline in site.each(PIPELINE):
        mine = list(actions(pipeline))
        steps += mine
        yield _actions(site, pipeline, mine)
    scans = sum(inside_action(step, "Provider") == "InspectorScan" for step in steps)
    if scans:
        rate = site.rates["pipeline.scan"]
        yield Line(_ITEM, "scans of images", scans * site.assumed.runs, "scans", rate)
    for project in site.each(PROJECT):
        yield _builds(site, project, steps)


def actions(pipeline: Resource) -> Iterator[dict[str, Any]]:
    """Yield every action of every stage, in order."""
    for stage in listed(pipeline, "Stages"):
        steps = stage.get("Actions") if isinstance(stage, dict) else None
        for step in steps if isinstance(steps, list) else []:
            if isinstance(step, dict):
                yield step


def inside_action(step: dict[str, Any], key: str) -> object:
    """Return a field of an action's type, such as Category."""
    kind = step.get("ActionTypeId")
    return kind.get(key) if isinstance(kind, dict) else None


def _actions(site: Site, pipeline: Resource, steps: list[dict[str, Any]]) -> Line:
    runs, minutes = site.assumed.runs, site.assumed.minutes_per_action
    # V1 is what a template that does not say gets.
    if inside(pipeline, "PipelineType") != "V2":
        rate = site.rates["pipeline.v1_month"]
        return Line(_ITEM, "of type V1", runs / runs if runs else runs, "months", rate)
    paid = sum(
        inside_action(step, "Category") != "Approval"
        and inside_action(step, "Owner") != "Custom"
        for step in steps
    )
    rate = site.rates["pipeline.v2_action_minute"]
    what = f"{paid} actions in {runs} runs"
    return Line(_ITEM, what, paid * runs * minutes, "minutes", rate)


def _builds(
    site: Site, project: Resource, steps: list[dict[str, Any]]
) -> Line | Uncounted:
    kind = inside(project, "Environment", "Type")
    size = inside(project, "Environment", "ComputeType")
    rate = site.rates.get(f"builds.{kind}/{size}")
    if rate is None:
        return Uncounted(PROJECT, f"{kind}/{size}")
    place = (project.stack, project.logical_id)
    used = sum(
        any(
            (one.stack, one.logical_id) == place
            for one in references(step.get("Configuration"))
        )
        for step in steps
    )
    minutes = used * site.assumed.runs * site.assumed.minutes_per_build
    return Line("builds", f"{used} a run, {size}", minutes, "minutes", rate)
