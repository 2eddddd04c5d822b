import io
import json
import logging
import os
import subprocess
import sys

import pytest

from fleet.server.logs import JsonLine, TextLine, configure
from fleet.server.patient import WAITING, Patient
from fleet.server.stamp import stamp

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
        logging.root.handlers[0].close()  # waits until it is written
    finally:
        logging.root.handlers[:] = before
        logging.root.setLevel(level)

    assert json.loads(stream.getvalue())["message"] == "hello"


def test_a_reader_that_stops_reading_stops_nobody() -> None:
    read, write = os.pipe()
    with os.fdopen(write, "w") as stream:
        handler = Patient(stream)
        handler.setFormatter(logging.Formatter("%(message)s"))
        line = logging.LogRecord("fleet", logging.INFO, "", 0, "x" * 1000, (), None)
        for _ in range(WAITING + 1000):  # more than pipe and queue take
            handler.emit(line)
        with os.fdopen(read) as reader:
            first = reader.readline()
            assert first == "x" * 1000 + "\n"
            dropped = next(text for text in reader if "dropped" in text)
            assert "nobody read them in time" in dropped
        handler.close()


def test_one_bad_record_does_not_end_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = io.StringIO()
    handler = Patient(stream)
    for text, arguments in (("%y", (1,)), ("good", ())):  # no such format: ValueError
        handler.emit(
            logging.LogRecord("fleet", logging.INFO, "", 0, text, arguments, None)
        )
    handler.close()

    assert stream.getvalue() == "good\n"
    assert "unsupported format character" in capsys.readouterr().err


def test_a_closed_stderr_is_no_reason_to_die() -> None:
    code = "import sys; sys.stderr = None; from fleet.server.logs import configure; "
    code += "configure('auto'); import logging; logging.error('to nobody')"
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000+00:00"),
        (1795287971.2949, "2026-11-21T19:06:11.294+00:00"),
        (1795287971.9999, "2026-11-21T19:06:11.999+00:00"),
        (1795287972.0, "2026-11-21T19:06:12.000+00:00"),
    ],
)
def test_a_line_says_when(seconds: float, text: str) -> None:
    assert stamp(seconds) == text
