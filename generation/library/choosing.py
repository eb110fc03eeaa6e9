"""Which frames and clips of a film are kept: of each some seconds of a shot the sharpest frame, and a clip of each shot.

A film goes through here frame by frame; what is in memory is the picture that may be chosen next, the pictures of one part
of a shot and one clip. A part ends with its shot, or when it has enough pictures, and what was chosen is recorded then. The
shot finder begins anew with each part, so that a film that is read on from there is read as if nobody had stopped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from feedback.library.hashes import perceptual_hash
from generation.library.choice import Choice
from generation.library.films import Facts, TimedFrame, clip_rate
from generation.library.measures import blank, sharpness
from generation.library.pictures import FAST, ClipPictures, clip_picture, convert, picture_of, shown_size
from generation.library.shots import LAG, WIDTH, ShotFinder

MARGIN = 0.12  # seconds after a cut in which nothing is chosen: the rest of a dissolve, or of a fade
CANDIDATES = 4.0  # frames a second that are compared
MEASURED = 480  # pixels of the longest side of what is measured for sharpness
SOFT = 0.3  # of the sharpest chosen frame of a shot; what is less sharp was moving, or out of focus
MOST_PICKS = 8  # pictures of one part
BLANK = ("black", "white", "flat")
STILL_CHANGE = 0.25  # of 255: a clip whose pictures differ less, on average, does not move


@dataclass(frozen=True)
class Pick:
    """A frame that was chosen."""

    number: int
    seconds: float
    pixels: np.ndarray  # uint8 [H, W, 3]
    sharpness: float
    hash: int


@dataclass(frozen=True)
class ClipFrame:
    """A frame that may be of a clip. The film's own frame is not kept: 48 of 4K are 600 MB."""

    number: int
    seconds: float
    picture: Any  # as `clip_picture` makes it


@dataclass(frozen=True)
class ChosenClip:
    """A clip that was chosen, at a constant rate."""

    first: int  # frames of the film, both included
    last: int
    seconds: float
    pixels: ClipPictures  # with even sides
    sharpness: float
    hash: int  # of its middle


@dataclass
class Part:
    """What was chosen from a part of a shot, what was left out, and where to go on."""

    shot: int
    ends_shot: bool
    picks: list[Pick] = field(default_factory=list)
    clips: list[ChosenClip] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)  # (reason, where)
    position: dict[str, Any] = field(default_factory=dict)
    read_until: float = 0.0


@dataclass
class Place:
    """Where in a film the reading is: all that has to be known to go on from there."""

    number: int = 0  # of the next frame
    seconds: float = 0.0
    shot: int = 0
    shot_seconds: float = 0.0  # when the shot began
    shot_number: int = 0  # with which frame
    sharpest: float = 0.0  # of what was chosen from the shot
    clips_until: float = -1.0  # when the shot's last clip began; before 0 for none


def where(seconds: float) -> str:
    """A place in a film for people."""
    whole = int(seconds)
    return f"at {whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}.{int(seconds % 1 * 10)}"


