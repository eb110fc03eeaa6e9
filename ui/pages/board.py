"""The board: the takes of a project with their stars, statuses, notes and tags. Its behaviour is in ui/static/board."""

from __future__ import annotations

from feedback.board.listing import OPEN_SORTS
from feedback.store import Studio
from ui.pages.components import add_html

# (format, label) of /api/exports/selects
FORMATS = (("otio", "OTIO"), ("edl", "EDL"), ("ale", "ALE"), ("csv", "CSV"), ("contact-sheet", "Contact sheet"))
# (key cap, status, what a card has room for, label), as KEYS of static/board/keys.js has them.
STATUSES = (
    ("W", "wip", "WIP", "WIP"),
    ("R", "needs_retake", "Retake", "Retake"),
    ("O", "approved", "OK", "OK"),
    ("C", "circled", "◯", "Circle"),
    ("D", "discarded", "✕", "Discard"),
)
SORTS = (
    ("brief", "By brief"),
    ("newest", "Newest"),
    ("stars", "Stars"),
    ("reward", "Reward"),
    ("win_rate", "Win rate"),
    ("disagreement", "Disagreement"),
)


def build_board(studio: Studio) -> None:
    sorts = [(sort, label, sort not in OPEN_SORTS) for sort, label in SORTS]
    add_html("board.html", "board/main.js", elem_id="board", statuses=STATUSES, sorts=sorts, formats=FORMATS)
