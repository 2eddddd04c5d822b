"""The look, by day and by night."""

from typing import NamedTuple


class Look(NamedTuple):
    """Colours."""

    plain: dict[str, str]
    boxes: dict[str, tuple[str, str, str]]
    """The inside, the border, the text."""


_DAY = Look(
    {
        "paper": "#ffffff",
        "ink": "#1d2b3a",
        "faint": "#55606e",
        "frame": "#9aa7b5",
    },
    {
        "blue": ("#f2f6fc", "#3b6fb6", "#1d3f72"),
        "green": ("#eef8ee", "#3a8a3f", "#1f5523"),
        "orange": ("#fdf3e4", "#c77d12", "#7a4b08"),
        "purple": ("#f6f0fa", "#7b4aa3", "#4b2a68"),
        "red": ("#fdf0f0", "#c0504d", "#7c2320"),
        "grey": ("#f5f6f8", "#77838f", "#3a4652"),
    },
)
_NIGHT = Look(
    {
        "paper": "#0f151c",
        "ink": "#e8eef5",
        "faint": "#a9b6c4",
        "frame": "#5b6875",
    },
    {
        "blue": ("#152238", "#6f9fe0", "#b9d3f7"),
        "green": ("#13281a", "#5fb668", "#bfe6c3"),
        "orange": ("#2e2211", "#e0a040", "#f5d9a8"),
        "purple": ("#251a33", "#b08ad6", "#dcc8f0"),
        "red": ("#321818", "#e0807d", "#f5c4c2"),
        "grey": ("#1b222b", "#8a97a5", "#cdd6df"),
    },
)


def css() -> str:
    """Return the rules for both."""
    shape = (
        "text{font-family:Helvetica,Arial,'Liberation Sans',sans-serif}"
        ".bold{font-weight:bold}"
        ".frame{fill:none;stroke-width:1.5;stroke-dasharray:3 4}"
        ".strong>rect{stroke-width:3}"
        ".zone{stroke-width:.8}"
        "path{fill:none;stroke-width:1.8}"
        "path.asks,path.leads{stroke-dasharray:6 5}"
    )
    return (
        f"{shape}{_rules(_DAY)}@media (prefers-color-scheme:dark){{{_rules(_NIGHT)}}}"
    )


def _rules(look: Look) -> str:
    plain, boxes = look
    rules = [
        f".paper,.mask{{fill:{plain['paper']}}}",
        f"text{{fill:{plain['ink']}}}",
        f"text.faint{{fill:{plain['faint']}}}",
        f".frame{{stroke:{plain['frame']}}}",
    ]
    for name, (fill, stroke, ink) in boxes.items():
        rules.append(f".{name}>rect{{fill:{fill};stroke:{stroke}}}")
        rules.append(f".{name}>text{{fill:{ink}}}")
    line = {name: stroke for name, (_, stroke, _) in boxes.items()}
    rules += [
        f".green>.zone{{fill:{plain['paper']};stroke:{line['green']}}}",
        f".runs{{fill:{line['green']}}}",
        f".spot{{fill:{line['orange']}}}",
        f".may{{fill:none;stroke:{line['green']}}}",
        f"path.may,path.leads{{stroke:{line['blue']}}}",
        f"path.asks{{stroke:{line['purple']}}}",
        f"path.tip-may{{fill:{line['blue']};stroke:none}}",
        f"path.tip-asks{{fill:{line['purple']};stroke:none}}",
    ]
    return "".join(rules)
