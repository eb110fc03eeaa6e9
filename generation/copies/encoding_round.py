"""What the studio's image encoder has not read or compared yet: a file or a take at a time, and what is done stays done."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from feedback.copies import similar, vectors
from feedback.errors import Refused, one_line
from feedback.store import Studio
from generation.copies.encoding import Seen, encode_file

if TYPE_CHECKING:
    from generation.image_encoder import ImageEncoder

log = logging.getLogger(__name__)


class Encoding:
    """The encoder that a studio configures, checked once, and its vectors; the network is in memory only while files are read.

    It computes on the processor: the graphics card is for drawing.
    """

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.problem: str | None = None  # why the encoder cannot be used
        self._opened: ImageEncoder | None = None
        self._seen: Seen | None = None
        self._measured = 0  # the newest vector of the library that the threshold was set by

    def round(self) -> Iterator[str]:
        """Does what is left, and yields `file` or `take` after each; ends with `problem` set where it cannot."""
        folder, before, self.problem = vectors.configured_folder(self.studio), self.problem, None
        if folder is None:
            return
        try:
            number = yield from self._read_files(folder)
            yield from self._compare(number)
        except Refused as reason:
            self.problem = one_line(reason)
            if self.problem != before:
                log.warning("pictures are not read by the image encoder: %s", self.problem)

    def left(self) -> int:
        """About how many files there are to read: for a bar."""
        encoder = vectors.in_use(self.studio)
        return len(vectors.files_without(self.studio, encoder.id if encoder else 0)) if self._is_configured() else 0

    def _is_configured(self) -> bool:
        return vectors.configured_folder(self.studio) is not None

    def _read_files(self, folder: Path) -> Generator[str, None, int]:
        """Returns the number of the encoder."""
        encoder = self._open(folder)
        number = vectors.use(self.studio, **encoder.describe())
        missing = vectors.files_without(self.studio, number)
        if missing:
            with encoder.loaded() as loaded:
                for sha256 in missing:
                    encode_file(self.studio, loaded, number, sha256)
                    yield "file"
        return number

    def _open(self, folder: Path) -> ImageEncoder:
        from generation.image_encoder import open_image_encoder, sha256_of

        cache = self.studio.folder / "cache"
        known = self._opened
        if known is None or known.folder != folder or known.sha256 != sha256_of(folder, cache):
            known = self._opened = open_image_encoder(folder, cache=cache)
        return known

    def _compare(self, number: int) -> Iterator[str]:
        if self._seen is None or self._seen.encoder != number:
            self._seen, self._measured = Seen(self.studio, number), 0
        self._seen.update()
        newest = vectors.newest_of_library(self.studio, number)
        if newest > self._measured:
            self._seen.measure_threshold()
            self._measured = newest
        for take, rendition in similar.unchecked(self.studio, number):
            self._seen.check_take(take, rendition)
            yield "take"
