"""What goes over HTTP of projects and shots."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from feedback.exchange.edit.settings import LARGEST_FRAME, LONGEST_MAP, LONGEST_NAME
from feedback.fields import LONGEST_NUMBER
from feedback.production.projects import LONGEST_TITLE
from feedback.rights.project_rules import Contents, Rule
from ui.api.schemas.briefs import Source
from ui.api.schemas.common import Body, Code, Row

Title = Annotated[str, Field(max_length=LONGEST_TITLE)]
Fps = Annotated[str, Field(max_length=LONGEST_NUMBER, description="24, 23.976 or 24000/1001.")]
NameTemplate = Annotated[str, Field(max_length=LONGEST_NAME)]
Position = Annotated[
    int | Annotated[str, Field(max_length=LONGEST_NUMBER)],
    Field(description="Within the sequence, from 1; empty text: by the code, after shots that have one."),
]


class EditSettings(Row):
    """How a project's selects are written for the edit."""

    timecode: Literal["drop", "non-drop"] = Field(description="At 29.97 and 59.94.")
    clip_name: str = Field(description="What timelines call a clip: a template.")
    media_name: str = Field(description="What media that come along are called: a template.")
    first_frame: int = Field(description="The number of an image sequence's first picture.")
    path_map: list[str] = Field(description="HERE=THERE: folders as the edit sees them.")


class EditChange(Body):
    """What is left out stays; an empty name is the default again."""

    timecode: Literal["drop", "non-drop"] | None = None
    clip_name: NameTemplate | None = None
    media_name: NameTemplate | None = None
    first_frame: int | None = Field(None, ge=0, le=LARGEST_FRAME)
    path_map: list[Annotated[str, Field(max_length=LONGEST_MAP)]] | None = Field(None, max_length=40)


class Project(Row):
    id: int
    code: str
    title: str
    fps_num: int = Field(description="Frames per second are fps_num / fps_den.")
    fps_den: int
    archived: str | None = Field(description="When, ISO 8601, UTC.")
    passport_policy: Rule = Field(description="What exports ask of the passports of takes.")
    plate_policy: Rule = Field(description="Whether briefs may start from plates without a licence.")
    credentials: Contents = Field(
        description="How much of a passport is in files that leave: reduced is without names and prompts."
    )


class Shot(Row):
    id: int
    project_code: str
    code: str
    title: str
    fps_num: int
    fps_den: int
    sequence: str = Field(description="Its own, or else its code without the last part.")
    position: int | None = Field(description="Within the sequence.")
    archived: str | None
    cut_frames: int | None = Field(
        None,
        description="Of a clip: what production draws that is nearest to the length that an imported cut has of it.",
    )
    plate: Source | None = Field(
        None, description="What the cut has where the shot will be; a brief may start from it."
    )


class ProjectBody(Body):
    code: Code
    title: Title = ""
    fps: Fps = "24"


class ProjectChange(Body):
    """What is left out stays."""

    title: Title | None = Field(None, description="Empty: the code.")
    fps: Fps | None = Field(None, description="Of those shots too that had the project's; briefs keep theirs.")
    archived: bool | None = Field(None, description="true takes it out of lists, boards, dealing and the queue.")
    edit: EditChange | None = Field(None, description="How its selects are written for the edit.")
    passport_policy: Rule | None = Field(
        None, description="Exports with incomplete passports are refused, listed, or not looked at."
    )
    plate_policy: Rule | None = Field(
        None, description="Briefs that start from plates without a licence are refused, listed, or not looked at."
    )
    credentials: Contents | None = Field(None, description="How much of a passport is in files that leave.")


class ShotBody(Body):
    project: Code
    code: Code
    title: Title = ""
    fps: Fps | None = Field(None, description="The project's unless given.")
    sequence: Code = ""
    position: Position | None = None


class ShotChange(Body):
    """What is left out stays."""

    title: Title | None = None
    fps: Fps | None = None
    sequence: Code | None = Field(None, description="Empty: the one that its code names.")
    position: Position | None = None
    archived: bool | None = Field(None, description="true takes it out of lists, boards, dealing, queue and cut.")
