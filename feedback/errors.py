"""What can be refused. Every message is one line that names the bad value and the fix."""

from __future__ import annotations


def one_line(error: BaseException, most: int = 200) -> str:
    """The gist of an error in one short line; its class where it says nothing. Of the system's errors the file comes first."""
    text = str(error)
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        text = f"{error.filename}: {error.strerror}"
    return " ".join(text.split())[:most] or type(error).__name__


class Refused(Exception):
    """The request cannot be done as asked; the message is for the person at the keyboard."""


class NotFound(Refused):
    """What was named does not exist."""


class Invalid(Refused):
    """A value is out of its range or of the wrong form."""


class Conflict(Refused):
    """The same uid was used before with other content."""


class Forbidden(Refused):
    """The person's role does not allow it."""


class LimitReached(Refused):
    """It would be too much at once; later, or less, is fine."""


class Interrupted(Exception):
    """The work was asked to stop. It is not refused: what is done is on the disk, and the same command continues it."""
