"""ECS takes a deploy back whose tasks do not start, and CloudFormation follows."""

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import ecs

BAD = "0" * 64
"""The digest of an image that cannot be started."""
TRIPPED = (
    'Resource handler returned message: "Error occurred during operation'
    " 'ECS Deployment Circuit Breaker was triggered'.\" (HandlerErrorCode:"
    " GeneralServiceException)"
)
"""As CloudFormation shows it on AWS."""

Update = Callable[[str, Mapping[str, Any], Mapping[str, Any], str], Any]


def tripping(update: Update) -> Update:
    """Return *update* of a service, which fails with a `BAD` image."""

    def guarded(
        physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str
    ) -> Any:  # noqa: ANN401 - as the emulator has it
        task = ecs._task_defs.get(str(new.get("TaskDefinition")).rsplit("/", 1)[-1], {})  # noqa: SLF001 - its own store
        images = [each["image"] for each in task.get("containerDefinitions", ())]
        if any(image.endswith(BAD) for image in images):
            raise ValueError(TRIPPED)
        return update(physical_id, old, new, stack)

    return guarded
