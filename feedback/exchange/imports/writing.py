"""A cut's shots into the studio's record, inside one transaction. Every value is compared first, so that nothing changes twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from feedback.exchange.edit.shot_ranges import plate_of, ranges_of, set_plate, set_ranges
from feedback.exchange.imports.changes import Change
from feedback.exchange.imports.entries import refusing
from feedback.exchange.imports.shots_of_cut import CutShot, sequence_in
from feedback.production.projects import Project
from feedback.production.shots import (
    Shot,
    add_shot,
    check_open_or_new,
    cut_order,
    list_shots,
    sequence_of,
    set_shot,
)
from feedback.store import Studio


class ShotWriter:
    """Makes the shots of a cut, and changes those that are there."""

    def __init__(self, studio: Studio, project: Project, plates: Mapping[Path, str], writes_plates: bool) -> None:
        self.studio, self.project, self.plates, self.writes_plates = studio, project, plates, writes_plates
        self.rate = Fraction(project["fps_num"], project["fps_den"])
        self.changes = list[Change]()

    def write(self, shots: Sequence[CutShot], selected: Mapping[str, set[int]]) -> dict[str, int]:
        """Ids of the shots by their codes. `selected`: by code, takes whose range is their select's, not the shot's."""
        code = self.project["code"]
        there = {shot["code"]: shot for shot in list_shots(self.studio, code)}
        ids = {each.code: self.write_one(each, there.get(each.code), selected.get(each.code, set())) for each in shots}
        self.make_room(shots, [shot for shot in there.values() if shot["code"] not in ids])
        return ids

    def write_one(self, cut: CutShot, there: Shot | None, selected: set[int]) -> int:
        fields = self.made(cut) if there is None else self.changed(cut, there)
        number = fields.pop("id")
        fields |= self.write_ranges(cut, number, selected) | self.write_plate(cut, number)
        if fields or there is None:
            self.changes.append(Change("shot", f"{self.project['code']}/{cut.code}", there is None, fields))
        return int(number)

    def made(self, cut: CutShot) -> dict[str, Any]:
        def add() -> Shot:
            check_open_or_new(self.studio, self.project["code"], cut.code)
            fps = None if cut.rate is None else cut.rate
            return add_shot(
                self.studio,
                self.project["code"],
                cut.code,
                cut.title or "",
                str(fps) if fps else None,
                sequence=own_sequence(cut),
                position=cut.position,
            )

        shot = refusing(cut.where, add)
        names = {
            "sequence": shot["sequence"],
            "position": shot["position"],
            "fps": rate_of(shot),
            "title": shot["title"],
        }
        return {"id": shot["id"], **{name: (None, value) for name, value in names.items() if value}}

    def changed(self, cut: CutShot, there: Shot) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if cut.sequence is not None and cut.sequence != there["sequence"]:
            fields["sequence"] = there["sequence"], cut.sequence
        if cut.position is not None and cut.position != there["position"]:
            fields["position"] = there["position"], cut.position
        if cut.rate is not None and cut.rate != rate_of(there):
            fields["fps"] = rate_of(there), cut.rate
        if cut.title and cut.title != there["title"]:
            fields["title"] = there["title"], cut.title
        new: dict[str, Any] = {name: after for name, (_, after) in fields.items()}
        if "sequence" in new:
            new["sequence"] = own_sequence(cut)
        if "fps" in new:
            new["fps"] = str(new["fps"])
        refusing(cut.where, lambda: set_shot(self.studio, there["id"], **new))
        return {"id": there["id"], **fields}

    def write_ranges(self, cut: CutShot, shot: int, selected: set[int]) -> dict[str, Any]:
        """Nothing where the file says none: what an earlier cut wished stays."""
        before, after = ranges_of(self.studio, shot), cut.ranges(selected, self.rate)
        if not after or before == after:
            return {}
        set_ranges(self.studio, shot, after)
        return {"frames": (before, after)}

    def write_plate(self, cut: CutShot, shot: int) -> dict[str, Any]:
        plate = self.plates.get(cut.plate) if cut.plate else None
        before = plate_of(self.studio, shot)
        if plate is None or plate == before:
            return {}
        if self.writes_plates:
            set_plate(self.studio, shot, plate)
        return {"plate": (before and before[:12], f"{cut.plate.name} ({plate[:12]})" if cut.plate else "")}

    def make_room(self, shots: Sequence[CutShot], others: Sequence[Shot]) -> None:
        """Shots of these sequences that are not in the cut and have positions come behind it, in the order that they have."""
        last = dict[str, int]()
        for each in shots:
            last[sequence_in(each)] = max(last.get(sequence_in(each), 0), each.position or 0)
        for sequence, count in last.items():
            kept = [shot for shot in others if shot["sequence"] == sequence and shot["position"]]
            if all((shot["position"] or 0) > count for shot in kept):
                continue
            for position, shot in enumerate(sorted(kept, key=cut_order), start=count + 1):
                if shot["position"] != position:
                    set_shot(self.studio, shot["id"], position=position)
                    fields = {"position": (shot["position"], position)}
                    self.changes.append(Change("shot", f"{self.project['code']}/{shot['code']}", False, fields))


def own_sequence(cut: CutShot) -> str:
    """Empty for the one that its code names."""
    return "" if cut.sequence is None or cut.sequence == sequence_of(cut.code) else cut.sequence


def rate_of(shot: Shot) -> Fraction:
    return Fraction(shot["fps_num"], shot["fps_den"])
