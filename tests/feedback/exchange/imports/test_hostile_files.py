"""Whatever lies in a file, an import says one line and nothing has changed."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import opentimelineio as otio
import pytest

from feedback.errors import Refused
from feedback.production import projects
from feedback.store import Studio
from tests.feedback.exchange.imports.cutting import bring, shots_in
from tests.feedback.exchange.imports.test_cut import clip_of, media_files, timeline_of

EMPTY_TIMELINE = otio.adapters.write_to_string(otio.schema.Timeline("cut"), adapter_name="otio_json")


def nested(depth: int) -> bytes:
    return b'{"OTIO_SCHEMA": "Timeline.1", "metadata": ' + b"[" * depth + b"]" * depth + b"}"


def tracks(text: str) -> bytes:
    return json.dumps({"OTIO_SCHEMA": "Timeline.1", "tracks": text}).encode()


def zipped(members: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in members.items():
            bundle.writestr(name, data)
    return sink.getvalue()


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "deep": (".otio", lambda: nested(1_000_000)),
    "deep enough": (".otio", lambda: nested(400)),
    "not closed": (".otio", lambda: b'{"OTIO_SCHEMA": "Timeline.1"'),
    "no timeline": (".otio", lambda: b'{"OTIO_SCHEMA": "Marker.2"}'),
    "a list": (".otio", lambda: b"[1, 2]"),
    "tracks are text": (".otio", lambda: tracks("none")),
    "empty timeline": (".otio", lambda: EMPTY_TIMELINE.encode()),
    "binary otio": (".otio", lambda: random.Random(1).randbytes(5000)),
    "binary edl": (".edl", lambda: random.Random(2).randbytes(5000)),
    "binary csv": (".csv", lambda: random.Random(3).randbytes(5000)),
    "empty": (".edl", lambda: b""),
    "empty table": (".csv", lambda: b""),
    "half utf-16": (".csv", lambda: "shot\nA\n".encode("utf-16") + b"\x00"),
    "one long cell": (".csv", lambda: b"shot\n" + b"A" * 200_000),
    "one long line": (".edl", lambda: b"001 " * 100_000),
    "too large": (".csv", lambda: b"shot\n" + b"\n" * (32 * 2**20)),
    "too many rows": (".csv", lambda: b"shot\n" + b"A\n" * 50_001),
    "no zip": (".otioz", lambda: b"PK\x03\x04 not really"),
    "no timeline in it": (".otioz", lambda: zipped({"other": b"x"})),
    "bomb": (".otioz", lambda: zipped({"content.otio": b" " * (65 * 2**20)})),
    "other ending": (".xml", lambda: b"<xmeml/>"),
}


@pytest.mark.parametrize("name", FILES)
def test_one_line_and_nothing_has_changed(studio: Studio, tmp_path: Path, name: str) -> None:
    projects.add_project(studio, "AGM")
    ending, made = FILES[name]
    path = tmp_path / f"a{ending}"
    path.write_bytes(made())
    with pytest.raises(Refused) as refusal:
        bring(studio, path, project="AGM", fps="24")
    assert len(str(refusal.value)) < 600
    assert not shots_in(studio, "AGM")


def test_no_file(studio: Studio, tmp_path: Path) -> None:
    for name in ("gone.otio", "gone.otioz", "gone.edl"):
        with pytest.raises(Refused, match="no file"):
            bring(studio, tmp_path / name, project="AGM")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(Refused, match="no file"):
        bring(studio, tmp_path / "folder.csv", project="AGM")


@pytest.mark.parametrize("inside", ["../plate.png", "media/../../plate.png", "/etc/hostname", "media/big.png"])
def test_nothing_is_unpacked_outside_or_beyond_measure(
    studio: Studio, tmp_path: Path, inside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedback.exchange.imports import otioz_bundle

    monkeypatch.setattr(otioz_bundle, "MOST_MEDIA", 1000)
    projects.add_project(studio, "AGM")
    content = otio.adapters.write_to_string(timeline_of(clip_of("SH1", 0, 5, url=inside)), adapter_name="otio_json")
    (tmp_path / "a.otioz").write_bytes(zipped({"content.otio": content.encode(), inside: b"\0" * 10_000_000}))
    if "big" in inside:
        with pytest.raises(Refused, match="larger than"):
            bring(studio, tmp_path / "a.otioz", project="AGM")
    else:
        bring(studio, tmp_path / "a.otioz", project="AGM")
    assert not media_files(studio)
    assert not (tmp_path.parent / "plate.png").exists()


@pytest.mark.parametrize("value", ["1e300", "-1", "1e-300", "0.2"])
@pytest.mark.parametrize("place", ["start", "duration", "rate"])
def test_numbers_that_no_timeline_has(studio: Studio, tmp_path: Path, value: str, place: str) -> None:
    projects.add_project(studio, "AGM")
    start, count, rate = 0.0, 5.0, 24.0
    number = float(value)
    start, count = (number if place == "start" else start), (number if place == "duration" else count)
    timeline = timeline_of(clip_of("SH1", start, count, number if place == "rate" else rate))
    otio.adapters.write_to_file(timeline, str(tmp_path / "a.otio"))
    if place == "start" and number < 1 and number > 0:  # it is rounded
        bring(studio, tmp_path / "a.otio", project="AGM")
        return
    with pytest.raises(Refused, match=r"clip 1 \(SH1\)"):
        bring(studio, tmp_path / "a.otio", project="AGM")
    assert not shots_in(studio, "AGM")


def test_damaged_files_end_in_one_line_or_in_shots(studio: Studio, tmp_path: Path) -> None:
    """Bytes at random in good files: no traceback comes of any."""
    projects.add_project(studio, "AGM")
    good = otio.adapters.write_to_string(
        timeline_of(*(clip_of(f"SH{number}", 0, 24, url="a.png") for number in range(3))), adapter_name="otio_json"
    ).encode()
    chance = random.Random(7)
    refused = 0
    for _ in range(60):
        damaged = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        (tmp_path / "a.otio").write_bytes(bytes(damaged))
        try:
            bring(studio, tmp_path / "a.otio", project="AGM", dry_run=True)
        except Refused:
            refused += 1
    assert refused
    assert not shots_in(studio, "AGM")
