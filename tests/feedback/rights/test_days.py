"""Whose midnight ends a consent: that of the studio's time zone, and what was decided by it stays on record."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from feedback.errors import Invalid
from feedback.exchange.export import ExportOptions, read_cut
from feedback.judgements import statuses
from feedback.ledger.contents import ledger_of
from feedback.ledger.files.sections import sections_of
from feedback.ledger.rights import state_of
from feedback.maintenance.rights_checks import check_rights, check_time_zone
from feedback.models import nights, runs, versions
from feedback.models.base_facts import BaseFacts
from feedback.people.accounts import get_person
from feedback.preferences.dataset import parse_since
from feedback.report.morning import morning_report
from feedback.rights import passport
from feedback.rights.checks import missing_for_briefs
from feedback.rights.consents import add_consent, end_consent, get_consent
from feedback.rights.contributors import add_contributor
from feedback.store import Studio, audit_log, time_zone
from feedback.store.time_zone import day_in, set_time_zone, today
from feedback.trials.promotion import ensure_starter
from tests.feedback.scene import Scene

WORDS = {"subject": "likeness", "uses": ["training", "drawing"], "described": "a face"}
TOKYO, ANGELES, BERLIN = "Asia/Tokyo", "America/Los_Angeles", "Europe/Berlin"


class Clock:
    """What the record takes for now, where days are asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moment = ""
        monkeypatch.setattr(time_zone, "now", lambda: self.moment)

    def set(self, text: str, before: bool = False) -> None:
        """`before`: the last moment before it."""
        moment = datetime.fromisoformat(f"{text}:00+00:00") - timedelta(microseconds=before)
        self.moment = moment.isoformat(timespec="microseconds")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def named(scene: Scene, **terms: str) -> int:
    """A brief that names Ada, who consented on these terms."""
    add_contributor(scene.studio, "Ada Lovelace")
    add_consent(scene.studio, "Ada Lovelace", **WORDS, **terms)  # type: ignore[arg-type]
    return scene.brief("Ada Lovelace at sea")


@pytest.mark.parametrize(
    ("zone", "begins", "is_over"),
    [
        ("UTC", "2026-11-28T00:00", "2026-12-01T00:00"),
        (TOKYO, "2026-11-27T15:00", "2026-11-30T15:00"),
        (ANGELES, "2026-11-28T08:00", "2026-12-01T08:00"),
        ("Pacific/Kiritimati", "2026-11-27T10:00", "2026-11-30T10:00"),
    ],
)
def test_a_consent_holds_from_the_first_midnight_to_the_last(
    scene: Scene, clock: Clock, zone: str, begins: str, is_over: str
) -> None:
    brief = named(scene, starts="2026-11-28", ends="2026-11-30")
    set_time_zone(scene.studio, zone)

    def holds(moment: str, before: bool = False) -> bool:
        clock.set(moment, before)
        return missing_for_briefs(scene.studio, [brief]) == {}

    assert [holds(begins, True), holds(begins), holds(is_over, True), holds(is_over)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("ends", "is_over"), [("2026-03-29", "2026-03-29T22:00"), ("2026-10-25", "2026-10-25T23:00")]
)  # of 23 hours, and of 25
def test_days_on_which_clocks_change_end_at_their_own_midnight(
    scene: Scene, clock: Clock, ends: str, is_over: str
) -> None:
    brief = named(scene, ends=ends)
    set_time_zone(scene.studio, BERLIN)
    clock.set(is_over, before=True)
    assert (today(scene.studio), missing_for_briefs(scene.studio, [brief])) == (ends, {})
    clock.set(is_over)
    assert list(missing_for_briefs(scene.studio, [brief])) == [brief]


def test_a_changed_zone_counts_from_now_on_and_is_on_record(scene: Scene, clock: Clock) -> None:
    studio, brief = scene.studio, named(scene, ends="2026-11-30")
    clock.set("2026-12-01T02:00")
    assert list(missing_for_briefs(studio, [brief])) == [brief], "days are those of UTC until somebody says otherwise"
    set_time_zone(studio, ANGELES)
    assert missing_for_briefs(studio, [brief]) == {}
    set_time_zone(studio, ANGELES)  # which changes nothing
    changes = [
        json.loads(each["detail"]) for each in audit_log.list_events(studio) if each["action"] == "studio.time_zone"
    ]
    assert changes == [{"from": "UTC", "to": ANGELES}]


