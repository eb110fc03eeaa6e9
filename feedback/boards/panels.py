"""Panels of a storyboard: a take each, in an order of their own, with action and dialogue.

A board is of one sequence of a project. Its panels may show any take of the project that nobody is blind to. A panel that is
taken out stays in the record and can be brought back. Two people who write into the same panel at once do not overwrite each
other: whoever comes second is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypedDict, cast

from feedback.clock import now
from feedback.errors import Conflict, Invalid, NotFound, Refused
from feedback.fields import check_text, check_whole, shown
from feedback.judgements.selects import HOLD_SECONDS, LONGEST_HOLD, SELECTS
from feedback.judgements.statuses import DISCARDED
from feedback.production import projects
from feedback.production.shots import list_shots, natural
from feedback.production.takes import TAKES_OF_OPEN_TRIALS, get_judgeable_take
from feedback.store import Studio

LONGEST_TEXT = 2000  # characters of an action or a dialogue
MOST_PANELS = 500  # of one board
APART = 1024.0  # between two places, so that one fits in between


class Panel(TypedDict):
    """A panel as it stands, with its take's shot and media."""

    id: int
    number: int  # from 1, in the order of the board
    project: str
    sequence: str
    take: int
    frame: int  # that is shown, from 0; a clip plays from it on
    held: int | None  # frames that it lasts; None: as `lasts` says
    lasts: int  # frames at the rate of the clip, or of a still's shot
    action: str
    dialogue: str
    revision: int  # one more after each change
    changed_by: str
    shot: str
    shot_title: str
    kind: Literal["still", "clip"]
    fps_num: int
    fps_den: int
    frames: int
    brief: int


_PANELS = f"""
SELECT p.id, p.take, p.frame, p.held, p.action, p.dialogue, p.revision, p.changed_by, p.sequence, p.place,
       projects.code AS project, shots.code AS shot, shots.title AS shot_title, shots.id AS shot_id, briefs.id AS brief,
       briefs.kind, CASE briefs.kind WHEN 'clip' THEN briefs.fps_num ELSE shots.fps_num END AS fps_num,
       CASE briefs.kind WHEN 'clip' THEN briefs.fps_den ELSE shots.fps_den END AS fps_den, media.frames,
       se.frame_in AS select_in, se.frame_out AS select_out
FROM storyboard_panels p JOIN projects ON projects.id = p.project JOIN takes ON takes.id = p.take
JOIN briefs ON briefs.id = takes.brief JOIN shots ON shots.id = briefs.shot JOIN media ON media.sha256 = takes.media
LEFT JOIN selects se ON se.take = p.take AND se.removed = 0
    AND se.id = (SELECT max(id) FROM selects later WHERE later.take = p.take)
WHERE p.removed IS NULL AND p.take NOT IN ({TAKES_OF_OPEN_TRIALS})
"""


def list_panels(studio: Studio, project: str, sequence: str) -> list[Panel]:
    """The board of a sequence ('' is of shots without one), in its order; NotFound for an unknown project (code)."""
    projects.get_project(studio, project)
    rows = studio.rows(
        f"{_PANELS} AND projects.code = ? AND p.sequence = ? ORDER BY p.place, p.id", (project, sequence)
    )
    return [_panel(row, number) for number, row in enumerate(rows, 1)]


def get_panel(studio: Studio, panel: int) -> Panel:
    """NotFound for one that there is not, or that was taken out."""
    row = studio.row(f"{_PANELS} AND p.id = ?", (panel,))
    if row is None:
        raise NotFound(f"no panel {panel}")
    number = next(
        each["number"] for each in list_panels(studio, row["project"], row["sequence"]) if each["id"] == panel
    )
    return _panel(row, number)


def _panel(row: dict[str, Any], number: int) -> Panel:
    held = row["held"]
    if held and row["kind"] == "clip":
        held = min(held, row["frames"] - row["frame"])  # where it begins was moved on after its length was set
    return cast(Panel, {**row, "number": number, "held": held, "lasts": held or _usual_length(row)})


