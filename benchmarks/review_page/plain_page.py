"""The same pairs in a plain Gradio page: two gr.Image, a button for each verdict, and nothing of our own.

python -m benchmarks.review_page.plain_page STUDIO PORT
"""

from __future__ import annotations

import random
import sys
from itertools import combinations

import gradio as gr

from feedback.store import Studio, media


def build(studio: Studio) -> gr.Blocks:
    """Each click keeps a verdict in memory and gives the next pair, as a first version of such a page does it."""
    rows = studio.tuples("SELECT brief, rendition FROM takes ORDER BY id")
    files = {sha256: str(media.path_of(studio, sha256)) for sha256 in {row[1] for row in rows}}
    pairs = [(files[a], files[b]) for (one, a), (other, b) in combinations(rows, 2) if one == other and a != b]
    random.Random(1).shuffle(pairs)
    verdicts: list[str] = []

    def judge(verdict: str) -> tuple[str, str]:
        verdicts.append(verdict)
        return pairs[len(verdicts) % len(pairs)]

    with gr.Blocks(analytics_enabled=False) as pages:
        with gr.Row():
            left, right = gr.Image(elem_id="left"), gr.Image(elem_id="right")
        for verdict in ("left", "right"):
            gr.Button(verdict, elem_id=f"{verdict}-button").click(lambda v=verdict: judge(v), outputs=[left, right])
        pages.load(lambda: pairs[0], outputs=[left, right])
    return pages


if __name__ == "__main__":
    opened = Studio.open(sys.argv[1])
    build(opened).launch(server_port=int(sys.argv[2]), allowed_paths=[str(opened.media_folder)], ssr_mode=False)
