"""`fleet cost` on the templates of every environment."""

import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from fleet.cli import app
from fleet.deployed import Assembly
from fleet.deployed.cost import Assumptions, Estimate, Line, estimate, load_rates
from fleet.deployed.cost.page import BEGIN, END
from fleet.deployed.cost.rates import FILE
from fleet.discovery.cloudmap.tempo import QUICK_S

RATES = load_rates()
DOCS = Path(__file__).parents[2] / "docs"
COST, ALARMS = DOCS / "cost.md", DOCS / "alarms.md"
HOURS = 730


@pytest.fixture(scope="module")
def estimates(assembly: Assembly) -> dict[str, Estimate]:
    """One for each environment, with the fewest tasks."""
    return {
        name: estimate(name, assembly.of(name), assembly, RATES, Assumptions())
        for name in assembly.environments
    }


def lines(found: Estimate, item: str) -> list[Line]:
    return [line for line in found.lines if line.item == item]


def test_more_is_dearer_from_dev_to_prod(estimates: dict[str, Estimate]) -> None:
    dev, staging, prod = (estimates[n].dollars for n in ("dev", "staging", "prod"))

    assert 20 < dev < staging < prod < 2000


def test_everything_is_counted_exactly_as_often_as_the_templates_have_it(
    assembly: Assembly, estimates: dict[str, Estimate]
) -> None:
    for name, found in estimates.items():
        here = Counter(one.type for one in assembly.of(name).resources)
        for kind, item, rate in (
            ("AWS::EC2::NatGateway", "NAT gateways", "network.nat_hour"),
            (
                "AWS::ElasticLoadBalancingV2::LoadBalancer",
                "load balancer",
                "balancer.application_hour",
            ),
        ):
            hours = sum(
                line.quantity
                for line in lines(found, item)
                if (line.rate, line.unit) == (RATES[rate], "hours")
            )
            assert hours == here[kind] * HOURS, (name, kind)
        months = sum(line.quantity for line in lines(found, "secrets"))
        assert months == here["AWS::SecretsManager::Secret"]


def test_each_service_pays_for_the_tasks_that_its_scaling_starts_with(
    assembly: Assembly, estimates: dict[str, Estimate]
) -> None:
    for name, found in estimates.items():
        here = assembly.of(name)
        services = list(here.each("AWS::ECS::Service"))
        least = sum(
            one.properties["MinCapacity"]
            for one in here.each("AWS::ApplicationAutoScaling::ScalableTarget")
        )
        paid = Decimal(0)
        for service in services:
            definition = assembly.get(service.properties["TaskDefinition"])
            assert definition is not None
            item = f"tasks: {service.properties['ServiceName']}"
            gb = sum(x.quantity for x in lines(found, item) if x.unit == "GB h")
            paid += gb * 1024 / Decimal(definition.properties["Memory"]) / HOURS
        assert services
        assert paid == least


def test_the_most_tasks_cost_more(assembly: Assembly) -> None:
    for name in assembly.environments:
        here = assembly.of(name)
        least, most = (
            estimate(name, here, assembly, RATES, Assumptions(), count=count)
            for count in ("least", "most")
        )
        assert least.dollars < most.dollars


def test_nothing_that_we_deploy_is_left_uncounted(
    assembly: Assembly, estimates: dict[str, Estimate]
) -> None:
    shared = estimate("delivery", assembly.shared, assembly, RATES, Assumptions())

    for found in (*estimates.values(), shared):
        assert found.uncounted == (), found.environment


def test_clients_are_assumed_to_ask_as_often_as_ours_do() -> None:
    assert float(Assumptions().revision_every_s) == QUICK_S


def run(synthesized: Path, *argv: str) -> int:
    return app.main(
        ["cost", "--templates", str(synthesized), *argv],
        env={"FLEET_HOME": "/nonexistent/fleet"},
    )


