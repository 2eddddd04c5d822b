"""A load of HTTP requests that costs little itself: wrk, from Debian."""

import asyncio
import re
import shutil

PROGRAM = "wrk"
HINT = "wrk is missing; get it: apt-get install wrk"


async def requests(url: str, *, seconds: int, connections: int = 32) -> int:
    """GET *url* over *connections* for *seconds*; return how many were answered.

    Raises:
        FileNotFoundError: There is no wrk.
        AssertionError: Not every answer was 2xx or 3xx.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise FileNotFoundError(HINT)
    process = await asyncio.create_subprocess_exec(
        *(program, "-t1", f"-c{connections}", f"-d{seconds}s", url),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    text = out.decode()
    found = re.search(r"(\d+) requests in", text)
    if found is None or "Non-2xx" in text:
        raise AssertionError(text)
    return int(found[1])
