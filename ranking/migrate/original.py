"""One row as the original system wrote it: `<userId>:<json {name, grade}>`."""

import json
from typing import NamedTuple

from ranking.entry import Submission, User
from ranking.errors import BadValue
from ranking.rules import check_submission
from ranking.spec import BoardSpec


class Unfit(Exception):
    """A row that no board can hold; the text says why."""


class Original(NamedTuple):
    """A row that can be taken over."""

    user: User
    score: int


def parse(spec: BoardSpec, member: bytes, score: bytes) -> Original:
    """Read a member and its score, which is refused rather than rounded.

    Raises:
        Unfit: It cannot be taken over as it is.
    """
    try:
        user_id, colon, text = member.decode().partition(":")
        profile = json.loads(text) if colon else None
    except ValueError as error:
        raise Unfit(f"not <userId>:<json>: {error}") from error
    if not isinstance(profile, dict):
        raise Unfit("not <userId>:<json>")
    name, grade = (profile.get(key) or "" for key in ("name", "grade"))
    number = float(score)
    if not number.is_integer():
        raise Unfit(f"the score {score.decode()} is not a whole number")
    try:
        check_submission(spec, Submission(User(user_id, name, grade), int(number)))
    except BadValue as error:
        raise Unfit(str(error)) from error
    return Original(User(user_id, name, grade), int(number))