class Chooser:
    """Goes over the frames of one film."""

    def __init__(self, facts: Facts, choice: Choice, place: Place) -> None:
        self.facts, self.choice, self.place = facts, choice, place
        self.finder = ShotFinder(facts.rate, choice.shortest_shot)
        self.stride = max(1, round(float(facts.rate) / CANDIDATES))
        self._begin_part()

    def parts(self, frames: Iterator[TimedFrame]) -> Iterator[Part]:
        """What was chosen, part by part; the last one ends with the film. None where no frame is left."""
        waiting: deque[tuple[TimedFrame, np.ndarray]] = deque()
        timed = None
        for timed in frames:
            small = self._small(timed.frame)
            waiting.append((timed, small))
            for cut in self.finder.feed(timed.number, small):
                while waiting[0][0].number < cut:
                    self._take(waiting.popleft()[0])
                yield self._close(waiting, ends_shot=True)
            if len(waiting) > LAG:
                if self._is_full(waiting[0][0]):
                    yield self._close(waiting, ends_shot=False)
                self._take(waiting.popleft()[0])
        if timed is not None:
            for each, _ in waiting:
                self._take(each)
            yield self._close(deque(), ends_shot=True)

    def _is_full(self, timed: TimedFrame) -> bool:
        """Whether a part ends before this frame, with which a new window of the shot begins."""
        return self.windows >= MOST_PICKS and self._window(timed) != self.window and not self.clip

    def _window(self, timed: TimedFrame) -> int:
        return int((timed.seconds - self.place.shot_seconds) / self.choice.every)

    def _small(self, frame: Any) -> np.ndarray:
        width, height = shown_size(frame, self.facts.ratio, WIDTH)
        return convert(frame, width, height, "bgr24", FAST)

    def _begin_part(self) -> None:
        self.part = Part(self.place.shot, ends_shot=False)
        self.best: tuple[float, TimedFrame] | None = None
        self.window, self.windows = -1, 0
        self.clip: list[ClipFrame] = []

    def _take(self, timed: TimedFrame) -> None:
        """One frame that is known to be of this shot."""
        since = timed.seconds - self.place.shot_seconds
        self.place.number, self.place.seconds = timed.number + 1, timed.seconds + 0.5 / float(self.facts.rate)
        if since < MARGIN and timed.number - self.place.shot_number < self.stride:
            return
        if self._window(timed) != self.window:
            self._settle()
            self.window, self.windows = self._window(timed), self.windows + 1
        if (timed.number - self.place.shot_number) % self.stride == 0 or self.best is None:
            self._compare(timed)
        if self.choice.clip_seconds:
            self._take_for_clip(timed, since)

    def _compare(self, timed: TimedFrame) -> None:
        width, height = shown_size(timed.frame, self.facts.ratio, MEASURED)
        value = sharpness(convert(timed.frame, width, height, "gray", FAST))
        if self.best is None or value > self.best[0]:
            self.best = value, timed

    def _settle(self) -> None:
        """The sharpest frame of these seconds is made a picture."""
        if self.best is None:
            return
        (value, timed), self.best = self.best, None
        pixels = picture_of(timed.frame, self.facts.ratio, self.choice.size, self.facts.turn)
        reason = blank(pixels)
        if reason:
            self.part.left_out.append((reason, where(timed.seconds)))
            return
        self.place.sharpest = max(self.place.sharpest, value)
        self.part.picks.append(Pick(timed.number, timed.seconds, pixels, value, perceptual_hash(pixels)))

    def _take_for_clip(self, timed: TimedFrame, since: float) -> None:
        until = self.place.clips_until
        if not self.clip and until >= 0 and timed.seconds - until < self.choice.clip_every:
            return
        picture = clip_picture(timed.frame, self.facts.ratio, self.choice.clip_size, self.facts.turn)
        self.clip.append(ClipFrame(timed.number, timed.seconds, picture))
        if timed.seconds - self.clip[0].seconds >= self.choice.clip_seconds - 0.75 / float(self.facts.rate):
            self._close_clip()

    def _close_clip(self) -> None:
        frames, self.clip = self.clip, []
        clip = chosen_clip(frames, self.facts, self.choice)
        if clip not in BLANK:  # what is seen after a fade may be worth it
            self.place.clips_until = frames[0].seconds
        if isinstance(clip, str):
            self.part.left_out.append((clip, where(frames[0].seconds)))
        else:
            self.part.clips.append(clip)

    def _close(self, waiting: deque[tuple[TimedFrame, np.ndarray]], ends_shot: bool) -> Part:
        self._settle()
        part, place = self.part, self.place
        if ends_shot and self.clip and place.clips_until < 0:
            part.left_out.append(("shot too short for a clip", where(place.shot_seconds)))
        part.picks = [pick for pick in part.picks if self._is_sharp(pick)]
        part.ends_shot = ends_shot
        if waiting:
            place.number, place.seconds = waiting[0][0].number, waiting[0][0].seconds
        if ends_shot:
            self.place = place = Place(place.number, place.seconds, place.shot + 1, place.seconds, place.number)
        part.position, part.read_until = asdict(place), place.seconds
        self._begin_part()
        self.finder.restart()
        for timed, small in waiting:
            self.finder.feed(timed.number, small)
        return part

    def _is_sharp(self, pick: Pick) -> bool:
        is_sharp = pick.sharpness >= SOFT * self.place.sharpest
        if not is_sharp:
            self.part.left_out.append(("blurred beside others of its shot", where(pick.seconds)))
        return is_sharp


def chosen_clip(frames: list[ClipFrame], facts: Facts, choice: Choice) -> ChosenClip | str:
    """At a constant rate, whatever the film's is; the reason where it is not worth keeping."""
    rate, start = float(clip_rate(facts.rate)), frames[0].seconds
    shown, place = [], 0
    for tick in range(max(1, round(choice.clip_seconds * rate))):
        while place + 1 < len(frames) and frames[place + 1].seconds - start <= (tick + 0.25) / rate:
            place += 1
        shown.append(place)
    pictures = ClipPictures([frames[place].picture for place in shown])
    middle = pictures[len(pictures) // 2]
    reason = blank(middle)
    if reason or len({(picture.width, picture.height) for picture in pictures.frames}) > 1:
        return reason or "the picture's size changes within it"
    if not moves(pictures):
        return "nothing moves in it"
    grey = np.asarray(middle.mean(axis=2), np.uint8)
    first, last = (frames[place].number for place in (shown[0], shown[-1]))
    return ChosenClip(first, last, start, pictures, sharpness(grey), perceptual_hash(middle))


def moves(pictures: ClipPictures) -> bool:
    first = pictures[0][::4, ::4].astype(np.int16)
    step = max(1, len(pictures) // 4)
    places = [*range(step, len(pictures), step), len(pictures) - 1]
    return any(float(np.abs(pictures[place][::4, ::4] - first).mean()) > STILL_CHANGE for place in places)
