"""What an image encoder has not read or compared yet: a file or a take at a time, and what is done stays done.

It is the studio's own; where none is configured, the model that draws.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from feedback.copies import similar, vectors
from feedback.errors import Refused, one_line
from feedback.store import Studio
from generation.copies.encoding import Seen, encode_file, metric_of, needs_copy

if TYPE_CHECKING:
    from generation.copies.readers import PictureReader
    from generation.image_encoder import ImageEncoder

log = logging.getLogger(__name__)


class Encoding:
    """The encoder that a studio configures, checked once, or the model that draws, and its vectors.

    The network of an encoder is in memory only while files are read, and it computes on the processor: the graphics card is for
    drawing. The model reads where it draws.
    """

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.problem: str | None = None  # why pictures cannot be read
        self._opened: ImageEncoder | None = None
        self._seen: Seen | None = None
        self._measured = 0  # the newest vector of the library that the threshold was set by
        self._metric_from = 0  # the newest vector that the metric in use comes of

    def round(self, *, by_model: bool = True) -> Iterator[str]:
        """Does what is left, and yields `file` or `take` after each; ends with `problem` set where it cannot.

        `by_model`: whether the model may read. It does so without adapters: they are taken off for it, and put on again.
        """
        before, self.problem = self.problem, None
        try:
            reader = self._reader(by_model)
            if reader is not None:
                number = yield from self._read_files(reader)
                yield from self._compare(number, reader.is_model)
        except Refused as reason:
            self.problem = one_line(reason)
            if self.problem != before:
                log.warning("pictures are not read for what is similar: %s", self.problem)

    def left(self) -> int:
        """About how many files there are to read: for a bar."""
        if vectors.configured_folder(self.studio) is None and not vectors.is_read_by_model(self.studio):
            return 0
        encoder = vectors.in_use(self.studio)
        return len(vectors.files_without(self.studio, encoder.id if encoder else 0))

    def _reader(self, by_model: bool) -> PictureReader | None:
        from generation.copies.readers import EncoderReader

        folder = vectors.configured_folder(self.studio)
        if folder is not None:
            return EncoderReader(self._open(folder))
        if not by_model or not vectors.is_read_by_model(self.studio):
            return None
        from generation.copies.model_reader import model_reader

        return model_reader(self.studio)

    def _read_files(self, reader: PictureReader) -> Generator[str, None, int]:
        """Returns the number of the encoder."""
        number = vectors.use(self.studio, **reader.describe())
        missing = vectors.files_without(self.studio, number)
        if missing:
            with reader.reading() as read:
                for sha256 in missing:
                    with_copy = reader.is_model and needs_copy(self.studio, number, sha256)
                    encode_file(self.studio, read, number, sha256, with_copy)
                    yield "file"
        return number

    def _open(self, folder: Path) -> ImageEncoder:
        from generation.image_encoder import open_image_encoder, sha256_of

        cache = self.studio.folder / "cache"
        known = self._opened
        if known is None or known.folder != folder or known.sha256 != sha256_of(folder, cache):
            known = self._opened = open_image_encoder(folder, cache=cache)
        return known

    def _compare(self, number: int, is_model: bool) -> Iterator[str]:
        seen = self._model_seen(number) if is_model else self._encoder_seen(number)
        if seen is None:
            return
        seen.update()
        newest = vectors.newest_of_library(self.studio, number)
        if newest > self._measured:
            seen.measure_threshold()
            self._measured = newest
        for take, rendition in similar.unchecked(self.studio, number, self._metric_from):
            seen.check_take(take, rendition)
            yield "take"

    def _encoder_seen(self, number: int) -> Seen:
        if self._seen is None or self._seen.encoder != number:
            self._seen, self._measured, self._metric_from = Seen(self.studio, number), 0, 0
        return self._seen

    def _model_seen(self, number: int) -> Seen | None:
        """None while the library is too small to say what matters little."""
        metric, metric_from = metric_of(self.studio, number)
        if metric is None:
            return None
        if self._seen is None or self._seen.encoder != number or self._metric_from != metric_from:
            self._seen, self._measured, self._metric_from = Seen(self.studio, number, metric), 0, metric_from
        return self._seen
