"""The pages of what is made: projects with their shots, briefs with their takes, and storyboards.

Their data comes from ui/api/projects, ui/api/briefs and ui/api/storyboard.py, and their behaviour is in folders of ui/static.
"""

from __future__ import annotations

from feedback.boards.panels import LONGEST_TEXT
from feedback.production.briefs import LONGEST_PROMPT
from feedback.store import Studio
from ui.pages.components import add_html


def build_projects(studio: Studio) -> None:
    """Projects and their shots, changed in place by supervisors."""
    add_html("projects.html", "projects/main.js")


def build_storyboard(studio: Studio) -> None:
    """Panels of a sequence with action and dialogue, in an order of their own."""
    add_html("storyboard.html", "storyboard/main.js", longest=LONGEST_TEXT)


def build_briefs(studio: Studio) -> None:
    """Writing a brief for a shot, queueing takes, and watching them come."""
    add_html("briefs.html", "briefs/main.js", longest=LONGEST_PROMPT)
