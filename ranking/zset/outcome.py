"""What the update script answered, as an answer or an error."""

from collections.abc import Sequence
from typing import Any

from ranking.entry import Submission, Updated
from ranking.errors import NotMigrated, NotRanked, TotalOutOfBounds
from ranking.zset.record import entry, row
from ranking.zset.shards import Shards


async def outcome(
    shards: Shards, submission: Submission, reply: Sequence[Any]
) -> Updated:
    """Return what became of *submission* on *shards*.

    Raises:
        NotMigrated: The key is the original system's.
        NotRanked: A repeat, of a user who was erased since.
        TotalOutOfBounds: Nothing was added.
    """
    spec, user_id = shards.spec, submission.user.user_id
    match reply[0]:
        case b"counted" | b"replayed":
            return await _counted(shards, user_id.encode(), reply)
        case b"original":
            raise NotMigrated(shards.keys[0].ranked.decode())
        case b"erased":
            raise NotRanked(user_id, spec.name, shards.period)
        case b"bounds":
            current, added = int(reply[1]), submission.score
            raise TotalOutOfBounds(current, added, spec.lowest, spec.highest)
        case other:
            raise AssertionError(f"the script answered {other!r}")


async def _counted(shards: Shards, user: bytes, reply: Sequence[Any]) -> Updated:
    kind, changed, rank, shared, total, record = reply
    found = row(user, record)
    if shards.spec.shards > 1:
        place = (b"%d" % found.score, found.member)
        others, [(ahead, better)] = await shards.places(
            [place], without=shards.of(user)
        )
        rank, shared, total = rank + ahead, shared + better, total + others
    return Updated(
        entry(found, rank, shared),
        changed == b"1",
        kind == b"replayed",
        total,
        shards.period,
    )
