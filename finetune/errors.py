"""What a run refuses after it has begun."""

from __future__ import annotations

from feedback.errors import Refused


class NotAccepted(Refused):
    """The run worked, and found that its model must not become a candidate."""
