"""The measured percentile, against the sorted truth, on a clock that is moved."""

import math
import random

import pytest

from fleet.client.overload.hedge import HedgeConfig, Percentile

WINDOW_S = 10.0
START = 1000.0


def measured(config: HedgeConfig, durations: list[float]) -> float | None:
    """Observe *durations* within half a second, and look."""
    percentile = Percentile(config, START)
    for at, took_s in enumerate(durations):
        percentile.observe(took_s, START + 0.5 * at / len(durations))
    percentile.observe(durations[0], START + 1.0)  # looks, and then is counted
    return percentile.delay_s()


@pytest.mark.parametrize("share", [0.5, 0.9, 0.95, 0.99, 0.999])
@pytest.mark.parametrize("typical_s", [0.0003, 0.02, 4.0])
@pytest.mark.parametrize("spread", [0.05, 0.5, 1.5])
def test_is_within_a_tenth_of_the_truth(
    share: float, typical_s: float, spread: float
) -> None:
    rng = random.Random(5)
    durations = [typical_s * rng.lognormvariate(0, spread) for _ in range(5000)]
    truth = sorted(durations)[math.ceil(share * len(durations)) - 1]
    found = measured(HedgeConfig(percentile=share, least_s=0), durations)
    assert found == pytest.approx(truth, rel=0.1)


def test_is_never_less_than_the_least() -> None:
    assert measured(HedgeConfig(least_s=0.005), [0.001] * 200) == 0.005


@pytest.mark.parametrize(("calls", "expected"), [(99, None), (100, 0.1)])
def test_says_nothing_before_enough_calls(calls: int, expected: float | None) -> None:
    found = measured(HedgeConfig(minimum_calls=100), [0.1] * calls)
    assert found == (expected and pytest.approx(expected, rel=0.1))


@pytest.mark.parametrize("took_s", [0.0, -1.0, 1e-9, 1e-5, 1e3, 1e9, math.inf])
def test_takes_any_duration(took_s: float) -> None:
    found = measured(HedgeConfig(), [took_s] * 200)
    assert found is not None
    assert 0.005 <= found <= 1100


def test_follows_a_change_within_the_window_and_forgets_the_past() -> None:
    percentile, now = Percentile(HedgeConfig(window_s=WINDOW_S), START), START
    for took_s in (0.1, 0.4, 0.1):
        for _ in range(int(WINDOW_S * 1.1 * 100)):
            now += 0.01
            percentile.observe(took_s, now)
        assert percentile.delay_s() == pytest.approx(took_s, rel=0.1)


@pytest.mark.parametrize("pause_s", [WINDOW_S, 3600.0])
def test_what_was_long_ago_is_not_counted(pause_s: float) -> None:
    percentile = Percentile(HedgeConfig(window_s=WINDOW_S), START)
    for at in range(200):
        percentile.observe(0.1, START + at * 0.01)
    assert percentile.delay_s() is not None
    percentile.observe(0.1, START + 2 + pause_s)
    assert percentile.delay_s() is None


@pytest.mark.parametrize(
    "wrong",
    [{"percentile": 1.0}, {"least_s": -1}, {"minimum_calls": 0}, {"window_s": 0}],
)
def test_refuses_settings_that_cannot_work(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"HedgeConfig.{[*wrong][-1]} is"):
        HedgeConfig(**wrong)  # type: ignore[arg-type]  # some are wrong on purpose
