"""Signing files: into PNG, MP4 and MOV, or into a sidecar beside what cannot hold credentials."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from feedback.durable_files import whole_file, write_bytes
from feedback.errors import Refused, one_line
from feedback.rights.content_credentials.library import c2pa, context
from feedback.rights.content_credentials.manifests import Manifest
from feedback.rights.content_credentials.studio_signer import StudioSigner

TYPES = {".png": "image/png", ".mp4": "video/mp4", ".mov": "video/quicktime", ".jpg": "image/jpeg"}
"""By ending: what can hold credentials of that which exports write."""
ANY = "application/octet-stream"
SIDECAR = ".c2pa"
IN_MEMORY = 2**25  # bytes of a file that is signed in memory, which takes half the time


class Signing:
    """Signs as one studio, many files one after the other. Not for several threads at once."""

    def __init__(self, signer: StudioSigner) -> None:
        self.name = signer.name
        self._context = context()
        try:
            library, pem = c2pa(), signer.signer
            timestamps = signer.timestamps.encode() if signer.timestamps else None
            info = library.C2paSignerInfo(pem.algorithm.encode(), pem.chain.encode(), pem.key.encode(), timestamps)
            self._signer = library.Signer.from_info(info)
        except Exception as error:  # whatever the library raises of what was given to it
            raise Refused(f"{signer.name} cannot sign: {one_line(error)}; see `circletake credentials show`") from error

    def sign(self, source: Path, target: Path, manifest: Manifest, inputs: Mapping[str, Path] | None = None) -> None:
        """A copy of `source` with credentials inside, as `target`. Refused, naming the file, where that cannot be.

        `inputs`: files of ingredients by their label, whose own credentials, if they have any, are kept inside too.
        """
        kind = TYPES[source_type(target, source)]
        if source.stat().st_size <= IN_MEMORY:
            made = io.BytesIO()
            self._run(manifest, kind, io.BytesIO(source.read_bytes()), made, target, inputs or {})
            target.write_bytes(made.getbuffer())
            return
        with source.open("rb") as given, target.open("w+b") as large:
            self._run(manifest, kind, given, large, target, inputs or {})

    def sign_bytes(self, data: bytes, ending: str, manifest: Manifest) -> bytes:
        """The same in memory, for the many small pictures of a sequence."""
        made = io.BytesIO()
        self._run(manifest, TYPES[ending], io.BytesIO(data), made, Path(manifest["title"]), {})
        return made.getvalue()

    def sign_in_place(self, path: Path, manifest: Manifest, ending: str) -> None:
        """`ending`: as of its final name."""
        if path.stat().st_size <= IN_MEMORY:
            path.write_bytes(self.sign_bytes(path.read_bytes(), ending, manifest))
            return
        # Not kept through a loss of power: `path` itself is not whole yet.
        with (
            whole_file(path, durable=False) as signed,
            path.open("rb") as given,
            signed.open("w+b") as made,
        ):
            self._run(manifest, TYPES[ending], given, made, path, {})

    def write_sidecar(self, path: Path, target: Path, manifest: Manifest) -> None:
        """Credentials of a file whose bytes stay as they are."""
        builder = self._builder(manifest, {})
        builder.set_no_embed()
        try:
            with path.open("rb") as given:
                data = builder.sign(self._signer, ANY, given, io.BytesIO())
        except Exception as error:
            raise Refused(f"{path.name} cannot be signed: {one_line(error)}") from error
        write_bytes(target, data)

    def _run(
        self, manifest: Manifest, kind: str, given: Any, made: Any, path: Path, inputs: Mapping[str, Path]
    ) -> None:
        try:
            self._builder(manifest, inputs).sign(self._signer, kind, given, made)
        except Exception as error:
            raise Refused(f"{path.name} cannot be signed: {one_line(error)}") from error

    def _builder(self, manifest: Manifest, inputs: Mapping[str, Path]) -> Any:
        read = [each for each in manifest["ingredients"] if each["label"] in inputs]
        rest = [each for each in manifest["ingredients"] if each["label"] not in inputs]
        builder = c2pa().Builder({**manifest, "ingredients": rest}, context=self._context)
        for each in read:
            with inputs[each["label"]].open("rb") as file:
                builder.add_ingredient(each, each["format"], file)
        return builder


def source_type(target: Path, source: Path) -> str:
    """The ending that says what the file is; a partial one has another."""
    return next(ending for ending in (source.suffix, target.suffix) if ending in TYPES)


def sidecar_of(path: Path) -> Path:
    """`NAME.ENDING.c2pa`: several exports of a project have one name but for their ending."""
    return path.with_name(path.name + SIDECAR)


def sidecar_of_picture(path: Path) -> Path:
    """`NAME.c2pa`, where other readers look for it."""
    return path.with_suffix(SIDECAR)
