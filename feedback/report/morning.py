"""The morning report: all of its parts, for whoever may see all or for one supervisor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypedDict

from feedback.clock import now
from feedback.days import StudioDay, day_named, yesterday
from feedback.models import versions
from feedback.models.before_after import BeforeAfter, read_before_after
from feedback.people.project_members import check_visible
from feedback.preferences.agreements_waiting import Waiting, waiting_for_agreement
from feedback.preferences.night_needs import NightNeeds, needs_of_night
from feedback.production.projects import get_project
from feedback.report.costs import Costs, Rate, costs_until
from feedback.report.expiring import expiring
from feedback.report.house_style import HouseStyle, house_style
from feedback.report.judged import Judged, judged_on
from feedback.report.learning import (
    CurvePoint,
    MadeVersion,
    NightOfReport,
    learning_curve,
    newest_version,
    nights_after,
)
from feedback.report.standings import EndedTrials, ended_trials
from feedback.store import Studio
from feedback.store.time_zone import time_zone
from feedback.trials import blinding
from feedback.trials.needed import TrialNeeds, needs_of_open_trials
from feedback.trials.trials import waiting_candidates


@dataclass(frozen=True)
class ReportOptions:
    """What the studio says of itself."""

    rate: Rate = field(default_factory=Rate)


class Needed(TypedDict):
    night: NightNeeds
    trials: list[TrialNeeds]  # without anything that was won or lost in them
    agreement: Waiting


class EndingRights(TypedDict):
    """What licences and consents that end within a month leave behind; whose they are stands on the page Rights."""

    day: str  # the last one of the first to end
    production: bool  # whether the version in production rests on them
    takes: int  # of the cut, that cannot be exported after that


class Compared(TypedDict):
    """What was drawn before and after a version."""

    version: str
    blind: bool  # a trial of the version is open: its pictures are kept back
    drawn: BeforeAfter | None  # None where nothing was drawn, or where it is kept back


class MorningReport(TypedDict):
    studio: str
    project: str | None
    day: StudioDay
    zone: str
    written: str  # UTC
    production: str
    judged: Judged
    nights: list[NightOfReport]
    version: MadeVersion | None
    trials: list[EndedTrials]  # that are over
    open: list[str]  # candidates whose trial goes on
    waiting: list[str]  # candidates that have played no trial against production, the newest first
    curve: list[CurvePoint]
    needed: Needed
    compared: Compared | None
    ending: EndingRights | None  # None of one project: licences and consents are the studio's
    costs: Costs
    style: HouseStyle | None


def morning_report(
    studio: Studio,
    least_pairs: int,
    *,
    date: str | None = None,
    project: str | None = None,
    person: int | None = None,
    options: ReportOptions | None = None,
) -> MorningReport:
    """Of a day such as 2026-11-27, yesterday unless given; `least_pairs`: without which the first night is refused.

    `project`: judgements, agreement, costs and pictures of that one alone (a code). `person`: a people id, who gets no more
    than what they see; None on the command line. Raises Invalid for what is no date, NotFound for an unknown project.
    """
    options = options or ReportOptions()
    zone = time_zone(studio)
    day = day_named(yesterday(now(), zone) if date is None else date, zone)
    if project is not None:
        check_project(studio, project, person)
    made = newest_version(studio, day)
    return {
        "studio": studio.setting("name") or studio.folder.name,
        "project": project,
        "day": day,
        "zone": zone,
        "written": now(),
        "production": versions.production_version(studio),
        "judged": judged_on(studio, day, person, project),
        "nights": nights_after(studio, day),
        "version": made,
        "trials": ended_trials(studio, day),
        "open": [trial["candidate"] for trial in blinding.lifecycle.open_trials(studio)],
        "waiting": waiting_candidates(studio),
        "curve": learning_curve(studio, day),
        "needed": {
            "night": needs_of_night(studio, least_pairs),
            "trials": needs_of_open_trials(studio),
            "agreement": waiting_for_agreement(studio),
        },
        "compared": compare(studio, made["version"]) if made else None,
        "ending": ending_rights(studio, person) if project is None else None,
        "costs": costs_until(studio, day, options.rate, person, project),
        "style": house_style(studio, day, person, project),
    }


def ending_rights(studio: Studio, person: int | None) -> EndingRights | None:
    rights = expiring(studio, person)
    if not rights["ending"]:
        return None
    first = rights["ending"][0]["ends"]
    return EndingRights(day=first, production=bool(rights["soon_barred"]), takes=len(rights["takes"]))


def check_project(studio: Studio, project: str, person: int | None) -> None:
    if person is None:
        get_project(studio, project)
    else:
        check_visible(studio, person, "project", project)


def compare(studio: Studio, version: str) -> Compared:
    blind = blinding.is_blind(studio, version)
    return {"version": version, "blind": blind, "drawn": None if blind else read_before_after(studio, version)}
