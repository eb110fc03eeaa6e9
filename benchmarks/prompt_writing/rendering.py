"""Takes by the procedural renderer in place of a model: what a prompt names is there, all else is drawn by chance.

So a loop of two hundred judgements takes minutes, and the writer is measured apart from what a model makes of words. It stands
for a model whose weights nobody can tune.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.synthetic.labels import Content, sample_content, sample_style
from benchmarks.synthetic.scenes import render
from benchmarks.synthetic.wording import find_labels
from feedback.production import render_queue
from feedback.store import Studio, media

SIDE = 64  # pixels, as many as the reader looks at


def draw_by_renderer(studio: Studio) -> None:
    """Does all that is queued."""
    while leased := render_queue.lease_takes(studio, "renderer", 64, 600.0):
        with studio.writing():
            for take in leased:
                sha256 = media.store_bytes(
                    studio, picture_of(take["brief_row"]["prompt"], take["seed"]), "png", "image/png", SIDE, SIDE, 1
                )
                files: dict[str, Any] = {"media": sha256, "poster": None, "rendition": sha256, "rendition_poster": None}
                render_queue.finish_take(studio, take["id"], "renderer", **files, provenance={"seed": take["seed"]})


def picture_of(prompt: str, seed: int) -> bytes:
    """A PNG; the same prompt and seed give the same one, and what two prompts leave open is alike for one seed."""
    rng = np.random.default_rng(seed)
    content, style = sample_content(rng), sample_style(rng)
    shown = Content(**{**vars(content), **find_labels(prompt)})
    sink = io.BytesIO()
    Image.fromarray(render(shown, style, SIDE, seed=seed)[0]).save(sink, "PNG")
    return sink.getvalue()
