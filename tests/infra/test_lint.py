"""What the linters of others say of every template."""

import dataclasses
import json
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs
from cfnlint.api import ManualArgs, lint_file

from infra.cdk.app import app
from infra.cdk.values import load

FEW = 4
"""Words that give no reason."""

IGNORED = {
    "W3010": "an environment names its zones, so that synth asks no account for them",
    "W6001": "the smoke test reads where it runs from the outputs of one stack",
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
    reasons = dict[str, str]()
    for file in synthesized.glob("*.metadata.json"):
        for path, entries in json.loads(file.read_text()).items():
            for entry in entries:
                if entry["type"] == "aws:cdk:acknowledged-rules":
                    reasons |= {
                        f"{path} {rule}": why for rule, why in entry["data"].items()
                    }
    assert reasons
    assert {where for where, why in reasons.items() if len(why.split()) < FEW} == set()


def test_cdk_nag_is_asked_at_every_synth() -> None:
    values = load()
    (dev, *_) = values.environments
    delivery = dataclasses.replace(values.delivery, environments=(dev.name,))
    made = app(dataclasses.replace(values, delivery=delivery, environments=(dev,)))
    stack = cdk.Stack(made, "careless", env=dev.place)
    queue = sqs.Queue(stack, "Queue")
    assert queue.queue_arn
    with pytest.raises(RuntimeError, match="AwsSolutions-SQS4"):
        made.synth()