def _usual_length(row: dict[str, Any]) -> int:
    """A select lasts from the panel's frame to its out, other clips to their end, stills a second."""
    if row["kind"] == "clip":
        last = row["frames"] - 1 if row["select_out"] is None else max(row["select_out"], row["frame"])
        return int(last - row["frame"] + 1)
    if row["select_out"] is not None:
        return int(row["select_out"] - row["select_in"] + 1)
    return max(1, round(HOLD_SECONDS * row["fps_num"] / row["fps_den"]))


def sequences_of(studio: Studio, project: str) -> list[str]:
    """Of the project's shots, and of boards whose shots went elsewhere, by name."""
    rows = studio.rows(
        "SELECT DISTINCT sequence FROM storyboard_panels p JOIN projects o ON o.id = p.project"
        " WHERE o.code = ? AND p.removed IS NULL",
        (project,),
    )
    of_shots = (shot["sequence"] for shot in list_shots(studio, project))
    return sorted({*of_shots, *(row["sequence"] for row in rows)}, key=natural)


def check_sequence(studio: Studio, project: str, sequence: str) -> None:
    """NotFound, with those that there are, for one that the project has neither shots nor panels of. '' is of all without one."""
    if sequence and sequence not in (names := sequences_of(studio, project)):
        there = ", ".join(filter(None, names)) or "none"
        raise NotFound(f"no sequence {shown(sequence)} in {project}: there is {there}")


def add_panels(
    studio: Studio, project: str, sequence: str, takes: Sequence[int], *, author: str, after: int | None = None
) -> list[int]:
    """A panel for each take, behind the panel `after` or at the end; their ids.

    NotFound: unknown take, project or sequence. Invalid: a take of another project, or too many panels. Refused: it is not done, or
    was discarded.
    """
    code = projects.get_project(studio, project)
    shown_takes = [get_judgeable_take(studio, take) for take in takes]
    for take in shown_takes:
        if take["project_code"] != project:
            raise Invalid(f"take {take['id']} is of project {take['project_code']}: give takes of {project}")
        if take["hidden"]:
            raise NotFound(f"no take {take['id']}")
        if take["status"] == DISCARDED:
            raise Refused(f"take {take['id']} was discarded: give it another status first, or choose another take")
    check_sequence(studio, project, sequence)
    with studio.writing():
        there = list_panels(studio, project, sequence)
        if len(there) + len(takes) > MOST_PANELS:
            raise Invalid(f"a storyboard has at most {MOST_PANELS} panels: this one has {len(there)}")
        places = _places_after(studio, there, after, len(takes))
        return [
            _insert(studio, code["id"], sequence, take, 0, place, author)
            for take, place in zip(takes, places, strict=True)
        ]


def bring_selects(studio: Studio, project: str, sequence: str, *, author: str) -> list[int]:
    """A panel at the end for each pick of the sequence whose take is on no panel yet, in cutting order; their ids."""
    code = projects.get_project(studio, project)
    check_sequence(studio, project, sequence)
    with studio.writing():
        there = list_panels(studio, project, sequence)
        shown_takes = {panel["take"] for panel in there}
        missing = [row for row in picks_of_sequence(studio, project, sequence) if row["take"] not in shown_takes]
        if len(there) + len(missing) > MOST_PANELS:
            raise Invalid(f"a storyboard has at most {MOST_PANELS} panels: this one has {len(there)}")
        places = _places_after(studio, there, None, len(missing))
        return [
            _insert(studio, code["id"], sequence, row["take"], row["frame"], place, author)
            for row, place in zip(missing, places, strict=True)
        ]


def picks_of_sequence(studio: Studio, project: str, sequence: str) -> list[dict[str, Any]]:
    """{take, frame} of the first select of each shot, in cutting order."""
    codes = [shot["code"] for shot in list_shots(studio, project) if shot["sequence"] == sequence]
    first = dict[str, dict[str, Any]]()
    for row in studio.rows(SELECTS, {"project": project, "shots": None}):
        frame = row["frame_in"] if row["kind"] == "clip" else 0
        first.setdefault(row["shot"], {"take": row["take"], "frame": frame})
    return [first[code] for code in codes if code in first]


