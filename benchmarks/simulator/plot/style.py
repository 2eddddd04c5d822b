"""The look, by day and by night, and what every picture begins with."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

_DAY = {
    "paper": "#ffffff",
    "ink": "#1d2b3a",
    "faint": "#55606e",
    "grid": "#dde3ea",
    "shade": "#fdf0e4",
    "other": "#c3ccd6",
    "ours": "#3a8a3f",
    "theirs": "#3b6fb6",
}
_NIGHT = {
    "paper": "#0f151c",
    "ink": "#e8eef5",
    "faint": "#a9b6c4",
    "grid": "#26303b",
    "shade": "#2e2211",
    "other": "#46525f",
    "ours": "#5fb668",
    "theirs": "#6f9fe0",
}


def head(width: float, height: float, title: str, description: str) -> Iterator[str]:
    """Yield the beginning of a picture, with its words for those who cannot see it."""
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
        ' role="img" aria-labelledby="title desc">'
    )
    yield f'<title id="title">{escape(title)}</title>'
    yield f'<desc id="desc">{escape(description)}</desc>'
    yield f"<style>{_css()}</style>"
    yield f'<rect class="paper" width="{width:g}" height="{height:g}"/>'


def _css() -> str:
    shape = (
        "text{font-family:Helvetica,Arial,'Liberation Sans',sans-serif}"
        ".bold{font-weight:bold}"
        "path{fill:none;stroke-linejoin:round}"
        ".grid,.other{stroke-width:1}"
        ".ours,.theirs,.dot{stroke-width:2.2}"
    )
    night = _rules(_NIGHT)
    return f"{shape}{_rules(_DAY)}@media (prefers-color-scheme:dark){{{night}}}"


def _rules(colours: dict[str, str]) -> str:
    lines = ("grid", "other", "ours", "theirs")
    return "".join(
        [
            f".paper{{fill:{colours['paper']}}}",
            f".shade{{fill:{colours['shade']}}}",
            f"text{{fill:{colours['ink']}}}",
            f"text.faint{{fill:{colours['faint']}}}",
            *(f".{name}{{stroke:{colours[name]}}}" for name in lines),
            *(
                f".dot.{name}{{fill:{colours['paper']};stroke:{colours[name]}}}"
                for name in lines[1:]
            ),
            f".dot.ours{{fill:{colours['ours']}}}",
        ]
    )
