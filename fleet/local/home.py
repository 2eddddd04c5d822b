"""The state folder of a running fleet, and the lock that makes it the only one."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fleet.errors import AlreadyRunning, BadInput
from fleet.local.private import locked, private_folder

LONGEST_SOCKET_PATH = 103
"""Bytes; macOS allows 104 with the closing zero, Linux 108."""


@dataclass(frozen=True, slots=True)
class Home:
    """A folder that belongs to one user; nothing in it outlives the fleet."""

    path: Path

    @property
    def socket(self) -> Path:
        """Where commands reach the fleet."""
        return self.path / "control.sock"

    @property
    def store(self) -> Path:
        """Where tasks reach the store."""
        return self.path / "store.sock"

    @property
    def tls(self) -> Path:
        """Where certificates and keys are, in a fleet that has them."""
        return self.path / "tls"

    @property
    def logs(self) -> Path:
        """Where tasks' logs are kept."""
        return self.path / "fleet-logs"

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Own the folder for the length of the block; it is gone afterwards.

        What a killed supervisor has left there is removed first.

        Raises:
            AlreadyRunning: A fleet holds it.
            BadInput: The folder is not private to us, or its path is too long.
        """
        lock = self._lock()
        try:
            self._clear()
            self._sign(lock)
            yield
        finally:
            # While the lock is still held: a fleet that waits for it finds
            # another file in its place, and tries again.
            self._clear()
            self._lock_file.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self.path.rmdir()
            os.close(lock)

    def _sign(self, lock: int) -> None:
        since = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
        try:
            self.logs.mkdir()
            os.write(lock, json.dumps({"pid": os.getpid(), "since": since}).encode())
        except OSError as error:
            what = f"the state folder {self.path}"
            raise BadInput(what, error.strerror or str(error)) from error

    @property
    def is_gone(self) -> bool:
        """Whether the fleet that was here has ended in good order."""
        return not self._lock_file.exists()

    @property
    def _lock_file(self) -> Path:
        return self.path / "lock"

    def _lock(self) -> int:
        while True:
            self._make()
            lock = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
            if not locked(lock):
                owner = _owner(lock)
                os.close(lock)
                raise owner
            if self._is_current(lock):
                os.ftruncate(lock, 0)
                return lock
            os.close(lock)

    def _is_current(self, lock: int) -> bool:
        try:
            return os.path.samestat(os.fstat(lock), self._lock_file.stat())
        except FileNotFoundError:
            return False

    def _make(self) -> None:
        what = f"the state folder {self.path}"
        longest = max(len(os.fsencode(path)) for path in (self.socket, self.store))
        if longest > LONGEST_SOCKET_PATH:
            raise BadInput(
                what, "the path is too long for a socket; give a short --home"
            )
        private_folder(self.path, what, "--home")
        # What is there will be deleted: never take somebody's documents for ours.
        strange = {entry.name for entry in self.path.iterdir()} - self._ours
        if strange:
            raise BadInput(what, f"is in use for other things ({min(strange)})")

    @property
    def _ours(self) -> set[str]:
        sockets = {self.socket.name, self.store.name}
        return {self._lock_file.name, self.logs.name, self.tls.name, *sockets}

    def _clear(self) -> None:
        self.socket.unlink(missing_ok=True)
        self.store.unlink(missing_ok=True)
        shutil.rmtree(self.logs, ignore_errors=True)
        shutil.rmtree(self.tls, ignore_errors=True)


def _owner(lock: int) -> AlreadyRunning:
    try:
        owner = json.loads(os.read(lock, 1000))
        return AlreadyRunning(int(owner["pid"]), str(owner["since"]))
    except (ValueError, KeyError, TypeError):
        return AlreadyRunning(0, "a moment ago")
