"""Projects and shots: codes and frame rates."""

from __future__ import annotations

import pytest

from feedback.errors import Invalid, NotFound, Refused
from feedback.production import briefs, projects, shots
from feedback.store import Studio

PASSWORD = "a long pass phrase"


@pytest.mark.parametrize(
    ("fps", "exact"), [("24", (24, 1)), ("23.976", (24000, 1001)), ("30000/1001", (30000, 1001)), (12.5, (25, 2))]
)
def test_frame_rates_are_exact(studio: Studio, fps: str | float, exact: tuple[int, int]) -> None:
    projects.add_project(studio, "P", fps=fps)
    shot = shots.add_shot(studio, "P", "S_010")
    brief = briefs.write_brief(studio, shot["id"], "a house", author="ana")
    assert {(row["fps_num"], row["fps_den"]) for row in (shot, brief)} == {exact}


def test_codes_that_are_wrong_or_taken(studio: Studio) -> None:
    projects.add_project(studio, "P")
    projects.add_project(studio, "Q")
    for project in ("P", "Q"):
        shots.add_shot(studio, project, "S_010")
    with pytest.raises(Refused, match="S_010"):
        shots.add_shot(studio, "P", "S_010")
    with pytest.raises(Invalid, match="P, Q"):
        shots.find_shot(studio, "S_010")
    assert shots.find_shot(studio, "S_010", "Q")["project_code"] == "Q"
    with pytest.raises(NotFound, match="no project 'R'; there are: P, Q"):
        shots.add_shot(studio, "R", "S_010")
    with pytest.raises(Invalid, match="no project code"):
        projects.add_project(studio, "../etc")
    with pytest.raises(Invalid, match="no frame rate"):
        projects.add_project(studio, "F", fps="fast")
