"""A studio of many selects with media of their own: real MP4s and PNGs, no two alike, with stars and notes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from feedback.judgements import notes, ratings, selects, statuses
from feedback.people import accounts, project_members
from feedback.production import briefs, projects, render_queue, shots
from feedback.store import Studio, media
from feedback.trials import promotion
from generation.media.encode import encode_clip, encode_still

PROJECT = "CUT"
WIDTH, HEIGHT, FRAMES, RATE = 480, 272, 16, "24"
STILLS = 3  # each third select is a still
RANGE = 5, 12  # in and out of a clip
NOTES = (
    "The light is too hard on her face; bring the fill up and lose the second shadow on the wall behind the door.",
    "Größe flackert, bitte neu drehen.",
    "Свет на лице слишком жёсткий, уберите вторую тень.",
    "顔に当たる光が強すぎます。壁の影を消してください。",
    "الإضاءة قوية جدًا على وجهها",
)


def fill_studio(folder: Path, count: int) -> Studio:
    """One project, a shot for each select."""
    studio = Studio.create(folder)
    promotion.ensure_starter(studio)
    projects.add_project(studio, PROJECT, "A cut of many shots", fps=RATE)
    people = [accounts.add_person(studio, name, role) for name, role in (("ana", "supervisor"), ("ben", "creative"))]
    for person in people:
        project_members.add_member(studio, PROJECT, person["name"])
    for number in tqdm(range(count), desc="selects", unit="take", disable=None, leave=False):
        add_select(studio, people, number)
    return studio


def add_select(studio: Studio, people: list[accounts.Person], number: int) -> None:
    is_still = number % STILLS == 0
    shot = shots.add_shot(studio, PROJECT, f"CUT_{number // 40:03d}_{number % 40 * 10:04d}", title=f"Shot {number}")
    kind: dict[str, Any] = {} if is_still else {"kind": "clip", "frames": FRAMES}
    brief = briefs.write_brief(studio, shot["id"], f"a picture, number {number}", author="ana", **kind)
    (take,) = render_queue.queue_takes(studio, brief["id"], [number])
    render_queue.lease_takes(studio, "benchmark", 1)
    files = store_pictures(studio, number, is_still)
    render_queue.finish_take(studio, take, "benchmark", provenance={"seed": number}, **files)
    statuses.set_status(studio, people[0], f"circle{number}", take, "circled")
    if not is_still:
        selects.set_range(studio, people[0], f"range{number}", take, *RANGE)
    notes.write_note(studio, people[1]["id"], f"note{number}", take, NOTES[number % len(NOTES)])
    ratings.rate_take(studio, people[1]["id"], f"stars{number}", take, 1 + number % 5)


def store_pictures(studio: Studio, number: int, is_still: bool) -> dict[str, Any]:
    """The columns of a take."""
    frames = moving_picture(number, 1 if is_still else FRAMES)
    still = media.store_bytes(studio, encode_still(frames), "png", "image/png", WIDTH, HEIGHT, 1)
    whole = still if is_still else store_clip(studio, frames)
    poster = None if is_still else still
    return {"media": whole, "poster": poster, "rendition": whole, "rendition_poster": poster}


def store_clip(studio: Studio, frames: np.ndarray) -> str:
    return media.store_bytes(
        studio, encode_clip(frames, Fraction(RATE)), "mp4", "video/mp4", WIDTH, HEIGHT, len(frames)
    )


def moving_picture(number: int, count: int) -> np.ndarray:
    """Waves of three colours with film grain, uint8 [count, HEIGHT, WIDTH, 3]."""
    rng = np.random.default_rng(number)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    grain = rng.normal(0, 6, (HEIGHT, WIDTH, 1)).astype(np.float32)
    lengths, phases = rng.uniform(20, 90, (2, 3, 1, 1)), rng.uniform(0, 6, (3, 1, 1))
    frames = [
        np.stack(
            [np.sin((x + 4 * frame) / a + phase) * np.cos(y / b) for a, b, phase in zip(*lengths, phases, strict=True)],
            -1,
        )
        for frame in range(count)
    ]
    return np.stack([np.clip(128 + 100 * frame + grain, 0, 255).astype(np.uint8) for frame in frames])