def test_the_command_prints_a_column_for_each_environment(
    synthesized: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(synthesized) == 0

    printed = capsys.readouterr()
    head = printed.out.splitlines()[0]
    assert head.split()[3:] == ["DEV", "STAGING", "PROD", "DELIVERY"]
    assert "--calls-per-second 20" in printed.out
    assert "2026-11-21" in printed.out
    assert "eu-west-1, the rates of us-east-1" in printed.err


def test_json_says_the_same_as_the_table(
    synthesized: Path,
    capsys: pytest.CaptureFixture[str],
    estimates: dict[str, Estimate],
) -> None:
    assert run(synthesized, "--json") == 0

    report = json.loads(capsys.readouterr().out)
    found = {one["environment"]: one["dollars"] for one in report["environments"]}
    for name, one in estimates.items():
        assert found[name] == pytest.approx(float(one.dollars))
    assert report["assumed"]["calls-per-second"] == 20


def test_an_assumption_that_is_changed_changes_the_sum(
    synthesized: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    totals = []
    for calls in ("1", "1000"):
        options = ("--json", "--environment", "prod", "--calls-per-second", calls)
        assert run(synthesized, *options) == 0
        [prod] = json.loads(capsys.readouterr().out)["environments"]
        totals.append(prod["dollars"])

    assert totals[0] < totals[1]


@pytest.mark.parametrize(
    ("argv", "error"),
    [
        (("--environment", "prd"), "did you mean 'prod'"),
        (("--gb-out", "-1"), "--gb-out"),
        (("--gb-out", "much"), "is not a number"),
        (("--tasks", "some"), "--tasks"),
        (("--rates", "/nonexistent.toml"), "nonexistent.toml"),
        (("--failed-percent", "500"), "0 to 100"),
        (("--into", "/nonexistent.md"), "nonexistent.md"),
        (("--into", __file__, "--json"), "--into"),
        (("--into", __file__), "needs one <!-- fleet cost -->"),
        (("--templates", "/nonexistent"), "make synth"),
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


@pytest.mark.parametrize(
    ("date", "remark"), [("2020-01-01", "days old"), ("2999-01-01", "still to come")]
)
def test_rates_of_another_time_are_remarked(
    synthesized: Path,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    date: str,
    remark: str,
) -> None:
    file = tmp_path / "rates.toml"
    file.write_text(FILE.read_text().replace("as_of = 2026-11-21", f"as_of = {date}"))

    assert run(synthesized, "--rates", str(file)) == 0

    assert remark in capsys.readouterr().err


def test_the_table_in_the_docs_is_what_is_printed(
    synthesized: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(synthesized) == 0

    printed = capsys.readouterr().out
    page = COST.read_text()
    there = page.partition(BEGIN)[2].partition(END)[0]
    assert there == f"\n```text\n{printed}```\n", "docs/cost.md is old: make diagram"


def test_into_a_page_goes_what_is_printed(
    synthesized: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Ours\n{BEGIN}\n{END}\n")
    assert run(synthesized) == 0
    printed = capsys.readouterr().out

    assert run(synthesized, "--into", str(page)) == 0

    assert capsys.readouterr().out == ""
    assert page.read_text() == f"# Ours\n{BEGIN}\n```text\n{printed}```\n{END}\n"


def test_the_prose_of_the_docs_says_what_the_rates_say() -> None:
    def hours(rate: str) -> Decimal:
        return RATES[rate] * HOURS

    task = hours("fargate.arm64_vcpu_hour") / 4 + hours("fargate.arm64_gb_hour") / 2
    assumed = Assumptions()
    a_line = assumed.log_bytes_per_call / Decimal(10) ** 9 * RATES["watching.log_gb"]
    questions = 1 / assumed.revision_every_s + 1 / assumed.list_every_s
    months_s = Decimal(HOURS * 3600)
    asked = questions * months_s / 10**6 * RATES["names.million_api_calls"]
    looked_up = months_s / 5 / 10**6 * RATES["names.million_queries"]
    address = hours("network.public_address_hour")
    nat, endpoint = hours("network.nat_hour"), hours("network.endpoint_hour")
    said = " ".join(COST.read_text().split())
    for text in (
        f"gateway {nat:.2f} $ before its first byte",
        f"a balancer {hours('balancer.application_hour'):.2f} $",
        f"each public address {address:.2f} $",
        f"on ARM is {task:.2f} $",
        f"on Spot {task * RATES['fargate.spot_share']:.2f} $",
        f"of {assumed.log_bytes_per_call} bytes",
        f"{2 * a_line * 10**6:.2f} $ for a million calls",
        f"{2 * a_line * 20 * months_s:.0f} $ a month at 20 calls a second",
        f"{2 * a_line * 500 * months_s:.0f} $ at 500",
        f"asks {questions:.2f} times a second: {asked:.2f} $",
        f"client costs {looked_up:.2f} $",
        f"for each task | {address:.2f} $ each",
        f"{nat + address:.2f} $ each, and {RATES['network.nat_gb']} $ a GB",
        f"{endpoint:.2f} $ each, and {RATES['network.endpoint_gb']} $ a GB",
    ):
        assert text in said
    assert f"and {hours('store.valkey_gb_hour'):.0f} $ a month" in " ".join(
        ALARMS.read_text().split()
    )


def test_tasks_are_less_than_half_of_the_bill_as_the_docs_say(
    estimates: dict[str, Estimate],
) -> None:
    for name, found in estimates.items():
        tasks = sum(v for item, v in found.items.items() if item.startswith("tasks: "))
        assert 0 < tasks < found.dollars / 2, name


def test_what_alarms_cost_is_said_in_one_place() -> None:
    said = ALARMS.read_text()

    assert "`fleet cost`](cost.md)" in said
    assert not re.search(r"\d+ (alarms|metrics)", said)


def test_questions_to_logs_count_and_sort_as_aws_writes_it() -> None:
    asked = re.findall(r"--query-string '([^']*)'", ALARMS.read_text())

    assert asked
    for query in asked:
        assert re.search(r"\| stats count\(\*\) as (\w+) by .+ \| sort \1 desc$", query)
