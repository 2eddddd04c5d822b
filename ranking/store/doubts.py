"""What may become a problem in a store, and what it does not let us know."""

from collections.abc import Iterator

from ranking.store.checks import Facts
from ranking.store.options import StoreOptions


def doubts(facts: Facts, options: StoreOptions) -> list[str]:
    """Return what is no reason not to begin, but one to look, and what to set.

    A managed service such as ElastiCache refuses CONFIG, and keeps data in its own
    way or in none. Who cannot know must not refuse for ever: MemoryDB, which loses
    nothing, looks like a cache from here. So it is said, and the operator decides.
    """
    found = [*_replicas(facts, options), *_freeing(facts)]
    if not options.allow_volatile:
        found += [*_persistence(facts, options), *_policy(facts)]
    elif facts.evicts:
        found.append(
            f"its maxmemory-policy is {facts.evicts}: whole boards go when memory is"
            " short, which is allowed"
        )
    return found


def _replicas(facts: Facts, options: StoreOptions) -> Iterator[str]:
    if options.durability == "replicated" and facts.replicas < options.replicas:
        yield (
            f"{facts.replicas} replicas are connected, and every write is to reach"
            f" {options.replicas}; none is confirmed until they are"
        )


def _freeing(facts: Facts) -> Iterator[str]:
    if facts.config.get("lazyfree-lazy-expire") == "no":
        yield (
            "the end of a large board's days blocks the server for as long as it"
            " takes to free them; set lazyfree-lazy-expire yes"
        )


def _persistence(facts: Facts, options: StoreOptions) -> Iterator[str]:
    hidden = not facts.keeps_file and "save" not in facts.config
    if hidden and options.durability != "replicated":
        yield (
            "it has no append-only file and refuses CONFIG, as managed services do:"
            " what it keeps over a restart is not known. With durability replicated"
            " a score is on a replica before it is answered; allow_volatile says that"
            " you know"
        )


def _policy(facts: Facts) -> Iterator[str]:
    if "maxmemory_policy" not in facts.info:
        yield (
            "it does not tell its maxmemory-policy: whether it removes boards when"
            " memory is short is not known; it should be noeviction"
        )
