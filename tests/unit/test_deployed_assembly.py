"""Templates read back: which stack is whose, and what is none."""

import json
from pathlib import Path

import pytest

from fleet.deployed import Assembly, Resource, load
from fleet.deployed.plain import plain
from fleet.deployed.regions import regions
from fleet.errors import BadConfig


def stacks(*names: str) -> Assembly:
    return Assembly(tuple(Resource(name, "A", "AWS::X::Y", {}) for name in names))


def test_an_environment_whose_name_begins_with_anothers_has_its_own_stacks() -> None:
    whole = stacks(
        "fleet-dev-services",
        "fleet-dev-store",
        "fleet-dev-eu-services",
        "fleet-dev-eu-store",
    )

    assert whole.of("dev").stacks == ("fleet-dev-services", "fleet-dev-store")
    assert whole.of("dev-eu").stacks == ("fleet-dev-eu-services", "fleet-dev-eu-store")


def test_what_belongs_to_no_environment_is_shared() -> None:
    whole = stacks("fleet-dev-services", "fleet-pipeline", "fleet-repository")

    assert whole.shared.stacks == ("fleet-pipeline", "fleet-repository")


def test_the_region_is_that_of_the_subnets() -> None:
    zones = ("eu-west-1a", "eu-west-1b", "ap-southeast-2c", {"Fn::Select": [0, []]})
    subnets = [
        Resource("s", str(n), "AWS::EC2::Subnet", {"AvailabilityZone": zone})
        for n, zone in enumerate(zones)
    ]

    assert regions(Assembly(tuple(subnets))) == {"eu-west-1", "ap-southeast-2"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "7",
        "{",
        '{"Resources": []}',
        '{"Resources": {"A": 1}}',
        '{"Resources": {"A": {}}}',
        '{"Resources": {"A": {"Type": 3}}}',
        '{"Resources": {"A": {"Type": "T", "Properties": []}}}',
        '{"Outputs": {"A": []}}',
        '{"Parameters": []}',
        "[" * 100_000,
    ],
)
def test_what_is_no_template_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "fleet-x.template.json").write_text(text)

    with pytest.raises(BadConfig, match=r"fleet-x\.template\.json"):
        load(tmp_path)


def test_an_export_without_a_plain_name_is_no_crash(tmp_path: Path) -> None:
    outputs = {
        "A": {"Value": 1, "Export": {"Name": {"Fn::Sub": "x"}}},
        "B": {"Value": 1},
    }
    template = {"Resources": {"R": {"Type": "T"}}, "Outputs": outputs}
    (tmp_path / "fleet-x.template.json").write_text(json.dumps(template))

    assert [one.type for one in load(tmp_path).resources] == ["T"]


def deep(levels: int) -> object:
    found: object = 1
    for _ in range(levels):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("part", "place"),
    [
        ({"Properties": {"P": [{"Ref": ["a"]}]}}, "Resources.R.Properties.P.0.Ref is"),
        (
            {"Properties": {"P": {"Fn::GetAtt": ["a"]}}},
            "P.Fn::GetAtt is ['a'], allowed",
        ),
        ({"Properties": {"P": {"Fn::GetAtt": "a"}}}, "P.Fn::GetAtt is 'a', allowed"),
        ({"Properties": {"P": {"Fn::GetAtt": [{}, "a"]}}}, "P.Fn::GetAtt is [{}, 'a']"),
        ({"Properties": {"P": {"Fn::If": ["c", 1]}}}, "P.Fn::If is ['c', 1], allowed"),
        ({"Properties": {"P": {"Fn::If": [[], 1, 2]}}}, "P.Fn::If is [[], 1, 2]"),
        ({"Properties": {"P": {"Fn::ImportValue": 7}}}, "P.Fn::ImportValue is 7"),
        ({"Properties": {"Ref": "P"}}, "Resources.R.Properties is {'Ref': 'P'}"),
        (
            {"Properties": {"P": {"Fn::If": ["c", 1, {"Ref": 7}]}}},
            "P.Fn::If.2.Ref is 7",
        ),
        ({"Metadata": None}, "Resources.R.Metadata is None, allowed is an object"),
        ({"Metadata": {"aws:cdk:path": 7}}, "Metadata.aws:cdk:path is 7"),
        ({"Properties": {"P": deep(900)}}, "Resources.R.Properties has more than 100"),
        ({"Properties": {"P\x1b[31m": {"Ref": "\x9b" * 99}, "Q": {"Ref": 7}}}, "Q.Ref"),
    ],
)
def test_a_part_that_cannot_be_read_is_named_with_its_place(
    tmp_path: Path, part: dict[str, object], place: str
) -> None:
    template = {"Resources": {"R": {"Type": "T", **part}}}
    (tmp_path / "fleet-x.template.json").write_text(json.dumps(template))

    with pytest.raises(BadConfig) as error:
        load(tmp_path)

    assert "fleet-x.template.json" in error.value.source
    [problem] = error.value.problems
    assert place in problem
    assert problem.isprintable()


@pytest.mark.parametrize("export", ["x", None, []])
def test_an_export_that_is_no_object_is_named(tmp_path: Path, export: object) -> None:
    template = {"Outputs": {"A": {"Value": 1, "Export": export}}}
    (tmp_path / "fleet-x.template.json").write_text(json.dumps(template))

    with pytest.raises(BadConfig, match=r"Outputs\.A\.Export is .*, allowed is an obj"):
        load(tmp_path)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    template = {
        "Resources": {"R": {"Type": 7, "Properties": {"P": {"Ref": 7}}}, "S": 7},
        "Outputs": {"A": {"Value": {"Ref": 7}}},
        "Parameters": {"B": 7},
    }
    (tmp_path / "fleet-x.template.json").write_text(json.dumps(template))

    with pytest.raises(BadConfig) as error:
        load(tmp_path)

    assert len(error.value.problems) == 5


def test_an_attribute_may_be_named_by_a_parameter(tmp_path: Path) -> None:
    asked = {"Fn::GetAtt": ["A", {"Ref": "P"}]}
    template = {"Resources": {"R": {"Type": "T", "Properties": {"P": asked}}}}
    (tmp_path / "fleet-x.template.json").write_text(json.dumps(template))

    [found] = load(tmp_path).resources

    assert found.properties["P"].logical_id == "A"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a [31mb"),
        ("a\x9b31mb\x7f", "a 31mb"),
        ("a\u202eb\ud800", "a b"),
        ("two\r\nlines", "two lines"),
        ("\u6f22 \u00e9", "\u6f22 \u00e9"),
    ],
)
def test_plain_text_moves_no_cursor(text: str, shown: str) -> None:
    assert plain(text) == shown
