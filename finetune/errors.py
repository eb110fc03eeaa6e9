"""What a run refuses after it has begun."""

from __future__ import annotations

from feedback.errors import Interrupted, Refused


class TooFewJudgements(Refused):
    """There is too little to learn from yet; nothing was written."""


class TooFewItems(Refused):
    """The library has too little that may be learned from; nothing was written."""


class NotAccepted(Refused):
    """The run worked, and found that its model must not become a candidate."""


class RefusedByFirst(Interrupted):
    """The first process of a run refused something, and says what."""


class ProcessLost(Interrupted):
    """Another process of the run ended before the run did. What is done is on the disk."""
