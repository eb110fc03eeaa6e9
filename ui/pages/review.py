"""The review page: blind pairs, one key each. Its behaviour is in ui/static/review."""

from __future__ import annotations

from ui.context import ReviewOptions
from ui.pages.components import add_html

# (key cap, verdict, label); static/review/keyboard.js has the same keys.
VERDICTS = (
    ("1", "left", "Left"),
    ("2", "right", "Right"),
    ("0", "tie", "Tie"),
    ("9", "both_bad", "Both bad"),
    ("S", "skip", "Skip"),
)
# (key cap, view, label), as ACTIONS of static/review/keyboard.js has them.
VIEWS = (
    ("B", "side", "Side"),
    ("W", "wipe", "Wipe"),
    ("A", "ab", "A/B"),
    ("X", "difference", "Difference"),
    ("M", "overlay", "Mix"),
    ("F", "actual", "1:1"),
)


def build_review(options: ReviewOptions) -> None:
    values = {"verdicts": VERDICTS, "views": VIEWS, "options": options}
    add_html("review.html", "review/main.js", elem_id="review", **values)
