"""The file of rates: every mistake is named."""

from pathlib import Path

import pytest

from fleet.deployed.cost import load_rates
from fleet.deployed.cost.rates import FILE
from fleet.errors import BadConfig

GOOD = FILE.read_text()


def test_the_file_that_comes_along_is_fine() -> None:
    rates = load_rates()

    assert rates.region == "us-east-1"
    assert all(value >= 0 for value in rates.dollars.values())


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        pytest.param("nat_hour = 0.045", "nat_hour = -1", "nat_hour is -1", id="minus"),
        pytest.param("nat_hour = 0.045", "nat_hour = nan", "nat_hour is NaN", id="nan"),
        pytest.param("nat_hour = 0.045", "nat_hour = true", "is True", id="flag"),
        pytest.param("nat_hour = 0.045", 'nat_hour = "x"', "nat_hour is x", id="text"),
        pytest.param("nat_hour = 0.045", "", "needs nat_hour", id="missing"),
        pytest.param(
            "nat_hour = 0.045", "nat_hours = 0.045", "did you mean nat_hour", id="typo"
        ),
        pytest.param("[network]", "[networks]", "[network] is missing", id="section"),
        pytest.param("[network]", "[networks]", "did you mean network?", id="near"),
        pytest.param("as_of = 2026-11-21", "", "as_of is None", id="no-date"),
        pytest.param(
            "as_of = 2026-11-21", 'as_of = "now"', "as_of is 'now'", id="word"
        ),
        pytest.param('region = "us-east-1"', "region = 1", "region is 1", id="region"),
        pytest.param(
            'source = "https://aws.amazon.com/fargate/pricing/"',
            "",
            "[fargate] needs a source",
            id="no-source",
        ),
        pytest.param("[network]", "[network", "at line", id="not-toml"),
        pytest.param('"cache.t4g.micro" = 0.0128', '"a" = -2', "a is -2", id="a-node"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert old in GOOD
    file = tmp_path / "rates.toml"
    file.write_text(GOOD.replace(old, new, 1))

    with pytest.raises(BadConfig) as caught:
        load_rates(file)

    assert named in str(caught.value)
    assert "rates.toml" in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="No such file"):
        load_rates(tmp_path / "none.toml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "rates.toml"
    file.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(BadConfig, match=r"rates\.toml"):
        load_rates(file)
