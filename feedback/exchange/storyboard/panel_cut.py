"""A storyboard as a cut: each panel a clip that lasts as long as the panel, for what prints and plays cuts."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, cast

from feedback.boards.panels import Panel, list_panels
from feedback.errors import Refused
from feedback.exchange.edit.cut import Clip, Cut, cut_of, missing_media
from feedback.exchange.edit.settings import edit_settings
from feedback.fields import clean_text
from feedback.judgements.selects import SelectDetails
from feedback.judgements.statuses import DISCARDED
from feedback.production import projects, takes
from feedback.rights.checks import missing_for_takes, refuse
from feedback.rights.passport import incomplete_in_making, passports_of
from feedback.rights.passport_policy import PassportPolicy
from feedback.rights.project_rules import LIST, OFF, REFUSE
from feedback.store import Studio
from feedback.store.media import describe, path_of
from feedback.store.time_zone import today


class Board(NamedTuple):
    cut: Cut
    panels: list[Panel]  # one for each clip
    sequence: str

    def panel_of(self, clip: Clip) -> Panel:
        return self.panels[clip.select["select"] - 1]


def board_of(studio: Studio, project: str, sequence: str) -> Board:
    """NotFound for an unknown project (code). Refused for a board without panels, or one whose media are gone or not allowed."""
    panels = list_panels(studio, project, sequence)
    if not panels:
        name = f"sequence {sequence}" if sequence else "what has no sequence"
        raise Refused(f"the storyboard of {name} in {project} has no panels: bring in selects or add takes first")
    row = projects.get_project(studio, project)
    selects = (as_select(studio, panel) for panel in panels)
    cut = cut_of(row, edit_settings(studio, project), selects, today(studio))
    check_allowed(studio, panels)
    if discarded := [
        panel for panel, clip in zip(panels, cut.clips, strict=True) if clip.select["status"] == DISCARDED
    ]:
        cut.remarks.append(
            f"the takes of {name_panels(discarded)} were discarded: take the panels out, if that is not meant"
        )
    missing = set(missing_media(cut))
    if missing:
        gone = name_panels([panel for panel in panels if panel["take"] in missing])
        raise Refused(f"the media of {gone} are gone: restore them from a backup, or take the panels out")
    return Board(cut, panels, sequence)


def check_allowed(studio: Studio, panels: list[Panel]) -> None:
    """Refused, with what is missing, where a licence or a consent does not allow a panel's take to be exported.

    Panels are named and not takes, whose numbers are not for everybody who exports.
    """
    missing = missing_for_takes(studio, [panel["take"] for panel in panels])
    if missing:
        named = name_panels([panel for panel in panels if panel["take"] in missing])
        refuse(f"{named} cannot be exported", sorted({line for lines in missing.values() for line in lines}))


def check_passports(studio: Studio, board: Board, policy: PassportPolicy) -> None:
    """Refused under REFUSE, and under LIST a remark, where passports do not say how takes were made.

    A board may show what nobody has approved yet, so that approval and intended use are not asked for.
    """
    gaps = (
        incomplete_in_making(passports_of(studio, {panel["take"] for panel in board.panels})) if policy != OFF else {}
    )
    if not gaps:
        return
    named = name_panels([panel for panel in board.panels if panel["take"] in gaps])
    lines = "; ".join(sorted({line for lines in gaps.values() for line in lines}))
    if policy == REFUSE:
        project = board.cut.project
        raise Refused(
            f"{project} exports takes with complete passports alone: {named}: {lines};"
            f" take the panels out, or `circletake project set {project} --passport {LIST}`"
        )
    board.cut.remarks.append(f"passports are incomplete, {named}: {lines}")


def name_panels(panels: list[Panel]) -> str:
    return f"panel{'s' if len(panels) > 1 else ''} {', '.join(str(panel['number']) for panel in panels)}"


def as_select(studio: Studio, panel: Panel) -> SelectDetails:
    """What a cut needs of a select; `select` is the panel's number."""
    take = takes.get_take(studio, panel["take"])
    sha256 = take["media"] or ""
    file, path = describe(studio, sha256), path_of(studio, sha256)
    start = panel["frame"] if panel["kind"] == "clip" else 0
    texts: dict[str, Any] = {name: clean_text(str(panel[name])) for name in ("project", "shot", "shot_title")}  # type: ignore[literal-required]
    return cast(
        SelectDetails,
        {
            **{name: panel[name] for name in ("take", "kind", "fps_num", "fps_den", "brief", "sequence")},  # type: ignore[literal-required]
            **texts,
            "select": panel["number"],
            "frame_in": start,
            "frame_out": start + panel["lasts"] - 1,
            "position": 1,
            "version": "",
            "status": take["status"],
            "stars": None,
            "raters": 0,
            "notes": [],
            "media": sha256,
            "poster": take["poster"],
            "path": Path(path),
            "picture": Path(path),
            "width": file["width"],
            "height": file["height"],
            "frames": file["frames"],
            "seed": take["seed"],
            "prompt": take["prompt"],
        },
    )
