"""Selects: circled takes placed in their shots, with in and out frames. The latest row per shot and take counts.

Frames count from 0 in the take's own frames; `frame_in` and `frame_out` are both inside the range. On a still, whose
only frame is 0, the range is how long the edit holds it: one second unless somebody sets another one.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict, cast

from feedback.clock import now
from feedback.errors import Forbidden, Invalid, Refused
from feedback.fields import check_whole, clean_text, shown
from feedback.judgements import idempotency
from feedback.judgements.notes import ListedNote, list_notes
from feedback.judgements.regions import Box
from feedback.people.accounts import Person, at_least
from feedback.production.shots import get_shot, list_shots, sequence_of
from feedback.production.takes import TAKES_OF_OPEN_TRIALS, Take, get_take
from feedback.store import Studio
from feedback.store.media import describe, path_of

LONGEST_HOLD = 100_000
HOLD_SECONDS = 1  # of a still that was just circled

# Rows are added and never changed: the last one of a shot and take counts.
IS_CURRENT = (
    "se.removed = 0 AND se.id = (SELECT max(id) FROM selects later WHERE later.shot = se.shot AND later.take = se.take)"
)
# A clip keeps the rate it was drawn at; a still has none and takes its shot's.
SELECTS = f"""
SELECT se.id AS "select", se.take, se.frame_in, se.frame_out, se.position,
       (SELECT people.name FROM statuses JOIN people ON people.id = statuses.person
        WHERE statuses.take = se.take AND status = 'circled' ORDER BY statuses.id DESC LIMIT 1) AS circled_by,
       projects.code AS project, projects.title AS project_title, shots.code AS shot, shots.title AS shot_title,
       shots.own_sequence, shots.fps_num AS shot_fps_num, shots.fps_den AS shot_fps_den,
       CASE briefs.kind WHEN 'clip' THEN briefs.fps_num ELSE shots.fps_num END AS fps_num,
       CASE briefs.kind WHEN 'clip' THEN briefs.fps_den ELSE shots.fps_den END AS fps_den,
       briefs.id AS brief, briefs.prompt, briefs.negative_prompt, briefs.kind,
       takes.seed, takes.version, takes.media, takes.poster, media.width, media.height, media.frames
FROM selects se
JOIN shots ON shots.id = se.shot JOIN projects ON projects.id = shots.project
JOIN takes ON takes.id = se.take JOIN briefs ON briefs.id = takes.brief
JOIN media ON media.sha256 = takes.media
WHERE projects.code = :project AND {IS_CURRENT} AND shots.archived IS NULL
  AND (:shots IS NULL OR shots.code IN (SELECT value FROM json_each(:shots)))
  AND se.take NOT IN ({TAKES_OF_OPEN_TRIALS})
