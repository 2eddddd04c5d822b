"""Templates read back: which stack is whose, and what is none."""

import json
from pathlib import Path

import pytest

from fleet.deployed import Assembly, Resource, load
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
