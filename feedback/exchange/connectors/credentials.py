"""Whom a tracker knows us as: from the environment or a file that nobody else reads, and never on a command line.

What is secret is in no refusal, in no record and in no name of a site.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from feedback.errors import Invalid, NotFound, Refused
from feedback.fields import shown

LONGEST_FILE = 2**16


def read_credentials(
    tracker: str, names: tuple[str, ...], file: Path | None, instead: tuple[str, ...] = ()
) -> dict[str, str]:
    """The values of these names (`url` first), from the file or else `CIRCLETAKE_<TRACKER>_<NAME>`.

    `instead`: other names that will do, where all of them are there. NotFound names what is missing. Refused for a file that
    others can read.
    """
    prefix = f"CIRCLETAKE_{tracker.upper()}_"
    named = file or (Path(os.environ[f"{prefix}CREDENTIALS"]) if os.environ.get(f"{prefix}CREDENTIALS") else None)
    from_file = {} if named is None else read_private(named)
    both = dict.fromkeys((*names, *instead))
    given = {name: from_file.get(name) or os.environ.get(prefix + name.upper(), "") for name in both}
    chosen = instead if instead and all(given[name] for name in instead) else names
    values = {name: given[name] for name in chosen}
    missing = [prefix + name.upper() for name, value in values.items() if not value]
    if missing:
        raise NotFound(f"no {' and no '.join(missing)}: set them in the environment, or give a file with --credentials")
    check_url(values["url"], prefix)
    return values


def read_private(path: Path) -> Mapping[str, str]:
    try:
        mode, text = path.stat().st_mode, path.read_bytes()[:LONGEST_FILE]
    except OSError as error:
        raise NotFound(f"credentials {path} cannot be read: {error.strerror}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Refused(f"credentials {path} can be read by others: chmod 600 {path}")
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):  # whose text would repeat the file's
        content = None
    if not isinstance(content, dict) or not all(isinstance(each, str) for pair in content.items() for each in pair):
        raise Invalid(f'credentials {path} are no lines of `name: "text"`, such as url, email and password')
    return content


def check_url(url: str, prefix: str) -> None:
    """Invalid for what is no address, or holds a name and a password itself."""
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
        has_secret = "@" in parts.netloc or bool(parts.query)
    except ValueError:
        is_address, has_secret = False, False
    if has_secret:
        raise Invalid(f"the address in {prefix}URL holds more than an address: give name and password by themselves")
    if not is_address:
        raise Invalid(f"{prefix}URL {shown(url)} is no address, such as https://tracker.example")
