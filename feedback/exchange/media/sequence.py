"""Selects as numbered pictures: PNG of 16 bits, or EXR where OpenImageIO is installed; a folder for each select.

Files are counted from the project's first frame (1001 unless it says otherwise): the select's first frame has that number.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np
from tqdm import tqdm

from feedback.errors import Invalid, Refused
from feedback.exchange.edit.cut import Clip, Cut
from feedback.exchange.files import check_count, whole_folder
from feedback.exchange.media.pictures import pictures_of
from feedback.exchange.media.signed import manifest_of, sign_picture

PNG, EXR = "png", "exr"
PICTURES = (PNG, EXR)
MANIFEST = "sequence.json"
LIBRARY = "OpenImageIO"


def check_picture(kind: str) -> str:
    """Invalid for a kind that there is not; Refused for EXR without its library."""
    if kind not in PICTURES:
        raise Invalid(f"picture {kind!r}: choose one of {', '.join(PICTURES)}")
    if kind == EXR and find_spec(LIBRARY) is None:
        raise Refused("EXR needs OpenImageIO: pip install 'circletake[exr]', or choose png")
    return kind


def write_sequence(cut: Cut, folder: Path, picture: str) -> int:
    """Returns the number of selects. Pictures are counted when the folder is looked at again."""
    write = {PNG: write_png, EXR: write_exr}[picture]
    total = sum(clip.count for clip in cut.clips)
    with whole_folder(folder, MANIFEST) as partial:
        with tqdm(total=total, desc="pictures", unit="frame", disable=None, leave=False) as progress:
            listed = [write_clip(cut, clip, partial, picture, write, progress) for clip in cut.clips]
        (partial / MANIFEST).write_text(
            json.dumps({"project": cut.project, "clips": listed}, indent=1), encoding="utf-8"
        )
        check_count(folder, len(list(partial.glob(f"*/*.{picture}"))), total)
    return len(cut.clips)


def write_clip(
    cut: Cut, clip: Clip, folder: Path, kind: str, write: Callable[[Path, np.ndarray], None], progress: tqdm[None]
) -> dict[str, object]:
    name, first = Path(clip.file).stem, cut.settings.first_frame
    (folder / name).mkdir()
    manifest = manifest_of(cut, clip, name)
    for number, picture in enumerate(pictures_of(clip), start=first):
        path = folder / name / f"{name}.{number:04d}.{kind}"
        write(path, picture)
        sign_picture(cut, manifest, path)
        progress.update()
    select = clip.select
    about = {"take": select["take"], "shot": select["shot"], "version": select["version"], "fps": str(clip.rate)}
    return {**about, "folder": name, "first": first, "last": first + clip.count - 1, "frame_in": clip.first}


def write_png(path: Path, picture: np.ndarray) -> None:
    """RGB of 16 bits; 255 becomes 65535."""
    deep = np.ascontiguousarray(picture.astype(">u2") * 257)
    encoder = av.CodecContext.create("png", "w")
    encoder.height, encoder.width, encoder.pix_fmt = *picture.shape[:2], "rgb48be"
    frame = av.VideoFrame.from_ndarray(deep.view("u2"), format="rgb48be")
    path.write_bytes(b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None))))


def write_exr(path: Path, picture: np.ndarray) -> None:
    """Half floats, linear light of Rec. 709 primaries: pictures are shown by the sRGB curve, which is taken out."""
    import OpenImageIO

    light = picture.astype(np.float32) / 255
    linear = np.where(light <= 0.04045, light / 12.92, ((light + 0.055) / 1.055) ** 2.4).astype(np.float32)
    height, width = picture.shape[:2]
    spec = OpenImageIO.ImageSpec(width, height, 3, "half")
    spec.attribute("oiio:ColorSpace", "lin_rec709")
    file = OpenImageIO.ImageOutput.create(str(path))
    if not (file and file.open(str(path), spec) and file.write_image(linear) and file.close()):
        raise Refused(f"{path.name} cannot be written: {OpenImageIO.geterror()}")
