"""Films and photographs that people took, out of packages that are installed anyway.

gradio 6 carries a.mp4, b.mp4 and world.mp4 with a few photographs (Apache 2.0, as its examples); matplotlib carries the
portrait of Grace Hopper (public domain, US Navy).
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from feedback.library.hashes import distance
from feedback.library.report import report
from feedback.library.search import Filter, list_items
from feedback.store import media
from generation.library.choice import Choice
from generation.media.decode import read_frames
from tests.generation.library.rendered import add, library_studio


def package_file(package: str, *parts: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"this version of {package} carries no {'/'.join(parts)}")
    return path


def test_films_and_photographs(tmp_path: Path) -> None:
    studio = library_studio(tmp_path / "studio")
    films = add(studio, package_file("gradio", "media_assets", "videos"), "Films", choice=Choice())
    assert films.read == 5
    assert films.clips >= 1
    photographs = add(studio, package_file("gradio", "media_assets", "images"), "Photographs", choice=Choice())
    assert photographs.stills >= 5
    add(
        studio,
        package_file("matplotlib", "mpl-data", "sample_data", "grace_hopper.jpg"),
        "Photographs",
        choice=Choice(),
    )
    stills = list_items(studio, Filter(kind="still"))
    for item in stills:
        frames = read_frames(media.path_of(studio, item["media"]))
        assert frames.shape[1:3] == (item["height"], item["width"])
        assert max(frames.shape[1:3]) <= 1024
        assert frames.std() > 5
    for title in ("Films", "Photographs"):
        hashes = [item["perceptual_hash"] for item in stills if item["title"] == title]
        assert min(distance(a, b) for k, a in enumerate(hashes) for b in hashes[:k]) > 6


def test_the_same_film_in_two_encodings_is_kept_once(tmp_path: Path) -> None:
    """b.mp4, b.avi and muted_b.mp4 are one film."""
    studio = library_studio(tmp_path / "studio")
    videos = package_file("gradio", "media_assets", "videos")
    add(studio, videos / "b.mp4", choice=Choice())
    again = [add(studio, videos / name, choice=Choice()) for name in ("b.avi", "muted_b.mp4")]
    assert sum(outcome.clips for outcome in again) == 0
    assert sum(outcome.stills for outcome in again) <= 1
    (of,) = report(studio)
    assert of["left_out"]["nearly the same as another"]["count"] >= 3


def test_a_frame_of_a_film_is_the_one_that_is_named(tmp_path: Path) -> None:
    """Read by its number with another reader of ours."""
    from tests.feedback.exchange.media.test_frames import read_frame

    studio = library_studio(tmp_path / "studio")
    path = package_file("gradio", "media_assets", "videos", "world.mp4")
    add(studio, path, choice=Choice(clip_seconds=0))
    for item in list_items(studio, Filter())[:3]:
        kept = read_frames(media.path_of(studio, item["media"]))[0].astype(int)
        assert np.abs(kept - read_frame(path, item["frame_in"])).mean() < 3
