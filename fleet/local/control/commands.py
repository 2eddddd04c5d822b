"""What a running fleet can be asked to do."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from fleet.errors import BadConfig, ControlFailed, Unknown
from fleet.local.control.report import progress, report
from fleet.local.control.socket import Request, Say
from fleet.local.plan import MOST_TASKS
from fleet.local.store.life import StoreLife
from fleet.local.tasks.service import Service
from fleet.local.tasks.supervisor import Supervisor
from fleet.local.tasks.task import Task
from fleet.table import Table

MOST_LINES = 10_000
PATIENCE_S = 120
"""Seconds that a command waits for the fleet to get where it was sent."""

_Command = Callable[["Commands", Table, Say], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Commands:
    """The commands, acting on one supervisor."""

    fleet: Supervisor
    known: ClassVar[Mapping[str, _Command]]

    async def answer(self, request: Request, say: Say) -> object:
        """Carry out *request*.

        Raises:
            Unknown: There is no such command, service or task.
            BadConfig: An argument has the wrong type; all of them are named.
            ControlFailed: Not done in time.
        """
        arguments = Table(request, "", [])
        name = arguments.text("command") or ""
        if name not in self.known:
            raise Unknown("command", name, sorted(self.known))
        return await self.known[name](self, arguments, say)

    async def ps(self, arguments: Table, say: Say) -> object:
        """Return what runs."""
        del say
        _checked(arguments)
        return {"pid": os.getpid(), **report(self.fleet)}

    async def logs(self, arguments: Table, say: Say) -> object:
        """Say the last lines, and with follow the coming ones without end."""
        task = arguments.text("task")
        lines = arguments.number("lines", 0, MOST_LINES, default=100)
        follow = arguments.flag("follow")
        _checked(arguments)
        with self.fleet.journal.follow(task) as follower:
            for line in self.fleet.journal.tail(task, lines):
                await say(line.as_dict())
            while follow:
                for line in await follower.next():
                    await say(line.as_dict())
        return None

    async def scale(self, arguments: Table, say: Say) -> object:
        """Start or drain tasks until a service has as many as it should."""
        service = self.fleet.service(arguments.text("service") or "")
        tasks = arguments.number("tasks", 0, MOST_TASKS)
        _checked(arguments)
        service.scale(tasks)
        return await self._settle([service], say)

    async def restart(self, arguments: Table, say: Say) -> object:
        """Deploy: replace the tasks of one service, or of all."""
        name = arguments.text("service")
        rolling = arguments.flag("rolling")
        _checked(arguments)
        every = list(self.fleet.services.values())
        chosen = every if name is None else [self.fleet.service(name)]
        for service in chosen:
            service.restart(rolling=rolling)
        return await self._settle(chosen, say)

    async def stop(self, arguments: Table, say: Say) -> object:
        """Drain a task, or stop the store; it is replaced, as on ECS."""
        del say
        task = self._task(arguments)
        task.drain("stopped by hand")
        return await self._gone(task)

    async def kill(self, arguments: Table, say: Say) -> object:
        """Let a task, or the store, die without warning."""
        del say
        task = self._task(arguments)
        task.kill()
        return await self._gone(task)

    async def freeze(self, arguments: Table, say: Say) -> object:
        """Stop a task's process: it lives, and answers nobody."""
        del say
        task = self._task(arguments)
        if task.process is not None:
            task.process.freeze()
        return {"task": task.id}

    async def renew(self, arguments: Table, say: Say) -> object:
        """Replace every certificate by a new one, with a new key."""
        del say
        _checked(arguments)
        if self.fleet.tls is None:
            raise ControlFailed("this fleet has no certificates: fleet up --tls")
        try:
            count = self.fleet.tls.renew(every=True)
        except OSError as error:
            raise ControlFailed(f"certificates cannot be renewed: {error}") from error
        self.fleet.journal.say(f"certificates renewed, as was asked: {count}")
        return {"renewed": count}

    async def down(self, arguments: Table, say: Say) -> object:
        """Stop the fleet; the connection stays open until it has ended."""
        _checked(arguments)
        self.fleet.ask_to_stop()
        last = None
        while True:
            beat = self.fleet.pulse.next
            if (now := len(list(self.fleet.tasks()))) != last:
                await say({"tasks": (last := now)})
            await beat.wait()

    def _task(self, arguments: Table) -> Task | StoreLife:
        name = arguments.text("task") or ""
        _checked(arguments)
        return self.fleet.process(name)

    async def _gone(self, task: Task | StoreLife) -> object:
        await self._until(lambda: task.gone, f"{task.id} is not gone")
        return {"task": task.id, "exit_code": task.exit_code}

    async def _settle(self, services: list[Service], say: Say) -> object:
        names = ", ".join(service.plan.name for service in services)
        while not all(service.settled for service in services):
            beat = self.fleet.pulse.next
            await say([progress(service) for service in services])
            await self._until(beat.is_set, f"{names}: not settled")
        return [progress(service) for service in services]

    async def _until(self, done: Callable[[], bool], otherwise: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.fleet.pulse.until(done)
        except TimeoutError:
            text = f"{otherwise} after {PATIENCE_S} s; still trying"
            raise ControlFailed(text) from None


def _checked(arguments: Table) -> None:
    arguments.nothing_else()
    if arguments.problems:
        raise BadConfig("the request", arguments.problems)


Commands.known = {
    name: getattr(Commands, name)
    for name in [
        "ps",
        "logs",
        "scale",
        "restart",
        "stop",
        "kill",
        "freeze",
        "renew",
        "down",
    ]
}
