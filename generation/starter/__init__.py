"""The embedded starter model: a small WanPipeline trained from nothing on procedural scenes, by the code in this folder."""

from __future__ import annotations

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"
DEFAULT_SIZE = (256, 256)  # pixels, height and width
DEFAULT_STEPS = 16
DEFAULT_GUIDANCE = 3.0
