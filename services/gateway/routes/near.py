"""The route that was probably meant."""

import difflib
import itertools
from collections.abc import Iterable

from services.gateway.routes.rule import Rule

_LONGEST = 40
"""Characters of a segment that are compared: a hint is worth little time."""
_MOST = 100
"""Rules that are compared, for the same reason."""
_ALIKE = 0.6
"""As much must two segments have in common, from 0 to 1; difflib's own default."""


def near(rules: Iterable[Rule], verb: str, path: str) -> str:
    """Return "; did you mean GET /v1/things?", or "" where nothing is near."""
    asked = path.strip("/").split("/")
    best, choice = 0.0, None
    same = (rule for rule in rules if rule.template.count("/") == len(asked))
    for rule in itertools.islice(same, _MOST):
        alike = _alike(rule.template.strip("/").split("/"), asked)
        alike -= 0.01 * (rule.verb != verb)
        if alike > best:
            best, choice = alike, rule
    return f"; did you mean {choice.verb} {choice.template}?" if choice else ""


def _alike(segments: list[str], asked: list[str]) -> float:
    """Tell how alike they are, from 0 to 1; 0 where one segment is not."""
    least = 1.0
    for segment, ours in zip(segments, asked, strict=False):
        if segment.startswith(("{", "*")) or segment == ours:
            continue
        pair = difflib.SequenceMatcher(None, segment[:_LONGEST], ours[:_LONGEST])
        if pair.real_quick_ratio() < _ALIKE or pair.ratio() < _ALIKE:
            return 0.0
        least = min(least, pair.ratio())
    return least
