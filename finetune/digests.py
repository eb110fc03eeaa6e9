"""One way of turning names into a hash: keys of caches, fixed seeds, fixed order."""

from __future__ import annotations

import hashlib


def digest(*parts: str) -> str:
    """Hex sha256 of the parts, one a line."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
