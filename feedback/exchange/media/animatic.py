"""The cut as one movie: every select in order, with shot, take and timecode burnt in; stills held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from tqdm import tqdm

from feedback.exchange.edit.cut import Clip, Cut, largest
from feedback.exchange.edit.timecode import has_timecode
from feedback.exchange.files import check_count, whole_file
from feedback.exchange.media.movies import movie
from feedback.exchange.media.pictures import pictures_of
from feedback.exchange.media.signed import sign_whole_cut

Overlay = Callable[[np.ndarray, int], np.ndarray]
"""A frame (uint8 [H, W, 3]) and its number in the clip, from 0; gives the frame as it is shown."""
SMALLEST = 360  # pixels of height: below it nobody reads what is burnt in
TEXT, SHADE = (0xE0,) * 3, (0x1A,) * 3


def name_take(clip: Clip) -> str:
    return f"{clip.select['shot']}   take {clip.select['take']}"


def as_it_is(clip: Clip) -> Overlay:
    return lambda picture, number: picture


def write_animatic(
    cut: Cut,
    path: Path,
    codec: str,
    label: Callable[[Clip], str] = name_take,
    overlay: Callable[[Clip], Overlay] = as_it_is,
    sign: Callable[[Cut, Path, str], None] = sign_whole_cut,
) -> int:
    """Returns the number of selects. Frames are counted when read again: as many as the cut has at its rate.

    `label`: what is burnt in on the left; `overlay`: what else is laid over a clip's frames, of `frame_size`; `sign`: puts
    Content Credentials into the movie, where the cut is signed.
    """
    size = frame_size(cut)
    start = cut.timecode(cut.origin) if has_timecode(cut.rate) else ""
    with whole_file(path) as partial:
        with (
            movie(partial, codec, size, cut.rate, start) as made,
            tqdm(total=cut.count, desc="animatic", unit="frame", disable=None, leave=False) as progress,
        ):
            for clip in cut.clips:
                lettering, laid_over = Lettering(cut, clip, size, label(clip)), overlay(clip)
                for number, picture in enumerate(boxed_once(pictures_of(clip, cut.rate), size)):
                    made.write(laid_over(lettering.apply(picture, number), number))
                    progress.update()
        sign(cut, partial, path.name)
        check_count(path, count_frames(partial), cut.count)
    return len(cut.clips)


def count_frames(path: Path) -> int:
    with av.open(str(path)) as file:
        return sum(packet.size > 0 for packet in file.demux(video=0))


def frame_size(cut: Cut) -> tuple[int, int]:
    """Width and height of the animatic in pixels."""
    return even_size(*largest(cut))


def strip_height(size: tuple[int, int]) -> int:
    """Pixels of the strip that label and timecode are on."""
    return max(16, size[1] // 18)


def even_size(width: int, height: int) -> tuple[int, int]:
    """Large enough to be read, both sides even."""
    scale = max(1.0, SMALLEST / height)
    return 2 * round(width * scale / 2), 2 * round(height * scale / 2)


def boxed_once(pictures: Iterable[np.ndarray], size: tuple[int, int]) -> Iterator[np.ndarray]:
    """Each picture as `boxed`; one that comes again, as a held still does, is not made again."""
    last, made = None, np.empty(0)
    for picture in pictures:
        if picture is not last:
            last, made = picture, boxed(picture, size)
        yield made


def boxed(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The picture as large as it fits, in the middle of black; uint8 [H, W, 3]."""
    height, width = picture.shape[:2]
    if (width, height) == size:
        return picture
    scale = min(size[0] / width, size[1] / height)
    inner = max(1, round(width * scale)), max(1, round(height * scale))
    page = Image.new("RGB", size)
    resized = Image.fromarray(picture).resize(inner, Image.Resampling.LANCZOS)
    page.paste(resized, ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2))
    return np.asarray(page)


class Lettering:
    """What is burnt into a clip: a label on the left, timecode on the right, on a dark strip below.

    No version: those who judge may sit in the screening.
    """

    def __init__(self, cut: Cut, clip: Clip, size: tuple[int, int], label: str) -> None:
        self.cut, self.clip, self.width = cut, clip, size[0]
        self.height = strip_height(size)
        self.margin = self.height // 3
        self.font = font(round(self.height * 0.62))
        self.strip = Image.new("RGB", (self.width, self.height), SHADE)
        self.draw(self.strip, label, "left")

    def draw(self, strip: Image.Image, text: str, side: str) -> None:
        place, anchor = (self.margin, "lm") if side == "left" else (self.width - self.margin, "rm")
        ImageDraw.Draw(strip).text((place, self.height // 2), text, TEXT, font=self.font, anchor=anchor)

    def apply(self, picture: np.ndarray, number: int) -> np.ndarray:
        """`number`: of the clip's frames in the cut, from 0."""
        frame = self.cut.origin + self.clip.start + number
        strip = self.strip.copy()
        self.draw(strip, self.cut.timecode(frame) if has_timecode(self.cut.rate) else str(frame), "right")
        result = picture.copy()
        result[-self.height :] = np.asarray(strip)
        return result


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """DejaVu Sans Mono, which matplotlib ships: the numbers of a timecode stand still."""
    spec = find_spec("matplotlib")
    path = Path(spec.origin).parent / "mpl-data/fonts/ttf/DejaVuSansMono.ttf" if spec and spec.origin else None
    return ImageFont.truetype(path, size) if path and path.is_file() else ImageFont.load_default(size)
