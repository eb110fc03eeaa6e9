"""What is chosen from films, and how large it is kept."""

from __future__ import annotations

from dataclasses import dataclass

from feedback.errors import Invalid


@dataclass(frozen=True)
class Choice:
    """Settings of one reading."""

    size: int = 1024  # the longest side of kept frames, in pixels; smaller pictures stay as they are
    clip_size: int = 512  # the same of clips
    every: float = 4.0  # seconds: a frame is chosen from each so many of a shot
    clip_seconds: float = 2.0  # how long clips are; 0 for none
    clip_every: float = 30.0  # seconds: a shot has one clip, and one more in each so many
    shortest_shot: float = 0.6  # seconds; what is between two cuts that are nearer is one shot with what follows
    proxy_size: int = 480  # the longest side of what browsers show, in pixels

    def __post_init__(self) -> None:
        for name, low, high in (
            ("size", 64, 4096),
            ("clip_size", 64, 2048),
            ("every", 0.5, 3600),
            ("clip_seconds", 0, 20),
            ("clip_every", 1, 3600),
            ("shortest_shot", 0.1, 60),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise Invalid(f"{name.replace('_', ' ')} {value:g} is outside {low:g}-{high:g}")
