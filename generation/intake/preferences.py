"""Preferences that people gave elsewhere become takes, made elsewhere, and verdicts of one person, each once.

Pictures are scaled to the size that production draws nearest to theirs, so that a run can learn from them; the files
themselves are kept as they came. A row is one step: an import that was ended goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from feedback.errors import Refused
from feedback.exchange.imports.preference_files import RawRow, open_preferences
from feedback.exchange.imports.preference_pairs import SetPair, SetPicture, briefs_of_pictures, pair_of
from feedback.exchange.outside.takes import brief_alike, take_of_file
from feedback.judgements import ballots, idempotency
from feedback.models.versions import production_version
from feedback.people.accounts import Person
from feedback.production import briefs, shots
from feedback.production.briefs import Brief
from feedback.store import Studio
from generation.families.unloaded.grids import grid_in
from generation.intake.fitting import shape_of
from generation.intake.taking import Target, take_measured
from generation.media.sources import measure_file, name_of_file
from generation.models.base_models import folder_of_version
from generation.models.limits import Shape, read_limits
from generation.models.nearest import nearest_drawable

MOST_REFUSALS = 1000  # that are kept; the others are counted


class SetRefusal(NamedTuple):
    where: str
    reason: str


@dataclass
class SetOutcome:
    """What became of the rows."""

    taken: int = 0  # verdicts that are new
    known: int = 0  # that were here already, those on takes of this studio among them
    undecided: int = 0  # rows without a verdict
    refused: int = 0
    refusals: list[SetRefusal] = field(default_factory=list)
    is_whole: bool = True  # or it was told to stop

    def refuse(self, where: str, reason: str) -> SetRefusal:
        refusal = SetRefusal(where, reason)
        self.refused += 1
        if len(self.refusals) < MOST_REFUSALS:
            self.refusals.append(refusal)
        return refusal


class PreferenceIntake:
    """Takes pairs into the briefs of a shot (id), judged by a person."""

    def __init__(self, studio: Studio, shot: int, person: Person, name: str) -> None:
        """`name`: of the set, which its takes' provenance has."""
        self.studio, self.shot, self.person, self.name = studio, shot, person, name
        folder = folder_of_version(studio, production_version(studio))
        self.limits, self.grid = read_limits(folder), grid_in(folder)
        self.own = briefs_of_pictures(studio)

    def take_pair(self, pair: SetPair) -> bool:
        """Whether its verdict is new. Refused for a picture that cannot be taken."""
        uid = pair.uid(self.person["name"], self.shot)
        if idempotency.is_stored(self.studio, "ballots", uid) or self.is_of_this_studio(pair):
            return False
        brief = self.brief_for(pair)
        left, right = (self.take_of(side, brief, pair) for side in (pair.left, pair.right))
        _, is_new = ballots.cast_ballot(self.studio, self.person["id"], uid, left, right, pair.verdict)
        return is_new

    def is_of_this_studio(self, pair: SetPair) -> bool:
        """An export of ours that comes back: its verdicts are those that are here."""
        brief = self.own.get(pair.left.sha256)
        return brief is not None and brief == self.own.get(pair.right.sha256)

    def brief_for(self, pair: SetPair) -> Brief:
        """The shot's brief of that prompt and size, or a new one."""
        name = name_of_file(pair.left.name)
        shape = shape_of(measure_file(pair.left.data, name), name)
        if shape.kind != "still":
            raise Refused(f"{name} is a clip: give pictures")
        nearest = nearest_drawable(self.limits, self.grid, Shape("still", shape.width, shape.height, 1))
        fields: dict[str, Any] = {"kind": "still", "width": nearest.width, "height": nearest.height}
        row = briefs.check_fields(self.studio, shots.get_shot(self.studio, self.shot), pair.prompt, **fields)
        with self.studio.writing():
            alike = brief_alike(self.studio, row)
            if alike is not None:
                return briefs.get_brief(self.studio, alike)
            return briefs.write_brief(self.studio, self.shot, pair.prompt, author=self.person["name"], **fields)

    def take_of(self, picture: SetPicture, brief: Brief, pair: SetPair) -> int:
        there = take_of_file(self.studio, picture.sha256, brief=brief["id"])
        if there is not None:
            return there
        name = name_of_file(picture.name)
        imported = {"set": self.name, "row": pair.where, "person": self.person["name"]}
        target = Target(brief=brief["id"], model=picture.model, cut=True, imported=imported)
        return take_measured(self.studio, measure_file(picture.data, name), name, target).take


def import_preferences(
    intake: PreferenceIntake,
    path: Path,
    *,
    stop: Callable[[], bool] = lambda: False,
    on_refusal: Callable[[SetRefusal], None] = lambda refusal: None,
    on_count: Callable[[int | None], None] = lambda count: None,
    on_row: Callable[[], None] = lambda: None,
) -> SetOutcome:
    """Every row that can be taken, whatever is wrong with others. NotFound or Invalid for what is no such set at all.

    `on_count`: gets how many rows there are, None where that is unknown.
    """
    file, outcome = open_preferences(path), SetOutcome()
    on_count(file.length)
    for row in file.rows:
        if stop():
            outcome.is_whole = False
            break
        try:
            take_row(intake, row, outcome)
        except Refused as reason:
            on_refusal(outcome.refuse(row.where, str(reason)))
        on_row()
    return outcome


def take_row(intake: PreferenceIntake, row: RawRow, outcome: SetOutcome) -> None:
    pair = pair_of(row)
    if pair is None:
        outcome.undecided += 1
    elif intake.take_pair(pair):
        outcome.taken += 1
    else:
        outcome.known += 1