ORDER BY se.position, se.id
"""


_PLACE = ("shot", "take", "position", "frame_in", "frame_out")
_OF_SHOT = f"SELECT * FROM selects se WHERE se.shot = ? AND {IS_CURRENT} ORDER BY se.position, se.id"


class Select(TypedDict):
    """A row of `selects`: where a circled take stood in its shot from then on, or that it left."""

    id: int
    uid: str
    shot: int
    take: int
    frame_in: int
    frame_out: int
    position: int
    person: int
    created: str
    removed: int  # 1 or 0


class SelectNote(TypedDict):
    person: str  # the writer's name
    text: str
    region: Box | None  # around what was drawn freehand
    frame_in: int | None
    frame_out: int | None
    created: str


class SelectPlace(TypedDict):
    """A row of SELECTS, as far as a cut needs it."""

    shot: str
    take: int
    frame_in: int
    frame_out: int
    fps_num: int
    fps_den: int
    kind: Literal["still", "clip"]
    brief: int


class SelectDetails(SelectPlace):
    """A select with everything that an export says about it."""

    select: int
    project: str
    project_title: str
    shot_title: str
    shot_fps_num: int
    shot_fps_den: int
    sequence: str  # empty for a shot whose code names none
    position: int
    prompt: str
    negative_prompt: str
    seed: int
    version: str
    status: str
    stars: float | None  # mean; None when nobody rated it
    raters: int
    notes: list[SelectNote]
    circled_by: str
    media: str  # sha256
    poster: str | None
    path: Path
    picture: Path  # the poster of a clip, else the same as path
    width: int  # pixels
    height: int
    frames: int


def _append(studio: Studio, row: dict[str, Any]) -> None:
    with studio.writing() as db:
        db.table("selects").insert({"uid": str(uuid.uuid4()), **row, "created": now()})


def _latest(studio: Studio, take: int) -> Select | None:
    return cast(Select | None, studio.row("SELECT * FROM selects WHERE take = ? ORDER BY id DESC LIMIT 1", (take,)))


def current_select(studio: Studio, take: int) -> Select | None:
    """Where the take stands in its shot; None for one that is not circled."""
    latest = _latest(studio, take)
    return latest if latest and not latest["removed"] else None


def circled_select(studio: Studio, take: int) -> Select:
    """The same; NotFound for a take that there is not, Refused for one that is not circled."""
    status = get_take(studio, take)["status"]
    current = current_select(studio, take)
    if current is None:
        raise Refused(f"take {take} is {status} and no select; circle it first")
    return current


def place_circled(studio: Studio, person_id: int, take: Take) -> None:
    """Adds a just circled take: where and as long as it was when it was circled before, else whole, at the end of its shot.

    Where another one has its place by now, it comes behind that.
    """
    before = _latest(studio, take["id"])
    place = {name: before[name] for name in _PLACE} if before else _at_the_end(studio, take)  # type: ignore[literal-required]
    others = selects_of_shot(studio, place["shot"])
    if any(row["position"] == place["position"] for row in others):
        place["position"] += 1
        _move_up(studio, person_id, others, place["position"])
    _append(studio, {**place, "person": person_id, "removed": 0})


def _move_up(studio: Studio, person_id: int, others: Sequence[Select], position: int) -> None:
    """Leaves a place free among the selects of a shot; those at it and behind move by as much as they must."""
    for row in others:
        if row["position"] == position:
            position += 1
            kept = {name: row[name] for name in _PLACE}  # type: ignore[literal-required]
            _append(studio, {**kept, "position": position, "person": person_id, "removed": 0})


def _at_the_end(studio: Studio, take: Take) -> dict[str, int]:
    last = studio.value("SELECT max(position) FROM selects WHERE shot = ?", (take["shot"],)) or 0
    end = _frames_at_first(studio, take) - 1
    return {"shot": take["shot"], "take": take["id"], "position": 1 + last, "frame_in": 0, "frame_out": end}


def _frames_at_first(studio: Studio, take: Take) -> int:
    """The whole of a clip; a second of a still, at its shot's rate."""
    if take["kind"] != "still":
        return describe(studio, take["media"])["frames"]
    shot = get_shot(studio, take["shot"])
    return max(1, round(HOLD_SECONDS * shot["fps_num"] / shot["fps_den"]))


def remove_circled(studio: Studio, person_id: int, take: Take) -> None:
    """Takes a select out again; the rows before stay."""
    row = current_select(studio, take["id"])
    if row:
        place = {name: row[name] for name in _PLACE}  # type: ignore[literal-required]
        _append(studio, {**place, "person": person_id, "removed": 1})


def set_range(
    studio: Studio, person: Person, uid: str, take: int, frame_in: int, frame_out: int, position: int | None = None
) -> tuple[Select, bool]:
    """Sets a select's first and last frame; returns the row and whether it is new.

    `position`: its place among the selects of its shot, from 1; the others move. The first is the pick, the others are
    alternates. Refused for a take that is not circled, Invalid for frames or places it cannot have, Forbidden below
    supervisor.
    """
    if not at_least(person, "supervisor"):
        raise Forbidden(f"{person['name']} is {person['role']}; only a supervisor sets in and out")
    circled = get_take(studio, take)
    row = {"shot": circled["shot"], "take": take, "frame_in": frame_in, "frame_out": frame_out, "person": person["id"]}
    with studio.writing():
        if idempotency.is_stored(studio, "selects", uid):
            sent = {} if position is None else {"position": position}
            return idempotency.store_once(studio, "selects", uid, {**row, **sent})
        latest = circled_select(studio, take)
        _check_range(frame_in, frame_out, _last_frame(studio, circled))
        if position is not None:
            _make_room(studio, person["id"], latest, position)
        place = latest["position"] if position is None else position
        return idempotency.store_once(studio, "selects", uid, row, position=place, removed=0)


