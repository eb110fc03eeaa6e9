"""Where shots begin: the adaptive detector of PySceneDetect, on frames that are decoded and made small here.

It compares the change between two frames with the changes around it, so that a fast camera is no cut. It has to see two
frames beyond a cut to know it.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from feedback.errors import Refused
from generation.opencv import need_opencv

LAG = 2  # frames that the detector looks ahead
WIDTH = 256  # pixels, to which frames are made small
MISSING = "reading films needs PySceneDetect and OpenCV: pip install 'circletake[library]'"


class ShotFinder:
    """Is given frames in order and tells at which ones a shot begins."""

    def __init__(self, rate: Fraction, shortest: float) -> None:
        """`rate`: frames a second. `shortest`: seconds between two cuts."""
        self._rate, self._shortest = rate, max(1, round(shortest * rate))
        self.restart()

    def restart(self) -> None:
        """A new shot begins, or it is as if one did: what comes is judged without what was before."""
        try:
            from scenedetect.detectors import AdaptiveDetector
        except ImportError:
            raise Refused(MISSING) from None
        need_opencv(MISSING).setNumThreads(1)
        self._detector = AdaptiveDetector(min_scene_len=self._shortest, window_width=LAG)

    def feed(self, number: int, small: np.ndarray) -> list[int]:
        """Numbers of frames that begin a shot, at most LAG before this one. `small`: BGR uint8 [H, W, 3]."""
        from scenedetect import FrameTimecode

        cuts = self._detector.process_frame(FrameTimecode(number, self._rate), small)
        return [cut.frame_num for cut in cuts]
