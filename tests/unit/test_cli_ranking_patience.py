"""How long a command waits for a server that is gone."""

import asyncio
from collections.abc import Awaitable, Callable

import grpc
import pytest

from fleet.cli.boards.patience import Patience
from fleet.cli.boards.stub import retry_after_s
from fleet.client.engine import RpcFailed
from fleet.errors import CallRefused, Overloaded, Status
from fleet.server.details import KEY, status_details
from tests.clock import FakeClock


def failed(code: grpc.StatusCode, details: bytes = b"") -> RpcFailed:
    trailers = grpc.aio.Metadata(*([(KEY, details)] if details else []))
    return RpcFailed(code, grpc.aio.Metadata(), trailers, "gone")


def raising(*errors: Exception) -> Callable[[], Awaitable[str]]:
    left = iter(errors)

    async def make() -> str:
        for error in left:
            raise error
        return "done"

    return make


def patient(clock: FakeClock, told: list[str], give_up_s: float = 60) -> Patience:
    return Patience(give_up_s, told.append, clock.now, clock.sleep)


async def test_what_passes_is_waited_for(clock: FakeClock) -> None:
    told: list[str] = []
    gone = failed(grpc.StatusCode.UNAVAILABLE)
    full = CallRefused(Status.RESOURCE_EXHAUSTED, "full")

    call = asyncio.create_task(patient(clock, told).call(raising(gone, full)))
    await clock.advance(2.0)

    assert await call == "done"
    assert told == [
        "trying again in 1.0 s: gone",
        "trying again in 1.0 s: full",
    ]


async def test_what_does_not_pass_is_raised_at_once(clock: FakeClock) -> None:
    told: list[str] = []

    with pytest.raises(RpcFailed):
        await patient(clock, told).call(
            raising(failed(grpc.StatusCode.INVALID_ARGUMENT))
        )
    with pytest.raises(CallRefused):
        await patient(clock, told).call(raising(CallRefused(Status.INTERNAL, "bug")))

    assert told == []


async def test_it_gives_up_when_nothing_has_gone_well_for_long(
    clock: FakeClock,
) -> None:
    told: list[str] = []
    patience = patient(clock, told, give_up_s=3)
    gone = [failed(grpc.StatusCode.UNAVAILABLE) for _ in range(9)]

    call = asyncio.create_task(patience.call(raising(*gone)))
    await clock.advance(5.0)

    with pytest.raises(RpcFailed):
        await call
    assert len(told) == 4


async def test_a_success_makes_it_patient_again(clock: FakeClock) -> None:
    patience = patient(clock, [], give_up_s=1.5)
    gone = failed(grpc.StatusCode.UNAVAILABLE)

    for _ in range(3):
        call = asyncio.create_task(patience.call(raising(gone)))
        await clock.advance(1.0)
        assert await call == "done"


FULL = status_details(Overloaded("full", 1.0), draw=lambda: 0.0)


@pytest.mark.parametrize(
    ("details", "seconds"),
    [(b"", None), (b"\xff", None), (FULL, 1.0)],
)
def test_the_server_tells_how_long(details: bytes, seconds: float | None) -> None:
    error = failed(grpc.StatusCode.UNAVAILABLE, details)

    assert retry_after_s(error) == seconds
