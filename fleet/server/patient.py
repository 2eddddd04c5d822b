"""A log handler that never waits for its reader."""

import atexit
import logging
import os
import threading
from collections import deque
from typing import TextIO

WAITING = 10_000
"""Records that wait at most; what comes on top is dropped and counted."""
FLUSH_S = 1.0
"""For the last records, at the end of the process."""
PAUSE_S = 0.02
"""Between two turns of the thread: a busy process would else wake it for every line,
which costs more than the line."""


class Patient(logging.Handler):
    """Hands records to a thread of its own, which may block where a call must not.

    A reader that stops reading, a full disk or a stuck terminal would else stop
    the event loop, and with it health, drain and every call.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._fd = _fd(stream)
        self._records: deque[logging.LogRecord | bytes] = deque()
        self._dropped = 0
        self._news = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True, name="log")
        self._thread.start()
        atexit.register(self.close)

    def emit(self, record: logging.LogRecord) -> None:
        """Take *record*, or count it as dropped."""
        self.take(record)

    def take(self, record: logging.LogRecord | bytes) -> None:
        """Take *record*, or a line that is written already."""
        if len(self._records) >= WAITING:
            self._dropped += 1
            return
        self._records.append(record)
        if not self._news.is_set():
            self._news.set()

    def close(self) -> None:
        """Write what waits, for as long as `FLUSH_S`."""
        atexit.unregister(self.close)
        self._closing.set()
        self._news.set()
        self._thread.join(FLUSH_S)
        super().close()

    def _work(self) -> None:
        """Write at once what comes after a silence; then all of a moment together."""
        while not self._closing.is_set():
            self._news.wait()
            self._news.clear()  # before looking: what comes now is seen, or told again
            if not self._write_all():
                return
            self._closing.wait(PAUSE_S)
        self._write_all()

    def _write_all(self) -> bool:
        """Write every record that waits; tell whether somebody still reads."""
        lines = []
        while self._records:
            last = self._records.popleft()
            try:
                lines.append(last if isinstance(last, bytes) else self._line(last))
            except Exception:  # noqa: BLE001 - one bad record must not end the log
                self.handleError(logging.makeLogRecord(vars(last)))
        try:
            if lines:
                self._write(b"\n".join(lines))
            self._tell_of_the_dropped()
        except BrokenPipeError:
            return False
        except Exception:  # noqa: BLE001 - nor may a stream that fails for once
            self.handleError(logging.makeLogRecord({"msg": "log"}))
        return True

    def _tell_of_the_dropped(self) -> None:
        if self._dropped and not self._records:
            count, self._dropped = self._dropped, 0
            text = f"{count} log lines dropped: nobody read them in time"
            told = logging.LogRecord(__name__, logging.WARNING, "", 0, text, (), None)
            self._write(self._line(told))

    def _line(self, record: logging.LogRecord) -> bytes:
        return self.format(record).encode(errors="backslashreplace")

    def _write(self, lines: bytes) -> None:
        data = lines + b"\n"
        if self._fd is None:
            self._stream.write(data.decode())
            return
        # Not by the stream: a thread that is stuck in it would hold its lock,
        # and the interpreter dies on that lock when it ends.
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._fd, rest) :]


def _fd(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (AttributeError, OSError):  # not a file: a test's own stream
        return None
