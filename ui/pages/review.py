"""The review page: blind pairs, one key each. Its behaviour is in ui/static/review."""

from __future__ import annotations

from ui.context import ReviewOptions
from ui.languages import N_
from ui.pages.components import add_html

# (key cap, verdict, label); static/review/keyboard.js has the same keys.
VERDICTS = (
    ("1", "left", N_("Left")),
    ("2", "right", N_("Right")),
    ("0", "tie", N_("Tie")),
    ("9", "both_bad", N_("Both bad")),
    ("S", "skip", N_("Skip")),
)
# (key cap, view, label), as ACTIONS of static/review/keyboard.js has them.
VIEWS = (
    ("B", "side", N_("Side")),
    ("W", "wipe", N_("Wipe")),
    ("A", "ab", N_("A/B")),
    ("X", "difference", N_("Difference")),
    ("M", "overlay", N_("Mix")),
    ("F", "actual", "1:1"),
    ("H", "flop", N_("Mirror")),
    ("Y", "flip", N_("Flip")),
)
# Likewise, of what is done once and has no state of its own.
STEPS = (
    ("E", "brighter", N_("Brighter")),
    ("D", "darker", N_("Darker")),
    ("G", "gamma", N_("Gamma")),
    ("Q", "plain", N_("Plain")),
)
# (key cap, action, what it does to the clips, label)
PLAYS = (
    ("Space", "play", "toggle", N_("Play or pause")),
    ("J", "back", "back", N_("Play back")),
    ("K", "still", "still", N_("Stand still")),
    ("L", "forward", "forward", N_("Play")),
    (",", "before", "before", N_("One frame back")),
    (".", "next", "next", N_("One frame on")),
    ("I", "markIn", "markIn", N_("Play from this frame")),
    ("O", "markOut", "markOut", N_("Play to this frame")),
)


def build_review(options: ReviewOptions) -> None:
    values = {"verdicts": VERDICTS, "views": VIEWS, "steps": STEPS, "plays": PLAYS, "options": options}
    add_html("review.html", "review/main.js", elem_id="review", **values)
