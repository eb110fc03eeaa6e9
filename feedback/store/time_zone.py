"""Where the studio's days begin: consents, licences, reports and nights go by the day there; moments are kept in UTC."""

from __future__ import annotations

from feedback.clock import now
from feedback.days import UTC_NAME, date_of, minute_of, zone_named
from feedback.fields import parse_moment
from feedback.store import Studio, audit_log

SETTING = "time_zone"


def time_zone(studio: Studio) -> str:
    """Its name, such as Europe/Berlin. UTC until somebody sets one."""
    return studio.setting(SETTING) or UTC_NAME


def set_time_zone(studio: Studio, name: str, actor: str = "command line") -> None:
    """Invalid: there is no such zone, and the one before stays. What was recorded keeps its moments, and the zones noted with it."""
    zone_named(name)
    with studio.writing():
        before = time_zone(studio)
        if before != name:
            studio.set_setting(SETTING, name)
            audit_log.record(studio, actor, "studio.time_zone", "studio", {"from": before, "to": name})


def today(studio: Studio) -> str:
    """The date in the studio now."""
    return day_in(studio, now())


def day_in(studio: Studio, moment: str | None) -> str:
    """The date of a moment of the record in the studio; empty for none."""
    return date_of(moment, time_zone(studio)) if moment else ""


def moment_in(studio: Studio, name: str, text: str) -> str:
    """A date or time that somebody typed, `name` of it, as the record writes it; without a zone it is the studio's."""
    return parse_moment(name, text, zone_named(time_zone(studio)))


def minute_in(studio: Studio, moment: str | None) -> str:
    """The date and time of a moment of the record in the studio, with the zone: 2026-11-27 17:30 Asia/Tokyo; empty for none."""
    return f"{minute_of(moment, time_zone(studio))} {time_zone(studio)}" if moment else ""