@pytest.mark.parametrize("name", ["Mars/Base", "europe/berlin ", "+02:00", "localtime"])
def test_a_bad_name_is_refused_in_a_line_and_the_zone_stays(studio: Studio, name: str) -> None:
    set_time_zone(studio, BERLIN)
    with pytest.raises(Invalid, match=r"^time zone .* is not known: name one such as Europe/Berlin, or UTC$"):
        set_time_zone(studio, name)
    assert time_zone.time_zone(studio) == BERLIN


def test_what_ends_within_30_days_is_counted_from_the_studios_day(scene: Scene, clock: Clock) -> None:
    named(scene, ends="2026-12-31")
    clock.set("2026-11-30T15:30")  # the first of December in Tokyo
    assert check_rights(scene.studio)[1] == "nothing ends within 30 days"
    set_time_zone(scene.studio, TOKYO)
    assert check_rights(scene.studio)[1] == "consent 1 of Ada Lovelace ends on 2026-12-31"
    assert check_time_zone(scene.studio)[1] == "days begin at midnight in Asia/Tokyo: it is 2026-12-01 there"


def test_a_run_and_a_passport_say_by_which_day_they_read(
    scene: Scene, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, brief = scene.studio, named(scene, ends="2026-11-30")
    clock.set("2026-11-28T12:00")
    first, second = scene.takes(brief, 2)
    ana = scene.people["ana"]
    ballot = scene.judge("ana", first, second, "left")
    set_time_zone(studio, ANGELES)
    clock.set("2026-12-01T02:00")
    run = runs.start_run(studio, "guided", {}, "0" * 64, "runs/1", [("ballot", ballot, ana, "train")])
    versions.register_candidate(studio, "v0001", "starter", [], run)
    runs.finish_run(studio, run, "v0001", {})
    set_time_zone(studio, TOKYO)
    base = BaseFacts(base="starter", here=True, sha256=None, licence=None, files={})
    ledger = ledger_of(studio, "v0001", base)
    (row,) = ledger.head["runs"]
    assert (row["rights_day"], row["rights_zone"]) == ("2026-11-30", ANGELES)
    assert (ledger.head["day"], ledger.head["time_zone"]) == ("2026-12-01", TOKYO)
    assert [(each["runs"], each["state"]) for each in ledger.head["consents"]] == [([run], "run out")]
    sentences = [line for section in sections_of(ledger) for line in section.sentences]
    assert f"Run {run} read consents and licences by the day 2026-11-30 in {ANGELES}." in sentences
    assert f"As they stand on 2026-12-01 in {TOKYO}; runs are those that began on the ground of it." in sentences
    monkeypatch.setattr(passport, "now", lambda: clock.moment)
    read = passport.passport_of(studio, first)
    assert (read["day"], read["time_zone"]) == ("2026-12-01", TOKYO)
    assert any("no consent of Ada" in line for line in read["missing"])


def test_reports_nights_and_dates_that_are_typed_go_by_it(studio: Studio, clock: Clock) -> None:
    ensure_starter(studio)
    clock.set("2026-12-01T12:00")
    set_time_zone(studio, TOKYO)
    night = nights.begin_night(studio, nights.this_process())
    with studio.writing() as db:
        db.table("nights").update(night["id"], {"started": "2026-11-30T16:00:00.000000+00:00"})
    assert [len(nights.nights_of_day(studio, day)) for day in ("2026-11-30", "2026-12-01")] == [0, 1]
    report = morning_report(studio, 1, date="2026-11-30")
    assert (report["zone"], report["day"].begin[:13], len(report["nights"])) == (TOKYO, "2026-11-29T15", 1)
    assert parse_since(studio, "2026-12-01") == "2026-11-30T15:00:00.000000+00:00"
    assert parse_since(studio, "2026-12-01T00:00Z") == "2026-12-01T00:00:00.000000+00:00"


def test_what_is_printed_is_dated_where_the_studio_is(scene: Scene, clock: Clock) -> None:
    studio = scene.studio
    set_time_zone(studio, TOKYO)
    clock.set("2026-11-30T15:30")
    (take,) = scene.takes(scene.brief("a boat at sea"), 1)
    statuses.set_status(studio, get_person(studio, "ana"), "1", take, "circled")
    assert read_cut(studio, "SHOW", ExportOptions()).day == "2026-12-01"
    named(scene)
    end_consent(studio, 1, "asked us to")
    with studio.writing() as db:
        db.table("consents").update(1, {"revoked": "2026-11-30T15:30:00.000000+00:00"})
    assert day_in(studio, get_consent(studio, 1)["revoked"]) == "2026-12-01"
    with pytest.raises(Exception, match="was revoked on 2026-12-01"):
        end_consent(studio, 1, "again")
    assert state_of({"starts": None, "ends": "2026-11-30", "revoked": None}, "revoked", today(studio)) == "run out"
