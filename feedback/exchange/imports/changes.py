"""What an import makes and changes, to be shown before or after it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Change(NamedTuple):
    what: str  # project, shot or select
    name: str
    is_new: bool
    fields: dict[str, tuple[Any, Any]]  # by name: what it was, and what it is now

    def __str__(self) -> str:
        if self.is_new:
            fields = ", ".join(f"{name} {shown(after)}" for name, (_, after) in self.fields.items())
        else:
            fields = ", ".join(f"{name} {shown(old)} -> {shown(new)}" for name, (old, new) in self.fields.items())
        return f"{'new' if self.is_new else 'changed'} {self.what} {self.name}{': ' if fields else ''}{fields}"


def shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value)) or "none"
    return "none" if value in (None, "") else str(value)


@dataclass
class CutReport:
    project: str
    clips: int = 0
    shots: int = 0
    sequences: Sequence[str] = ()
    changes: list[Change] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)  # what the file has and the studio has not taken
    is_rehearsal: bool = False

    def count(self, what: str, is_new: bool) -> int:
        return sum(change.what == what and change.is_new == is_new for change in self.changes)

    def in_words(self) -> str:
        """One line."""
        begin = f"{self.clips} clips of {self.shots} shots in {self.project}"
        if not self.changes:
            return f"{begin}: nothing changes"
        made = f"{self.count('shot', True)} shots new, {self.count('shot', False)} changed"
        selects = self.count("select", False)
        what = f"{made}{f', {selects} selects set' if selects else ''}"
        return f"{begin}: {what}{' (nothing was written)' if self.is_rehearsal else ''}"

    def as_json(self) -> dict[str, Any]:
        changes = [
            {
                "what": change.what,
                "name": change.name,
                "new": change.is_new,
                "fields": {name: [plain(old), plain(new)] for name, (old, new) in change.fields.items()},
            }
            for change in self.changes
        ]
        counts = {"clips": self.clips, "shots": self.shots, "sequences": list(self.sequences)}
        return {
            "project": self.project,
            **counts,
            "changes": changes,
            "remarks": self.remarks,
            "dry_run": self.is_rehearsal,
        }


def plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return list(map(str, value))
    return value if value is None or isinstance(value, int) else str(value)
