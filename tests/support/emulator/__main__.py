"""`python -m tests.support.emulator`: MiniStack, and what our stacks need beyond it."""

from collections.abc import Callable
from typing import Any

from ministack.app import main
from ministack.services.cloudformation import provisioners

from tests.support.emulator.breaker import tripping
from tests.support.emulator.recorded import RECORDED, recorder

Attributes = Callable[[dict[str, Any]], dict[str, str]]
MISSING: dict[str, Attributes] = {
    "AWS::EC2::VPC": lambda props: {"CidrBlock": props["CidrBlock"]},
    "AWS::ElastiCache::ReplicationGroup": lambda _: {
        "ConfigurationEndPoint.Address": "store.example",
        "ConfigurationEndPoint.Port": "6379",
    },
}
"""What CloudFormation documents and the emulator does not answer."""


def _complete(handlers: dict[str, dict[str, Any]]) -> None:
    for kind, attributes in RECORDED.items():
        handlers.setdefault(kind, recorder(attributes))
    service = handlers["AWS::ECS::Service"]
    service["update"] = tripping(service["update"])
    alarm = handlers["AWS::CloudWatch::Alarm"]
    handlers["AWS::CloudWatch::Alarm"] = _unless_math(alarm)
    for kind, more in MISSING.items():
        handlers[kind]["create"] = _with(handlers[kind]["create"], more)


def _unless_math(alarm: dict[str, Any]) -> dict[str, Any]:
    """Note an alarm on metric math down; the emulator knows plain metrics only."""
    recorded = recorder(("Arn",))

    def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:  # noqa: ANN401
        handler = recorded if "Metrics" in props else alarm
        return handler["create"](logical_id, props, stack_name)

    def update(physical_id: str, old: Any, new: dict[str, Any], *more: str) -> Any:  # noqa: ANN401
        if "Metrics" in new:
            return recorded["update"](physical_id, old, new, *more[:1])
        return alarm["update"](physical_id, old, new, *more)

    return {**alarm, "create": create, "update": update}


def _with(create: Any, attributes: Attributes) -> Any:  # noqa: ANN401 - as the emulator has it
    """Answer `Fn::GetAtt` for more *attributes* of what *create* makes."""

    def made(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:  # noqa: ANN401
        physical_id, known = create(logical_id, props, stack_name)
        return physical_id, {**attributes(props), **known}

    return made


_complete(provisioners._RESOURCE_HANDLERS)  # noqa: SLF001 - it has no other way in
main()
