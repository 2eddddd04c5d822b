"""Run a program that ends when the supervisor does, however that ends.

`python leashed.py LEASH LOCK PROGRAM [ARGUMENT ...]`, in a process group of its
own. A script of the standard library that imports nothing of the fleet.

The program takes the place of this process, so that the supervisor sees *its* pid
and exit code, and its signals reach the program itself. A fork of this process
stays behind in the same group and waits for the end of either side. That works on
every Unix; PR_SET_PDEATHSIG is Linux only, and a parent that forwards signals would
be one more process that can be killed on its own.
"""

import os
import select
import signal
import sys

GRACE_S = 10.0
"""Between SIGTERM and SIGKILL."""


def main(leash: int, lock: int, program: str, *arguments: str) -> None:
    """Become *program*.

    Args:
        leash: Read end of a pipe whose other end the supervisor holds open.
        lock: A locked file that the program keeps open; gets the number of our
            process group, so that whoever finds it locked knows whom to end.
        program: Its path.
        *arguments: Its words.
    """
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpgrp()).encode(), 0)
    ended, alive = os.pipe()
    if os.fork() == 0:
        os.close(lock)
        os.close(alive)
        _watch(leash, ended)
        os._exit(0)
    os.close(leash)
    os.set_inheritable(alive, True)  # noqa: FBT003 - its only form
    os.execv(program, [program, *arguments])  # noqa: S606 - no shell is what we want


def _watch(leash: int, ended: int) -> None:
    """Wait for the program's end; cause it when the supervisor is gone."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if ended in select.select([leash, ended], [], [])[0]:
        return
    # To our own group: its number cannot belong to anybody else while we are in it.
    os.killpg(0, signal.SIGTERM)
    if not select.select([ended], [], [], GRACE_S)[0]:
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
