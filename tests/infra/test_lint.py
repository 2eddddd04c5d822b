"""What the linters of others say of every template."""

import json
from pathlib import Path

from cfnlint.api import ManualArgs, lint_file

IGNORED = {
    "W3010": "an environment names its zones, so that synth asks no account for them",
    "W3005": "the CDK writes DependsOn where a reference says it already",
}


def test_cfn_lint_finds_nothing(synthesized: Path) -> None:
    config = ManualArgs(ignore_checks=[*IGNORED], regions=["eu-west-1"])
    found = {
        file.name: [str(match) for match in lint_file(file, config=config)]
        for file in synthesized.glob("*.template.json")
    }
    assert found
    assert {name: said for name, said in found.items() if said} == {}


def test_every_rule_that_is_not_followed_has_its_reason(synthesized: Path) -> None:
    report = json.loads((synthesized / "validation-report.json").read_text())
    names = {plugin["pluginName"] for plugin in report["pluginReports"]}
    assert "AwsSolutions" in names, "cdk-nag was not asked"
    open_ones = {
        (plugin["pluginName"], violation["ruleName"], construct["constructPath"])
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    }
    assert open_ones == set()
    reasons = [
        violation["reason"]
        for plugin in report["pluginReports"]
        for violation in plugin.get("suppressedViolations", ())
    ]
    assert reasons
    assert all(len(reason) > 40 for reason in reasons), "say why"
