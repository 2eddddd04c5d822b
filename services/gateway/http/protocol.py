"""One connection: uvicorn's, with the limits that it lacks."""

import asyncio
import functools
import logging
from typing import Any, cast

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)

from services.gateway.http.asgi import LEFT
from services.gateway.http.framing import Told, framing
from services.gateway.http.head import (
    MOST_PIPELINED,
    Broken,
    malformed,
    no_target,
    too_many_connections,
    too_many_pipelined,
    too_slow,
)
from services.gateway.http.meter import Meter
from services.gateway.http.refusal import refusal
from services.gateway.http.shared import Shared
from services.gateway.http.timer import Timer
from services.gateway.http.whole import EXTENSION, send_whole

log = logging.getLogger("gateway.access")

_GOODBYE_S = 2.0
"""In which a caller who was refused may still send: what arrives at a closed socket
makes the system drop the answer that the caller has not read yet."""
_REST_S = 5.0
"""In which the rest of a body may come that nobody wants any more."""
_FIRST_S = 1.0
"""In which the first request may come on a connection when the server closes."""

# Where the parser is.
_BETWEEN, _HEAD, _BODY = range(3)


class Connection(HttpToolsProtocol):
    """Parses requests, and hands each to the application in a task of its own.

    A caller who leaves has the task cancelled. One who is slow to send a head or
    to take an answer is cut off. Timers are started for those who are slow only:
    most requests come in one packet.
    """

    def __init__(
        self,
        config: Config,
        server_state: Shared,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._shared = server_state
        self._limits = limits = server_state.policy().limits
        idle_s = _FIRST_S if server_state.closing else limits.idle_timeout_s
        self.timeout_keep_alive = cast("int", idle_s)
        self._meter = Meter(limits)
        self._where = _BETWEEN
        self._deaf = False
        """Nothing that still comes is read."""
        self._broken: Broken | None = None
        self._running: RequestResponseCycle | None = None
        self._task: asyncio.Task[None] | None = None
        self._unsent = 0
        self._head_timer = Timer(self.loop, self._head_is_late)
        self._send_timer = Timer(self.loop, self._nothing_is_taken)
        self._end_timer = Timer(self.loop, self._cut)

    # The transport

    def connection_made(  # type: ignore[override]  # as in uvicorn
        self, transport: asyncio.Transport
    ) -> None:
        """Take the connection, or refuse it where there are too many."""
        super().connection_made(transport)
        if self._shared.closed:
            self.transport.abort()
            return
        most = min(self._limits.connections, self._shared.room)
        if len(self.connections) > most:
            self.connections.discard(self)
            self._refuse(too_many_connections(most))
            return
        self._shared.empty.clear()
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel what is under way for a caller who is no longer there."""
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        for timer in (self._head_timer, self._send_timer, self._end_timer):
            timer.stop()
        self.pipeline.clear()
        if self._busy:
            self._drop()
        if not self.connections:
            self._shared.empty.set()

    def data_received(self, data: bytes) -> None:
        """Parse what came, and see whether the rest is slow or too much."""
        if self._deaf:
            return
        self._meter.packet(len(data))
        try:
            self.parser.feed_data(data)
            if self._where != _BETWEEN:
                self._count()
        except httptools.HttpParserUpgrade as offer:
            self._stay_http(data[offer.args[0] :])
        except httptools.HttpParserError as error:
            self._refuse(self._broken or malformed(str(error)))
        except Broken as broken:
            self._refuse(broken)

    def pause_writing(self) -> None:
        """Begin to watch a caller who does not take what is sent."""
        super().pause_writing()
        self._watch_sending()

    def resume_writing(self) -> None:
        """Stop watching: the caller has taken most of it."""
        super().resume_writing()
        self._send_timer.stop()

    # The parser

    def on_message_begin(self) -> None:
        """Begin with a request."""
        self._unset_keepalive_if_required()
        super().on_message_begin()
        self._where = _HEAD
        self._meter.begin()

    def on_headers_complete(self) -> None:
        """Check the head, and start its request."""
        self._head_timer.stop()
        try:
            if len(self.pipeline) >= MOST_PIPELINED:
                raise too_many_pipelined()
            self._meter.head(self.url, self.headers)
            super().on_headers_complete()
        except Broken as broken:
            self._broken = broken  # the parser raises an error of its own instead
            raise
        except (httptools.HttpParserInvalidURLError, AttributeError) as error:
            self._broken = no_target(self.parser.get_method(), error)
            raise
        self._where = _BODY
        whole = functools.partial(send_whole, self.cycle)
        cast("dict[str, Any]", self.scope)["extensions"] = {EXTENSION: whole}
        # Headers behind a body of chunks would be appended to what is in use.
        self.headers = []
        if self._shared.draining:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._meter.body(len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End with a request: all of it is here."""
        self._where = _BETWEEN
        self._end_timer.stop()
        super().on_message_complete()

    def _count(self) -> None:
        """Count a packet that did not end its request."""
        if self._where == _BODY:
            self._meter.unfinished_body()
            return
        self._meter.unfinished_head(self.url)
        if not self._head_timer.running:
            self._head_timer.start(self._limits.header_timeout_s)

    # One request after the other

    @property
    def _busy(self) -> bool:
        """Whether a request is being answered."""
        return self._running is not None and not self._running.response_complete

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - uvicorn's own type is private
        """Start the request *cycle*, and remember its task."""
        self._running = cycle
        self._task = self.loop.create_task(cycle.run_asgi(app))
        self.tasks.add(self._task)
        self._task.add_done_callback(self.tasks.discard)

    def on_response_complete(self) -> None:
        """Go on to the next request, or wait for one."""
        answered = self._running
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch_sending()
        elif self._where == _HEAD:
            self._unset_keepalive_if_required()  # the next request has begun
        elif self._where == _BODY and answered is self.cycle:
            self._end_timer.start(_REST_S)

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection on which nothing has come for long."""
        super().timeout_keep_alive_handler()
        self._watch_sending()

    def _await_request(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def _stay_http(self, rest: bytes) -> None:
        """Answer an offer of another protocol in this one, and close then.

        Args:
            rest: What is behind the head. The parser has called the request complete.
        """
        if self._deaf:
            return  # it was offered behind the last request
        self.cycle.keep_alive = False
        self.cycle.more_body = True
        self.cycle.message_event.clear()
        self._where = _BODY
        told = Told(self._on_last_body, self._on_last_complete)
        self.parser = httptools.HttpRequestParser(told)
        self.data_received(framing(list(self.scope["headers"])) + rest)

    def _on_last_body(self, body: bytes) -> None:
        if not self._deaf:
            self.on_body(body)

    def _on_last_complete(self) -> None:
        if not self._deaf:
            self._deaf = True
            self.on_message_complete()

    # The end

    def announce(self) -> None:
        """Let the next answer say that it is the last one, if it can still say so."""
        if self._busy and not self.cycle.response_started:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """Close after the request that is under way or has begun to come."""
        if self._where == _HEAD:
            return  # it is late soon, if it is not there
        if self.cycle is None and not self._deaf:
            self.timeout_keep_alive = cast("int", _FIRST_S)
            self._unset_keepalive_if_required()
            self._await_request()
        else:
            super().shutdown()

    def end(self) -> None:
        """Cancel what is under way; what has not begun to be answered is told so."""
        if self._busy and self._running and not self._running.response_started:
            self._drop_task()
        else:
            self.transport.abort()

    def _refuse(self, broken: Broken) -> None:
        """Say why, if it can still be said, and close."""
        self._deaf = True
        self._head_timer.stop()
        self._shared.metrics.rejected(broken.reason)
        log.info("refused %s: %s", self.client and self.client[0], broken.failure)
        if self._busy and not self._only_this_is_bad():
            return
        if self._busy and self._running and self._running.response_started:
            self.transport.abort()
            return
        if self._busy:
            self._drop()
        self._unset_keepalive_if_required()
        self.transport.write(refusal(broken.failure))
        self.transport.write_eof()
        self._end_timer.start(_GOODBYE_S)

    def _only_this_is_bad(self) -> bool:
        """Whether the request that runs is the bad one.

        Else good ones before it get their answers first, and the connection is
        closed without a word: it could only stand where theirs belong.
        """
        if self._where == _BODY and self._running is self.cycle:
            return True
        if self._where == _BODY and self.pipeline:
            self.pipeline.popleft()
        last = self.pipeline[0][0] if self.pipeline else self._running
        if last is not None:
            last.keep_alive = False
        return False

    def _drop(self) -> None:
        """Cancel the request that runs: its answer would reach nobody."""
        if self._running is not None:
            self._running.disconnected = True
            self._running.message_event.set()
            cast("dict[str, Any]", self._running.scope)[LEFT] = True
        self._drop_task()

    def _drop_task(self) -> None:
        if self._task is not None:
            self._task.cancel()

    # Patience

    def _head_is_late(self) -> None:
        if self.flow.read_paused:  # by us, while requests before it are answered
            self._head_timer.start(self._limits.header_timeout_s)
        else:
            self._refuse(too_slow(self._limits))

    def _watch_sending(self) -> None:
        self._unsent = self.transport.get_write_buffer_size()
        if self._unsent:
            self._send_timer.start(self._limits.send_timeout_s)

    def _nothing_is_taken(self) -> None:
        if self.transport.get_write_buffer_size() < self._unsent:
            self._watch_sending()
            return
        self._shared.metrics.rejected("slow_reader")
        self._cut()

    def _cut(self) -> None:
        self.transport.abort()
