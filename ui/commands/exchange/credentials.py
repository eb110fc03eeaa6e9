"""`credentials` and `verify`: what the studio signs with, whom it trusts, and what a file's Content Credentials say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ui.commands.shared import answer, open_studio, with_studio

if TYPE_CHECKING:
    from feedback.rights.content_credentials.studio_signer import StudioSigner

FILE = click.Path(path_type=Path, dir_okay=False)
ACTOR = "command line"


@click.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--trust",
    "more",
    type=FILE,
    multiple=True,
    help="Certificates (PEM) to trust beside the studio's; may be repeated.",
)
@with_studio
def verify(file: Path, more: tuple[Path, ...], folder: Path, as_json: bool) -> None:
    """What FILE is, who signed it, whether it was changed since, and whether the signer is trusted.

    Exit code 0 for a file that is as a trusted signer signed it, else 1. It needs no studio.
    """
    from feedback.errors import Refused
    from feedback.rights.content_credentials.reading import verify_file
    from feedback.rights.content_credentials.words import in_words

    verdict = verify_file(file, trusted_certificates(folder, more))
    if verdict["state"] in ("unsigned", "unreadable") and not as_json:
        raise Refused(f"{file}: {verdict['reason']}")
    answer(dict(verdict), as_json, "\n".join(in_words(verdict)))
    if verdict["state"] != "trusted":
        click.get_current_context().exit(1)


def trusted_certificates(folder: Path, more: tuple[Path, ...]) -> str:
    """Of the studio, where there is one, and of these files."""
    from feedback.rights.content_credentials.certificates import as_pem, read_certificates
    from feedback.rights.content_credentials.studio_signer import read_file, trusted_pem

    own = trusted_pem(open_studio(folder)) if (folder / "studio.db").is_file() else ""
    return own + "".join(as_pem(read_certificates(read_file(path), str(path))) for path in more)


@click.group("credentials")
def credentials_group() -> None:
    """What exports are signed with, and whose signatures count: show, make, use, trust, distrust."""


@credentials_group.command("show")
@with_studio
def show_credentials(folder: Path, as_json: bool) -> None:
    """Who this studio signs as, until when, and whom it trusts."""
    from feedback.rights.content_credentials import studio_signer

    studio = open_studio(folder)
    signer, trusted = studio_signer.signer_of(studio), [path.stem for path in studio_signer.trusted_files(studio)]
    line = describe(signer) if signer else "no certificate yet: the first export with media makes one for trying out"
    data = {"signer": described(signer) if signer else None, "trusted": trusted}
    answer(data, as_json, f"{line}\ntrusted: {', '.join(trusted) or 'nobody'}")


@credentials_group.command("make")
@with_studio
def make_credentials(folder: Path, as_json: bool) -> None:
    """Make a new certificate for trying out, which nobody outside of this studio trusts."""
    from feedback.rights.content_credentials.studio_signer import make_tryout

    signer = make_tryout(open_studio(folder))
    answer(described(signer), as_json, describe(signer))


@credentials_group.command("use")
@click.option("--certificate", required=True, type=FILE, help="PEM: the signer's certificate, then those above it.")
@click.option(
    "--key", required=True, type=FILE, help="PEM, without a pass phrase; it is copied, for this account alone."
)
@click.option("--timestamps", metavar="URL", help="A time stamp authority (RFC 3161), asked at each signature.")
@with_studio
def use_credentials(certificate: Path, key: Path, timestamps: str | None, folder: Path, as_json: bool) -> None:
    """Sign with the studio's own certificate from now on."""
    from feedback.rights.content_credentials.checking import check_signer
    from feedback.rights.content_credentials.studio_signer import use_certificate

    studio = open_studio(folder)
    check_signer(certificate, key)
    signer = use_certificate(studio, certificate, key, timestamps, actor=ACTOR)
    answer(described(signer), as_json, describe(signer))


@credentials_group.command("trust")
@click.argument("file", type=FILE)
@with_studio
def trust_certificates(file: Path, folder: Path, as_json: bool) -> None:
    """Trust whoever is certified by the certificates of FILE (PEM), such as C2PA's own list."""
    from feedback.rights.content_credentials.studio_signer import add_trusted

    names = add_trusted(open_studio(folder), file, actor=ACTOR)
    answer({"name": file.stem, "certificates": names}, as_json, f"{file.stem}: {len(names)} certificates are trusted")


@credentials_group.command("distrust")
@click.argument("name")
@with_studio
def distrust_certificates(name: str, folder: Path, as_json: bool) -> None:
    """Take the certificates called NAME off the trust list; `show` names them."""
    from feedback.rights.content_credentials.studio_signer import remove_trusted

    remove_trusted(open_studio(folder), name, actor=ACTOR)
    answer({"name": name, "trusted": False}, as_json, f"{name} is trusted no more")


def described(signer: StudioSigner) -> dict[str, Any]:
    """Without the key."""
    fields = {"name": signer.name, "until": signer.until, "for_trying_out": signer.is_tryout}
    return {**fields, "algorithm": signer.signer.algorithm, "timestamps": signer.timestamps}


def describe(signer: StudioSigner) -> str:
    kind = ", for trying out: nobody else trusts it" if signer.is_tryout else ""
    return f"signs as {signer.name} ({signer.signer.algorithm}) until {signer.until}{kind}"
