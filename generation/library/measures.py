"""What is measured of frames to choose among them: how sharp, how bright, how flat."""

from __future__ import annotations

import numpy as np

from generation.opencv import need_opencv

MISSING = "choosing frames of films needs OpenCV: pip install 'circletake[library]'"
DARK, BRIGHT = 20, 236  # of 255: nearly all of a black or a white picture is beyond
NEARLY_ALL = 99.0  # percent
FLAT = 5.0  # standard deviation of 255: sky, a wall, a card of one colour
SMALL = 128  # pixels of the longest side, of which a picture is measured


def sharpness(grey: np.ndarray) -> float:
    """Variance of the Laplacian of uint8 [H, W] (Pech-Pacheco et al. 2000): higher is sharper, within one shot."""
    cv2 = need_opencv(MISSING)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


def blank(pixels: np.ndarray) -> str | None:
    """Why nothing can be learned from a picture, uint8 [H, W, 3]: "black", "white" or "flat"; None for all others."""
    step = max(1, max(pixels.shape[:2]) // SMALL)
    small = pixels[::step, ::step].astype(np.float32)
    luma = small @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    if np.percentile(luma, NEARLY_ALL) < DARK:
        return "black"
    if np.percentile(luma, 100.0 - NEARLY_ALL) > BRIGHT:
        return "white"
    return "flat" if small.reshape(-1, 3).std(axis=0).max() < FLAT else None
