"""Which day, week or month a moment belongs to."""

import contextlib
from datetime import date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.errors import BadValue
from ranking.period import ALL_TIME, period_at, period_named, previous
from ranking.spec import BoardSpec, PeriodKind

HOUR_MS = 3_600_000
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/Santiago",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Africa/Monrovia",
    "America/St_Johns",
)


def board(period: str, zone: str = "UTC") -> BoardSpec:
    return BoardSpec(name="x", period=period, time_zone=ZoneInfo(zone))  # type: ignore[arg-type]


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("period", "moment", "name"),
    [
        ("daily", "2018-10-16T00:00:00Z", "20181016"),
        ("daily", "2018-10-16T23:59:59.999Z", "20181016"),
        ("daily", "2018-10-17T00:00:00Z", "20181017"),
        ("daily", "2020-02-29T12:00:00Z", "20200229"),
        ("weekly", "2018-10-21T23:59:59.999Z", "2018W42"),
        ("weekly", "2018-10-22T00:00:00Z", "2018W43"),
        # ISO weeks at the ends of years: 2020 has 53, and 2018 ends in 2019W01.
        ("weekly", "2020-12-28T00:00:00Z", "2020W53"),
        ("weekly", "2021-01-03T23:59:59Z", "2020W53"),
        ("weekly", "2021-01-04T00:00:00Z", "2021W01"),
        ("weekly", "2018-12-31T00:00:00Z", "2019W01"),
        ("monthly", "2018-10-31T23:59:59.999Z", "201810"),
        ("monthly", "2018-12-31T23:59:59.999Z", "201812"),
        ("monthly", "2019-01-01T00:00:00Z", "201901"),
        ("all-time", "2018-10-16T00:00:00Z", "all"),
    ],
)
def test_a_moment_has_a_period(period: str, moment: str, name: str) -> None:
    assert period_at(board(period), ms(moment)).name == name


@pytest.mark.parametrize(
    ("zone", "name", "start", "hours"),
    [
        ("UTC", "20240331", "2024-03-31T00:00:00Z", 24),
        ("Europe/Berlin", "20240331", "2024-03-30T23:00:00Z", 23),
        ("Europe/Berlin", "20241027", "2024-10-26T22:00:00Z", 25),
        # Midnight does not exist: the clock goes from 23:59:59 to 01:00.
        ("America/Santiago", "20240908", "2024-09-08T04:00:00Z", 23),
        # Midnight exists once; 23:00 of the day before is there twice.
        ("America/Santiago", "20240406", "2024-04-06T03:00:00Z", 25),
        ("America/Santiago", "20240407", "2024-04-07T04:00:00Z", 24),
    ],
)
def test_a_day_is_as_long_as_its_clocks_say(
    zone: str, name: str, start: str, hours: int
) -> None:
    day = period_named(board("daily", zone), name)

    assert day.start_ms == ms(start)
    assert day.end_ms - day.start_ms == hours * HOUR_MS


def test_periods_follow_each_other_without_a_gap() -> None:
    for zone in ZONES:
        spec = board("daily", zone)
        day = period_at(spec, ms("2025-01-01T12:00:00Z"))
        for _ in range(800):
            before = previous(spec, day)
            assert before.end_ms == day.start_ms
            assert before.start_ms < before.end_ms
            day = before


MOMENTS = st.integers(ms("1971-01-01T00:00:00Z"), ms("2199-12-31T00:00:00Z"))
KINDS = st.sampled_from(get_args(PeriodKind))


@given(KINDS, st.sampled_from(ZONES), MOMENTS)
def test_a_moment_is_in_exactly_one_period(kind: str, zone: str, moment: int) -> None:
    spec = board(kind, zone)
    period = period_at(spec, moment)

    assert period.start_ms <= moment < period.end_ms
    assert period_named(spec, period.name) == period
    # Its first and last moments are its own; what is beyond is another's.
    assert period_at(spec, period.start_ms) == period
    assert period_at(spec, period.end_ms - 1) == period
    if kind != "all-time":
        assert period_at(spec, period.end_ms).start_ms == period.end_ms
        assert previous(spec, period).end_ms == period.start_ms


@given(st.sampled_from(ZONES), st.dates(date(1971, 1, 2), date(2199, 12, 30)))
def test_every_day_has_a_name_of_its_own(zone: str, day: date) -> None:
    spec = board("daily", zone)

    assert period_named(spec, f"{day:%Y%m%d}").name == f"{day:%Y%m%d}"
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone))
    if zone != "Pacific/Apia":  # which has left out a day
        assert period_at(spec, round(noon.timestamp() * 1000)).name == f"{day:%Y%m%d}"


@pytest.mark.parametrize(
    ("period", "name"),
    [
        *(
            ("daily", name)
            for name in (
                "",
                "20181",
                "20181032",
                "20190229",
                "20181301",
                "00000101",
                "2018-10-16",
                "20181016 ",
                "20181016\n",
                " 20181016",
                "٢٠١٨١٠١٦",
                "201810160",
                "-2018101",
                "all",
                "2018W42",
                "*",
                "{}",
                "99991231",
                "\x00" * 8,
                "\ud800" * 8,
            )
        ),
        ("weekly", "2019W53"),
        ("weekly", "2018W00"),
        ("weekly", "2018W54"),
        ("weekly", "2018w42"),
        ("weekly", "20181016"),
        ("weekly", "9999W52"),
        ("monthly", "201800"),
        ("monthly", "201813"),
        ("monthly", "2018"),
        ("monthly", "999912"),
        ("all-time", ""),
        ("all-time", "ALL"),
        ("all-time", "20181016"),
    ],
)
def test_a_name_of_no_period_is_refused(period: str, name: str) -> None:
    with pytest.raises(BadValue) as caught:
        period_named(board(period), name)

    assert caught.value.field == "period"


@pytest.mark.parametrize("moment", [2**53, -(2**53), 10**30, -(10**30)])
def test_a_moment_out_of_time_is_refused(moment: int) -> None:
    with pytest.raises(BadValue):
        period_at(board("daily"), moment)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_time_are_in_a_period_or_refused(zone: str, day: date) -> None:
    moment = (day - date(1970, 1, 1)) // timedelta(milliseconds=1)
    with contextlib.suppress(BadValue):
        assert period_at(board("daily", zone), moment).start_ms <= moment


def test_all_time_has_every_moment() -> None:
    assert period_at(board("all-time"), 0) is ALL_TIME
    assert period_named(board("all-time"), "all") is ALL_TIME
