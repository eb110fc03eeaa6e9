"""The board: the takes of a project with their stars, statuses, notes and tags. Its behaviour is in ui/static/board."""

from __future__ import annotations

from feedback.board.listing import OPEN_SORTS
from feedback.store import Studio
from ui.languages import N_
from ui.pages.components import add_html

# (format, label) of /api/exports/selects
FORMATS = (
    *(("otio", "OTIO"), ("edl", "EDL"), ("ale", "ALE"), ("csv", "CSV"), ("contact-sheet", N_("Contact sheet"))),
    *(
        ("otioz", "OTIOZ"),
        ("fcp7xml", "Final Cut Pro 7 XML"),
        ("fcpxml", "FCPXML"),
        ("markers", N_("Markers for Resolve")),
    ),
    *(("bundle", N_("Bundle")), ("animatic", N_("Animatic")), ("sequence", N_("Image sequence"))),
)
ON_THE_BOARD = 5  # of them; the Selects page has all
# (key cap, status, what a card has room for, label), as KEYS of static/board/keys.js has them.
STATUSES = (
    ("W", "wip", N_("WIP"), N_("WIP")),
    ("R", "needs_retake", N_("Retake"), N_("Retake")),
    ("O", "approved", N_("OK"), N_("OK")),
    ("C", "circled", "◯", N_("Circle")),
    ("D", "discarded", "✕", N_("Discard")),
)
SORTS = (
    ("brief", N_("By brief")),
    ("newest", N_("Newest")),
    ("stars", N_("Stars")),
    ("reward", N_("Reward")),
    ("win_rate", N_("Win rate")),
    ("disagreement", N_("Disagreement")),
)


def build_board(studio: Studio) -> None:
    sorts = [(sort, label, sort not in OPEN_SORTS) for sort, label in SORTS]
    add_html(
        "board.html", "board/main.js", elem_id="board", statuses=STATUSES, sorts=sorts, formats=FORMATS[:ON_THE_BOARD]
    )
