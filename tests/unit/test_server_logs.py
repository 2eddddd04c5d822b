import io
import json
import logging
import sys

import pytest

from fleet.server.logs import JsonLine, TextLine, configure

HOSTILE = "a\r\nFAKE INFO all is well\x1b[2J\x7f\x85\u2028\u2029b\x00"


def record(message: str, **fields: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"msg": "%s", "args": (message,), "levelname": "INFO"})
    made.fields = fields
    return made


@pytest.mark.parametrize("formatter", [TextLine(), JsonLine()])
def test_a_value_from_outside_stays_on_its_line(formatter: logging.Formatter) -> None:
    line = formatter.format(record(HOSTILE, peer=HOSTILE))

    assert len(line.splitlines()) == 1
    assert all(char.isprintable() for char in line)


def test_json_gives_back_what_was_logged() -> None:
    entry = json.loads(JsonLine().format(record(HOSTILE, peer=HOSTILE)))

    assert (entry["message"], entry["peer"]) == (HOSTILE, HOSTILE)


@pytest.mark.parametrize("formatter", [TextLine(), JsonLine()])
def test_a_trace_cannot_pose_as_another_record(formatter: logging.Formatter) -> None:
    made = record("bug")
    try:
        int(HOSTILE)
    except ValueError:
        made.exc_info = sys.exc_info()
    made.exc_text = None

    _, *rest = formatter.format(made).splitlines()

    assert all(line.startswith("    ") for line in rest)


def test_auto_is_json_where_nobody_looks() -> None:
    stream, before = io.StringIO(), logging.root.handlers[:]
    level = logging.root.level
    try:
        configure("auto", stream)
        logging.getLogger("fleet.test").info("hello")
    finally:
        logging.root.handlers[:] = before
        logging.root.setLevel(level)

    assert json.loads(stream.getvalue())["message"] == "hello"
