"""Log records as lines: for people on a terminal, for machines elsewhere."""

import json
import logging
import sys
from collections.abc import Callable
from datetime import datetime
from typing import TextIO

from fleet.server.patient import Patient
from fleet.server.stamp import stamp

# A value from the outside must not start a line of its own, nor move a
# terminal's cursor. C0, DEL, C1 and the two line ends of Unicode.
_CONTROLS = {
    code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"  # noqa: PLR2004 - one byte
    for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
}

# Kept: json.dumps would make an encoder for each line.
_encode = json.JSONEncoder(default=str, separators=(",", ":")).encode


CALLS = ("fleet.call", "gateway.access")
"""The loggers that have a line for each call: at WARNING for one that failed."""


def configure(form: str, stream: TextIO | None = None, *, calls: str = "all") -> None:
    """Send every record of the process to *stream*, one line each.

    Args:
        form: text, json, or auto: text where *stream* is a terminal.
        stream: stderr, unless given.
        calls: all, or failed: no line for a call that went well.
    """
    for name in CALLS:
        quiet = logging.WARNING if calls == "failed" else logging.NOTSET
        logging.getLogger(name).setLevel(quiet)
    # Looked up for every record, and in none of our lines.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # noqa: SLF001 - as its documentation advises
    stream = stream or sys.stderr
    if stream is None:  # closed by whoever started us: there is nobody to tell
        logging.basicConfig(handlers=[logging.NullHandler()], force=True)
        return
    text = stream.isatty() if form == "auto" else form == "text"
    handler = Patient(stream)
    handler.setFormatter(TextLine() if text else JsonLine())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def json_lines() -> Callable[[bytes], None] | None:
    """Return what takes a JSON line that is written already; None: not here.

    For whoever logs so much that a record of `logging` costs too much. Only where
    the log is JSON, and is ours alone: else a record is what its readers expect.
    """
    handlers = logging.root.handlers
    if len(handlers) != 1 or not isinstance(handlers[0], Patient):
        return None
    return handlers[0].take if isinstance(handlers[0].formatter, JsonLine) else None


class TextLine(logging.Formatter):
    """`12:00:00.000 INFO message`; a trace follows, indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the lines of the trace if there is one."""
        at = datetime.fromtimestamp(record.created).astimezone()
        message = record.getMessage().translate(_CONTROLS)
        line = (
            f"{at:%H:%M:%S}.{at.microsecond // 1000:03d} {record.levelname} {message}"
        )
        if not record.exc_info:
            return line
        trace = self.formatException(record.exc_info).splitlines()
        return "\n    ".join([line, *(part.translate(_CONTROLS) for part in trace)])


class JsonLine(logging.Formatter):
    """One JSON object a line, with the record's own fields beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; JSON itself escapes what could break it."""
        entry = {
            "time": stamp(record.created),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return _encode(entry)
