"""Slow start's ramp, a pure function of age."""

import pytest

from fleet.client.choosing.slowstart import SlowStartConfig


@pytest.mark.parametrize(
    ("age_s", "share"),
    [
        pytest.param(-1.0, 0.1, id="a-clock-that-went-back"),
        pytest.param(0.0, 0.1, id="new"),
        pytest.param(0.9, 0.1, id="the-floor-holds"),
        pytest.param(5.0, 0.5, id="half-way"),
        pytest.param(9.9, 0.99, id="nearly"),
        pytest.param(10.0, 1.0, id="full"),
        pytest.param(1e9, 1.0, id="old"),
    ],
)
def test_the_share_grows_with_age(age_s: float, share: float) -> None:
    assert SlowStartConfig(window_s=10).share(age_s) == pytest.approx(share)


@pytest.mark.parametrize(("aggression", "half_way"), [(0.5, 0.25), (2.0, 0.7071)])
def test_aggression_bends_the_ramp(aggression: float, half_way: float) -> None:
    ramp = SlowStartConfig(window_s=10, aggression=aggression)
    assert ramp.share(5) == pytest.approx(half_way, abs=1e-4)
    assert ramp.share(10) == 1


def test_no_mistake_hides_another() -> None:
    with pytest.raises(ValueError, match="window_s is 0") as refused:
        SlowStartConfig(window_s=0, floor=0, aggression=11)
    assert str(refused.value).count("\n") == 2
