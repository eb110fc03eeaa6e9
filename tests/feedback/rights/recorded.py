"""A studio whose takes say in full how they were made: real PNG and MP4 by our encoders, with provenance as a worker writes it."""

from __future__ import annotations

import io
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image

from feedback.production import render_queue
from feedback.rights.content_credentials.library import c2pa, context
from feedback.store import Studio, media
from generation.media.encode import encode_clip, encode_still
from tests.feedback.exchange.filming import HEIGHT, WIDTH, FilmScene, shades

BASE, ADAPTER = "b" * 64, "a" * 64
PROVENANCE: dict[str, Any] = {
    "base": "wan-studio",
    "base_sha256": BASE,
    "adapters": [{"sha256": ADAPTER, "weight": 0.8}],
    "pipeline": "WanPipeline",
    "scheduler": {"class": "UniPCMultistepScheduler", "flow_shift": 3.0},
    "sampling": {"group": 1, "threads": 1, "device": "cpu", "dtype": "float32"},
    "libraries": {"torch": "2.13.0"},
}


class RecordedScene(FilmScene):
    """Every take is another picture, and has a rendition without metadata."""

    def finish_as(self, worker: str, take: dict[str, Any]) -> None:
        brief = take["brief_row"]
        provenance = {**PROVENANCE, "seed": take["seed"], "version": "starter", "prompt": brief["prompt"]}
        frames = shades(brief["frames"])
        frames[:, 0, 0] = take["id"] % 251
        files = {"poster": None, "rendition_poster": None}
        for name, known in (("media", provenance), ("rendition", None)):
            if brief["kind"] == "clip":
                movie = encode_clip(frames, Fraction(brief["fps_num"], brief["fps_den"]), known)
                files[name] = media.store_bytes(self.studio, movie, "mp4", "video/mp4", WIDTH, HEIGHT, brief["frames"])
            else:
                files[name] = media.store_bytes(
                    self.studio, encode_still(frames, known), "png", "image/png", WIDTH, HEIGHT, 1
                )
        render_queue.finish_take(self.studio, take["id"], worker, provenance=provenance, **files)


def plate(studio: Studio, shade: int = 77) -> str:
    """A picture that somebody brings."""
    sink = io.BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT), (shade, 9, 9)).save(sink, "PNG")
    return media.store_bytes(studio, sink.getvalue(), "png", "image/png", WIDTH, HEIGHT, 1)


def report_of(path: Path, trusted: str = "", kind: str | None = None, sidecar: bytes | None = None) -> dict[str, Any]:
    """What c2pa's own reader says of a file."""
    with path.open("rb") as file, c2pa().Reader(kind, file, sidecar, context=context(trusted)) as reader:
        return dict(json.loads(reader.json()))


def assertion(report: dict[str, Any], label: str) -> Any:
    manifest = report["manifests"][report["active_manifest"]]
    return next(each["data"] for each in manifest["assertions"] if each["label"] == label)


def failures(report: dict[str, Any]) -> list[str]:
    return [each["code"] for each in report["validation_results"]["activeManifest"]["failure"]]
