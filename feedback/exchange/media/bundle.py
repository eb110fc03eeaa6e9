"""Everything in one folder: the media by name, a sidecar for each, timeline and table, and what each file should be.

`sha256sums.txt` is read by `sha256sum --check`; the timeline's paths are relative, so that the folder can be moved.
"""

from __future__ import annotations

import json
from hashlib import file_digest
from pathlib import Path

from feedback.clock import now
from feedback.exchange.edit.cut import Clip, Cut
from feedback.exchange.files import check_count, safe_name, whole_folder
from feedback.exchange.media.named import FOLDER, with_media
from feedback.exchange.tables.csv import write_csv
from feedback.exchange.timelines.otio import metadata_of, write_otio

MANIFEST, SUMS = "manifest.json", "sha256sums.txt"


def write_bundle(cut: Cut, folder: Path, codec: str) -> int:
    """Returns the number of selects; each file is counted and hashed as it was written."""
    with whole_folder(folder, MANIFEST) as partial:
        brought = with_media(cut, partial, codec)
        write_otio(brought, partial / f"{safe_name(cut.project)}_selects.otio")
        write_csv(brought, partial / f"{safe_name(cut.project)}_selects.csv")
        for clip in brought.clips:
            write_sidecar(clip, partial)
        files = hashes_of(partial)
        about = {"project": cut.project, "title": cut.title, "made": now(), "selects": len(cut.clips), "files": files}
        (partial / MANIFEST).write_text(json.dumps(about, indent=1, ensure_ascii=False), encoding="utf-8")
        sums = "".join(f"{file['sha256']}  {file['path']}\n" for file in files)
        (partial / SUMS).write_text(sums, encoding="utf-8")
        media = {clip.file for clip in brought.clips if clip.location is not None}
        check_count(folder, sum((partial / FOLDER / name).is_file() for name in media), len(media))
    return len(cut.clips)


def write_sidecar(clip: Clip, folder: Path) -> None:
    passport = {} if clip.passport is None else {"passport": clip.passport}
    about = {**metadata_of(clip), **passport, "frame_in": clip.first, "frame_out": clip.last, "fps": str(clip.rate)}
    path = folder / FOLDER / f"{clip.file}.json"
    path.write_text(json.dumps(about, indent=1, ensure_ascii=False), encoding="utf-8")


def hashes_of(folder: Path) -> list[dict[str, object]]:
    """Of every file in the folder, by path: path, bytes, sha256."""
    files = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        files.append({"path": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size, "sha256": digest})
    return files
