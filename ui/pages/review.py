"""The review page as one gr.HTML component: its markup here, its behaviour in SCRIPTS, its looks in review.css."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

STATIC = Path(__file__).parent.parent / "static" / "review"
# Joined in this order into one function, so that they share their names; nothing else loads a script into this page.
SCRIPTS = (
    "dom.js",
    "outbox.js",
    "refused.js",
    "stage/loading.js",
    "pairs.js",
    "annotations/notes.js",
    "main.js",
)
VERDICTS = (
    ("1", "left", "Left"),
    ("2", "right", "Right"),
    ("0", "tie", "Tie"),
    ("9", "both_bad", "Both bad"),
    ("S", "skip", "Skip"),
)
# The page waits for the person's name: the outbox in the browser is kept per person, and machines are shared.
START = """
fetch('/api/me', {credentials: 'same-origin'}).then((answer) => answer.json()).then((me) => {
element.querySelector('.ct-review').dataset.person = me.name;
%s
});
"""


def _buttons() -> str:
    verdicts = "".join(f'<button data-verdict="{v}"><kbd>{key}</kbd>{label}</button>' for key, v, label in VERDICTS)
    stars = "".join(f'<button data-star="{n}" title="Shift+{n}" aria-label="{n} stars">★</button>' for n in range(1, 6))
    return (
        f'{verdicts}<button data-act="undo"><kbd>Z</kbd>Undo</button>'
        '<div class="ct-stars" title="Arrow keys choose the take for stars and notes; Shift+1 to 5 gives stars">'
        f'<kbd>←</kbd><kbd>→</kbd><span class="ct-chosen"></span><kbd>⇧1–5</kbd>{stars}</div>'
        '<button data-act="note"><kbd>N</kbd>Note</button>'
    )


def review_markup() -> str:
    """The page's skeleton; the scripts fill it."""
    return (
        '<div class="ct-review"><div class="ct-info"><b class="ct-shot"></b><span class="ct-prompt"></span>'
        '<span class="ct-counter" title="judgements acknowledged by the server · not yet acknowledged"></span></div>'
        '<div class="ct-stage"><div class="ct-empty"><b>Loading</b></div></div>'
        f'<div class="ct-actions">{_buttons()}</div>'
        '<div class="ct-note"><span class="ct-note-for"></span><input maxlength="4000" aria-label="Note">'
        "<kbd>Enter</kbd><span>keeps it</span><kbd>Esc</kbd><span>discards it</span></div>"
        '<div class="ct-hint" role="status"></div><div class="ct-problem" role="status"></div>'
        '<ul class="ct-aside" aria-label="Not accepted"></ul><div class="ct-strip"></div></div>'
    )


def read_scripts() -> str:
    """The page's behaviour, as one text."""
    return "\n".join((STATIC / name).read_text() for name in SCRIPTS)


def build_review() -> None:
    """Adds the page to the Blocks being built."""
    gr.HTML(
        value=review_markup(),
        js_on_load=START % read_scripts(),
        apply_default_css=False,
        elem_id="review",
    )
