"""Whether a version may draw for the studio today: what it learned from is still allowed."""

from __future__ import annotations

from feedback.errors import NotFound
from feedback.models.lineage import runs_behind
from feedback.rights.behind_runs import missing_for_runs
from feedback.rights.checks import MOST_NAMED, refuse
from feedback.store import Studio


def missing_for_version(studio: Studio, name: str, day: str | None = None) -> list[str]:
    """What it lacks on a day, today unless given, in lines; nothing when it may draw. NotFound: no such version."""
    return missing_for_runs(studio, runs_behind(studio, name), day)


def refuse_without_rights(studio: Studio, name: str) -> None:
    """Also by force: nobody in a studio can allow what somebody else took back."""
    refuse(f"{name} cannot draw for the studio", missing_for_version(studio, name))


def why_barred(studio: Studio, name: str) -> str | None:
    """In one line, for takes that waited for the version; None when it may draw, or is gone and fails where it is loaded."""
    try:
        missing = missing_for_version(studio, name)
    except NotFound:
        return None
    more = f"; and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
    return f"{name} cannot draw for the studio: {'; '.join(missing[:MOST_NAMED])}{more}" if missing else None
