"""AWS, by boto3: the one file that knows it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.smoke.cloud import Task
from infra.smoke.errors import NoCapacity, NotDeployed, Refused
from infra.smoke.plan import Plan

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskTypeDef

CONTAINER = "call"
_FULL = ("capacity", "resource:")
"""Parts of the reasons that pass: docs.aws.amazon.com/AmazonECS/latest/developerguide/
api_failures_messages.html."""

Client = Callable[[str], Any]
"""Makes boto3's client of a service."""


def session(region: str, role: str = "") -> Client:
    """Return clients in *region*, of the credentials at hand or of *role*'s.

    Raises:
        Refused: The role may not be assumed.
    """
    own = boto3.Session(region_name=region)
    if not role:
        return own.client  # type: ignore[return-value]
    with _refused("sts:AssumeRole"):
        sts = own.client("sts")
        got = sts.assume_role(RoleArn=role, RoleSessionName="smoke")["Credentials"]
    become = boto3.Session(
        aws_access_key_id=got["AccessKeyId"],
        aws_secret_access_key=got["SecretAccessKey"],
        aws_session_token=got["SessionToken"],
        region_name=region,
    )
    return become.client  # type: ignore[return-value]


class Aws:
    """A `Cloud` by boto3's clients."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def outputs(self, stack: str) -> Mapping[str, str]:
        """Ask CloudFormation."""
        try:
            with _refused("cloudformation:DescribeStacks"):
                asked = self._client("cloudformation").describe_stacks(StackName=stack)
        except Refused as error:
            if "does not exist" in error.reason:
                raise NotDeployed(stack, "is not deployed") from error
            raise
        found = asked["Stacks"][0].get("Outputs", [])
        return {output["OutputKey"]: output["OutputValue"] for output in found}

    def start(self, plan: Plan) -> str:
        """Ask ECS for one task on Fargate, not on Spot."""
        with _refused("ecs:RunTask"):
            answer = self._client("ecs").run_task(
                cluster=plan.cluster,
                taskDefinition=plan.task_definition,
                launchType="FARGATE",
                count=1,
                startedBy="smoke",
                networkConfiguration={
                    "awsvpcConfiguration": {
                        "subnets": [*plan.subnets],
                        "securityGroups": [plan.security_group],
                        "assignPublicIp": plan.public_ip,
                    }
                },
            )
        if answer["tasks"]:
            return str(answer["tasks"][0]["taskArn"])
        raise _not_placed(answer.get("failures", []))

    def look(self, plan: Plan, task: str) -> Task:
        """Ask ECS, which may not know yet what it has just started."""
        with _refused("ecs:DescribeTasks"):
            answer = self._client("ecs").describe_tasks(
                cluster=plan.cluster, tasks=[task]
            )
        if not answer["tasks"]:
            return Task("PENDING")
        return _task(answer["tasks"][0])

    def said(self, plan: Plan, task: str) -> str:
        """Read the stream of the task; there is none until its first line."""
        stream = f"{CONTAINER}/{CONTAINER}/{task.rpartition('/')[2]}"
        try:
            with _refused("logs:GetLogEvents"):
                answer = self._client("logs").get_log_events(
                    logGroupName=plan.log, logStreamName=stream, startFromHead=True
                )
        except Refused as error:
            if "ResourceNotFoundException" in error.reason:
                return ""
            raise
        return "\n".join(event["message"] for event in answer["events"])

    def stop(self, plan: Plan, task: str) -> None:
        """Tell ECS."""
        with _refused("ecs:StopTask"):
            self._client("ecs").stop_task(
                cluster=plan.cluster, task=task, reason="the smoke test is over"
            )


def _not_placed(failures: list[Mapping[str, str]]) -> NoCapacity | Refused:
    told = "; ".join(failure.get("reason", "no reason") for failure in failures)
    full = any(part in told.lower() for part in _FULL)
    return NoCapacity(told) if full else Refused("ecs:RunTask", told or "no task")


def _task(seen: "TaskTypeDef") -> Task:
    containers = seen.get("containers", [])
    code = containers[0].get("exitCode") if containers else None
    reasons = [container.get("reason", "") for container in containers]
    told = [seen.get("stoppedReason", ""), *reasons]
    return Task(seen["lastStatus"], code, "; ".join(filter(None, told)))


@contextmanager
def _refused(action: str) -> Iterator[None]:
    """Turn what boto3 raises into ours."""
    try:
        yield
    except ClientError as error:
        told = error.response["Error"]
        code, message = told.get("Code", "?"), told.get("Message", "")
        if action == "ecs:RunTask" and "capacity" in message.lower():
            raise NoCapacity(message) from error
        raise Refused(action, f"{code}: {message}") from error
    except BotoCoreError as error:
        raise Refused(action, str(error)) from error