def _make_room(studio: Studio, person_id: int, moved: Select, position: int) -> None:
    """Numbers the other selects of the shot around the one that moves; those that stay get no row."""
    others = [row for row in selects_of_shot(studio, moved["shot"]) if row["take"] != moved["take"]]
    check_whole("position", position, 1, len(others) + 1)
    places = [place for place in range(1, len(others) + 2) if place != position]
    for row, place in zip(others, places, strict=True):
        if row["position"] != place:
            kept = {name: row[name] for name in _PLACE}  # type: ignore[literal-required]
            _append(studio, {**kept, "position": place, "person": person_id, "removed": 0})


def selects_of_shot(studio: Studio, shot: int) -> list[Select]:
    """The selects of a shot (id) in their order: the pick and its alternates. Those of open trials are among them."""
    return cast(list[Select], studio.rows(_OF_SHOT, (shot,)))


def _last_frame(studio: Studio, take: Take) -> int:
    return LONGEST_HOLD if take["kind"] == "still" else describe(studio, take["media"])["frames"] - 1


def _check_range(frame_in: int, frame_out: int, last: int) -> None:
    whole = all(isinstance(frame, int) for frame in (frame_in, frame_out))
    if not whole or not 0 <= frame_in <= frame_out <= last:
        raise Invalid(
            f"frames {shown(frame_in)}-{shown(frame_out)}: give 0 <= in <= out <= {last}, both inside the range"
        )


def list_selects(studio: Studio, project_code: str, shots: Sequence[str] | None = None) -> list[SelectDetails]:
    """The project's selects (of some shots, by code) in the order of the cut, the pick of each shot before its alternates.

    Those of open trials are left out: naming their version would unblind them. So are those of archived shots. All are as
    they were at one moment, whoever circles meanwhile.
    """
    names = {"project": project_code, "shots": None if shots is None else json.dumps(list(shots))}
    with studio.reading():
        place = {shot["code"]: number for number, shot in enumerate(list_shots(studio, project_code))}
        rows = sorted(studio.rows(SELECTS, names), key=lambda row: place.get(row["shot"], 0))
        return [_with_judgements(studio, row) for row in rows]


def picks_around(studio: Studio, take: Take) -> tuple[SelectPlace | None, SelectPlace | None]:
    """The picks that play before and after the take's shot in the cut of its sequence; None where there is none.

    Shots without a select are passed over, as in the cut.
    """
    shots = list_shots(studio, take["project_code"])
    sequence = next((row["sequence"] for row in shots if row["code"] == take["shot_code"]), None)
    codes = [row["code"] for row in shots if row["sequence"] == sequence]
    picks = dict[str, SelectPlace]()
    for row in studio.rows(SELECTS, {"project": take["project_code"], "shots": json.dumps(codes)}):
        picks.setdefault(row["shot"], cast(SelectPlace, row))
    if take["shot_code"] not in codes:  # an archived one
        return None, None
    place = codes.index(take["shot_code"])
    before, after = ([code for code in part if code in picks] for part in (codes[:place], codes[place + 1 :]))
    return picks[before[-1]] if before else None, picks[after[0]] if after else None


def _with_judgements(studio: Studio, row: dict[str, Any]) -> SelectDetails:
    path = path_of(studio, row["media"])
    take = get_take(studio, row["take"])
    details = {
        # Cleaned again, for texts of a studio from before that rule.
        **{key: clean_text(value) if isinstance(value, str) else value for key, value in row.items()},
        "sequence": row["own_sequence"] or sequence_of(row["shot"]),
        "status": take["status"],
        "stars": take["stars"],
        "raters": take["raters"],
        "notes": [_select_note(note) for note in list_notes(studio, row["take"])],
        "path": path,
        "picture": path_of(studio, row["poster"]) if row["poster"] else path,
    }
    return cast(SelectDetails, details)


def _select_note(note: ListedNote) -> SelectNote:
    return {
        "person": note["author"],
        "text": clean_text(note["text"]),
        "region": _box_of(note["region"]),
        "frame_in": note["frame_in"],
        "frame_out": note["frame_out"],
        "created": note["created"],
    }


def _box_of(region: Box | None) -> Box | None:
    return None if region is None else {"x": region["x"], "y": region["y"], "w": region["w"], "h": region["h"]}


def are_there_selects(studio: Studio, project: str) -> bool:
    """Whether a take of the project (code) is circled."""
    question = """SELECT 1 FROM selects x JOIN shots s ON s.id = x.shot JOIN projects p ON p.id = s.project
                  WHERE p.code = ? AND NOT x.removed AND x.id =
                  (SELECT MAX(id) FROM selects later WHERE later.shot = x.shot AND later.take = x.take) LIMIT 1"""
    return studio.value(question, (project,)) is not None
