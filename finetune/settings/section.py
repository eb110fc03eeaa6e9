"""What the sections of a recipe share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from feedback.errors import Invalid

Automatic = Literal["auto"]
Switch = Literal["auto", "on", "off"]


class Section:
    """What sections share: how a value that cannot be trained with is refused, by its dotted name."""

    section: ClassVar[str] = ""  # the recipe's field that holds it

    def require(self, name: str, holds: bool, allowed: str) -> None:
        """Invalid, in one line, unless the value of the field `name` holds."""
        if not holds:
            dotted = f"{self.section}.{name}" if self.section else name
            raise Invalid(f"recipe field {dotted}: {getattr(self, name)!r} is not {allowed}")

    def require_one_of(self, name: str, choices: Sequence[str]) -> None:
        self.require(name, getattr(self, name) in choices, f"one of {', '.join(choices)}")

    def require_share(self, name: str) -> None:
        self.require(name, 0 <= getattr(self, name) <= 1, "0 to 1")

    def require_above_0(self, *names: str) -> None:
        for name in names:
            self.require(name, getattr(self, name) > 0, "above 0")

    def require_not_negative(self, *names: str) -> None:
        for name in names:
            self.require(name, getattr(self, name) >= 0, "0 or more")

    def require_counts(self, *names: str) -> None:
        for name in names:
            self.require(name, getattr(self, name) >= 1, "1 or more")
