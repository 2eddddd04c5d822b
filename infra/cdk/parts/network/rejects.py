"""What was refused in the network, for those who look for the reason."""

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.cdk.parts.retention import at_the_end, retention
from infra.cdk.values import Environment


def log_rejects(scope: Construct, vpc: ec2.Vpc, environment: Environment) -> None:
    """Log connections that a security group refused, and no others.

    Accepted ones are most of the price (0.50 $ a GB) and tell little: each service
    logs its calls. CloudWatch encrypts what it keeps with a key of its own.
    """
    group = logs.LogGroup(
        scope,
        "Rejects",
        retention=retention(environment.log_days),
        removal_policy=at_the_end(environment),
    )
    vpc.add_flow_log(
        "Rejects",
        destination=ec2.FlowLogDestination.to_cloud_watch_logs(group),
        traffic_type=ec2.FlowLogTrafficType.REJECT,
    )
