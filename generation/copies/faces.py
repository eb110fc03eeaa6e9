"""Faces in a picture: by OpenCV's own cascade, or by a detector that the studio configures. Nobody is recognised.

The cascade (Viola and Jones 2001) sees faces from the front and misses those from the side, small ones and masked ones. To see that
it takes a shape for a face now and then, it has to see it again in the mirrored picture.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from feedback.errors import Invalid, one_line
from generation.opencv import need_opencv

DETECTOR = "CIRCLETAKE_FACE_DETECTOR"  # environment: a YuNet network (.onnx) or another cascade (.xml); none: OpenCV's
SIDE = 640  # pixels of the longer side in which faces are sought
SMALLEST = 0.06  # of the longer side: a face in a crowd is nobody's likeness
SURE = 0.8  # of a network
SEEN = 5  # windows around a place that a cascade wants
OVERLAP = 0.3  # of two boxes that are of one face
Box = tuple[float, float, float, float]  # x, y, width and height, as shares of the picture's width and height


def find_faces(pixels: np.ndarray) -> list[Box]:
    """Of uint8 [H, W, 3]. Invalid names a detector that cannot be used."""
    cv2 = need_opencv()
    height, width, _ = pixels.shape
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    found = detector(os.environ.get(DETECTOR, ""))(small)
    return [(x / size[0], y / size[1], w / size[0], h / size[1]) for x, y, w, h in found]


@lru_cache(2)
def detector(path: str) -> Callable[[np.ndarray], list[Box]]:
    cv2 = need_opencv()
    file = path or f"{cv2.data.haarcascades}haarcascade_frontalface_default.xml"
    if not Path(file).is_file():
        raise Invalid(f"{DETECTOR}: there is no file {file}; name a YuNet network (.onnx) or a cascade (.xml)")
    try:
        if file.endswith(".onnx"):
            return network(cv2.FaceDetectorYN.create(file, "", (SIDE, SIDE), SURE))
        cascade = cv2.CascadeClassifier(file)
        if cascade.empty():
            raise ValueError("it is no cascade")
    except Exception as error:
        raise Invalid(f"{DETECTOR}: {file} cannot be used: {one_line(error)}") from None
    return by_cascade(cascade)


def network(found: Any) -> Callable[[np.ndarray], list[Box]]:
    def find(pixels: np.ndarray) -> list[Box]:
        found.setInputSize((pixels.shape[1], pixels.shape[0]))
        rows = found.detect(np.ascontiguousarray(pixels[..., ::-1]))[1]
        return [tuple(float(value) for value in row[:4]) for row in ([] if rows is None else rows)]  # type: ignore[misc]

    return find


def by_cascade(cascade: Any) -> Callable[[np.ndarray], list[Box]]:
    cv2 = need_opencv()

    def seek(grey: np.ndarray) -> list[Box]:
        smallest = round(SMALLEST * SIDE)
        return [
            tuple(map(float, box)) for box in cascade.detectMultiScale(grey, 1.1, SEEN, minSize=(smallest, smallest))
        ]  # type: ignore[misc]

    def find(pixels: np.ndarray) -> list[Box]:
        grey = cv2.equalizeHist(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
        upright = seek(grey)
        if not upright:
            return []
        width = grey.shape[1]
        again = [(width - x - w, y, w, h) for x, y, w, h in seek(np.ascontiguousarray(grey[:, ::-1]))]
        return [box for box in upright if any(shared(box, other) > OVERLAP for other in again)]

    return find


def shared(first: Box, second: Box) -> float:
    """The area that both have, of what they cover together."""
    width = min(first[0] + first[2], second[0] + second[2]) - max(first[0], second[0])
    height = min(first[1] + first[3], second[1] + second[3]) - max(first[1], second[1])
    both = max(0.0, width) * max(0.0, height)
    return both / (first[2] * first[3] + second[2] * second[3] - both)