def change_panel(studio: Studio, panel: int, revision: int, *, author: str, **fields: Any) -> Panel:
    """Sets what is given of action, dialogue, frame and held (0: as long as usual).

    Conflict: somebody else changed it since `revision`. Invalid names the value that is out of range.
    """
    with studio.writing() as db:
        row = get_panel(studio, panel)
        if row["revision"] != revision:
            raise Conflict(f"{row['changed_by']} changed panel {row['number']} meanwhile: look at it and save again")
        checked = _checked(row, fields)
        if checked:
            db.table("storyboard_panels").update(panel, {**checked, **_changed(row["revision"], author)})
    return get_panel(studio, panel)


def _checked(row: Panel, fields: dict[str, Any]) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for name in ("action", "dialogue"):
        if fields.get(name) is not None:
            checked[name] = check_text(name, fields[name], LONGEST_TEXT)
    if fields.get("frame") is not None:
        checked["frame"] = check_whole("frame", fields["frame"], 0, row["frames"] - 1)
    if fields.get("held") is not None:
        frame = checked.get("frame", row["frame"])
        most = LONGEST_HOLD if row["kind"] == "still" else row["frames"] - frame
        checked["held"] = check_whole("held", fields["held"], 0, most) or None
    return checked


def _changed(revision: int, author: str) -> dict[str, Any]:
    return {"revision": revision + 1, "changed_by": author, "changed": now()}


def move_panel(studio: Studio, panel: int, to: int, *, author: str) -> Panel:
    """Puts a panel at another place, from 1; the others make room."""
    with studio.writing() as db:
        row = get_panel(studio, panel)
        others = [each for each in list_panels(studio, row["project"], row["sequence"]) if each["id"] != panel]
        check_whole("place", to, 1, len(others) + 1)
        before = others[to - 2]["id"] if to > 1 else 0
        (place,) = _places_after(studio, others, before, 1)
        db.table("storyboard_panels").update(panel, {"place": place, "changed_by": author, "changed": now()})
    return get_panel(studio, panel)


def remove_panel(studio: Studio, panel: int, *, author: str) -> None:
    """Takes it out of the board; its texts stay, for `restore_panel`."""
    with studio.writing() as db:
        get_panel(studio, panel)
        db.table("storyboard_panels").update(panel, {"removed": now(), "changed_by": author, "changed": now()})


def restore_panel(studio: Studio, panel: int, *, author: str) -> Panel:
    """Puts it back where it was; twice is fine."""
    with studio.writing() as db:
        if studio.value("SELECT 1 FROM storyboard_panels WHERE id = ?", (panel,)) is None:
            raise NotFound(f"no panel {panel}")
        db.table("storyboard_panels").update(panel, {"removed": None, "changed_by": author, "changed": now()})
    return get_panel(studio, panel)


def _insert(studio: Studio, project: int, sequence: str, take: int, frame: int, place: float, author: str) -> int:
    moment = now()
    row = {
        "project": project,
        "sequence": sequence,
        "place": place,
        "take": take,
        "frame": frame,
        "author": author,
        "created": moment,
        "changed_by": author,
        "changed": moment,
    }
    with studio.writing() as db:
        return int(db.table("storyboard_panels").insert(row).last_pk or 0)


def _places_after(studio: Studio, panels: Sequence[Panel], after: int | None, count: int) -> list[float]:
    """Places for `count` panels behind one (id), at the beginning (0) or at the end (None)."""
    places = [float(studio.value("SELECT place FROM storyboard_panels WHERE id = ?", (each["id"],))) for each in panels]
    ids = [each["id"] for each in panels]
    if after and after not in ids:
        raise Refused(f"no panel {shown(after)} on this storyboard: it was taken out, or is of another one")
    index = len(ids) if after is None else ids.index(after) + 1 if after else 0
    if index == len(places):
        last = places[-1] if places else 0.0
        return [last + APART * (number + 1) for number in range(count)]
    low = places[index - 1] if index else places[0] - APART * (count + 1)
    step = (places[index] - low) / (count + 1)
    if step < 1e-6:  # no room is left between two panels after some fifty moves to the same place
        _spread(studio, ids)
        return _places_after(studio, panels, after, count)
    return [low + step * (number + 1) for number in range(count)]


def _spread(studio: Studio, ids: Sequence[int]) -> None:
    with studio.writing() as db:
        for number, panel in enumerate(ids, 1):
            db.table("storyboard_panels").update(panel, {"place": APART * number})
