"""What every store refuses, before anything is written."""

import re
from collections.abc import Sequence

from ranking.board import MOST_NEIGHBOURS, MOST_ROWS
from ranking.entry import Submission, User
from ranking.errors import BadValue
from ranking.spec import MOST, BoardSpec

LONGEST_ID = 64
LONGEST_NAME = 200
LONGEST_GRADE = 32
LONGEST_REQUEST_ID = 128
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""They control terminals, and separate fields in the store."""


def check_submission(spec: BoardSpec, submission: Submission) -> None:
    """Raise `BadValue` for the first field of *submission* that is not allowed."""
    check_user_id(submission.user.user_id)
    _check_profile(spec, submission.user)
    _check_score(spec, submission.score)
    _check_text("request_id", submission.request_id, LONGEST_REQUEST_ID)


def check_user_id(user_id: str, field: str = "user.user_id") -> None:
    """Raise `BadValue` for a user id that is empty, too long or not text."""
    if not isinstance(user_id, str) or not user_id:
        raise BadValue(field, user_id, f"1 to {LONGEST_ID} bytes of UTF-8")
    _check_text(field, user_id, LONGEST_ID)


def check_user_ids(user_ids: Sequence[str]) -> None:
    """Raise `BadValue` for too many users, or one that cannot be."""
    if not 1 <= len(user_ids) <= MOST_ROWS:
        raise BadValue("user_ids", f"{len(user_ids)} users", f"1 to {MOST_ROWS}")
    for number, user_id in enumerate(user_ids):
        check_user_id(user_id, f"user_ids[{number}]")


def check_size(size: int) -> None:
    """Raise `BadValue` for a page size that is not allowed."""
    if not 1 <= size <= MOST_ROWS:
        raise BadValue("page_size", size, f"1 to {MOST_ROWS}")


def check_neighbours(neighbours: int) -> None:
    """Raise `BadValue` for a number of neighbours that is not allowed."""
    if not 0 <= neighbours <= MOST_NEIGHBOURS:
        raise BadValue("neighbours", neighbours, f"0 to {MOST_NEIGHBOURS}")


def _check_profile(spec: BoardSpec, user: User) -> None:
    _check_text("user.name", user.name, LONGEST_NAME)
    _check_text("user.grade", user.grade, LONGEST_GRADE)
    if spec.grades and user.grade and user.grade not in spec.grades:
        raise BadValue("user.grade", user.grade, f"one of {', '.join(spec.grades)}")


def _check_score(spec: BoardSpec, score: int) -> None:
    # A bool is an int to isinstance; a float, NaN included, is never rounded.
    if type(score) is not int:
        raise BadValue("score", score, "a whole number")
    # The bounds of a sum are those of the total, which the store knows.
    low, high = (-MOST, MOST) if spec.operator == "sum" else (spec.lowest, spec.highest)
    if not low <= score <= high:
        raise BadValue("score", score, f"{low} to {high}")


def _check_text(field: str, text: str, longest: int) -> None:
    if not isinstance(text, str):
        raise BadValue(field, text, "text")
    try:
        size = len(text.encode())
    except UnicodeEncodeError:  # half a surrogate pair
        raise BadValue(field, text, "text that UTF-8 can say") from None
    if size > longest:
        raise BadValue(field, f"{text[:20]}... of {size} bytes", f"{longest} bytes")
    if _CONTROL.search(text):
        raise BadValue(field, text, "no control characters")
