"""OpenCV, which the extra `library` installs."""

from __future__ import annotations

from typing import Any

from feedback.errors import Refused

MISSING = "comparing takes with the library needs OpenCV: pip install 'circletake[library]'"


def need_opencv(missing: str = MISSING) -> Any:
    """The module; Refused says what to install where it is not there."""
    try:
        import cv2
    except ImportError:
        raise Refused(missing) from None
    return cv2


def is_there() -> bool:
    try:
        need_opencv()
    except Refused:
        return False
    return True
