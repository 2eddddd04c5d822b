"""A call from inside, and every way for it not to happen."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import boto3
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk.assertions import Template
from botocore.stub import ANY, Stubber

from infra.cdk.parts.ground import Ground
from infra.cdk.parts.grpc_service import GrpcService
from infra.cdk.parts.image import Image
from infra.cdk.parts.smoke import Smoke
from infra.cdk.parts.task import Recipe
from infra.cdk.stacks.network import NetworkStack
from infra.cdk.values import load as load_values
from infra.smoke.__main__ import main
from infra.smoke.aws import Aws
from infra.smoke.cloud import Task
from infra.smoke.errors import NoCapacity, NotDeployed, Refused
from infra.smoke.plan import Plan
from infra.smoke.run import EVERY_S
from tests.support.emulator import aws

ACCOUNT = "000000000000"
TASK = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task/fleet-staging/0123456789abcdef"
DIGEST = f"registry.example/grpc-fleet@sha256:{'a' * 64}"
OUTPUTS = {
    "SmokeImage": DIGEST,
    "SmokeCluster": "fleet-staging",
    "SmokeTaskDefinition": "fleet-staging-smoke:7",
    "SmokeSecurityGroup": "sg-1",
    "SmokeSubnets": "subnet-1,subnet-2",
    "SmokePublicIp": "DISABLED",
    "SmokeLog": "/fleet-staging/smoke",
}
PLAN = Plan(
    image=DIGEST,
    cluster="fleet-staging",
    task_definition="fleet-staging-smoke:7",
    security_group="sg-1",
    subnets=("subnet-1", "subnet-2"),
    public_ip="DISABLED",
    log="/fleet-staging/smoke",
)
FULL = "Capacity is unavailable at this time. Please try again later"


class Scripted:
    """A cloud that gives its answers one by one, the last for ever."""

    def __init__(
        self,
        *looks: Task,
        outputs: Mapping[str, str] | NotDeployed = OUTPUTS,
        starts: tuple[str | NoCapacity | Refused, ...] = (TASK,),
        said: tuple[str, ...] = ('{"name": "Aatrox"}',),
    ) -> None:
        self._answers: dict[str, list[Any]] = {
            "look": [*looks],
            "start": [*starts],
            "said": [*said],
        }
        self._outputs = outputs
        self.stopped: list[str] = []
        self.waited_s = 0.0

    def outputs(self, stack: str) -> Mapping[str, str]:
        assert stack == "fleet-staging-services"
        if isinstance(self._outputs, NotDeployed):
            raise self._outputs
        return self._outputs

    def start(self, plan: Plan) -> str:
        assert plan == PLAN
        answer = self._next("start")
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    def look(self, plan: Plan, task: str) -> Task:
        assert (plan, task) == (PLAN, TASK)
        answer = self._next("look")
        assert isinstance(answer, Task)
        return answer

    def said(self, plan: Plan, task: str) -> str:
        assert (plan, task) == (PLAN, TASK)
        return str(self._next("said"))

    def stop(self, plan: Plan, task: str) -> None:
        assert plan == PLAN
        self.stopped.append(task)

    def wait(self, seconds: float) -> None:
        self.waited_s += seconds
        assert self.waited_s < 3600, "it waits for ever"

    def _next(self, what: str) -> object:
        answers = self._answers[what]
        return answers.pop(0) if len(answers) > 1 else answers[0]


def smoke(cloud: Scripted) -> int:
    arguments = ["staging", "--patience-s", "60"]
    return main(arguments, {}, cloud=lambda *_: cloud, wait=cloud.wait)


def test_the_answer_is_printed_and_progress_goes_elsewhere(
    capsys: pytest.CaptureFixture[str],
) -> None:
    looks = [Task("PROVISIONING"), Task("RUNNING"), Task("STOPPED", 0, "Essential")]
    cloud = Scripted(*looks)

    assert smoke(cloud) == 0
    out, err = capsys.readouterr()
    assert out == '{"name": "Aatrox"}\n'
    assert [line.removeprefix("smoke: ") for line in err.splitlines()] == [
        "task 0123456789abcdef",
        "PROVISIONING",
        "RUNNING",
        "STOPPED",
    ]
    assert not cloud.stopped


def test_a_log_that_comes_late_is_waited_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cloud = Scripted(Task("STOPPED", 0), said=("", "", "late"))

    assert smoke(cloud) == 0
    assert capsys.readouterr().out == "late\n"
    assert cloud.waited_s == 2 * EVERY_S


def test_a_log_that_never_comes_is_no_failure_of_the_call(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert smoke(Scripted(Task("STOPPED", 0), said=("",))) == 0
    assert "nothing in the log group /fleet-staging/smoke" in capsys.readouterr().err


PULL = (
    "CannotPullContainerError: pull image manifest has been retried 5 time(s):"
    " failed to resolve ref registry.example/grpc-fleet: not found"
)


@pytest.mark.parametrize(
    ("cloud", "said"),
    [
        pytest.param(
            Scripted(Task("PENDING"), Task("STOPPED", None, PULL)),
            f"failed: the task did not start: {PULL}",
            id="no-such-image",
        ),
        pytest.param(
            Scripted(Task("STOPPED", 78, "Essential"), said=("UNAVAILABLE",)),
            "failed: the call ended with 78 (gRPC status 14): UNAVAILABLE",
            id="the-server-is-not-there",
        ),
        pytest.param(
            Scripted(Task("STOPPED", 1), said=("",)),
            "failed: the call ended with 1: no word",
            id="ends-with-1-and-says-nothing",
        ),
        pytest.param(
            Scripted(Task("STOPPED", 0), starts=(NoCapacity(FULL),)),
            f"failed: the task was not placed: {FULL}",
            id="never-any-capacity",
        ),
        pytest.param(
            Scripted(Task("STOPPED", 0), starts=(Refused("ecs:RunTask", "no"),)),
            "failed: ecs:RunTask: no",
            id="not-allowed",
        ),
        pytest.param(
            Scripted(outputs=NotDeployed("fleet-staging-services", "is not deployed")),
            "failed: fleet-staging-services is not deployed",
            id="no-stack",
        ),
        pytest.param(
            Scripted(outputs={**OUTPUTS, "SmokeImage": "none"}),
            "failed: fleet-staging-services runs no image yet",
            id="no-image",
        ),
        pytest.param(
            Scripted(outputs={}),
            "has no output SmokeCluster, SmokeImage, SmokeLog",
            id="a-stack-from-before",
        ),
    ],
)
def test_a_failure_is_told_with_its_reason(
    cloud: Scripted, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert smoke(cloud) == 1
    out, err = capsys.readouterr()
    assert said in err
    assert not out
    assert not cloud.stopped


def test_a_task_that_never_ends_is_stopped_when_patience_is_over(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cloud = Scripted(Task("RUNNING"))

    assert smoke(cloud) == 1
    assert "the task was RUNNING after 60 s and was stopped" in capsys.readouterr().err
    assert cloud.stopped == [TASK]
    assert 60 - EVERY_S < cloud.waited_s <= 60


@pytest.mark.parametrize("code", [1, 64 + 14])
def test_a_service_that_is_still_coming_up_is_called_again(
    code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud = Scripted(Task("STOPPED", code, ""), Task("STOPPED", 0, ""))
    assert smoke(cloud) == 0
    assert f"ended with {code}" in capsys.readouterr().err


def test_nobody_at_all_is_a_failure_when_patience_is_over() -> None:
    cloud = Scripted(Task("STOPPED", 1, ""))
    assert smoke(cloud) == 1
    assert 30 <= cloud.waited_s <= 60


def test_a_refusal_is_not_asked_again() -> None:
    cloud = Scripted(Task("STOPPED", 64 + 5, ""), Task("STOPPED", 0, ""))
    assert smoke(cloud) == 1


def test_a_place_that_frees_itself_is_taken() -> None:
    cloud = Scripted(Task("STOPPED", 0), starts=(NoCapacity(FULL), TASK))

    assert smoke(cloud) == 0
    assert cloud.waited_s == EVERY_S


def test_waiting_for_a_place_and_for_the_end_share_one_patience() -> None:
    full = [NoCapacity(FULL)] * 10
    cloud = Scripted(Task("RUNNING"), starts=(*full, TASK))

    assert smoke(cloud) == 1
    assert cloud.waited_s <= 60


def test_a_task_is_stopped_when_somebody_loses_patience() -> None:
    cloud = Scripted(Task("RUNNING"))

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        main(["staging"], {}, cloud=lambda *_: cloud, wait=interrupted)
    assert cloud.stopped == [TASK]


def test_an_environment_that_is_none_is_bad_usage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["stagin"], {}) == 2
    assert "'stagin' is no environment; there is dev" in capsys.readouterr().err


def test_the_role_of_the_pipeline_and_the_region_of_the_file_are_used() -> None:
    seen: list[tuple[str, str]] = []
    cloud = Scripted(Task("STOPPED", 0))

    def made(region: str, role: str) -> Scripted:
        seen.append((region, role))
        return cloud

    assert main(["staging"], {"SMOKE_ROLE": "arn:x"}, cloud=made, wait=cloud.wait) == 0
    assert seen == [("eu-west-1", "arn:x")]


# What AWS answers, in the shapes that botocore's own model allows.


@pytest.fixture
def stubbed() -> Iterator[Callable[[str], tuple[Aws, Stubber]]]:
    open_stubs: list[Stubber] = []

    def make(service: str) -> tuple[Aws, Stubber]:
        client = boto3.client(
            service,  # type: ignore[call-overload]
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - nothing to protect
        )
        stub = Stubber(client)
        stub.activate()
        open_stubs.append(stub)
        return Aws(lambda _: client), stub

    yield make
    for stub in open_stubs:
        stub.assert_no_pending_responses()


Stubbed = Callable[[str], tuple[Aws, Stubber]]


def test_one_task_runs_on_fargate_where_the_outputs_say(stubbed: Stubbed) -> None:
    cloud, stub = stubbed("ecs")
    network = {
        "subnets": ["subnet-1", "subnet-2"],
        "securityGroups": ["sg-1"],
        "assignPublicIp": "DISABLED",
    }
    asked = {
        "cluster": "fleet-staging",
        "taskDefinition": "fleet-staging-smoke:7",
        "launchType": "FARGATE",
        "count": 1,
        "startedBy": "smoke",
        "networkConfiguration": {"awsvpcConfiguration": network},
    }
    stub.add_response("run_task", {"tasks": [{"taskArn": TASK}], "failures": []}, asked)

    assert cloud.start(PLAN) == TASK


@pytest.mark.parametrize(
    ("reason", "error"),
    [(FULL, NoCapacity), ("RESOURCE:ENI", NoCapacity), ("MISSING", Refused)],
)
def test_a_task_that_was_not_placed_is_no_task(
    stubbed: Stubbed, reason: str, error: type[Exception]
) -> None:
    cloud, stub = stubbed("ecs")
    stub.add_response("run_task", {"tasks": [], "failures": [{"reason": reason}]})

    with pytest.raises(error, match=reason):
        cloud.start(PLAN)


@pytest.mark.parametrize(
    ("code", "message", "error"),
    [
        ("ClientException", FULL, NoCapacity),
        ("AccessDeniedException", "not authorized", Refused),
    ],
)
def test_what_aws_refuses_is_told_in_our_words(
    stubbed: Stubbed, code: str, message: str, error: type[Exception]
) -> None:
    cloud, stub = stubbed("ecs")
    stub.add_client_error("run_task", code, message)

    with pytest.raises(error, match=message):
        cloud.start(PLAN)


@pytest.mark.parametrize(
    ("answer", "task"),
    [
        pytest.param(
            {"tasks": [], "failures": []}, Task("PENDING"), id="not-known-yet"
        ),
        pytest.param(
            {
                "tasks": [
                    {
                        "lastStatus": "STOPPED",
                        "stopCode": "TaskFailedToStart",
                        "stoppedReason": PULL,
                        "containers": [{"name": "call", "lastStatus": "STOPPED"}],
                    }
                ]
            },
            Task("STOPPED", None, PULL),
            id="failed-to-start",
        ),
        pytest.param(
            {
                "tasks": [
                    {
                        "lastStatus": "STOPPED",
                        "stopCode": "EssentialContainerExited",
                        "stoppedReason": "Essential container in task exited",
                        "containers": [
                            {"name": "call", "exitCode": 137, "reason": "OutOfMemory"}
                        ],
                    }
                ]
            },
            Task("STOPPED", 137, "Essential container in task exited; OutOfMemory"),
            id="killed",
        ),
    ],
)
def test_a_task_is_read_as_ecs_describes_it(
    stubbed: Stubbed, answer: dict[str, Any], task: Task
) -> None:
    cloud, stub = stubbed("ecs")
    asked = {"cluster": "fleet-staging", "tasks": [TASK]}
    stub.add_response("describe_tasks", answer, asked)

    assert cloud.look(PLAN, TASK) == task


def test_the_log_is_the_stream_of_this_very_task(stubbed: Stubbed) -> None:
    cloud, stub = stubbed("logs")
    asked = {
        "logGroupName": "/fleet-staging/smoke",
        "logStreamName": "call/call/0123456789abcdef",
        "startFromHead": True,
    }
    events = [{"message": "one"}, {"message": "two"}]
    stub.add_client_error("get_log_events", "ResourceNotFoundException", "no stream")
    stub.add_response("get_log_events", {"events": events}, asked)

    assert cloud.said(PLAN, TASK) == ""
    assert cloud.said(PLAN, TASK) == "one\ntwo"


def test_a_stack_that_is_not_there_is_not_deployed(stubbed: Stubbed) -> None:
    cloud, stub = stubbed("cloudformation")
    told = "Stack with id fleet-staging-services does not exist"
    stub.add_client_error("describe_stacks", "ValidationError", told)
    stub.add_client_error("describe_stacks", "ExpiredToken", "expired")

    with pytest.raises(NotDeployed):
        cloud.outputs("fleet-staging-services")
    with pytest.raises(Refused, match="ExpiredToken: expired"):
        cloud.outputs("fleet-staging-services")


def test_a_task_is_stopped_with_a_word(stubbed: Stubbed) -> None:
    cloud, stub = stubbed("ecs")
    asked = {"cluster": "fleet-staging", "task": TASK, "reason": ANY}
    stub.add_response("stop_task", {}, asked)

    cloud.stop(PLAN, TASK)


def test_an_emulated_aws_runs_looks_at_and_stops_a_task(tmp_path: Path) -> None:
    with aws(tmp_path) as account:
        client = account.client("ecs")
        client.create_cluster(clusterName=PLAN.cluster)
        container = {"name": "call", "image": DIGEST, "essential": True}
        client.register_task_definition(
            family="fleet-staging-smoke", containerDefinitions=[container]
        )
        plan = Plan(
            **{
                **{name: getattr(PLAN, name) for name in PLAN.__slots__},
                "task_definition": "fleet-staging-smoke",
            }
        )
        cloud = Aws(account.client)

        with pytest.raises(NotDeployed, match="is not deployed"):
            cloud.outputs("fleet-staging-services")
        task = cloud.start(plan)
        assert cloud.look(plan, task).status == "RUNNING"
        assert cloud.said(plan, task) == ""
        cloud.stop(plan, task)
        assert cloud.look(plan, task).over


# The template.


@pytest.fixture(scope="module", params=["dev", "staging"])
def template(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """A services stack with nothing but the game server and its smoke test."""
    values = load_values()
    (found,) = (each for each in values.environments if each.name == request.param)
    flags = json.loads(Path("infra/cdk/cdk.json").read_text())["context"]
    app = cdk.App(context=flags, analytics_reporting=False)
    base = NetworkStack(app, found)
    stack = cdk.Stack(app, f"{found.prefix}-services", env=found.place)
    repository = ecr.Repository.from_repository_name(stack, "Images", "grpc-fleet")
    ground = Ground(
        environment=found,
        cluster=ecs.Cluster(
            stack, "Cluster", cluster_name=found.prefix, vpc=base.network.vpc
        ),
        network=base.network,
        namespace=base.namespace,
        image=Image(stack, "Image", repository=repository, published="/fleet/x/image"),
    )
    recipe = Recipe(size=found.game_server, command=["x"], port=5000, probe=["y"])
    server = GrpcService(stack, "game-server", ground, recipe)
    Smoke(stack, "Smoke", ground, game_server=server, account="111111111111")
    return found.name, {**Template.from_stack(stack).to_json()}


def named(template: dict[str, Any], kind: str, part: str) -> dict[str, Any]:
    """Return the properties of the one resource of *kind* with *part* in its id."""
    (only,) = (
        content["Properties"]
        for name, content in template["Resources"].items()
        if content["Type"] == kind and part in name
    )
    found: dict[str, Any] = only
    return found


def test_the_call_is_the_one_of_the_manual_by_the_lookup_of_the_environment(
    template: tuple[str, dict[str, Any]],
) -> None:
    name, content = template
    (container,) = named(content, "AWS::ECS::TaskDefinition", "Smoke")[
        "ContainerDefinitions"
    ]

    targets = {
        "dev": "dns://game-server.dev.local:5000",
        "staging": "cloudmap://staging.local/game-server:5000",
    }
    program = ["python", "-m", "fleet.cli", "call"]
    call = ["rpc.Rpc/GetChampion", '{"champion_id": 1}']
    *before, target, method, request = container["Command"]
    assert [*before, method, request] == [*program, *call]
    assert target.partition("?")[0] == targets[name]
    assert container["Image"] == {"Ref": "ImageUri"}
    assert container["ReadonlyRootFilesystem"] is True


def test_the_outputs_are_what_the_command_reads(
    template: tuple[str, dict[str, Any]],
) -> None:
    _, content = template

    assert OUTPUTS.keys() <= content["Outputs"].keys()


def test_the_game_server_lets_the_smoke_test_in_on_its_port_only(
    template: tuple[str, dict[str, Any]],
) -> None:
    _, content = template
    group = named(content, "AWS::EC2::SecurityGroupIngress", "game")

    assert group["FromPort"] == group["ToPort"] == 5000
    assert "Smoke" in json.dumps(group["SourceSecurityGroupId"])


def test_only_the_deploy_project_of_the_pipeline_may_run_it(
    template: tuple[str, dict[str, Any]],
) -> None:
    name, content = template
    role = named(content, "AWS::IAM::Role", "SmokeRole")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]

    assert role["RoleName"] == f"fleet-smoke-{name}"
    assert trust["Principal"] == {"AWS": "arn:aws:iam::111111111111:root"}
    caller = f"arn:aws:iam::111111111111:role/fleet-deploy-{name}"
    assert trust["Condition"] == {"ArnEquals": {"aws:PrincipalArn": caller}}


def test_who_runs_it_may_run_nothing_else(
    template: tuple[str, dict[str, Any]],
) -> None:
    _, content = template
    policy = named(content, "AWS::IAM::Policy", "SmokeRole")["PolicyDocument"]
    may = {
        action: statement["Resource"]
        for statement in policy["Statement"]
        for action in (
            [statement["Action"]]
            if isinstance(statement["Action"], str)
            else statement["Action"]
        )
    }

    assert may.keys() == {
        "cloudformation:DescribeStacks",
        "ecs:RunTask",
        "ecs:DescribeTasks",
        "ecs:StopTask",
        "iam:PassRole",
        "logs:GetLogEvents",
    }
    assert "Smoke" in may["ecs:RunTask"]["Ref"], "this very revision"
    passed = {each["Fn::GetAtt"][0] for each in may["iam:PassRole"]}
    assert all("SmokeDefinition" in each for each in passed)
    assert "*" not in may.values()
