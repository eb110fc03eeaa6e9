"""A library for tiny models: noisy pictures of one colour, each a shot of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from feedback.library import files, items, titles
from feedback.library.files import Counts
from feedback.library.items import NewItem
from feedback.rights import licences
from feedback.store import Studio, media
from finetune.digests import digest
from tests.finetune.judged import picture

LICENCE = "catalogue"


def fill_library(
    studio: Studio,
    count: int = 24,
    title: str = "Harbour",
    redness: float = 1.0,
    frames: int = 1,
    caption: str = "a red sun over the sea",
    draw: Callable[..., bytes] = picture,
    size: tuple[int, int] = (32, 32),
    people: tuple[int, ...] = (),
    licence: str = LICENCE,
    **terms: Any,
) -> list[int]:
    """Ids of `count` frames or clips. `size`: (width, height) that `draw` gives; `terms`: more of the licence, where it is new."""
    if not studio.value("SELECT 1 FROM licences WHERE name = ?", (licence,)):
        licences.add_licence(studio, licence, holder="the studio", **{"uses": ["training", "drawing"], **terms})
    of, chance = titles.ensure_title(studio, title, licence), np.random.default_rng(len(title) + frames)
    shape = {"width": size[0], "height": size[1], "fps_num": 24, "fps_den": 1}
    fields = {"bytes": 1, "kind": "film", "seconds": 600.0, "detail": {}, **shape}
    kind, ext, mime = ("clip", "mp4", "video/mp4") if frames > 1 else ("still", "png", "image/png")
    file = files.begin_file(studio, digest(title, kind, caption), of["id"], f"/films/{title} {kind}.mov", fields)
    new = []
    for number in range(count):
        sha256 = media.store_bytes(studio, draw(redness, chance, frames), ext, mime, *size, frames)
        new.append(
            NewItem(
                kind, sha256, None, number, 48 * number, 48 * number + frames - 1, 2.0 * number,
                f"{caption}, {number}" if caption else "", "sidecar" if caption else "", 1.0, number, people,
            )
        )  # fmt: skip
    added = items.add_items(studio, file["id"], new, Counts(stills=count, shots=count), 600.0)
    return [number for number, _ in added]
