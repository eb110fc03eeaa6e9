"""Library adapters: what runs on frames and clips of the library made, which runs on judgements stand on."""

from __future__ import annotations

from pathlib import PurePosixPath

from feedback.errors import Refused
from feedback.fields import shown
from feedback.models.version_rights import missing_for_version
from feedback.models.versions import Adapter, get_version
from feedback.store import Studio

MADE = """
SELECT v.name FROM versions v JOIN runs r ON r.id = v.run WHERE json_extract(r.recipe, '$.data.learn_from') = 'library'
"""
FITTING = f"""
{MADE} AND v.base = :base AND v.state <> 'rejected'
AND (json_extract(r.recipe, '$.data.project') IS NULL OR json_extract(r.recipe, '$.data.project') = :project)
ORDER BY r.id DESC
"""


def newest_library_version(studio: Studio, base: str, project: str | None) -> str | None:
    """The newest of this base, for the whole studio or for the project (code), whose frames may still be learned from.

    None where there is none. A rejected version is none.
    """
    names = [row["name"] for row in studio.rows(FITTING, {"base": base, "project": project})]
    return next((name for name in names if not missing_for_version(studio, name)), None)


def check_library_version(studio: Studio, name: str, base: str, project: str | None) -> str:
    """The name; Refused, with the reason, where a run on this base cannot stand on it."""
    row = get_version(studio, name)
    if row["base"] != base:
        raise Refused(
            f"{shown(name)} is a version of the base {row['base']}, and production of {base}: name another one"
        )
    fitting = {each["name"] for each in studio.rows(FITTING, {"base": base, "project": project})}
    if name not in fitting:
        raise Refused(f"{shown(name)} is no library adapter for this run: see `circletake versions list`")
    if missing := missing_for_version(studio, name):
        raise Refused(f"{name} may not be stood on: {missing[0]}")
    return name


def adapters_of_library(studio: Studio, name: str) -> list[Adapter]:
    """Of the adapters that a version carries, those that were learned from the library."""
    made = {row["name"] for row in studio.rows(MADE)}
    return [each for each in get_version(studio, name)["adapters"] if PurePosixPath(each["folder"]).name in made]
