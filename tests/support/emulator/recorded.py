"""Types of resources that the emulator does not know: noted down, and nothing else."""

import uuid
from collections.abc import Mapping
from typing import Any

RECORDED: dict[str, tuple[str, ...]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": ("Id",),
    "AWS::ApplicationAutoScaling::ScalingPolicy": ("Arn",),
    "AWS::CodePipeline::Pipeline": ("Version",),
    "AWS::CodeConnections::Connection": ("ConnectionArn",),
    "AWS::CodeStarConnections::Connection": ("ConnectionArn",),
    "AWS::EC2::EIP": ("AllocationId", "PublicIp"),
    "AWS::EC2::EgressOnlyInternetGateway": ("Id",),
    "AWS::EC2::FlowLog": ("Id",),
    "AWS::EC2::NatGateway": ("NatGatewayId",),
    "AWS::EC2::SecurityGroupEgress": ("Id",),
    "AWS::EC2::SecurityGroupIngress": ("Id",),
    "AWS::ECS::ClusterCapacityProviderAssociations": (),
    "AWS::ElastiCache::ServerlessCache": (
        "ARN",
        "Endpoint.Address",
        "Endpoint.Port",
        "ReaderEndpoint.Address",
        "ReaderEndpoint.Port",
    ),
}
"""By type: what `Fn::GetAtt` can ask of it, as CloudFormation documents it."""

Made = tuple[str, dict[str, str]]


def recorder(attributes: tuple[str, ...]) -> dict[str, Any]:
    """Return handlers that give every resource a name and its attributes a value."""

    def create(logical_id: str, _props: Mapping[str, Any], stack_name: str) -> Made:
        name = f"{stack_name}-{logical_id}-{uuid.uuid4().hex[:8]}"
        return name, {key: _value(key, name) for key in attributes}

    def update(
        physical_id: str, _old: Mapping[str, Any], _new: Mapping[str, Any], _stack: str
    ) -> Made:
        return physical_id, {key: _value(key, physical_id) for key in attributes}

    def delete(_physical_id: str, _props: Mapping[str, Any]) -> None:
        """Forget it."""

    return {"create": create, "update": update, "delete": delete}


def _value(attribute: str, name: str) -> str:
    return "6379" if attribute.endswith("Port") else f"{name}.{attribute.lower()}"
