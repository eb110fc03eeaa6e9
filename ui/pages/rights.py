"""The page Rights: who allowed what, what is missing and what ends soon. Its behaviour is in ui/static/rights."""

from __future__ import annotations

from feedback.rights.consents import SUBJECTS
from feedback.rights.contributors import KINDS, LONGEST_NAME
from feedback.rights.overview import SOON
from feedback.rights.terms import LONGEST_TEXT, USES
from ui.languages import N_
from ui.pages.components import add_html

# As people read them; words that mean something else elsewhere have their own.
WORDS = {
    "performer": N_("performer"),
    "artist": N_("artist"),
    "operator": N_("operator"),
    "director": N_("director"),
    "writer": N_("writer"),
    "other": N_("other"),
    "likeness": N_("likeness"),
    "voice": N_("voice"),
    "style": N_("style"),
    "work": N_("work"),
    "training": N_("a model learns from it"),
    "drawing": N_("takes are drawn with it"),
}


def build_rights() -> None:
    add_html(
        "rights.html",
        "rights/main.js",
        kinds=KINDS,
        subjects=SUBJECTS,
        uses=USES,
        words=WORDS,
        soon=SOON,
        longest_name=LONGEST_NAME,
        longest_text=LONGEST_TEXT,
    )
