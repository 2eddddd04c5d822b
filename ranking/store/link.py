"""A server that is connected: a pipe for all, and one for writes that must be safe."""

import asyncio
from dataclasses import dataclass
from typing import Any

from ranking.errors import StoreUnavailable
from ranking.store import checks
from ranking.store.address import Login, Place
from ranking.store.checks import Facts
from ranking.store.durable import (
    Confirmation,
    DurableWriter,
    fsynced,
    keep_error,
    replicated,
)
from ranking.store.engine import Unreachable, connect
from ranking.store.options import StoreOptions
from ranking.store.pipe import OnError, Pipe, Way, Words

_CONFIRM_AND_PING = 2


@dataclass(frozen=True, slots=True)
class Link:
    """The connections to one server; they live and die together."""

    facts: Facts
    reads: Way
    writes: Way
    pipes: tuple[Pipe, ...]

    async def lost(self) -> str:
        """Return why the first of them ended, once it has."""
        ends = [pipe.lost for pipe in self.pipes]
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()

    def drop(self, reason: str) -> None:
        """End all of them at once."""
        for pipe in self.pipes:
            pipe.drop(reason)

    async def close(self, reason: str) -> None:
        """End all of them, and return when they are gone."""
        self.drop(reason)
        for pipe in self.pipes:
            await pipe.closed.wait()


async def open_link(
    place: Place, login: Login, options: StoreOptions, answers_error: OnError
) -> Link:
    """Connect to a server, and ask it about itself.

    Raises:
        Unreachable: Not within `connect_timeout_s`, or it is loading its data.
        Misconfigured: It does not let us in.
    """
    try:
        async with asyncio.timeout(options.connect_timeout_s):
            return await _open(place, login, options, answers_error)
    except TimeoutError:
        reason = f"{place} does not answer in {options.connect_timeout_s:g} s"
        raise Unreachable(reason) from None
    except StoreUnavailable as error:
        raise Unreachable(f"{place}: {error.reason}") from None


async def ask_once(
    place: Place, login: Login, options: StoreOptions, words: Words
) -> Any:  # noqa: ANN401 - a reply may be anything, also a `ReplyError`
    """Return the reply to one command, over a connection for this only.

    Raises:
        Unreachable: Not within `connect_timeout_s`.
        Misconfigured: It does not let us in.
    """
    pipe = await _pipe(place, login, options, options.reply_timeout_s)
    try:
        return await pipe.send(words)
    except StoreUnavailable as error:
        raise Unreachable(f"{place}: {error.reason}") from None
    finally:
        pipe.drop("it has been asked")
        await pipe.closed.wait()


async def _open(
    place: Place, login: Login, options: StoreOptions, answers_error: OnError
) -> Link:
    reads = await _pipe(place, login, options, options.reply_timeout_s)
    try:
        facts = await checks.ask(reads)
        _refuse_loading(place, facts)
        reads.answers_error = answers_error
        confirmation = _confirmation(facts, options)
        if confirmation is None:
            return Link(facts, reads, reads, (reads,))
        pipe = await _confirmed_pipe(place, login, options)
    except BaseException:
        reads.drop("the connection was given up")
        raise
    writes = DurableWriter(pipe, confirmation, answers_error, options.most_in_flight)
    return Link(facts, reads, writes, (reads, pipe))


def _refuse_loading(place: Place, facts: Facts) -> None:
    if facts.loading:
        raise Unreachable(f"{place} is loading its data")


def _confirmation(facts: Facts, options: StoreOptions) -> Confirmation | None:
    timeout_ms = round(options.confirm_timeout_s * 1000)
    match options.durability:
        case "replicated":
            return replicated(options.replicas, timeout_ms)
        case "fsync" if not facts.fsyncs_first:
            return fsynced(timeout_ms)
        case _:
            return None


async def _confirmed_pipe(place: Place, login: Login, options: StoreOptions) -> Pipe:
    # It stands still while a group is confirmed; that the server itself has, the
    # other pipe finds.
    patience_s = options.confirm_timeout_s + options.reply_timeout_s
    return await _pipe(place, login, options, patience_s, _CONFIRM_AND_PING)


async def _pipe(
    place: Place,
    login: Login,
    options: StoreOptions,
    reply_timeout_s: float,
    more_in_flight: int = 0,
) -> Pipe:
    most = options.most_in_flight + more_in_flight
    pipe = Pipe(keep_error, reply_timeout_s=reply_timeout_s, most_in_flight=most)
    try:
        await connect(place, login, pipe.adopt, options.connect_timeout_s)
    except BaseException:
        pipe.drop("the connection was given up")
        raise
    return pipe
