"""The embedded starter model: a small text-to-video pipeline trained from nothing on procedural scenes."""

from __future__ import annotations

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"
WRITER = Path(__file__).parent / "writer"  # a small language model that speaks as its captions do
DEFAULT_SIZE = (256, 256)  # pixels, height and width
DEFAULT_STEPS = 16
DEFAULT_GUIDANCE = 2.5  # of 2, 2.5 and 3 its stills are read as captioned most often (README)
