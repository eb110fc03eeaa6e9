"""A guesser with everything that reaches a rater over HTTP, of two versions whose pictures are alike.

With takes of the rater's own on each brief, which production draws, and without. `leak` breaks the server on purpose, so
that the guesser can be seen to succeed.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from fastapi.testclient import TestClient
from httpx import Response
from PIL import Image
from starlette.responses import FileResponse

from feedback.models import versions
from feedback.people import tokens
from feedback.production import render_queue, takes
from feedback.production.opaque_names import find_named_take
from feedback.store import Studio, media
from feedback.trials import trials
from feedback.trials.counting import Limits
from generation.media.archive import bare_png
from tests.factories import add_brief, add_person, new_studio
from tests.torture.guessers import GUESSERS, limit_of_chance, shares_right
from tests.torture.table import Row, read_progress, write_progress
from ui.api import media as media_routes
from ui.app import create_app

COUNT = 500
PAIRS_A_BRIEF = 10
SIZE = 32
EPOCH = 1_700_000_000
LEAKS = ("times", "ids", "encoder")
QUESTIONS: tuple[dict[str, str], ...] = (
    {"Range": "bytes=0-9"},
    {"Range": "bytes=100-"},
    {"If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"},
)


def run(count: int, folder: Path, seed: int) -> Row:
    """`count` pairs with own takes and as many without."""
    progress = read_progress(folder, "blindness")
    for own in (True, False):
        name = "own takes" if own else "no own takes"
        if name not in progress:
            left, right, answers, briefs = watch(count, folder, seed, own_takes=own)
            best = max(shares_right(left, right, answers, briefs).values())
            progress[name] = [best, limit_of_chance(left, right, briefs, seed)]
            write_progress(folder, "blindness", progress)
    counted = "; ".join(
        f"{name}: {100 * best:.1f} % right, chance is up to {100 * limit:.1f} %"
        for name, (best, limit) in progress.items()
    )
    return Row(
        "Blindness",
        f"{count} pairs, best of {len(GUESSERS)} guessers that are given all bytes, headers, names and orders",
        "at chance (95 %)",
        counted,
        all(best <= limit for best, limit in progress.values()),
    )


def guess(count: int, folder: Path, seed: int, *, own_takes: bool, leak: str | None = None) -> dict[str, float]:
    """Share of right guesses by guesser."""
    return shares_right(*watch(count, folder, seed, own_takes=own_takes, leak=leak))


def watch(
    count: int, folder: Path, seed: int, *, own_takes: bool, leak: str | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What a rater learns of `count` pairs of one trial, in a new studio below `folder`, as `shares_right` takes it."""
    folder.mkdir(parents=True, exist_ok=True)
    studio = new_studio(Path(tempfile.mkdtemp(dir=folder)))
    add_person(studio, "ana")
    with leaking(leak):
        briefs = [add_brief(studio, "ana", f"brief {k}")["id"] for k in range(-(-count // PAIRS_A_BRIEF))]
        versions.register_candidate(studio, "v0001", "starter", [])
        trials.open_trial(studio, "v0001", briefs, PAIRS_A_BRIEF, most=count, limits=Limits(1, 1.0))
        with TestClient(create_app(studio, pages=False), base_url="http://127.0.0.1:7860") as client:
            client.headers["Authorization"] = f"Bearer {tokens.issue_token(studio, 'ana')}"
            rater = Rater(client, briefs if own_takes else [])
            draw(studio, rater, np.random.default_rng(seed), leak)
            facts = rater.judge(count)
        return labelled(studio, facts)


def draw(studio: Studio, rater: Rater, rng: np.random.Generator, leak: str | None) -> None:
    """What a worker does: takes of one brief and one version together, a minute a batch, while the rater watches.

    The trial's takes have waited so long that they come with ordinary ones, which a rater may queue at any time.
    """
    rater.queue_own()
    with studio.writing() as db:
        db.execute("UPDATE takes SET priority = 0")
    batch = 0
    while leased := render_queue.lease_takes(studio, "worker", 64):
        for take in leased:
            pixels = rng.integers(0, 256, (1, SIZE // 4, SIZE // 4, 3), dtype=np.uint8).repeat(4, 1).repeat(4, 2)
            sha256 = media.store_bytes(
                studio, encoded(pixels, take["version"], leak), "png", "image/png", SIZE, SIZE, 1
            )
            os.utime(media.path_of(studio, sha256), (EPOCH + 60 * batch, EPOCH + 60 * batch))
            files = {"media": sha256, "poster": None, "rendition": sha256, "rendition_poster": None}
            render_queue.finish_take(studio, take["id"], "worker", provenance={}, **files)
        batch += 1
        rater.watch(batch)


def encoded(pixels: np.ndarray, version: str, leak: str | None) -> bytes:
    if leak != "encoder":
        return bare_png(pixels).data
    sink = io.BytesIO()
    Image.fromarray(pixels[0]).save(sink, "PNG", compress_level=0 if version == "v0001" else 9)
    return sink.getvalue()


@contextmanager
def leaking(leak: str | None) -> Iterator[None]:
    """The server as it must not be."""
    with ExitStack() as stack:
        if leak == "times":
            stack.enter_context(
                patch.object(media_routes.TimelessFile, "set_stat_headers", FileResponse.set_stat_headers)
            )
        if leak == "ids":
            stack.enter_context(patch.object(media_routes, "name_take", lambda studio, person, take: take))
            stack.enter_context(patch.object(takes, "is_hidden", lambda studio, take: False))
            stack.enter_context(patch.object(trials, "shuffled", list))
        if leak == "encoder":
            stack.enter_context(
                patch.object(
                    media_routes.renditions, "padded_file", lambda studio, file: media.path_of(studio, file["sha256"])
                )
            )
        yield


class Rater:
    """A creative who writes down everything that the server answers."""

    def __init__(self, client: TestClient, briefs: list[int]) -> None:
        self.client, self.briefs = client, briefs
        self.first_seen: dict[int, int] = {}  # by name of a take: after how many batches it was dealt
        self.listed: dict[int, int] = {}  # its place in the list of its brief's takes

    def queue_own(self) -> None:
        for brief in self.briefs:
            self.client.post("/api/takes", json={"brief": brief, "takes": 1, "seed": 7}).raise_for_status()

    def watch(self, moment: int) -> None:
        for pair in self.client.get("/api/pairs?count=64").json():
            for side in ("left", "right"):
                self.first_seen.setdefault(pair[side]["take"], moment)

    def own_takes(self) -> dict[int, dict[str, float]]:
        """What is known of the rater's own take of each brief."""
        known = {}
        for brief in self.briefs:
            for place, take in enumerate(self.client.get(f"/api/takes?brief={brief}").json()):
                self.listed[take["id"]] = place
                known[brief] = self.facts({"take": take["id"], "media": take["media"]}, 0)
        return known

    def judge(self, count: int) -> list[dict[str, Any]]:
        """Everything known of both takes of each pair, until all are judged."""
        own, judged = self.own_takes(), []
        while len(judged) < count:
            dealt = self.client.get("/api/pairs?count=64").json()
            assert dealt, f"no pairs left after {len(judged)} of {count}"
            for place, pair in enumerate(dealt):
                sides = {side: self.facts(pair[side], place) for side in ("left", "right")}
                beside = own.get(pair["brief"]["id"])
                for known in sides.values():
                    near = (
                        {f"{name} from own": abs(value - beside[name]) for name, value in known.items()}
                        if beside
                        else {}
                    )
                    known.update(near)
                self.vote(pair, f"{len(judged)}")
                names = pair["left"]["take"], pair["right"]["take"]
                judged.append({"takes": names, "brief": pair["brief"]["id"], **sides})
        return judged

    def vote(self, pair: dict[str, Any], uid: str) -> None:
        body = {"uid": uid, "left": pair["left"]["take"], "right": pair["right"]["take"], "verdict": "left"}
        self.client.post("/api/ballots", json=body).raise_for_status()

    def facts(self, side: dict[str, Any], place: int) -> dict[str, float]:
        """Numbers of a take: of its name, its place, and of every answer about its picture."""
        take, name = int(side["take"]), side["media"].split("/")[-1].split(".")[0]
        facts = {"number": float(take), "place": float(place), "length of the address": float(len(side["media"]))}
        facts |= {f"bit {bit}": float(take >> bit & 1) for bit in range(8)}
        facts |= {"name": float(int(name[:13], 16)), "seen": float(self.first_seen.get(take, -1))}
        facts["listed"] = float(self.listed.get(take, -1))
        whole = self.client.get(side["media"])
        facts |= answer_facts("whole", whole, name) | picture_facts(whole.content)
        for number, question in enumerate(QUESTIONS):
            facts |= answer_facts(f"question {number}", self.client.get(side["media"], headers=question), name)
        tagged = self.client.get(side["media"], headers={"If-None-Match": whole.headers["etag"]})
        return facts | answer_facts("unchanged", tagged, name)


def answer_facts(question: str, answer: Response, name: str) -> dict[str, float]:
    """Status, length and headers as numbers; the name of the file, which is a fact of its own, is left out of them."""
    headers = sorted((key, value.replace(name, "NAME")) for key, value in answer.headers.items())
    facts = {"status": float(answer.status_code), "bytes": float(len(answer.content)), "headers": float(len(headers))}
    facts["text"] = number_of(repr(headers))
    facts["length"] = float(answer.headers.get("content-length", -1))
    facts["modified"] = modified(answer)
    return {f"{question}: {key}": value for key, value in facts.items()}


def modified(answer: Response) -> float:
    text = answer.headers.get("last-modified")
    return parsedate_to_datetime(text).timestamp() if text else -1.0


def picture_facts(data: bytes) -> dict[str, float]:
    """Of the file's structure and of its pixels."""
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.float32)
    facts = {"mean": pixels.mean(), "contrast": pixels.std(), "red": pixels[..., 0].mean(), "top": pixels[0].mean()}
    facts |= {"hash": number_of(data), "chunks": data.count(b"IDAT"), "begins": number_of(data[:43])}
    return {f"picture: {key}": float(value) for key, value in facts.items()}


def number_of(content: str | bytes) -> float:
    data = content.encode() if isinstance(content, str) else content
    return float(int.from_bytes(hashlib.sha256(data).digest()[:6]))


def labelled(studio: Studio, judged: list[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(left, right, answers, briefs) of the judged pairs that were of the trial, as `shares_right` takes them."""
    candidates = {row["candidate_take"] for row in studio.rows("SELECT candidate_take FROM trial_pairs")}
    hidden = candidates | {row["baseline_take"] for row in studio.rows("SELECT baseline_take FROM trial_pairs")}
    person = studio.value("SELECT id FROM people WHERE name = 'ana'")
    left, right, answers, briefs = [], [], [], []
    for pair in judged:
        first, second = (find_named_take(studio, person, name) or name for name in pair["takes"])
        if {first, second} <= hidden:
            left.append(list(pair["left"].values()))
            right.append(list(pair["right"].values()))
            answers.append(1.0 if first in candidates else -1.0)
            briefs.append(pair["brief"])
    return np.array(left), np.array(right), np.array(answers), np.array(briefs)
