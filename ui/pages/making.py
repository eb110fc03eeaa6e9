"""The pages of what is made: projects with their shots, and briefs with their takes.

Their data comes from ui/api/projects and ui/api/briefs, and their behaviour is in ui/static/projects and ui/static/briefs.
"""

from __future__ import annotations

from feedback.production.briefs import LONGEST_PROMPT
from feedback.store import Studio
from ui.pages.components import add_html


def build_projects(studio: Studio) -> None:
    """Projects and their shots, changed in place by supervisors."""
    add_html("projects.html", "projects/main.js")


def build_briefs(studio: Studio) -> None:
    """Writing a brief for a shot, queueing takes, and watching them come."""
    add_html("briefs.html", "briefs/main.js", longest=LONGEST_PROMPT)
