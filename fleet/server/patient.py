"""A log handler that never waits for its reader."""

import atexit
import logging
import os
import queue
import threading
from typing import TextIO

WAITING = 10_000
"""Records that wait at most; what comes on top is dropped and counted."""
FLUSH_S = 1.0
"""For the last records, at the end of the process."""


class Patient(logging.Handler):
    """Hands records to a thread of its own, which may block where a call must not.

    A reader that stops reading, a full disk or a stuck terminal would else stop
    the event loop, and with it health, drain and every call.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._fd = _fd(stream)
        self._records: queue.Queue[logging.LogRecord | None] = queue.Queue(WAITING)
        self._dropped = 0
        self._thread = threading.Thread(target=self._work, daemon=True, name="log")
        self._thread.start()
        atexit.register(self.close)

    def emit(self, record: logging.LogRecord) -> None:
        """Take *record*, or count it as dropped."""
        try:
            self._records.put_nowait(record)
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Write what waits, for as long as `FLUSH_S`."""
        atexit.unregister(self.close)
        try:
            self._records.put(None, timeout=FLUSH_S)
        except queue.Full:
            pass
        else:
            self._thread.join(FLUSH_S)
        super().close()

    def _work(self) -> None:
        while (record := self._records.get()) is not None:
            try:
                self._write(self.format(record))
                self._tell_of_the_dropped(record)
            except BrokenPipeError:  # nobody reads any more
                return
            except Exception:  # noqa: BLE001 - one bad record must not end the log
                self.handleError(record)

    def _tell_of_the_dropped(self, last: logging.LogRecord) -> None:
        if self._dropped and self._records.empty():
            count, self._dropped = self._dropped, 0
            text = f"{count} log lines dropped: nobody read them in time"
            self._write(
                self.format(
                    logging.LogRecord(last.name, logging.WARNING, "", 0, text, (), None)
                )
            )

    def _write(self, line: str) -> None:
        data = f"{line}\n"
        if self._fd is None:
            self._stream.write(data)
            return
        # Not by the stream: a thread that is stuck in it would hold its lock,
        # and the interpreter dies on that lock when it ends.
        rest = memoryview(data.encode(errors="backslashreplace"))
        while rest:
            rest = rest[os.write(self._fd, rest) :]


def _fd(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (AttributeError, OSError):  # not a file: a test's own stream
        return None
