"""Who waits for a place, and who goes next."""

import asyncio

import pytest

from fleet.client.overload.line import Line, LineConfig


async def turn(line: Line, name: str, had: list[str]) -> None:
    """Wait as a call does, and pass on a turn that comes with a cancellation."""
    waiter = line.join()
    assert waiter is not None
    try:
        await waiter
    except asyncio.CancelledError:
        if waiter.done() and not waiter.cancelled():
            line.next()
        raise
    had.append(name)


async def stand(line: Line, had: list[str], names: str) -> list[asyncio.Task[None]]:
    calls = [asyncio.create_task(turn(line, name, had)) for name in names]
    await asyncio.sleep(0)
    assert line.waiting == len(names)
    return calls


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_newest_goes_first() -> None:
    line, had = Line(LineConfig()), list[str]()
    calls = await stand(line, had, "abc")

    for _ in range(2):
        line.next()
        await settle()
    assert had == ["c", "b"]
    assert line.waiting == 1

    line.next()
    await asyncio.gather(*calls)
    assert had == ["c", "b", "a"]
    line.next()
    assert line.waiting == 0


async def test_a_full_line_takes_nobody() -> None:
    line = Line(LineConfig(most=2))
    first, second = line.join(), line.join()
    assert first
    assert second
    assert line.join() is None

    first.cancel()
    await settle()
    assert line.join() is not None


async def test_who_was_cancelled_swallows_no_turn() -> None:
    line, had = Line(LineConfig()), list[str]()
    *_, newest = calls = await stand(line, had, "abc")
    newest.cancel()
    line.next()  # before the cancelled one has run
    await asyncio.wait(calls[1:])
    assert had == ["b"]

    line.next()
    await calls[0]


async def test_who_is_cancelled_with_its_turn_passes_it_on() -> None:
    line, had = Line(LineConfig()), list[str]()
    *_, newest = calls = await stand(line, had, "abc")
    line.next()
    newest.cancel()
    await asyncio.wait(calls[1:])
    assert had == ["b"]

    line.next()
    await calls[0]


async def test_who_ran_out_of_time_swallows_no_turn() -> None:
    line = Line(LineConfig())
    old, new = line.join(), line.join()
    assert old
    assert new
    new.set_result(None)  # as a timer does
    line.next()
    assert old.done()


async def test_who_gave_up_leaves_nothing_behind() -> None:
    """The oldest are never next; they must not stay for ever."""
    line = Line(LineConfig())
    for _ in range(1000):
        waiter = line.join()
        assert waiter
        waiter.cancel()
    await settle()
    assert line.waiting == 0


async def test_of_ten_thousand_each_who_still_waits_has_its_turn() -> None:
    line = Line(LineConfig())
    waiters = [waiter for _ in range(10_000) if (waiter := line.join())]
    for waiter in waiters[::2]:
        waiter.cancel()
    await settle()
    assert line.waiting == 5_000

    for _ in range(5_000):
        line.next()
    assert all(waiter.done() for waiter in waiters)
    assert line.join() is not None


@pytest.mark.parametrize("wrong", [{"most": -1}, {"share_of_deadline": 0}])
def test_refuses_settings_that_cannot_work(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"LineConfig.{[*wrong][-1]} is"):
        LineConfig(**wrong)  # type: ignore[arg-type]  # some are wrong on purpose
