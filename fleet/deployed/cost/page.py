"""A report inside a page of Markdown."""

from collections.abc import Sequence

from fleet.errors import BadInput

BEGIN, END = "<!-- fleet cost -->", "<!-- end of fleet cost -->"


def put(page: str, report: Sequence[str]) -> str:
    """Return *page* with *report* between its two marks, instead of what is there.

    Raises:
        BadInput: It has not each mark once, the first one first.
    """
    before, begin, rest = page.partition(BEGIN)
    old, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in old + after or END in before + after:
        raise BadInput("--into", f"the page needs one {BEGIN}, and then one {END}")
    return "\n".join([before + BEGIN, "```text", *report, "```", END + after])
