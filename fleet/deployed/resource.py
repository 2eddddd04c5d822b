"""One thing that CloudFormation makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a property names another resource, `Ref` or `Fn::GetAtt`."""

    stack: str
    logical_id: str
    attribute: str = ""
    """Empty: the resource itself."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that CloudFormation makes."""

    stack: str
    logical_id: str
    type: str
    """Such as `AWS::ECS::Service`."""
    properties: Mapping[str, Any]
    """With conditions decided, exports followed and references as `Reference`; other
    functions (`Fn::Join` ...) stay as they are."""
    path: str = ""
    """Of the construct, such as `fleet-dev-services/game-server/Service`."""
