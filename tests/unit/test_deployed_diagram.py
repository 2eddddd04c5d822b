"""The picture: what is in it, that texts fit, that nothing odd breaks it."""

import itertools
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from fleet.deployed import Assembly, Reference, Resource
from fleet.deployed.diagram import Arrow, Graph, Node, draw, read
from fleet.deployed.diagram.draw.columns import columns
from fleet.deployed.diagram.draw.widths import fitted, width
from fleet.deployed.diagram.graph import Tasks

SVG = "{http://www.w3.org/2000/svg}"
STACK = "fleet-x-services"
HOSTILE = [
    "x" * 500,
    "<script>alert('&amp;')</script>",
    "\"]]>'",
    "a\x00b\x1b[31m",
    "\ud800",
    "\uffff",
    "W" * 40,
    "\u6f22" * 40,
    "",
    "two\nlines",
]


def rule(target: str, **more: object) -> Resource:
    properties = {
        "GroupId": Reference(STACK, target, "GroupId"),
        "IpProtocol": "tcp",
        "FromPort": 5000,
        "ToPort": 5000,
        **more,
    }
    name = f"Rule{target}{len(str(more))}"
    return Resource(STACK, name, "AWS::EC2::SecurityGroupIngress", properties)


def service(name: str, **more: object) -> Resource:
    groups = {"SecurityGroups": [Reference(STACK, f"{name}Group", "GroupId")]}
    properties = {
        "ServiceName": name,
        "DesiredCount": 2,
        "NetworkConfiguration": {"AwsvpcConfiguration": groups},
        **more,
    }
    return Resource(STACK, name, "AWS::ECS::Service", properties)


def group(name: str, **properties: object) -> Resource:
    return Resource(STACK, f"{name}Group", "AWS::EC2::SecurityGroup", properties)


def arrows(*resources: Resource) -> set[tuple[str, str, str]]:
    graph = read(Assembly(resources), "x")
    names = {node.id: node.title for node in graph.nodes}
    return {(names[a.source], names[a.target], a.label) for a in graph.arrows}


def test_an_arrow_is_what_a_security_group_lets_in() -> None:
    source = Reference(STACK, "aGroup", "GroupId")

    assert arrows(
        service("a"), service("b"), rule("bGroup", SourceSecurityGroupId=source)
    ) == {("a", "b", "5000")}


def test_without_a_rule_there_is_no_arrow() -> None:
    assert arrows(service("a"), service("b")) == set()


@pytest.mark.parametrize(
    ("more", "label"),
    [
        ({"FromPort": 1, "ToPort": 9}, "1-9"),
        ({"IpProtocol": "udp", "FromPort": 53, "ToPort": 53}, "udp 53"),
        ({"IpProtocol": "-1"}, "all"),
    ],
)
def test_a_label_says_every_port(more: dict[str, object], label: str) -> None:
    found = arrows(service("a"), rule("aGroup", CidrIp="0.0.0.0/0", **more))

    assert found == {("internet", "a", label)}


