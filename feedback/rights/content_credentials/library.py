"""c2pa-python, which is optional: loaded where credentials are written or read, and asked for by name where it is not there."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any

from feedback.errors import Refused

EXTRA = "pip install 'circletake[credentials]'"
QUIET: dict[str, Any] = {
    # Nothing is asked of the network: a file that came from outside could name any address.
    "verify": {"verify_after_sign": False, "verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},
}


def is_installed() -> bool:
    return find_spec("c2pa") is not None


@cache
def c2pa() -> Any:
    """The module. Refused, naming the extra, where it is not installed."""
    if not is_installed():
        raise Refused(f"Content Credentials need c2pa-python: {EXTRA}")
    import c2pa

    return c2pa


def context(trusted: str = "") -> Any:
    """For reading or writing. `trusted`: certificates (PEM) of those whose signatures count."""
    trust = {"trust": {"trust_anchors": trusted}} if trusted else {}
    return c2pa().Context.from_dict({**QUIET, **trust})
