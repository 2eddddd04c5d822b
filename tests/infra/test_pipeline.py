"""From a commit to production, as the templates say."""

import dataclasses
import fnmatch
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from fleet.deployed import Assembly, load
from infra.cdk.parts.pipeline.source import DEPLOYED
from infra.cdk.parts.pipeline.wildcards import RESOURCES
from infra.cdk.stacks.delivery import PipelineStack, RepositoryStack
from infra.cdk.values import Values
from infra.cdk.values import load as load_values
from infra.cdk.values.pipeline import Delivery, Repository
from tests import programs

REACHES_NO_TASK = {
    ".ci",
    ".gitignore",
    ".hadolint.yaml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "benchmarks",
    "docs",
    "fleet.toml",
    "protos",  # rpc/ is made of it, and committed
    "pyproject.toml",  # the locks are made of it, and committed
    "tests",
}
ROLE = "arn:aws:iam::{account}:role/cdk-hnb659fds-{kind}-role-{account}-eu-west-1"
KINDS = ("deploy", "file-publishing", "lookup")

Json = Mapping[str, Any]


def flat(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Write out joins and references, the latter as `<ID.Attribute>`."""
    if isinstance(value, list):
        return [flat(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return separator.join(str(flat(part)) for part in parts)
    if "Ref" in value:
        return f"<{value['Ref']}>"
    if "Fn::GetAtt" in value:
        return f"<{'.'.join(value['Fn::GetAtt'])}>"
    return {key: flat(each) for key, each in value.items()}


def resources(template: Json, kind: str) -> dict[str, Any]:
    return {
        name: flat(content.get("Properties", {}))
        for name, content in template["Resources"].items()
        if content["Type"] == kind
    }


def statements(template: Json) -> Iterator[tuple[str, list[str], list[str]]]:
    """Give the role, the actions and the resources of everything that is allowed."""
    for policy in resources(template, "AWS::IAM::Policy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            actions, things = statement["Action"], statement["Resource"]
            yield (
                policy["Roles"][0],
                [actions] if isinstance(actions, str) else actions,
                [things] if isinstance(things, str) else things,
            )


def may(template: Json, role: str, action: str) -> set[str]:
    """Return on what *role* may do *action*."""
    found: set[str] = set()
    for who, actions, things in statements(template):
        if who == f"<{role}>" and action in actions:
            found |= set(things)
    return found


@pytest.fixture(scope="module")
def template(synthesized: Path) -> Json:
    text = (synthesized / "fleet-pipeline.template.json").read_text()
    loaded: Json = json.loads(text)
    return loaded


@pytest.fixture(scope="module")
def pipeline(template: Json) -> Json:
    (only,) = resources(template, "AWS::CodePipeline::Pipeline").values()
    found: Json = only
    return found


def stage(pipeline: Json, name: str) -> Json:
    found: Json = next(each for each in pipeline["Stages"] if each["Name"] == name)
    return found


def variables(stage: Json) -> dict[str, str]:
    """Return what the stage's project is given."""
    text = stage["Actions"][0]["Configuration"]["EnvironmentVariables"]
    return {each["name"]: each["value"] for each in json.loads(text)}


def synth(values: Values) -> tuple[Json, Json]:
    """Return the templates of the pipeline and the repository for other *values*."""
    flags = json.loads(Path("infra/cdk/cdk.json").read_text())["context"]
    app = cdk.App(context=flags, analytics_reporting=False)
    stacks = PipelineStack(app, values), RepositoryStack(app, values)
    one, other = (Template.from_stack(stack).to_json() for stack in stacks)
    return one, other


def test_a_change_is_built_scanned_tried_and_approved_before_production(
    pipeline: Json,
) -> None:
    names = [each["Name"] for each in pipeline["Stages"]]

    assert names == ["Source", "Build", "Scan", "staging", "Approval", "prod"]


def test_a_person_stands_before_the_last_environment_whichever_it_is() -> None:
    values = load_values()
    delivery = dataclasses.replace(values.delivery, environments=("dev",))
    template, _ = synth(dataclasses.replace(values, delivery=delivery))

    (pipeline,) = resources(template, "AWS::CodePipeline::Pipeline").values()
    names = [each["Name"] for each in pipeline["Stages"]]
    assert names == ["Source", "Build", "Scan", "Approval", "dev"]


def test_a_no_rolls_nothing_back(pipeline: Json) -> None:
    """In a stage that rolls back, a rejected approval would be a failure of it."""
    approval = stage(pipeline, "Approval")

    kinds = [action["ActionTypeId"]["Category"] for action in approval["Actions"]]
    assert kinds == ["Approval"]
    assert "OnFailure" not in approval


def test_a_failed_deploy_or_smoke_test_rolls_its_stage_back(pipeline: Json) -> None:
    rolled = {
        each["Name"]
        for each in pipeline["Stages"]
        if each.get("OnFailure", {}).get("Result") == "ROLLBACK"
    }

    assert rolled == {"staging", "prod"}
    assert pipeline["ExecutionMode"] == "SUPERSEDED"  # PARALLEL knows no rollback


def test_what_was_built_is_what_is_scanned_and_deployed(pipeline: Json) -> None:
    build, scan = stage(pipeline, "Build"), stage(pipeline, "Scan")
    built = build["Actions"][0]["OutputArtifacts"]

    assert build["Actions"][0]["Namespace"] == "Build"
    tag = variables(build)["ARGS"].removeprefix("--tag=")
    assert scan["Actions"][0]["Configuration"]["ImageTag"] == tag
    for name in ("staging", "prod"):
        deploy = stage(pipeline, name)
        given = variables(deploy)
        assert given["IMAGE"] == "#{Build.IMAGE}"
        assert given["ENVIRONMENT"] == name
        assert given["ASSEMBLY"] == "build/cdk.out"
        assert deploy["Actions"][0]["InputArtifacts"] == built


def test_a_second_build_of_a_commit_has_a_tag_of_its_own(pipeline: Json) -> None:
    tag = variables(stage(pipeline, "Build"))["ARGS"]

    assert "#{codepipeline.PipelineExecutionId}" in tag
    written = tag.replace("#{Source.CommitId}", "c" * 40)
    written = written.replace("#{codepipeline.PipelineExecutionId}", "e" * 36)
    assert re.fullmatch(r"--tag=[\w][\w.-]{0,127}", written)


def test_critical_findings_stop_a_change(pipeline: Json) -> None:
    gate = stage(pipeline, "Scan")["Actions"][0]["Configuration"]

    assert gate["InspectorRunMode"] == "ECRImageScan"
    assert (gate["CriticalThreshold"], gate["HighThreshold"]) == (0, 0)


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_a_deploy_may_only_become_the_roles_of_its_environment(
    template: Json, environment: str
) -> None:
    projects = resources(template, "AWS::CodeBuild::Project").values()
    roles = resources(template, "AWS::IAM::Role")
    (project,) = (p for p in projects if p["Name"] == f"fleet-deploy-{environment}")
    (role,) = (n for n in roles if project["ServiceRole"] == f"<{n}.Arn>")

    account = "<AWS::AccountId>"
    cdks = {ROLE.format(kind=kind, account=account) for kind in KINDS}
    ours = {f"arn:aws:iam::{account}:role/fleet-smoke-{environment}"}
    assert may(template, role, "sts:AssumeRole") == cdks | ours
    services = {
        action.split(":")[0]
        for who, actions, _ in statements(template)
        if who == f"<{role}>"
        for action in actions
    }
    assert services == {"sts", "logs", "s3"}
    writes = [
        action
        for who, actions, _ in statements(template)
        if who == f"<{role}>"
        for action in actions
        if action.startswith("s3:") and "Get" not in action and "List" not in action
    ]
    assert not writes, "what has rights in production must not change artifacts"


def test_environments_in_other_accounts_are_deployed_there_and_may_pull() -> None:
    values = load_values()
    accounts = {"staging": "111111111111", "prod": "222222222222"}
    moved = tuple(
        dataclasses.replace(each, account=accounts.get(each.name, ""))
        for each in values.environments
    )
    template, repository = synth(dataclasses.replace(values, environments=moved))

    (prod,) = (
        r
        for r in resources(template, "AWS::IAM::Policy").values()
        if "Deployprod" in str(r["Roles"])
    )
    text = json.dumps(prod["PolicyDocument"])
    assert ROLE.format(kind="deploy", account="222222222222") in text
    assert "111111111111" not in text
    (kept,) = resources(repository, "AWS::ECR::Repository").values()
    pulls = kept["RepositoryPolicyText"]["Statement"]
    principals = json.dumps([each["Principal"] for each in pulls])
    assert {*re.findall(r"\d{12}", principals)} == {*accounts.values()}
    assert not any("Put" in action for each in pulls for action in each["Action"])


def test_the_build_may_push_to_the_one_repository_and_is_no_other_role(
    template: Json,
) -> None:
    builders = {
        who for who, actions, _ in statements(template) if "ecr:PutImage" in actions
    }
    (builder,) = builders
    role = builder.strip("<>")

    (repository,) = may(template, role, "ecr:PutImage")
    assert repository.endswith(":repository/grpc-fleet")
    assert not may(template, role, "sts:AssumeRole")


def test_only_the_build_is_privileged(template: Json) -> None:
    projects = resources(template, "AWS::CodeBuild::Project").values()

    privileged = {p["Name"] for p in projects if p["Environment"]["PrivilegedMode"]}
    assert privileged == {"fleet-build"}
    assert {p["Environment"]["Type"] for p in projects} == {"ARM_CONTAINER"}


def test_every_wildcard_has_a_reason(template: Json) -> None:
    known = [re.sub(r"\\{\w+\\}", ".+", re.escape(resource)) for resource in RESOURCES]
    for who, actions, things in statements(template):
        for thing in things:
            if "*" not in thing:
                continue
            assert any(re.fullmatch(pattern, thing) for pattern in known), (who, thing)
            if thing == "*":
                allowed = {"ecr:GetAuthorizationToken", "inspector-scan:ScanSbom"}
                assert set(actions) <= allowed, who
    every = {thing for _, _, things in statements(template) for thing in things}
    for pattern in known:
        assert any(re.fullmatch(pattern, thing) for thing in every), "not needed"


def test_clones_are_allowed_under_the_name_that_the_connection_has(
    template: Json,
) -> None:
    (connection,) = resources(template, "AWS::CodeConnections::Connection")
    arn = f"<{connection}.ConnectionArn>"

    who = [
        role
        for role, actions, things in statements(template)
        if "codeconnections:UseConnection" in actions and things == [arn]
    ]
    assert len(who) == 2, "the source, and the build, which clones the history"


@pytest.mark.needs("git")
def test_a_change_of_anything_that_reaches_a_task_starts_the_pipeline() -> None:
    """Who adds a folder must say here, or in `DEPLOYED`, which it is."""
    asked = [programs.find("git") or "git", "ls-files"]
    listed = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if listed.returncode:
        pytest.skip("no git repository here")
    patterns = [pattern for some in DEPLOYED for pattern in some]
    starts = {
        file
        for file in listed.stdout.splitlines()
        if any(fnmatch.fnmatch(file, pattern) for pattern in patterns)
    }
    rest = {file.split("/")[0] for file in listed.stdout.splitlines()} - {
        file.split("/")[0] for file in starts
    }

    assert rest <= REACHES_NO_TASK
    assert not {file for file in starts if file.startswith(("docs/", "tests/"))}
    assert max(len(some) for some in DEPLOYED) <= 8, "of CodePipeline"


def test_a_push_to_the_branch_is_what_starts_it(pipeline: Json) -> None:
    (trigger,) = pipeline["Triggers"]
    pushes = trigger["GitConfiguration"]["Push"]

    assert {*map(str, (push["Branches"]["Includes"] for push in pushes))} == {
        "['main']"
    }
    source = stage(pipeline, "Source")["Actions"][0]["Configuration"]
    assert source["DetectChanges"] is False, "it would start at every push"


def test_artifacts_are_private_encrypted_and_outlive_a_rollback(template: Json) -> None:
    (bucket,) = resources(template, "AWS::S3::Bucket").values()
    (policy,) = resources(template, "AWS::S3::BucketPolicy").values()

    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert bucket["BucketEncryption"]
    denied = [each["Condition"] for each in policy["PolicyDocument"]["Statement"]]
    assert {"Bool": {"aws:SecureTransport": "false"}} in denied
    days = {
        each["Id"]: each["ExpirationInDays"]
        for each in bucket["LifecycleConfiguration"]["Rules"]
    }
    assert days["artifacts"] > 180 > days["cache"]


def test_who_is_told_of_alarms_is_told_of_failures_and_approvals() -> None:
    values = load_values()
    with_mail = tuple(
        dataclasses.replace(
            each, alarms=dataclasses.replace(each.alarms, email="ops@example.com")
        )
        for each in values.environments
    )
    template, _ = synth(dataclasses.replace(values, environments=with_mail))

    (topic,) = resources(template, "AWS::SNS::Topic")
    (reader,) = resources(template, "AWS::SNS::Subscription").values()
    assert (reader["Endpoint"], reader["TopicArn"]) == ("ops@example.com", f"<{topic}>")
    (rule,) = resources(template, "AWS::Events::Rule").values()
    assert rule["EventPattern"]["detail"] == {
        "pipeline": ["fleet"],
        "state": ["FAILED"],
    }
    assert [target["Arn"] for target in rule["Targets"]] == [f"<{topic}>"]
    (pipeline,) = resources(template, "AWS::CodePipeline::Pipeline").values()
    approval = stage(pipeline, "Approval")["Actions"][0]["Configuration"]
    assert approval["NotificationArn"] == f"<{topic}>"


def test_images_stay_what_they_are_and_do_not_pile_up(assembly: Assembly) -> None:
    (repository,) = assembly.each("AWS::ECR::Repository")

    assert repository.properties["ImageTagMutability"] == "IMMUTABLE"
    assert repository.properties["ImageScanningConfiguration"] == {"ScanOnPush": True}
    text = repository.properties["LifecyclePolicy"]["LifecyclePolicyText"]
    rules = [rule["selection"] for rule in json.loads(text)["rules"]]
    assert [rule["tagStatus"] for rule in rules] == ["untagged", "any"]
    assert rules[1]["countNumber"] == load_values().repository.keep


def test_the_repository_outlives_its_stack(synthesized: Path) -> None:
    text = (synthesized / "fleet-repository.template.json").read_text()
    (repository,) = json.loads(text)["Resources"].values()

    assert repository["DeletionPolicy"] == "RetainExceptOnCreate"


def test_the_first_deploy_starts_no_task_as_there_is_no_image(
    synthesized: Path,
) -> None:
    before = load(synthesized, {"HasImage": False})
    after = load(synthesized, {"HasImage": True})

    targets = [*before.each("AWS::ApplicationAutoScaling::ScalableTarget")]
    assert targets
    assert {target.properties["MinCapacity"] for target in targets} == {0}
    services = [*before.each("AWS::ECS::Service")]
    assert {service.properties.get("DesiredCount") for service in services} == {0}
    for target in after.each("AWS::ApplicationAutoScaling::ScalableTarget"):
        assert target.properties["MinCapacity"] > 0


def test_machines_that_differ_cannot_share_one_image() -> None:
    values = load_values()
    other = tuple(
        dataclasses.replace(
            each,
            gateway=dataclasses.replace(each.gateway, architecture="x86_64")
            if each.name == "prod"
            else each.gateway,
        )
        for each in values.environments
    )

    with pytest.raises(ValueError, match=r"prod: gateway.*allowed is one and the same"):
        synth(dataclasses.replace(values, environments=other))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"high_findings": -1}, "high_findings is -1"),
        ({"provider": "GitHubEnterpriseServer"}, "provider is 'GitHubEnterprise"),
        ({"environments": ()}, "environments is"),
    ],
)
def test_a_value_that_cannot_be_is_named(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        Delivery(**{"source": "OWNER/NAME", **wrong})


def test_too_few_images_are_refused() -> None:
    with pytest.raises(ValueError, match="keep is 3, allowed is 20 or more"):
        Repository(name="grpc-fleet", region="eu-west-1", keep=3)
