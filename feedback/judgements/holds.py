"""For how many frames a still is held in the cut: below selects, which read notes, and notes, which point at those frames."""

from __future__ import annotations

from feedback.store import Studio

_HELD = """
SELECT CASE WHEN removed THEN 1 ELSE frame_out + 1 END FROM selects
WHERE take = ? AND EXISTS (SELECT 1 FROM takes t JOIN briefs b ON b.id = t.brief WHERE t.id = selects.take AND b.kind = 'still')
ORDER BY id DESC LIMIT 1
"""


def held_frames(studio: Studio, take: int) -> int:
    """Up to the last frame of its select; one for a clip, and for a still that is not circled."""
    return int(studio.value(_HELD, (take,)) or 1)
