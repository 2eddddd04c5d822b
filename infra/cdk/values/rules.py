"""The shapes that several values share."""

import re

ACCOUNT = re.compile(r"(\d{12})?")
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
NAME = re.compile(r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?")


class Problems(list[str]):
    """What is wrong so far."""

    def unless(self, fine: bool, field: str, value: object, allowed: str) -> None:  # noqa: FBT001 - the condition reads first
        """Note that *field* is not what is allowed."""
        if not fine:
            self.append(f"{field} is {value!r}, allowed is {allowed}")

    def end(self) -> None:
        """Raise `ValueError` with all of it, one problem a line."""
        if self:
            raise ValueError("\n".join(self))
