"""A studio's day: its midnights, its nights, and what is no date or zone."""

from __future__ import annotations

import pytest

from feedback.errors import Invalid
from feedback.report.day import day_before_night, day_named, yesterday


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


@pytest.mark.parametrize("zone", ["Mars/Base", "../etc/passwd", "/etc/localtime"])
def test_what_is_no_zone_is_refused_with_its_value(zone: str) -> None:
    with pytest.raises(Invalid, match=r"time zone .* is not known"):
        day_named("2026-11-27", zone)
