"""A studio with a project whose takes can be published, and what a tracker's project is to have."""

from __future__ import annotations

from pathlib import Path

from feedback.judgements.notes import write_note
from feedback.judgements.statuses import set_status
from feedback.people import accounts
from feedback.store import Studio
from tests.feedback.scene import Scene, uid


class TrackedScene(Scene):
    """SHOW with people who circle and write."""

    def __init__(self, folder: Path) -> None:
        super().__init__(Studio.create(folder))

    def status(self, name: str, take: int, status: str) -> None:
        set_status(self.studio, accounts.get_person(self.studio, name), uid(), take, status)

    def note(self, name: str, take: int, text: str, **more: object) -> int:
        row, _ = write_note(self.studio, self.people[name], uid(), take, text, **more)  # type: ignore[arg-type]
        return int(row["id"])
