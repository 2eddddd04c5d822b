"""An answer that is there in full, sent in one piece."""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

EXTENSION = "gateway.whole"
"""Key of a scope's extensions under which the server offers `send_whole`."""


def send_whole(
    cycle: RequestResponseCycle, status: int, head: bytes, body: bytes
) -> bool:
    """Do what two messages of ASGI would do, in a quarter of the time.

    Args:
        cycle: Of a request that has not been answered.
        status: Not one without a body.
        head: Lines of headers that are known to be good, each with its end;
            content-length is one of them, `connection` is not.
        body: Left out where the request is a HEAD.

    Returns:
        False where it has to wait for the caller, and nothing was sent.
    """
    if cycle.flow.write_paused:
        return False
    cycle.response_started = True
    cycle.waiting_for_100_continue = False
    cycle.response_complete = True
    cycle.message_event.set()
    if cycle.disconnected:
        return True
    lines = [b"%b: %b\r\n" % header for header in cycle.default_headers]
    end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
    sent = b"" if cycle.scope["method"] == "HEAD" else body
    cycle.transport.write(b"".join([STATUS_LINE[status], *lines, head, end, sent]))
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True
