"""What a run of a connector did, counted, and a line for each thing that it could not do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Report:
    site: str
    shots_made: int = 0
    shots_changed: int = 0
    takes_published: int = 0
    statuses_sent: int = 0
    statuses_received: int = 0
    notes_sent: int = 0
    notes_received: int = 0
    left: list[str] = field(default_factory=list)
    """One line each."""
    shots: list[dict[str, Any]] = field(default_factory=list)
    """Of a pull: what the tracker says of each shot."""

    @property
    def changed(self) -> int:
        counts = (self.shots_made, self.shots_changed, self.takes_published)
        both = (self.statuses_sent, self.statuses_received, self.notes_sent, self.notes_received)
        return sum((*counts, *both))

    def in_words(self) -> str:
        counts = {
            "shots made": self.shots_made,
            "shots changed": self.shots_changed,
            "takes published": self.takes_published,
            "statuses sent": self.statuses_sent,
            "statuses received": self.statuses_received,
            "notes sent": self.notes_sent,
            "notes received": self.notes_received,
        }
        done = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
        return done or "nothing new"
