"""What of rights and of what they rest on needs a hand: terms that end, the certificate that signs, films that are gone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from feedback.clock import now
from feedback.days import date_of
from feedback.maintenance.deep_checks import FEW, some
from feedback.report.expiring import expiring
from feedback.rights.content_credentials.library import is_installed
from feedback.rights.content_credentials.studio_signer import signer_of
from feedback.rights.overview import SOON, Ending
from feedback.store import Studio
from feedback.store.time_zone import time_zone, today

READ = "SELECT path FROM library_files WHERE state = 'done' ORDER BY path"


def check_rights(studio: Studio) -> tuple[bool, str]:
    """Bad where production may not draw, or will not within a month: somebody has to ask for a signature."""
    rights = expiring(studio)
    if rights["barred"]:
        return False, f"{rights['production']} is in production and may not draw: {rights['barred'][0]}"
    soon = "; ".join(map(describe_ending, rights["ending"][:FEW])) + ("; …" if len(rights["ending"]) > FEW else "")
    selects = f"; takes {some(rights['takes'])} of the cut cannot be exported after that" if rights["takes"] else ""
    if rights["soon_barred"]:
        return False, f"{soon}: {rights['production']}, in production, rests on that{selects}; record what was renewed"
    return True, (soon + selects) or f"nothing ends within {SOON} days"


def describe_ending(row: Ending) -> str:
    name = f"consent {row['id']} of {row['name']}" if row["what"] == "consent" else f"licence {row['name']}"
    return f"{name} ends on {row['ends']}"


def check_time_zone(studio: Studio) -> tuple[bool, str]:
    """By whose days consents and licences begin and end."""
    return True, f"days begin at midnight in {time_zone(studio)}: it is {today(studio)} there"


def check_certificate(studio: Studio) -> tuple[bool, str]:
    """What signs: bad when it has ended, or will within a month."""
    if not is_installed():
        return True, "Content Credentials are not installed: exports say that their media are unsigned"
    signer = signer_of(studio)
    if signer is None:
        return True, "none yet: the first export with media makes one for trying out"
    days = (date.fromisoformat(signer.until) - date.fromisoformat(date_of(now()))).days  # a certificate ends in UTC
    words = f"{signer.name}, until {signer.until}" + (", for trying out" if signer.is_tryout else "")
    if days >= SOON:
        return True, words
    ended = "it has ended" if days < 0 else f"it ends in {days} days"
    return False, f"{words}: {ended}, get a new one and give it with `circletake credentials use`"


def check_library_originals(studio: Studio) -> tuple[bool, str]:
    """Films and pictures that are not where they were read. What was chosen of them is in the studio all the same."""
    rows = studio.tuples(READ)
    gone = [path for (path,) in rows if not Path(path).is_file()]
    if not gone:
        return True, f"{len(rows)} films and pictures, all where they were"
    return False, (
        f"{len(gone)} of {len(rows)} films and pictures are not where they were ({some(gone)}):"
        " bring them back, or `circletake library add` them from where they are"
    )
