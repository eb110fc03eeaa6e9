"""The section of what is learned from the studio's own library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from finetune.settings.section import Automatic, Section

WITHOUT_CAPTION = ("title", "empty", "leave_out")
NEWEST, NONE = "newest", "none"


@dataclass(frozen=True)
class LibrarySettings(Section):
    """Learning from frames and clips of the library: by themselves (data.learn_from), and beside people's judgements."""

    section: ClassVar[str] = "library"

    titles: tuple[str, ...] | None = None
    """Titles whose frames and clips alone count. Null takes all."""
    min_items: int = 20
    """Fewest frames and clips. A run with fewer is refused."""
    most_items: int | None = None
    """Most frames and clips of a run on the library, always the same ones. Null takes all: fewer show what more are worth."""
    caption_dropout: float = 0.1
    """Share of training steps of a frame without its caption, so that guidance against an empty prompt goes on working."""
    without_caption: str = "title"
    """What stands for the caption of what nobody described: title, empty (no words) or leave_out."""
    adapter: str = NEWEST
    """The library adapter that runs on judgements stand on: newest (of the same base that may draw), none, or a version's name."""
    pairs: int = 96
    """Most frames and clips that are set against takes of the model, beside people's judgements. 0 does without."""
    pairs_weight: float | Automatic = "auto"
    """Weight of all these pairs together, relative to all of people's. auto: what held-out judgements choose, 0 included."""

    def __post_init__(self) -> None:
        self.require("titles", self.titles is None or all(self.titles or [""]), "titles, or null")
        self.require("min_items", self.min_items >= 2, "2 or more: some are held out")
        most = self.most_items
        self.require("most_items", most is None or most >= self.min_items, "library.min_items or more, or null for all")
        self.require("caption_dropout", 0 <= self.caption_dropout < 1, "at least 0 and below 1")
        self.require_one_of("without_caption", WITHOUT_CAPTION)
        self.require("adapter", bool(self.adapter.strip()), "newest, none, or a version")
        self.require_not_negative("pairs")
        weight = self.pairs_weight
        self.require(
            "pairs_weight", weight == "auto" or (isinstance(weight, (int, float)) and weight >= 0), "auto, or 0 or more"
        )
