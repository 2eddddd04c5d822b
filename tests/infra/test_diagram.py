"""`fleet diagram` on the templates of every environment."""

import itertools
import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from fleet.cli import app
from fleet.deployed import Assembly, Reference
from fleet.deployed.diagram import draw, read
from fleet.deployed.reading import references
from tests.unit.test_deployed_diagram import SVG, boxes, check_texts

PICTURE = Path(__file__).parents[2] / "docs" / "deployed.svg"
ENVIRONMENTS = ("dev", "staging", "prod")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_everything_that_matters_is_in_the_picture(
    assembly: Assembly, environment: str
) -> None:
    here = assembly.of(environment)
    graph = read(assembly, environment)
    ids = {node.id for node in graph.nodes}

    svg = draw(graph)
    shown = {text.text for text in ET.fromstring(svg).iter(f"{SVG}text")}  # noqa: S314
    for kind in (
        "AWS::ECS::Service",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::ElastiCache::ServerlessCache",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::ServiceDiscovery::PrivateDnsNamespace",
        "AWS::SNS::Topic",
    ):
        for one in here.each(kind):
            assert f"{one.stack}/{one.logical_id}" in ids
    for service in here.each("AWS::ECS::Service"):
        assert service.properties["ServiceName"] in shown
    for zone in here.each("AWS::ServiceDiscovery::PrivateDnsNamespace"):
        assert f"names: {zone.properties['Name']}" in shown
    for pipeline in assembly.each("AWS::CodePipeline::Pipeline"):
        for stage in pipeline.properties["Stages"]:
            assert stage["Name"] in shown
    assert {"load balancer", "store"} <= shown


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_arrows_are_the_rules_of_the_security_groups(
    assembly: Assembly, environment: str
) -> None:
    here = assembly.of(environment)
    graph = read(assembly, environment)

    drawn = [arrow for arrow in graph.arrows if arrow.kind == "may"]
    boxed = {
        group.logical_id
        for node in graph.nodes
        for one in here.resources
        if f"{one.stack}/{one.logical_id}" == node.id
        for group in _groups(one.properties)
    }
    rules = {
        (rule.properties["GroupId"].logical_id, str(rule.properties["FromPort"]))
        + ((source.logical_id,) if isinstance(source, Reference) else ("",))
        for rule in here.each("AWS::EC2::SecurityGroupIngress")
        for source in [rule.properties.get("SourceSecurityGroupId")]
        if rule.properties["GroupId"].logical_id in boxed
    }
    inside = sum(
        len(
            {str(rule["FromPort"]) for rule in group.properties["SecurityGroupIngress"]}
        )
        for group in here.each("AWS::EC2::SecurityGroup")
        if group.logical_id in boxed and "SecurityGroupIngress" in group.properties
    )
    assert len(drawn) == len(rules) + inside
    assert {arrow.label for arrow in drawn} >= {port for _, port, _ in rules}


def _groups(value: object) -> list[Reference]:
    return [one for one in references(value) if one.attribute == "GroupId"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_texts_fit_boxes_stand_apart_and_nothing_is_cut(
    assembly: Assembly, environment: str
) -> None:
    svg = draw(read(assembly, environment))

    assert check_texts(svg) > 20
    assert len(boxes(svg)) > 8
    assert "..." not in svg


Place = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_arrow_crosses_a_box_another_arrow_or_its_label(
    assembly: Assembly, environment: str
) -> None:
    svg = draw(read(assembly, environment))
    inner = [(x + 2, y + 2, right - 2, low - 2) for x, y, right, low in boxes(svg)]
    drawn = arrows(svg)

    assert len(drawn) > 5
    for way, label in drawn:
        for box in inner:
            assert not any(over(part, box) for part in (*way, label)), (way, box)
    for (way, label), (other, its) in itertools.combinations(drawn, 2):
        assert not over(label, its), (label, its)
        assert not any(over(part, its) for part in way), (way, its)
        assert not any(over(part, label) for part in other), (other, label)
        assert not any(itertools.starmap(over, itertools.product(way, other)))


def arrows(svg: str) -> list[tuple[list[Place], Place]]:
    """Return the straight parts of each arrow, and where its label is."""
    found: list[tuple[list[Place], Place]] = []
    way: list[Place] = []
    for one in ET.fromstring(svg):  # noqa: S314 - our own
        if one.tag == f"{SVG}path" and one.attrib["class"] in {"may", "asks"}:
            numbers = [*map(float, re.findall(r"-?[\d.]+", one.attrib["d"]))]
            points = zip(numbers[::2], numbers[1::2], strict=True)
            way = [
                (min(x, u), min(y, v), max(x, u), max(y, v))
                for (x, y), (u, v) in itertools.pairwise(points)
            ]
        elif one.tag == f"{SVG}text" and way:
            x, y, long = (float(one.attrib[k]) for k in ("x", "y", "textLength"))
            left = x - long / 2 if one.attrib.get("text-anchor") == "middle" else x
            found.append((way, (left, y - 10, left + long, y + 3)))
            way = []
        elif one.tag != f"{SVG}rect":
            way = []
    return found


def over(one: Place, other: Place) -> bool:
    """Whether they touch; a straight line is a place without width or height."""
    return all(
        min(one[at + 2], other[at + 2]) - max(one[at], other[at]) > -0.1
        for at in (0, 1)
    )


def test_the_committed_picture_is_that_of_the_templates(
    synthesized: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(synthesized) == 0

    drawn = capsys.readouterr().out.encode()
    assert PICTURE.read_bytes() == drawn, "docs/deployed.svg is old: make diagram"


def test_the_picture_is_for_everyone(assembly: Assembly) -> None:
    svg = draw(read(assembly, "prod"))
    root = ET.fromstring(svg)  # noqa: S314 - our own

    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "title desc"
    assert title is not None
    assert "prod" in (title.text or "")
    assert description is not None
    assert "gateway may connect to game-server, port 5000." in (description.text or "")
    assert "prefers-color-scheme:dark" in svg
    # Nothing is fetched, nothing runs.
    assert "<script" not in svg
    assert svg.count("http") == 1


def test_the_same_templates_give_the_same_bytes(
    synthesized: Path, tmp_path: Path
) -> None:
    files = [tmp_path / "one.svg", tmp_path / "two.svg"]
    for file in files:
        assert run(synthesized, "--output", str(file)) == 0

    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].read_bytes().startswith(b"<svg")


def run(synthesized: Path, *argv: str) -> int:
    return app.main(
        ["diagram", "--templates", str(synthesized), *argv],
        env={"FLEET_HOME": "/nonexistent/fleet"},
    )


def test_json_is_the_graph(
    synthesized: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(synthesized, "--json", "--environment", "staging") == 0

    graph = json.loads(capsys.readouterr().out)
    assert graph["environment"] == "staging"
    assert {"gateway", "game-server", "store"} <= {n["title"] for n in graph["nodes"]}


@pytest.mark.parametrize(
    ("argv", "error"),
    [
        (("--environment", "prd"), "did you mean 'prod'"),
        (("--templates", "/nonexistent"), "make synth"),
        (("--output", f"{__file__}/x.svg"), "--output"),
    ],
)
def test_wrong_usage_says_what_is_wrong(
    synthesized: Path,
    capsys: pytest.CaptureFixture[str],
    argv: tuple[str, ...],
    error: str,
) -> None:
    assert run(synthesized, *argv) in {1, 2}
    assert error in capsys.readouterr().err
