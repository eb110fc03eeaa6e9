"""A version's base is what it was when the version was brought: the hash of every file that is loaded.

Files are hashed again only when their size or times have changed, so that a load is not slower for it.
"""

from __future__ import annotations

from pathlib import Path

from feedback.errors import Invalid, NotFound
from feedback.models import versions
from feedback.models.base_pins import Files, pin_base, pin_of
from feedback.store import Studio
from generation.families.folder import read_json
from generation.models.base_models import base_folder
from generation.models.limits import FILE as LIMITS
from generation.models.weights_digest import digests_of, weight_files, weights_sha256


class BaseChanged(Invalid):
    """A version's base is not what it was when it was brought. No take is at fault: they wait until it is mended."""


CONFIGURATION = (".json", ".txt", ".model", ".jinja")
"""Endings of the files beside the weights that decide what is drawn: configurations and tokenizers."""
FEW = 3


def files_of(base: str, cache: Path | None = None) -> Files:
    """sha256 of every file that a base is loaded from, by its name; `cache`: a folder that remembers digests."""
    folder = base_folder(base)
    return digests_of(folder, sorted({*weight_files(folder), *configuration_files(folder)}), cache)


def configuration_files(folder: Path) -> list[Path]:
    """model_index.json and those of its parts; not limits.json, which the studio may change, nor what nobody loads."""
    index = folder / "model_index.json"
    parts = [folder / name for name, value in read_json(index).items() if isinstance(value, list)]
    files = [path for part in parts if part.is_dir() for path in part.rglob("*") if path.suffix in CONFIGURATION]
    return [index, *(path for path in files if path.is_file() and path.name != LIMITS)]


def check_pinned(studio: Studio, version: str) -> None:
    """BaseChanged, naming the files and what to do, when the version's base is not what it was pinned with.

    A version without a pin, of an older Circletake, gets it now.
    """
    base = versions.get_version(studio, version)["base"]
    if base == versions.STARTER:
        return
    files = files_of_version(studio, version, base)
    if pin_of(studio, version) is None and not studio.is_read_only:
        pin_base(studio, version, files)
    refuse_other_files(studio, version, base, files)


def files_of_version(studio: Studio, version: str, base: str) -> Files:
    """BaseChanged where the files of a pinned base cannot even be listed, such as when its model_index.json was cut off."""
    try:
        return files_of(base, studio.folder / "cache")
    except (Invalid, NotFound) as reason:
        if pin_of(studio, version) is None:
            raise
        raise BaseChanged(f"{reason}: version {version} was pinned with other files, put them back") from reason


def refuse_other_files(studio: Studio, version: str, base: str, files: Files) -> None:
    pinned = pin_of(studio, version)
    if pinned is not None and pinned != files:
        raise BaseChanged(
            f"base {base} is not what version {version} was pinned with ({describe_changes(pinned, files)}): put the"
            f" files back, or bring what is there as a new version: circletake versions add NAME --base {base}"
        )


def check_base_of_versions(studio: Studio, base: str, *, read_again: bool) -> None:
    """The same for every version of a base that may still draw. Nothing is pinned.

    `read_again`: the files are read in full, whatever their sizes and times say.
    """
    if base != versions.STARTER:
        files = files_of(base, None if read_again else studio.folder / "cache")
        for version in versions.list_versions(studio):
            if version["base"] == base and version["state"] != "rejected":
                refuse_other_files(studio, version["name"], base, files)


def describe_changes(before: Files, after: Files) -> str:
    """The first few files and what happened to them."""
    changed = [f"{name} changed" for name in sorted(before) if name in after and after[name] != before[name]]
    missing = [f"{name} is missing" for name in sorted(before) if name not in after]
    added = [f"{name} is new" for name in sorted(after) if name not in before]
    lines = [*changed, *missing, *added]
    return ", ".join(lines[:FEW]) + (f" and {len(lines) - FEW} more" if len(lines) > FEW else "")


def files_tuned_on(studio: Studio, base: str, base_sha256: str) -> Files:
    """The files of a base that a run has loaded; Invalid when their weights have changed since."""
    cache = studio.folder / "cache"
    files = files_of(base, cache)
    if weights_sha256(base_folder(base), cache) != base_sha256:
        raise Invalid(f"base {base} was changed while the run tuned it: put its files back, and tune again")
    return files
