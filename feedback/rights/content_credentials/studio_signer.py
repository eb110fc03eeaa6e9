"""What a studio signs with, and whom it trusts: files in its folder `credentials`, of which the key is for its account alone.

    credentials/signer/chain.pem    certificates, the signer's own first
    credentials/signer/key.pem      0600
    credentials/signer/signer.json  algorithm, whether it is for trying out, where time stamps are from
    credentials/trusted/NAME.pem    certificates of those whose signatures count, here

Backups do not hold the folder: a key that signs for the studio is kept by whoever keeps its other keys.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import shutil
from pathlib import Path
from typing import NamedTuple

from feedback.durable_files import PARTIAL, write_text
from feedback.errors import Invalid, NotFound, Refused
from feedback.fields import shown
from feedback.rights.content_credentials import certificates
from feedback.rights.content_credentials.certificates import Signer
from feedback.store import Studio, audit_log

log = logging.getLogger(__name__)
FOLDER, SIGNER, TRUSTED = "credentials", "signer", "trusted"
CHAIN, KEY, ABOUT = "chain.pem", "key.pem", "signer.json"
TRYOUT = "for-trying-out"  # the trusted root of a signer that was made here
LARGEST_FILE = 2**20  # bytes of certificates; C2PA's own trust list has 50 KB


class StudioSigner(NamedTuple):
    signer: Signer
    name: str
    until: str  # the day on which its certificate ends
    is_tryout: bool
    timestamps: str | None  # the address of a time stamp authority (RFC 3161)


def signer_of(studio: Studio) -> StudioSigner | None:
    """None: it has none yet. Refused where its files cannot be read."""
    folder = studio.folder / FOLDER / SIGNER
    try:
        about = json.loads((folder / ABOUT).read_text())
        signer = Signer((folder / CHAIN).read_text(), (folder / KEY).read_text(), about["algorithm"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError) as error:
        raise Refused(
            f"{folder} cannot be read: {error}; give the certificate again with `circletake credentials use`"
        ) from None
    names = certificates.name_of(signer.chain), certificates.ends(signer.chain)
    return StudioSigner(signer, *names, about["tryout"], about["timestamps"])


def signer_or_tryout(studio: Studio) -> StudioSigner | None:
    """The studio's, made for trying out where there is none; None where there is none and nothing can be written."""
    there = signer_of(studio)
    if there is not None or studio.is_read_only:
        return there
    made = make_tryout(studio)
    log.warning("a certificate for trying out was made in %s: nobody outside of this studio trusts it", FOLDER)
    return made


def make_tryout(studio: Studio) -> StudioSigner:
    """A root and leaf of the studio's own, which nobody else trusts. Refused where the studio has a signer of its own."""
    there = signer_of(studio)
    if there is not None and not there.is_tryout:
        raise Refused(
            f"this studio signs as {there.name}: remove {studio.folder / FOLDER / SIGNER} to go back to trying out"
        )
    signer, root = certificates.make_signer(studio.setting("name") or studio.folder.name)
    add_trusted_pem(studio, f"{TRYOUT}-{hashlib.sha256(root.encode()).hexdigest()[:8]}", root)
    keep_signer(studio, signer, tryout=True, timestamps=None, replace=there is not None)
    kept = signer_of(studio)
    assert kept is not None
    return kept


def use_certificate(studio: Studio, chain: Path, key: Path, timestamps: str | None, *, actor: str) -> StudioSigner:
    """The studio's own certificate and key, copied. Refused for what C2PA would not have."""
    if timestamps is not None and not timestamps.startswith(("http://", "https://")):
        raise Invalid(f"time stamps from {shown(timestamps)}: give an address with http:// or https://")
    signer = certificates.read_signer(read_file(chain), read_file(key))
    keep_signer(studio, signer, tryout=False, timestamps=timestamps, replace=True)
    kept = signer_of(studio)
    assert kept is not None
    audit_log.record(studio, actor, "credentials.use", kept.name, {"until": kept.until, "timestamps": timestamps})
    return kept


def keep_signer(studio: Studio, signer: Signer, *, tryout: bool, timestamps: str | None, replace: bool) -> None:
    """All its files at once. Where there is one and it may not be replaced, another process was first, and that one counts."""
    home = studio.folder / FOLDER
    home.mkdir(mode=0o700, exist_ok=True)
    made = home / f"{SIGNER}.{secrets.token_hex(4)}{PARTIAL}"
    made.mkdir(mode=0o700)
    try:
        write_private(made / KEY, signer.key)
        write_private(made / CHAIN, signer.chain)
        about = {"algorithm": signer.algorithm, "tryout": tryout, "timestamps": timestamps}
        write_private(made / ABOUT, json.dumps(about))
        if replace and (home / SIGNER).exists():
            shutil.rmtree(home / SIGNER)
        made.rename(home / SIGNER)
    except OSError:
        if replace or signer_of(studio) is None:
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def write_private(path: Path, text: str) -> None:
    """For this account alone from its first byte on."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def read_file(path: Path) -> bytes:
    """Invalid, which names the file, where it cannot be read or is far too long for certificates."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise Invalid(f"{path}: {error.strerror or error}") from None
    if len(data) > LARGEST_FILE:
        raise Invalid(f"{path} has more than {LARGEST_FILE} bytes: that is no file of certificates")
    return data


def trusted_pem(studio: Studio) -> str:
    """Certificates of all whom the studio trusts."""
    return "".join(path.read_text() for path in trusted_files(studio))


def trusted_files(studio: Studio) -> list[Path]:
    return sorted((studio.folder / FOLDER / TRUSTED).glob("*.pem"))


def add_trusted(studio: Studio, path: Path, *, actor: str) -> list[str]:
    """Whoever is certified by a file's certificates is trusted from now on; returns their names."""
    read = certificates.read_certificates(read_file(path), str(path))
    add_trusted_pem(studio, path.stem, certificates.as_pem(read))
    audit_log.record(studio, actor, "credentials.trust", path.stem, {"certificates": len(read)})
    return [certificates.name_of(certificates.as_pem([each])) for each in read]


def add_trusted_pem(studio: Studio, name: str, pem: str) -> None:
    (studio.folder / FOLDER).mkdir(mode=0o700, exist_ok=True)
    write_text(studio.folder / FOLDER / TRUSTED / f"{name}.pem", pem)


def remove_trusted(studio: Studio, name: str, *, actor: str) -> None:
    """NotFound names those that there are."""
    there = {path.stem: path for path in trusted_files(studio)}
    if name not in there:
        raise NotFound(f"{shown(name)} is not trusted; there are: {', '.join(there) or 'none'}")
    there[name].unlink()
    audit_log.record(studio, actor, "credentials.distrust", name)
