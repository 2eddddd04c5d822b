"""From where on somebody is told, and why from there.

Each is a bound between "the machinery copes" and "a person must act". All were chosen
before there was traffic: look at the dashboard after a month, and move them.
"""

MINUTES = 3
"""In a row, of what callers feel. One bad minute is a task that was lost; the channel's
retries and ECS have repaired that before the third."""

FAILED_PERCENT = 5.0
"""Of calls. A fault that retries hide stays below; a broken task of the usual three is
a third of all first attempts."""
FAILED_OF_LEAST = 100
"""Calls a minute that a share is taken of at least: three failures of three calls at
night are 3 %, and wake nobody."""
REJECTED_PERCENT = 1.0
"""Of calls, refused because too many ran. Scaling takes two minutes; what lasts longer
is at the bound of tasks, or one caller gone wild."""
UNREACHED = 20
"""Requests a minute that the balancer answered itself, 502 to 504: no task took them.
There is always another one, so this is next to nothing in good days, deploys among
them. A number, and no share: the balancer does not count as a request what it has no
task for, so in the worst case there would be nothing to take a share of."""

DOOR_SLOW_S = 1.0
"""The 99th percentile until an answer begins; a call's deadline is 10 s, and streams
begin at once."""
CALL_SLOW_MS = 500.0
"""The 99th percentile of unary calls of a game server: a hundred times the usual, and
five times the slowest durability of a score."""

UNHEALTHY_MINUTES = 5
"""ECS replaces a task after a quarter of a minute, and a start takes one or two."""
TASKS_MINUTES = 5
"""Fewer tasks than the least. Five minutes are two starts: Spot, a zone, a crash are
repaired by then, a crash loop or a lack of capacity is not."""

CPU_PERCENT = 85.0
CPU_MINUTES = 10
"""Scaling aims at 60 %: whoever is here after ten minutes has all tasks it may have."""
MEMORY_PERCENT = 85.0
MEMORY_MINUTES = 15
"""Of the worst task. Python gives little back, so what climbs slowly is a leak; there
is an hour left, or a day, before the kernel ends it."""

ERROR_LINES = 5
ERROR_MINUTES = 5
"""Lines at level ERROR: a bug with its trace, a store that may not be used, a route
that cannot be loaded. One is for the morning, a handful is happening now."""

STORE_BYTES = 1_000_000_000
"""Of a serverless store: some six million places (169 bytes each). It can grow to a
thousand times as much, and costs 61 $ a month for each of these gigabytes."""
STORE_PERCENT = 75.0
"""Of a node's memory. At 100 % updates are refused; a snapshot needs some too."""
STORE_CPU_PERCENT = 80.0
"""Of the one core that runs commands: queues grow steeply from here."""
STORE_CPU_MINUTES = 5
STORE_BEHIND_S = 5.0
"""That a replica is behind: so many seconds of scores a failover would lose."""
STORE_MINUTES = 5
