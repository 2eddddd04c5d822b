"""Who may make the one call after a deploy."""

from aws_cdk import Stack, Token
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.cdk.parts.acknowledge import acknowledge
from infra.cdk.parts.ground import Ground
from infra.cdk.parts.pipeline import names


class SmokeRole(Construct):
    """What the pipeline's deploy project becomes to run the smoke test.

    It may run this very task definition in this cluster, look at and stop what runs
    there, and read the test's log.

    Args:
        scope: The smoke test.
        name: In it.
        ground: What the services stand on.
        definition: Of the task.
        log_name: The log group that the task writes to.
        account: Of the pipeline; maybe another one.
    """

    def __init__(  # noqa: PLR0913 - a role joins what others made
        self,
        scope: Construct,
        name: str,
        ground: Ground,
        *,
        definition: ecs.FargateTaskDefinition,
        log_name: str,
        account: str,
    ) -> None:
        super().__init__(scope, name)
        environment = ground.environment.name
        caller = f"arn:aws:iam::{account}:role/{names.deploy(environment)}"
        self._role = iam.Role(
            self,
            "Role",
            role_name=names.smoke_role(environment),
            description="Starts the smoke test, and reads how it ended",
            # By condition: a principal by ARN must exist when the role is made.
            assumed_by=iam.AccountPrincipal(account).with_conditions(
                {"ArnEquals": {"aws:PrincipalArn": caller}}
            ),
        )
        execution = definition.obtain_execution_role()
        here = {"ArnEquals": {"ecs:cluster": ground.cluster.cluster_arn}}
        # Asked for by its name; its ARN ends with an id that nobody knows.
        stack = self._arn("cloudformation", f"stack/{Stack.of(self).stack_name}/*")
        self._allow(["cloudformation:DescribeStacks"], stack)
        self._allow(["ecs:RunTask"], definition.task_definition_arn, only=here)
        # The ids of tasks and of their streams are not known beforehand.
        tasks = self._arn("ecs", f"task/{ground.environment.prefix}/*")
        streams = self._arn("logs", f"log-group:{log_name}:*")
        self._allow(["ecs:DescribeTasks", "ecs:StopTask"], tasks, only=here)
        self._allow(["logs:GetLogEvents"], streams)
        self._allow(["iam:PassRole"], definition.task_role.role_arn, execution.role_arn)

    def _allow(
        self,
        actions: list[str],
        *resources: str,
        only: dict[str, dict[str, str]] | None = None,
    ) -> None:
        self._role.add_to_policy(
            iam.PolicyStatement(
                actions=actions, resources=[*resources], conditions=only or {}
            )
        )

    def _arn(self, service: str, resource: str) -> str:
        """Return the ARN of more than one resource, and say so to cdk-nag."""
        stack = Stack.of(self)
        account = stack.account
        shown = "<AWS::AccountId>" if Token.is_unresolved(account) else account
        head, tail = f"arn:aws:{service}:{stack.region}", resource
        acknowledge(
            self,
            f"AwsSolutions-IAM5[Resource::{head}:{shown}:{tail}]",
            "what a task is called is known when it runs; the cluster, or the log, is"
            " this environment's own",
        )
        return f"{head}:{account}:{tail}"
