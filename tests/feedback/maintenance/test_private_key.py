"""The key that a studio signs with is in no backup; whom it trusts is."""

from __future__ import annotations

from pathlib import Path

from feedback.maintenance import restore
from feedback.maintenance.backup import make_backup
from feedback.rights.content_credentials import studio_signer
from feedback.store import Studio


def test_a_backup_cannot_sign_as_the_studio(studio: Studio, tmp_path: Path) -> None:
    made = studio_signer.make_tryout(studio)
    make_backup(studio, tmp_path / "disk")
    secret = made.signer.key.encode()
    assert not [path for path in (tmp_path / "disk").rglob("*") if path.is_file() and secret in path.read_bytes()]
    restore.restore(tmp_path / "disk", tmp_path / "again", None)
    again = Studio.open(tmp_path / "again")
    assert studio_signer.signer_of(again) is None
    assert studio_signer.trusted_pem(again) == studio_signer.trusted_pem(studio)
    again.close()
