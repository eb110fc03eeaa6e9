"""Days and time zones. A moment of the record is text in UTC; a day is from midnight to midnight in a time zone.

Which zone is the studio's is kept by `feedback.store.time_zone`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from feedback.errors import Invalid
from feedback.fields import shown

UTC_NAME = "UTC"
DATE_LENGTH = len("2026-11-27")
NOT_PLACES = ("localtime", "posixrules", "Factory")  # what another machine, or another day, takes for something else
NOON = 12  # a night that begins before it is of the day before


@dataclass(frozen=True)
class StudioDay:
    """One day. The moments are texts as the record writes them: UTC, and their order is that of time."""

    date: str  # 2026-11-27
    begin: str
    end: str  # the first moment of the next day
    nights_begin: str  # its noon: a night that begins from here on follows this day
    nights_end: str  # the next day's noon

    @property
    def before(self) -> str:
        """The date of the day before."""
        return (date.fromisoformat(self.date) - timedelta(days=1)).isoformat()

    @property
    def after(self) -> str:
        return (date.fromisoformat(self.date) + timedelta(days=1)).isoformat()


def zone_named(name: str) -> ZoneInfo:
    """Of a name such as Europe/Berlin, of the IANA's time zone database (https://www.iana.org/time-zones).

    Invalid for one that it does not have, and for files beside it: of this machine's own zone, or with leap seconds.
    """
    try:
        if name in NOT_PLACES or name.startswith(("posix/", "right/")):
            raise ValueError
        return ZoneInfo(name or UTC_NAME)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(f"time zone {shown(name)} is not known: name one such as Europe/Berlin, or UTC") from None


def day_named(text: str, zone: str = UTC_NAME) -> StudioDay:
    """The day of a date such as 2026-11-27; Invalid for what is none."""
    try:
        chosen = date.fromisoformat(text)
        if chosen.isoformat() != text or not 1 < chosen.year < 9999:
            raise ValueError
    except ValueError:
        raise Invalid(f"date {shown(text)} is not known: write a day such as 2026-11-27") from None
    next_day = chosen + timedelta(days=1)
    begin, end = (moment(each, 0, zone) for each in (chosen, next_day))
    return StudioDay(text, begin, end, moment(chosen, NOON, zone), moment(next_day, NOON, zone))


def moment(day: date, hour: int, zone: str) -> str:
    local = datetime.combine(day, time(hour), zone_named(zone))
    return local.astimezone(UTC).isoformat(timespec="microseconds")


def yesterday(now: str, zone: str = UTC_NAME) -> str:
    """The date of the day before the one of this moment of the record."""
    return (local_time(now, zone).date() - timedelta(days=1)).isoformat()


def day_before_night(started: str, zone: str = UTC_NAME) -> str:
    """The date of the day that a night follows: one that began before noon follows the day before."""
    began = local_time(started, zone)
    return (began.date() - timedelta(days=began.hour < NOON)).isoformat()


def date_of(moment: str, zone: str = UTC_NAME) -> str:
    """The date of a moment of the record; a date stays what it is."""
    return local_time(moment, zone).date().isoformat() if len(moment) > DATE_LENGTH else moment


def minute_of(moment: str, zone: str = UTC_NAME) -> str:
    """The date and time of a moment of the record, to the minute: 2026-11-27 08:30."""
    return local_time(moment, zone).strftime("%Y-%m-%d %H:%M")


def local_time(moment: str, zone: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(zone_named(zone))
