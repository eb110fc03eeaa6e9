"""Content Credentials in what an export writes: pictures, movies, and sidecars beside what cannot hold them."""

from __future__ import annotations

import shutil
from pathlib import Path

from feedback.exchange.edit.cut import Clip, Cut
from feedback.rights.content_credentials.manifests import Manifest, cut_manifest, storyboard_manifest, take_manifest
from feedback.rights.content_credentials.signing import TYPES, sidecar_of_picture


def copy_signed(cut: Cut, clip: Clip, source: Path, target: Path) -> None:
    """A copy of a take's file, with its credentials inside where the cut is signed."""
    manifest = manifest_of(cut, clip, clip.file)
    if manifest is None or cut.signing is None or source.suffix not in TYPES:
        shutil.copyfile(source, target)
    else:
        cut.signing.sign(source, target, manifest, input_files(cut, clip))


def sign_movie(cut: Cut, clip: Clip, path: Path) -> None:
    """The same of a movie that was just written as `path`, under whatever name."""
    manifest = manifest_of(cut, clip, clip.file)
    if manifest is not None and cut.signing is not None:
        cut.signing.sign_in_place(path, manifest, Path(clip.file).suffix)


def sign_picture(cut: Cut, manifest: Manifest | None, path: Path) -> None:
    """One picture of a sequence: inside, or in a sidecar where its format has no room for it, as EXR."""
    if manifest is None or cut.signing is None:
        return
    named = {**manifest, "title": path.name}
    if path.suffix in TYPES:
        path.write_bytes(cut.signing.sign_bytes(path.read_bytes(), path.suffix, named))
    else:
        cut.signing.write_sidecar(path, sidecar_of_picture(path), named)


def sign_whole_cut(cut: Cut, path: Path, name: str) -> None:
    """A movie of all selects, as `path`, which is to be called `name`."""
    if cut.signing is not None:
        passports = {clip.select["take"]: clip.passport for clip in cut.clips if clip.passport is not None}
        cut.signing.sign_in_place(path, cut_manifest(name, cut.project, passports), Path(name).suffix)


def sign_storyboard(cut: Cut, path: Path, name: str) -> None:
    """The same of a storyboard, whose panels are the cut's clips."""
    if cut.signing is not None:
        cut.signing.sign_in_place(path, storyboard_manifest(name, cut.project, len(cut.clips)), Path(name).suffix)


def manifest_of(cut: Cut, clip: Clip, title: str) -> Manifest | None:
    return None if cut.signing is None or clip.passport is None else take_manifest(clip.passport, title)


def input_files(cut: Cut, clip: Clip) -> dict[str, Path]:
    """By the labels of the manifest's ingredients; those whose file is gone are named in it all the same."""
    assert clip.passport is not None
    own = [each for each in clip.passport["inputs"] if each["through"] is None and each["sha256"] in cut.inputs]
    return {each["role"].replace(" ", "_"): cut.inputs[each["sha256"]] for each in own}
