"""`python -m tests.support.emulator`: MiniStack, and what our stacks need beyond it."""

from typing import Any

from ministack.app import main
from ministack.services.cloudformation import provisioners

from tests.support.emulator.breaker import tripping
from tests.support.emulator.recorded import RECORDED, recorder


def _complete(handlers: dict[str, dict[str, Any]]) -> None:
    for kind, attributes in RECORDED.items():
        handlers.setdefault(kind, recorder(attributes))
    service = handlers["AWS::ECS::Service"]
    service["update"] = tripping(service["update"])
    vpc = handlers["AWS::EC2::VPC"]
    vpc["create"] = _with_range(vpc["create"])


def _with_range(create: Any) -> Any:  # noqa: ANN401 - as the emulator has it
    """Answer `Fn::GetAtt CidrBlock` of a VPC too."""

    def made(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:  # noqa: ANN401
        physical_id, attributes = create(logical_id, props, stack_name)
        return physical_id, {"CidrBlock": props["CidrBlock"], **attributes}

    return made


_complete(provisioners._RESOURCE_HANDLERS)  # noqa: SLF001 - it has no other way in
main()
