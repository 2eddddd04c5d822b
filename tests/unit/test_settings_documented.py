"""docs/operations.md has every setting with its default, and no other."""

import ast
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

import fleet
from fleet.client.config import ChannelConfig
from fleet.server.settings import ServerSettings
from services.gateway.settings import GatewaySettings

DOCS = Path(__file__).parents[2] / "docs"
SECTION = re.compile(r"\n### Every setting\n(.*?)\n##? ", re.DOTALL)
TABLE = re.compile(r"#### `(\w+)`\n(.*?)(?=\n####|\Z)", re.DOTALL)
ROW = re.compile(r"\| `(\w+)` \| ([^|]+) \|[^|]*\|[^|]*\|")
RANDOM = "random"
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)

Rows = dict[str, str]
"""A default as it is written, by the name of the setting."""


def tables(page: str) -> dict[str, Rows]:
    """Return what *page* says of each class of settings."""
    found = SECTION.search(page)
    assert found, "there is no section"
    return {name: dict(_rows(text)) for name, text in TABLE.findall(found.group(1))}


def _rows(text: str) -> Iterator[tuple[str, str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    for line in lines[2:]:  # below the head and its rule
        row = ROW.fullmatch(line)
        assert row, f"cannot be read: {line}"
        yield row[1], row[2]


def parts(config: type[Any]) -> dict[str, type[Any]]:
    """Return *config* and every dataclass in its fields, and in theirs, by name."""
    found = {config.__name__: config}
    for hint in get_type_hints(config).values():
        for kind in (hint, *get_args(hint)):
            if isinstance(kind, type) and dataclasses.is_dataclass(kind):
                found |= parts(kind)
    return found


def defaults(config: type[Any]) -> Rows:
    """Return what the table of *config* must say."""
    return {field.name: _default(field) for field in dataclasses.fields(config)}


def numbers(policy: type[Any]) -> Rows:
    """Return what the table of *policy* must say: its clock is no setting."""
    found = [
        f for f in dataclasses.fields(policy) if isinstance(f.default, int | float)
    ]
    return {field.name: _default(field) for field in found}


def _default(field: "dataclasses.Field[Any]") -> str:
    factory, value = field.default_factory, field.default
    if isinstance(factory, type):
        return f"`{factory.__name__}()`"
    if factory is not dataclasses.MISSING:
        return RANDOM
    if value is dataclasses.MISSING:
        return "required"
    if isinstance(value, type):
        return f"`{value.__name__}`"
    return f"`{value!r}`".replace("''", '""')


def variables(
    settings: type[Any], prefix: str, only: str | tuple[str, ...] = ""
) -> Rows:
    """Return what the table of *settings*, read from the environment, must say."""
    return {
        prefix + field.name.upper(): _variable(field.default)
        for field in dataclasses.fields(settings)
        if field.name.startswith(only)
    }


def _variable(value: object) -> str:
    if value in ("", None):
        return "none"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


WANTED: dict[str, Rows] = {
    **{name: defaults(part) for name, part in sorted(parts(ChannelConfig).items())},
    "PeakEwma": numbers(fleet.PeakEwma),
    "ServerSettings": variables(ServerSettings, "FLEET_"),
    "GatewaySettings": variables(GatewaySettings, "GATEWAY_", only=("zone", "tls_")),
}


@pytest.mark.parametrize("name", WANTED)
def test_every_setting_is_there_with_its_default(name: str) -> None:
    written = tables((DOCS / "operations.md").read_text())

    assert written.get(name) == WANTED[name]


def test_there_is_no_table_of_anything_else() -> None:
    assert set(tables((DOCS / "operations.md").read_text())) == set(WANTED)


def test_the_parts_are_found_however_deep() -> None:
    assert {"RetryConfig", "HedgeConfig", "TlsFiles"} < WANTED.keys()


def test_a_wrong_default_a_missing_row_and_a_strange_one_are_seen() -> None:
    page = (DOCS / "operations.md").read_text()
    row = "| `keepalive_s` | `0.5` |"
    assert row in page

    for other in ("| `keepalive_s` | `0.6` |", "| `keepalive` | `0.5` |"):
        changed = tables(page.replace(row, other))
        assert changed["ConnectionConfig"] != WANTED["ConnectionConfig"]


@pytest.mark.parametrize("page", ["client.md", "tls.md", "telemetry.md"])
def test_what_the_docs_configure_can_be_configured(page: str) -> None:
    blocks = BLOCK.findall((DOCS / page).read_text())
    assert blocks

    for block in blocks:
        given: dict[str, Any] = {"fleet": fleet}
        code = compile(block, page, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        if "await " not in block and "async with" not in block:  # needs a fleet
            exec(code, given)  # noqa: S102 - our own documents
