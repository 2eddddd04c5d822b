"""One method of a service, as every engine can serve it."""

import contextlib
import functools
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fleet.errors import Malformed, Status, Unimplemented

# Generated code has no common types, and an engine's context is duck-typed:
# these names say what is meant, and that nobody checks it.
Handler = Any
Context = Any
Request = Any
Reply = Any

Behaviour = Callable[[Request, Context], Awaitable[Reply]]
"""From request (or their iterator) and context to reply (or None, if written)."""


def status_of(context: Context) -> Status:
    """Return the status that *context* has been given so far.

    A method may set a number, one of our codes or one of the engine's.
    """
    code = context.code()
    number = getattr(code, "value", (code,))
    number = number[0] if isinstance(number, tuple) else number
    try:
        return Status(number or 0)
    except ValueError:
        return Status.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method whose requests and replies are bytes, but for a stream's replies.

    Replies of a stream are written to the context by *behaviour*, so that all
    four kinds of call have one shape and one set of middleware.
    """

    path: str
    """Such as `/rpc.Rpc/GetChampion`."""
    request_streaming: bool
    response_streaming: bool
    parse: Callable[[bytes], Request] | None
    """For the engine, of a stream's requests; a unary one is already parsed."""
    serialize: Callable[[Reply], bytes] | None
    """For the engine, of a stream's replies; a unary one is already bytes."""
    behaviour: Behaviour

    @property
    def streams(self) -> bool:
        """Whether either side streams: then its duration tells how long it is used."""
        return self.request_streaming or self.response_streaming


def method_of(path: str, handler: Handler) -> Method:
    """Read what generated code registered for *path*.

    Raises:
        TypeError: The method is a plain `def`, which would block every call.
    """
    kinds = handler.request_streaming, handler.response_streaming
    name = "_".join("stream" if streams else "unary" for streams in kinds)
    parse = _careful(path, handler.request_deserializer)
    serialize = handler.response_serializer
    behaviour = _one_shape(path, getattr(handler, name), streams=kinds[1])
    if not handler.request_streaming:
        behaviour = _parsing(behaviour, parse)
    if not handler.response_streaming:
        behaviour = _serializing(behaviour, serialize)
    return Method(
        path=path,
        request_streaming=kinds[0],
        response_streaming=kinds[1],
        parse=parse if kinds[0] else None,
        serialize=serialize if kinds[1] else None,
        behaviour=behaviour,
    )


def _one_shape(path: str, function: Handler, *, streams: bool) -> Behaviour:
    if inspect.iscoroutinefunction(function):
        return function  # type: ignore[no-any-return]  # just tested
    if streams and inspect.isasyncgenfunction(function):
        return _writing(function)
    if getattr(function, "__module__", "").endswith("_pb2_grpc"):
        return _unimplemented(path)
    wanted = "async def, with or without yield" if streams else "async def"
    raise TypeError(f"{path} is served by {function!r}, which is not {wanted}")


def _writing(generator: Callable[[Request, Context], Reply]) -> Behaviour:
    @functools.wraps(generator)
    async def written(request: Request, context: Context) -> None:
        # Closed here and now: a cancelled call must not leave its generator
        # to the garbage collector.
        async with contextlib.aclosing(generator(request, context)) as replies:
            async for reply in replies:
                await context.write(reply)

    return written


def unknown_method(path: str) -> Method:
    """Return a method that refuses a call of any kind, for a *path* not served."""
    return Method(
        path=path,
        request_streaming=True,
        response_streaming=True,
        parse=None,
        serialize=None,
        behaviour=_unimplemented(path),
    )


def _unimplemented(path: str) -> Behaviour:
    async def refuse(_request: object, _context: object) -> None:
        raise Unimplemented(path)

    return refuse


def _careful(
    path: str, parse: Callable[[bytes], Request] | None
) -> Callable[[bytes], Request]:
    def careful(raw: bytes) -> Request:
        try:
            return parse(raw) if parse else raw
        except Exception as error:
            raise Malformed(path) from error

    return careful


def _parsing(behaviour: Behaviour, parse: Callable[[bytes], Request]) -> Behaviour:
    @functools.wraps(behaviour)
    async def parsed(raw: bytes, context: Context) -> Reply:
        return await behaviour(parse(raw), context)

    return parsed


def _serializing(
    behaviour: Behaviour, serialize: Callable[[Reply], bytes] | None
) -> Behaviour:
    @functools.wraps(behaviour)
    async def serialized(request: Request, context: Context) -> bytes:
        reply = await behaviour(request, context)
        if status_of(context) is not Status.OK:
            return b""  # refused by set_code: there need not be a reply
        return serialize(reply) if serialize else reply

    return serialized
