"""The token bucket, as golang.org/x/time/rate v0.16.0 answers the same questions.

Both tables were made by that package, in a `testing/synctest` bubble.
"""

import heapq
import re
from collections.abc import Iterator

import pytest

from fleet.client.overload.rate import Rate, RateConfig

START = 54321.1
"""Of a clock; not 0, so that roundings show."""

ALLOWED = [
    pytest.param(
        10,
        3,
        "0 0 0 0- 0-",
        id="a-burst-then-none",
    ),
    pytest.param(
        10,
        3,
        "0 0 0 50- 99- 100 101- 199- 200 300 301-",
        id="one-comes-back-after-a-tenth",
    ),
    pytest.param(
        10,
        3,
        "0 0 0 5000 5000 5000 5000- 5050- 5100",
        id="idle-fills-to-the-burst-only",
    ),
    pytest.param(
        10,
        1,
        "0 10- 20- 30- 40- 50- 60- 70- 80- 90- 100 110- 190- 200",
        id="no-gain-by-asking-often",
    ),
    pytest.param(
        0.5,
        2,
        "0 0 1000- 1999- 2000 2001- 4000 9000 9000 9000-",
        id="slower-than-one-a-second",
    ),
    pytest.param(
        3,
        1,
        "0 333- 334 667- 668 1001- 1002 1335-",
        id="thirds",
    ),
    pytest.param(
        1,
        2,
        "0 0 0- 1000 1000- 2500 3000 3000-",
        id="go-kit-s-sample-burst-2-one-a-second",
    ),
]
"""Per second, burst, and the milliseconds of each `Allow`: 100, or 100- for false."""

WAITED = [
    pytest.param(
        10,
        1,
        "0=0 0=100 0=200 50=250",
        id="each-behind-the-other",
    ),
    pytest.param(
        10,
        1,
        "0=0 0<99 0<99 0<101=100 0<150 0<201=200 250<40 250<60=50",
        id="too-long-takes-nothing",
    ),
    pytest.param(
        10,
        2,
        "0=0 0=0 0=100 1000=0 1000=0 1000=100",
        id="idle-fills-to-the-burst-only",
    ),
    pytest.param(
        4,
        3,
        "0<1000=0 0<1000=0 0<1000=0 0<1000=250 0<1000=500 100<50 100<700=650 400<10",
        id="burst-ahead-of-the-wait",
    ),
    pytest.param(
        10,
        1,
        "0=0 0x20 50=50 50=150",
        id="the-last-cancelled-gives-its-turn-back",
    ),
    pytest.param(
        10,
        1,
        "0=0 0x20 10=190 50=250 350=50",
        id="cancelled-in-the-middle-gives-nothing-back",
    ),
    pytest.param(
        10,
        1,
        "0=0 0x50 0x20 30=170 60=240 60=340",
        id="two-of-three-cancelled",
    ),
    pytest.param(
        10,
        1,
        "0=0 0x50 0x20 60=40 60=140",
        id="both-behind-the-first-cancelled",
    ),
    pytest.param(
        10,
        1,
        "0=0 0x20 10=190 11=289 12=388 30=470",
        id="cancelled-far-in-the-middle",
    ),
    pytest.param(
        20,
        4,
        "48<204=0 56<23=0 78<208=0 86<211=0 101<148=0 146<284=2 "
        "196<276=2 207<102=41 215<208=83 224<158=124 250<246=148 300<118 "
        "346<289=102 394<159=104 425<223=123 467<17 470<115 487<206=111 "
        "524<204=124 550<71 558<148=140 613<25 643<297=105 676<273=122",
        id="random",
    ),
    pytest.param(
        20,
        4,
        "28=0 60x215=0 74x80=0 123x53=0 158=0 177=0 178x36=0 189x90=39 "
        "229=49 251=77 273=105 285=143 328=150 371=157 389=189 397=231 "
        "414=264 429=299 477=301 502=326 525=353 532x166 572=406 612=416",
        id="random-with-cancelled-ones",
    ),
]
"""Each `Wait`: 100<50x20=30 is at 100 ms, with a deadline 50 ms later, cancelled after
20 ms, and returned after 30 ms; without the last it returned an error."""


@pytest.mark.parametrize(("per_s", "burst", "asked"), ALLOWED)
def test_allows_what_go_allows(per_s: float, burst: int, asked: str) -> None:
    rate = Rate(RateConfig(per_s=per_s, burst=burst), START)
    found = []
    for word in asked.split():
        milliseconds = word.rstrip("-")
        taken = rate.take(START + int(milliseconds) / 1000, None)
        assert taken in (0.0, None)
        found.append(milliseconds if taken == 0 else f"{milliseconds}-")
    assert found == asked.split()


@pytest.mark.parametrize(("per_s", "burst", "asked"), WAITED)
def test_waits_as_go_waits(per_s: float, burst: int, asked: str) -> None:
    rate = Rate(RateConfig(per_s=per_s, burst=burst, wait=True), START)
    assert dict(waits(rate, asked.split())) == dict(enumerate(asked.split()))


def waits(rate: Rate, words: list[str]) -> Iterator[tuple[int, str]]:
    """Ask and cancel in the order of time; yield each number and its whole word."""
    events = [(int(number(word, "")), at, 0.0) for at, word in enumerate(words)]
    while events:
        now_ms, at, due = heapq.heappop(events)
        now, word = START + now_ms / 1000, words[at].partition("=")[0]
        bound, cancel = number(word, "<"), number(word, "x")
        if due:
            rate.cancel(due, now)
            yield at, word
            continue
        taken = rate.take(now, int(bound) / 1000 if bound else None)
        if taken is None:
            yield at, word
        elif cancel and int(cancel) / 1000 < taken:
            heapq.heappush(events, (now_ms + int(cancel), at, now + taken))
        else:
            yield at, f"{word}={taken * 1000:.0f}"


def number(word: str, mark: str) -> str:
    """Return the digits behind *mark* in *word*."""
    found = re.search(rf"{mark}(\d+)" if mark else r"^(\d+)", word)
    return found[1] if found else ""


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    rate = Rate(RateConfig(per_s=10, burst=2), START)
    taken = [rate.take(at, None) for at in (START, START - 5, START - 5)]
    assert taken == [0.0, 0.0, None]


def test_a_token_that_was_used_does_not_come_back() -> None:
    rate = Rate(RateConfig(per_s=10), START)
    rate.take(START, None)
    rate.cancel(START, START + 0.01)
    assert rate.take(START + 0.01, None) is None


@pytest.mark.parametrize("wrong", [{"per_s": 0}, {"per_s": 1, "burst": 0}])
def test_refuses_settings_that_cannot_work(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"RateConfig.{[*wrong][-1]} is"):
        RateConfig(**wrong)  # type: ignore[arg-type]  # some are wrong on purpose