def test_rules_inside_a_group_count_and_networks_are_no_internet() -> None:
    inside = {"CidrIp": "10.0.0.0/8", "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}

    found = arrows(service("a"), group("a", SecurityGroupIngress=[inside]))

    assert found == {("callers", "a", "80")}


def test_a_caller_that_is_no_service_has_a_box_of_its_own() -> None:
    source = Reference(STACK, "otherGroup", "GroupId")

    found = arrows(
        service("a"),
        group("other", GroupDescription="smoke"),
        rule("aGroup", SourceSecurityGroupId=source),
    )

    assert found == {("smoke", "a", "5000")}


def test_a_service_that_asks_names_points_to_their_zone() -> None:
    zone = Resource(
        STACK, "Z", "AWS::ServiceDiscovery::PrivateDnsNamespace", {"Name": "in.side"}
    )
    for target in ("dns://b.in.side:5000", "cloudmap://in.side/b:5000"):
        settings = [{"Name": "T", "Value": target}]
        definition = Resource(
            STACK,
            "T",
            "AWS::ECS::TaskDefinition",
            {
                "Cpu": "256",
                "Memory": "512",
                "ContainerDefinitions": [{"Environment": settings}],
            },
        )
        client = service("a", TaskDefinition=Reference(STACK, "T"))

        scheme = target.partition("//")[0] + "//"
        assert arrows(client, zone, definition) == {("a", "names: in.side", scheme)}


def picture(*nodes: Node, links: tuple[Arrow, ...] = ()) -> Graph:
    return Graph("x", "eu-west-1", nodes, links, "fleet")


def check_texts(svg: str) -> int:
    """Assert that no text leaves its box or the picture; return how many there are."""
    root = ET.fromstring(svg)  # noqa: S314 - our own
    _, _, wide, high = map(float, root.attrib["viewBox"].split())
    seen = 0
    for parent in root.iter():
        box = parent.find(f"{SVG}rect")
        left, top, right, bottom = 0.0, 0.0, wide, high
        if parent.tag == f"{SVG}g" and box is not None:
            left, top = float(box.attrib["x"]), float(box.attrib["y"])
            right = left + float(box.attrib["width"])
            bottom = top + float(box.attrib["height"])
        for text in parent.findall(f"{SVG}text"):
            bold = "bold" in text.attrib.get("class", "")
            size = float(text.attrib["font-size"])
            long = width(text.text or "", size, bold=bold)
            middle = text.attrib.get("text-anchor") == "middle"
            start = float(text.attrib["x"]) - (long / 2 if middle else 0)
            assert left <= start, text.text
            assert start + long <= right + 0.5, text.text
            assert top <= float(text.attrib["y"]) - size * 0.75 <= bottom, text.text
            assert float(text.attrib["y"]) <= bottom, text.text
            assert abs(float(text.attrib["textLength"]) - long) < 0.1, text.text
            seen += 1
    return seen


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_text_is_it_stays_in_its_box(text: str) -> None:
    tasks = Tasks((text, text), 3, 500, Decimal(1))
    svg = draw(
        picture(
            Node("o", "outside", text, (text,)),
            Node("a", "service", text, (text, text), tasks),
            Node("s", "store", text, (text,)),
            Node("n", "namespace", text, (text,)),
            *(Node(f"p{n}", "stage", text, (text,)) for n in range(9)),
            links=(
                Arrow("o", "a", text),
                Arrow("a", "s", text),
                Arrow("o", "s", text),
                Arrow("a", "n", text, "asks"),
            ),
        )
    )

    svg.encode()
    assert check_texts(svg) > 10
    assert "<script" not in svg


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    root = ET.fromstring(svg)  # noqa: S314 - our own
    found = []
    for group_ in root.findall(f"{SVG}g"):
        box = group_.find(f"{SVG}rect")
        if box is not None:
            x, y, w, h = (float(box.attrib[k]) for k in ("x", "y", "width", "height"))
            found.append((x, y, x + w, y + h))
    return found


@pytest.mark.parametrize("many", [0, 1, 2, 7, 20])
def test_boxes_never_lie_over_each_other(many: int) -> None:
    tasks = Tasks(("a", "b", "c"), 6, 24, Decimal(3))
    nodes = [Node(f"s{n}", "service", f"s{n}", ("x",), tasks) for n in range(many)]
    links = tuple(Arrow(f"s{n}", f"s{n + 1}", "5000") for n in range(min(many - 1, 3)))
    stages = [Node(f"p{n}", "stage", f"p{n}") for n in range(many)]

    found = boxes(draw(picture(*nodes, *stages, links=links)))

    assert len(found) == 2 * many
    for one, other in itertools.combinations(found, 2):
        apart = (
            one[2] <= other[0]
            or other[2] <= one[0]
            or one[3] <= other[1]
            or other[3] <= one[1]
        )
        assert apart, (one, other)


def test_services_that_call_each_other_have_an_end() -> None:
    nodes = [Node(name, "service", name) for name in "abc"]
    links = (Arrow("a", "b", "1"), Arrow("b", "a", "1"), Arrow("c", "c", "1"))

    graph = picture(*nodes, links=links)

    assert {n.id for column in columns(graph) for n in column} == {"a", "b", "c"}
    assert check_texts(draw(graph))


def test_the_way_of_the_calls_is_level_and_a_caller_beside_it_stands_below() -> None:
    nodes = [
        Node("smoke", "caller", "smoke"),
        Node("other", "caller", "other"),
        Node("o", "outside", "callers"),
        *(Node(name, "service", name) for name in "ab"),
    ]
    ways = (("o", "a"), ("a", "b"), ("smoke", "b"), ("other", "b"))
    links = tuple(Arrow(source, target, "1") for source, target in ways)

    found = [[n.id for n in c] for c in columns(picture(*nodes, links=links))]

    assert found == [["o"], ["other", "a"], ["b", "smoke"]]
    assert check_texts(draw(picture(*nodes, links=links)))


def test_a_wide_text_is_cut_and_says_so() -> None:
    assert fitted("short", 100, 12) == "short"
    cut = fitted("W" * 100, 100, 12)
    assert cut.endswith("...")
    assert width(cut, 12) <= 100


def test_widths_are_those_of_helvetica() -> None:
    assert width("Hello", 1000) == 722 + 556 + 222 + 222 + 556
    assert width("Hello", 1000, bold=True) == 722 + 556 + 278 + 278 + 611
    assert len({width(sign, 10) for sign in "il.W~"}) > 2


def test_dots_are_tasks_spread_over_zones() -> None:
    svg = draw(
        picture(Node("a", "service", "a", (), Tasks(("a", "b", "c"), 5, 9, Decimal(2))))
    )

    assert svg.count('<circle class="runs"') == 3 + 1  # and one in the legend
    assert svg.count('<circle class="spot"') == 2 + 1
    assert svg.count('<circle class="may"') == 4 + 1


def test_more_tasks_than_there_is_room_for_are_a_number() -> None:
    tasks = Tasks(("a", "b", "c"), 10**9, 10**9, Decimal(0))

    svg = draw(picture(Node("a", "service", "a", (), tasks)))

    drawn = svg.count("<circle") - 2  # in the legend
    assert 3 <= drawn <= 100
    assert f"and {10**9 - drawn:,} more" in svg
    assert check_texts(svg)


def test_spot_is_explained_where_there_is_some() -> None:
    for spot in (0, 1):
        tasks = Tasks(("a",), 2, 2, Decimal(spot))
        svg = draw(picture(Node("a", "service", "a", (), tasks)))
        assert ("on Spot" in svg) == bool(spot)
