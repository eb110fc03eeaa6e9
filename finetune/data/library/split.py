"""Frames and clips of the library as examples, and which of them are held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from finetune.data.examples import Example, Snapshot
from finetune.digests import digest

Row = Mapping[str, Any]  # a LibraryRow, as a snapshot has it


def rows_of(snapshot: Snapshot) -> list[Row]:
    """The frames and clips that a run learns from."""
    return list(snapshot.get("library", ()))


def name_of(row: Row) -> str:
    """Of its latents in the cache, where takes have their sha256: its content as it is cut."""
    return digest("library", row["media"], f"{row['width']}x{row['height']}x{row['frames']} at {row['fps']:g}")


def example_of(row: Row) -> Example:
    """The frame beside itself: its plain denoising error counts. It is of no brief, so the number is none of one."""
    name = name_of(row)
    return Example(-row["item"], row["prompt"], name, name, 0.5, 0.0, 0.0, 1.0, 0.0, compared=False)


def library_examples(rows: Sequence[Row], heldout_share: float) -> tuple[list[Example], list[Example]]:
    """(to learn from, held out), by shot, so that neighbouring frames are on one side.

    The shots with the lowest places are held out, at least one; the same tonight as last night.
    """
    groups = sorted({row["group"] for row in rows}, key=place)
    below = [group for group in groups if place(group) < heldout_share]
    apart = set(below[: ceil(heldout_share * len(groups))] or groups[:1])
    sides: tuple[list[Example], list[Example]] = ([], [])
    for row in rows:
        sides[row["group"] in apart].append(example_of(row))
    return sides


def place(group: str) -> float:
    """A shot's fixed place in [0, 1)."""
    return int(digest("library", group)[:12], 16) / 16**12
