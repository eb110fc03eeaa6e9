"""What makes vectors of pictures: an image encoder of the studio's, or the base model of the version in production.

Encoders were trained to tell what is in a picture. A denoiser knows it too, from hidden states, as reward models read them
(arXiv 2112.03126, 2303.09769), but mixed with how it looks: copies of frames that were altered tell how much that is
(`generation.copies.metric`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypedDict

import numpy as np

from generation.image_encoder import ImageEncoder

Read = Callable[[np.ndarray], np.ndarray]  # frames uint8 [F, H, W, 3], of any one size -> float [F, d]


class ReaderNames(TypedDict):
    """Of a reader, as the database keeps it."""

    sha256: str  # over all that its vectors depend on
    name: str
    licence: str | None
    is_model: bool


class PictureReader(Protocol):
    is_model: bool  # altered copies of frames of the library are read beside them

    def describe(self) -> ReaderNames: ...

    def reading(self) -> AbstractContextManager[Read]:
        """Whatever network there is is in memory within; what `Read` raises is Refused where people can mend it."""
        ...


class EncoderReader:
    """The studio's encoder, one vector for the whole of each frame."""

    is_model = False

    def __init__(self, encoder: ImageEncoder) -> None:
        self.encoder = encoder

    def describe(self) -> ReaderNames:
        return {**self.encoder.describe(), "is_model": False}

    @contextmanager
    def reading(self) -> Iterator[Read]:
        with self.encoder.loaded() as loaded:
            yield lambda frames: loaded.encode(self.encoder.input.pixels(frames))[0].numpy()
