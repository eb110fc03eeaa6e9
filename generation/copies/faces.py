"""Faces in a picture: by two of OpenCV's cascades, or by a detector that the studio configures. Nobody is recognised.

Cascades (Viola and Jones 2001) see faces from the front and miss those from the side, small ones and masked ones. Each takes a
shape for a face now and then: of two that learned apart, both have to see it.
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

DETECTOR = (
    "CIRCLETAKE_FACE_DETECTOR"  # environment: a YuNet network (.onnx) or another cascade (.xml); none: two of OpenCV's
)
OWN = ("haarcascade_frontalface_default.xml", "haarcascade_frontalface_alt.xml")
SIDE = 640  # pixels of the longer side in which faces are sought
SMALLEST = 0.06  # of the longer side: a face in a crowd is nobody's likeness
SURE = 0.8  # of a network
SEEN, SEEN_AGAIN = 5, 3  # windows around a place that the two cascades want
OVERLAP = 0.3  # of two boxes that are of one face
Box = tuple[float, float, float, float]  # x, y, width and height, as shares of the picture's width and height


def find_faces(pixels: np.ndarray) -> list[Box]:
    """Of uint8 [H, W, 3]. Invalid names a detector that cannot be used."""
    cv2 = need_opencv()
    height, width, _ = pixels.shape
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    boxes = detector(os.environ.get(DETECTOR, ""))(small)
    return [(x / size[0], y / size[1], w / size[0], h / size[1]) for x, y, w, h in boxes]


@lru_cache(2)
def detector(path: str) -> Callable[[np.ndarray], list[Box]]:
    cv2 = need_opencv()
    if path and not Path(path).is_file():
        raise Invalid(f"{DETECTOR}: there is no file {path}; name a YuNet network (.onnx) or a cascade (.xml)")
    try:
        if path.endswith(".onnx"):
            return network(cv2.FaceDetectorYN.create(path, "", (SIDE, SIDE), SURE))
        first, second = (cascade_of(path or f"{cv2.data.haarcascades}{name}") for name in OWN)
    except Exception as error:
        raise Invalid(f"{DETECTOR}: {path} cannot be used: {one_line(error)}") from None
    return by_cascades(first, second)


def cascade_of(file: str) -> Any:
    cascade = need_opencv().CascadeClassifier(file)
    if cascade.empty():
        raise ValueError("it is no cascade")
    return cascade


def network(faces: Any) -> Callable[[np.ndarray], list[Box]]:
    def find(pixels: np.ndarray) -> list[Box]:
        faces.setInputSize((pixels.shape[1], pixels.shape[0]))
        rows = faces.detect(np.ascontiguousarray(pixels[..., ::-1]))[1]
        return [tuple(float(value) for value in row[:4]) for row in ([] if rows is None else rows)]  # type: ignore[misc]

    return find


def by_cascades(first: Any, second: Any) -> Callable[[np.ndarray], list[Box]]:
    """Faces that both see; the second is not asked where the first sees none."""
    cv2 = need_opencv()

    def seek(cascade: Any, grey: np.ndarray, seen: int) -> list[Box]:
        smallest = round(SMALLEST * SIDE)
        boxes = cascade.detectMultiScale(grey, 1.1, seen, minSize=(smallest, smallest))
        return [tuple(map(float, box)) for box in boxes]  # type: ignore[misc]

    def find(pixels: np.ndarray) -> list[Box]:
        grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
        boxes = seek(first, grey, SEEN)
        again = seek(second, grey, SEEN_AGAIN) if boxes else []
        return [box for box in boxes if any(shared(box, other) > OVERLAP for other in again)]

    return find


def shared(first: Box, second: Box) -> float:
    """The area that both have, of what they cover together."""
    width = min(first[0] + first[2], second[0] + second[2]) - max(first[0], second[0])
    height = min(first[1] + first[3], second[1] + second[3]) - max(first[1], second[1])
    both = max(0.0, width) * max(0.0, height)
    return both / (first[2] * first[3] + second[2] * second[3] - both)
