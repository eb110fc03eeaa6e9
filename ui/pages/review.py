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
    ("H", "flop", "Mirror"),
    ("Y", "flip", "Flip"),
)
# Likewise, of what is done once and has no state of its own.
STEPS = (
    ("E", "brighter", "Brighter"),
    ("D", "darker", "Darker"),
    ("G", "gamma", "Gamma"),
    ("Q", "plain", "Plain"),
)
# (key cap, action, what it does to the clips, label)
PLAYS = (
    ("Space", "play", "toggle", "Play or pause"),
    ("J", "back", "back", "Play back"),
    ("K", "still", "still", "Stand still"),
    ("L", "forward", "forward", "Play"),
    (",", "before", "before", "One frame back"),
    (".", "next", "next", "One frame on"),
    ("I", "markIn", "markIn", "Play from this frame"),
    ("O", "markOut", "markOut", "Play to this frame"),
)


def build_review(options: ReviewOptions) -> None:
    values = {"verdicts": VERDICTS, "views": VIEWS, "steps": STEPS, "plays": PLAYS, "options": options}
    add_html("review.html", "review/main.js", elem_id="review", **values)
