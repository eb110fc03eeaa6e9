"""Whether a certificate and key can sign what c2pa's reader takes, tried before a studio relies on them."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from feedback.errors import Refused
from feedback.rights.content_credentials.certificates import as_pem, ends, name_of, read_certificates, read_signer
from feedback.rights.content_credentials.manifests import claim_generator, with_assertions
from feedback.rights.content_credentials.reading import UNTRUSTED, read_bytes
from feedback.rights.content_credentials.signing import Signing
from feedback.rights.content_credentials.studio_signer import StudioSigner, read_file
from feedback.rights.passport import GENERATED

ENDING = ".png"


def check_signer(chain: Path, key: Path) -> None:
    """Refused, with what c2pa's reader says of a picture that was signed with them. No time stamp is asked for."""
    signer = read_signer(read_file(chain), read_file(key))
    names = name_of(signer.chain), ends(signer.chain)
    created = {"action": "c2pa.created", "digitalSourceType": GENERATED, "softwareAgent": claim_generator()}
    manifest = with_assertions("a trial", [{"label": "c2pa.actions.v2", "data": {"actions": [created]}}], [])
    signing = Signing(StudioSigner(signer, *names, is_tryout=False, timestamps=None))
    last = as_pem(read_certificates(signer.chain.encode(), "the chain")[-1:])
    report = read_bytes(signing.sign_bytes(grey(), ENDING, manifest), ENDING, last)
    failures = (report.get("validation_results") or {}).get("activeManifest", {}).get("failure", [])
    others = [each for each in failures if each.get("code") != UNTRUSTED]
    if others:
        raise Refused(f"{names[0]} cannot sign: {others[0].get('code')}, {others[0].get('explanation')}")


def grey() -> bytes:
    """A PNG of one pixel."""
    sink = io.BytesIO()
    Image.new("RGB", (1, 1), (128, 128, 128)).save(sink, "PNG")
    return sink.getvalue()
