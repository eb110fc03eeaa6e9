"""A studio's day: its midnights, its nights, and what is no date or zone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from feedback.days import date_of, day_before_night, day_named, local_time, minute_of, yesterday
from feedback.errors import Invalid


def test_a_day_goes_from_midnight_to_midnight_where_the_studio_is() -> None:
    day = day_named("2026-11-27", "Europe/Berlin")
    assert (day.begin, day.end) == ("2026-11-26T23:00:00.000000+00:00", "2026-11-27T23:00:00.000000+00:00")
    assert (day.nights_begin[:16], day.nights_end[:16]) == ("2026-11-27T11:00", "2026-11-28T11:00")
    assert (day.before, day.after) == ("2026-11-26", "2026-11-28")
    spring = day_named("2026-03-29", "Europe/Berlin")
    assert (spring.begin[:16], spring.end[:16]) == ("2026-03-28T23:00", "2026-03-29T22:00"), "of 23 hours"
    assert day_named("2026-11-27").begin == "2026-11-27T00:00:00.000000+00:00"


def test_yesterday_and_the_day_that_a_night_follows_are_those_of_the_studio() -> None:
    just_after = "2026-11-27T23:30:00.000000+00:00"  # half past midnight in Berlin
    assert yesterday(just_after) == "2026-11-26"
    assert yesterday(just_after, "Europe/Berlin") == "2026-11-27"
    assert day_before_night(just_after, "Europe/Berlin") == "2026-11-27"
    assert day_before_night("2026-11-27T22:00:00.000000+00:00", "Europe/Berlin") == "2026-11-27"
    assert day_before_night("2026-11-28T03:00:00.000000+00:00") == "2026-11-27"


@pytest.mark.parametrize("text", ["", "27.11.2026", "2026-02-30", "20261127", "2026-W48-5", "0001-01-01", "9999-12-31"])
def test_what_is_no_date_is_refused_with_its_value(text: str) -> None:
    with pytest.raises(Invalid, match=r"write a day such as 2026-11-27"):
        day_named(text)


@pytest.mark.parametrize(
    "zone",
    [
        "Mars/Base",
        "../etc/passwd",
        "/etc/localtime",
        "localtime",
        "Factory",
        "right/Europe/Berlin",
        "Europe",
        "CET\0",
        "a" * 300,
    ],
)
def test_what_is_no_zone_is_refused_with_its_value(zone: str) -> None:
    with pytest.raises(Invalid, match=r"time zone .* is not known"):
        day_named("2026-11-27", zone)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/Los_Angeles", "2026-11-01", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("America/Santiago", "2026-09-06", 23),  # whose midnight there is not
        ("Asia/Tokyo", "2026-11-30", 24),
        ("Pacific/Kiritimati", "2026-11-30", 24),
    ],
)
def test_a_moment_is_of_the_day_that_begins_before_it(zone: str, day: str, hours: float) -> None:
    known = day_named(day, zone)
    begin, end = (datetime.fromisoformat(each) for each in (known.begin, known.end))
    assert end - begin == timedelta(hours=hours)
    tick = timedelta(microseconds=1)
    dates = [date_of(each.isoformat(timespec="microseconds"), zone) for each in (begin - tick, begin, end - tick, end)]
    assert dates == [known.before, day, day, known.after]


def test_a_date_is_one_in_every_zone_and_a_moment_is_told_to_the_minute() -> None:
    assert date_of("2026-11-30", "Asia/Tokyo") == "2026-11-30"
    assert minute_of("2026-11-30T15:30:59.000000+00:00", "Asia/Tokyo") == "2026-12-01 00:30"
    assert local_time("2026-11-30T15:30:59.000000+00:00", "UTC").hour == 15
