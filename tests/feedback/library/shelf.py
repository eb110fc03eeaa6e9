"""A library that nothing was read for: items of small pictures, recorded as a reading records them."""

from __future__ import annotations

import hashlib
from typing import Any

from feedback.library import files, items, titles
from feedback.library.files import Counts
from feedback.library.items import NewItem
from feedback.rights import licences
from feedback.store import Studio, media
from tests.factories import png


def fill_library(
    studio: Studio, title: str = "Harbour", count: int = 3, licence: str = "catalogue", **more: Any
) -> list[int]:
    """Ids of `count` stills of one film. `more`: fields of NewItem."""
    if not studio.value("SELECT 1 FROM licences WHERE name = ?", (licence,)):
        licences.add_licence(studio, licence, holder="the studio", uses=["training", "drawing"])
    of = titles.ensure_title(studio, title, licence)
    sha256 = hashlib.sha256(title.encode()).hexdigest()
    fields = {
        "bytes": 1,
        "kind": "film",
        "width": 32,
        "height": 32,
        "fps_num": 24,
        "fps_den": 1,
        "seconds": 60.0,
        "detail": {},
    }
    file = files.begin_file(studio, sha256, of["id"], f"/films/{title}.mov", fields)
    counts = Counts(stills=count, shots=count)
    counts.leave_out("black", "at 0:00:01.0")
    added = items.add_items(
        studio, file["id"], [still(studio, title, number, **more) for number in range(count)], counts, 60.0
    )
    files.finish_file(studio, file["id"], counts, 1440, 60.0)
    return [number for number, _ in added]


def still(studio: Studio, title: str, number: int, **more: Any) -> NewItem:
    colour = hashlib.sha256(f"{title}{number}".encode()).digest()
    data = png(colour[0] + 256 * colour[1])
    stored = media.store_bytes(studio, data, "png", "image/png", 32, 32, 1)
    fields = {"caption": f"shot {number} of {title}", "captioned_by": "sidecar", "sharpness": 1.0, **more}
    place = {"shot": number, "frame_in": 240 * number, "frame_out": 240 * number, "seconds": 10.0 * number}
    return NewItem("still", stored, stored, perceptual_hash=number, **place, **fields)
