"""Numbers as they are typed."""

import argparse
import re

_WHOLE = re.compile(r"[+-]?[0-9]{1,5000}", re.ASCII)
MOST = 2**53
"""Of a score, as the service takes it."""
_DIGITS = len(str(MOST))


def whole(text: str) -> int:
    """Parse a whole number of at most 2^53 either way; nothing is rounded.

    Raises:
        ValueError: It is none, or too large; the text says which.
    """
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a whole number")
    # Python reads numbers of 4,300 digits at most, zeros in front included.
    digits = text.lstrip("+-0")
    if len(digits) > _DIGITS or int(digits or 0) > MOST:
        raise ValueError(f"{text[:40]} is not in {-MOST} to {MOST}")
    return -int(digits or 0) if text.startswith("-") else int(digits or 0)


def typed_whole(text: str) -> int:
    """Parse a score that was typed; argparse makes a usage error of the failure."""
    try:
        return whole(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


class Between:
    """Parses a whole number from *least* to *most* that was typed."""

    def __init__(self, least: int, most: int) -> None:
        self.least = least
        self.most = most

    def __call__(self, text: str) -> int:
        """Parse *text*; argparse makes a usage error of the failure."""
        number = typed_whole(text)
        if not self.least <= number <= self.most:
            problem = f"{text} is not {self.least} to {self.most}"
            raise argparse.ArgumentTypeError(problem)
        return number
