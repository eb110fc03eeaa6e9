"""What tests of imports share: a filmed project, cuts as text, and what a studio has of a cut."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from feedback.exchange.edit.settings import set_edit_settings
from feedback.exchange.edit.shot_ranges import ranges_of
from feedback.exchange.imports.changes import CutReport
from feedback.exchange.imports.cut import CutOptions, import_cut
from feedback.judgements import selects, statuses
from feedback.people import accounts
from feedback.production import shots
from feedback.production.shots import list_shots
from feedback.store import Studio
from generation.media.plates import keep_plate
from tests.feedback.scene import Scene, uid


def bring(studio: Studio, path: Path, **options: Any) -> CutReport:
    return import_cut(studio, path, CutOptions(**options), partial(keep_plate, studio))


def shots_in(studio: Studio, project: str) -> list[tuple[Any, ...]]:
    """In the order of the cut: code, sequence, rate and ranges."""
    return [
        (
            shot["code"],
            shot["sequence"],
            Fraction(shot["fps_num"], shot["fps_den"]),
            [(each.first, each.last, each.rate) for each in ranges_of(studio, shot["id"])],
        )
        for shot in list_shots(studio, project)
    ]


class CutScene(Scene):
    """The project SHOW at a rate, with sequences, alternates, a held still, and positions against the order of codes."""

    def __init__(self, studio: Studio, fps: str, drop: bool = True) -> None:
        with studio.writing():  # one transaction: each is synced to the disk
            self.make(studio, fps, drop)

    def make(self, studio: Studio, fps: str, drop: bool) -> None:
        super().__init__(studio, fps)
        set_edit_settings(studio, "SHOW", timecode="drop" if drop else "non-drop")
        for code, sequence, position in (("SHOW_104_020", "", 1), ("SHOW_104_010", "", 2), ("X9", "SHOW_900", None)):
            made = shots.add_shot(studio, "SHOW", code, f"title of {code}", sequence=sequence, position=position)
            self.shots[code] = made["id"]
        wide, close = self.takes(self.brief("a storm", shot="SHOW_104_020", kind="clip", frames=4000), 2)
        (hand,) = self.takes(self.brief("a hand", shot="SHOW_104_010", kind="clip", frames=30), 1)
        (held,) = self.takes(self.brief("a house", shot="X9"), 1)
        (none,) = self.takes(self.brief("a house", shot="S_010", kind="clip", frames=9), 1)
        self.circled = {"wide": wide, "close": close, "hand": hand, "held": held, "none": none}
        ana = accounts.get_person(studio, "ana")
        for take in self.circled.values():
            statuses.set_status(studio, ana, uid(), take, "circled")
        for take, first, last in ((wide, 1700, 3999), (close, 3, 12), (hand, 0, 29), (held, 0, 52), (none, 1, 1)):
            selects.set_range(studio, ana, uid(), take, first, last)
        selects.set_range(studio, ana, uid(), close, 3, 12, 1)

    def cut_of_shots(self) -> list[tuple[Any, ...]]:
        """As `shots_in` has it after an import: shots that have a select, and the ranges of those."""
        by_code = dict[str, tuple[Any, ...]]()
        rates = {shot["code"]: Fraction(shot["fps_num"], shot["fps_den"]) for shot in list_shots(self.studio, "SHOW")}
        for row in selects.list_selects(self.studio, "SHOW"):
            shot = by_code.setdefault(row["shot"], (row["shot"], row["sequence"], rates[row["shot"]], []))
            shot[3].append((row["frame_in"], row["frame_out"], Fraction(row["fps_num"], row["fps_den"])))
        return list(by_code.values())
