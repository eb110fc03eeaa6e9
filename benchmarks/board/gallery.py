"""The same takes in a plain Gradio page: a gr.Gallery, buttons for the status, and nothing of our own.

python -m benchmarks.board.gallery STUDIO PORT
"""

from __future__ import annotations

import sys

import gradio as gr

from feedback.store import Studio, media

TAKES = "SELECT t.id, t.rendition, coalesce((SELECT status FROM statuses s WHERE s.take = t.id ORDER BY s.id DESC LIMIT 1), 'wip') FROM takes t ORDER BY t.id"


def build(studio: Studio) -> gr.Blocks:
    """Each click keeps a status in memory and gives the gallery back, as a first version of such a page does it."""
    rows = [list(row) for row in studio.tuples(TAKES)]
    files = {sha256: str(media.path_of(studio, sha256)) for sha256 in {row[1] for row in rows}}

    def draw() -> list[tuple[str, str]]:
        return [(files[sha256], f"take {take} {status}") for take, sha256, status in rows]

    def approve(chosen: int) -> list[tuple[str, str]]:
        rows[int(chosen)][2] = "approved" if rows[int(chosen)][2] == "wip" else "wip"
        return draw()

    with gr.Blocks(analytics_enabled=False) as pages:
        gallery = gr.Gallery(columns=7, height=800, allow_preview=False, elem_id="gallery")
        chosen = gr.Number(0, elem_id="chosen")
        gr.Button("Approve", elem_id="approve").click(approve, chosen, gallery)
        pages.load(draw, outputs=gallery)
    return pages


if __name__ == "__main__":
    opened = Studio.open(sys.argv[1])
    build(opened).launch(server_port=int(sys.argv[2]), allowed_paths=[str(opened.media_folder)], ssr_mode=False)
