"""`generate --wait` and `worker`: drawn here when nobody else would, by the served worker when there is one."""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from feedback.models import versions
from feedback.people import tokens
from feedback.production.briefs import get_brief
from feedback.store import Studio
from generation.media.encode import read_provenance
from tests import preloaded
from tests.factories import add_brief, add_person, new_studio
from tests.tiny_pipelines.stable_diffusion import tiny_stable_diffusion
from tests.tiny_pipelines.wan import tiny_wan
from tests.ui.serving import free_port, healthy, start, stop
from ui.cli import main


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_wan(tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture
def folder(tmp_path: Path, base: Path) -> Path:
    """A studio with a brief of 32x32 pixels and a tiny model named "tiny"."""
    studio = new_studio(tmp_path / "studio")
    add_brief(studio, "ana", "a house by day", steps=2)
    versions.register_candidate(studio, "tiny", str(base), [], None)
    studio.close()
    return tmp_path / "studio"


def generate(folder: Path, *words: str) -> dict[str, Any]:
    command = [preloaded.python(), "-m", "ui.cli", "generate", "--studio", str(folder), "--json", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_takes_are_drawn_here_when_no_worker_is_alive(folder: Path) -> None:
    made = generate(folder, "--brief", "1", "--takes", "2", "--seed", "5", "--version", "tiny", "--wait")
    for take, seed in zip(made["takes"], (5, 6), strict=True):
        assert (take["state"], take["seed"], take["version"]) == ("done", seed, "tiny")
        assert Path(take["path"]).read_bytes().startswith(b"\x89PNG")


def test_second_guidance_makes_a_brief_of_its_own(folder: Path) -> None:
    words = ["--prompt", "a house", "--takes", "1"]
    plain, other = (generate(folder, *words, *more)["brief"] for more in ([], ["--guidance-2", "1.5"]))
    assert plain != other
    assert [generate(folder, *words, *more)["brief"] for more in ([], ["--guidance-2", "1.5"])] == [plain, other]
    studio = Studio.open(folder)
    assert [get_brief(studio, brief)["guidance_2"] for brief in (plain, other)] == [None, 1.5]
    studio.close()


def test_settings_on_the_command_line_are_those_of_the_brief(folder: Path) -> None:
    settings = ["--steps", "3", "--guidance", "4.5", "--negative", "rain", "--fps", "24000/1001"]
    number = generate(folder, "--prompt", "a house", "--takes", "1", *settings)["brief"]
    studio = Studio.open(folder)
    brief = get_brief(studio, number)
    assert (brief["steps"], brief["guidance"], brief["negative_prompt"]) == (3, 4.5, "rain")
    assert (brief["fps_num"], brief["fps_den"]) == (24000, 1001)
    studio.close()
    assert generate(folder, "--prompt", "a house", "--takes", "1", *settings)["brief"] == number


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--prompt", "a house", "--steps", "0"], "steps"),
        (["--prompt", "a house", "--guidance", "nan"], "guidance"),
        (["--prompt", "a house", "--fps", "fast"], "no frame rate"),
        (["--brief", "1", "--steps", "3"], "--steps is for a --prompt: a brief has its own"),
        (["--brief", "1", "--width", "64"], "--width is for a --prompt: a brief has its own"),
        (["--brief", "1", "--negative", "rain"], "--negative is for a --prompt: a brief has its own"),
    ],
)
def test_refused_settings_are_one_line_and_leave_nothing_behind(folder: Path, words: list[str], message: str) -> None:
    command = [preloaded.python(), "-m", "ui.cli", "generate", "--studio", str(folder), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode in (1, 2)
    assert message in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr
    studio = Studio.open(folder)
    assert (len(studio.rows("SELECT * FROM briefs")), studio.value("SELECT count(*) FROM takes")) == (1, 0)
    assert not studio.rows("SELECT * FROM projects WHERE code = 'SCRATCH'")
    studio.close()


def generate_here(folder: Path, *words: str) -> dict[str, Any]:
    """In this process, which has the libraries already."""
    done = CliRunner().invoke(main, ["generate", "--studio", str(folder), "--json", *words])
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def picture(path: Path, pixels: np.ndarray) -> Path:
    Image.fromarray(pixels).save(path)
    return path


def provenance_of(take: dict[str, Any]) -> dict[str, Any]:
    provenance = read_provenance(take["path"])
    assert provenance is not None
    return provenance["brief"]


def test_a_take_starts_from_another_inside_a_mask(folder: Path, tmp_path: Path) -> None:
    """Outside of the mask it is the other take, byte by byte."""
    studio = Studio.open(folder)
    versions.register_candidate(studio, "sd", str(tiny_stable_diffusion(tmp_path / "sd", latents=4)), [], None)
    studio.close()
    white = np.zeros((32, 48), dtype=np.uint8)
    white[:, 24:] = 255
    mask = picture(tmp_path / "mask.png", white)
    words = ["--width", "48", "--height", "32", "--version", "sd", "--takes", "1", "--seed", "3", "--wait"]
    (first,) = generate_here(folder, "--prompt", "a house", *words)["takes"]
    start = ["--source", str(first["id"]), "--mask", str(mask), "--strength", "0.7"]
    made = generate_here(folder, "--prompt", "a red boat", *start, *words)
    (take,) = made["takes"]
    assert take["state"] == "done"
    brief = provenance_of(take)
    assert (brief["source_media"], brief["strength"]) == (first["media"], 0.7)
    assert brief["mask_media"] == hashlib.sha256(mask.read_bytes()).hexdigest()
    before, after = (np.asarray(Image.open(each["path"])) for each in (first, take))
    np.testing.assert_array_equal(after[:, :24], before[:, :24])
    assert (after[:, 24:] != before[:, 24:]).mean() > 0.5
    again = generate_here(folder, "--prompt", "a red boat", *start, *words)
    assert again["brief"] == made["brief"]
    assert [each["media"] for each in again["takes"]] != [take["media"]]  # another take's file says its own number
    np.testing.assert_array_equal(np.asarray(Image.open(again["takes"][0]["path"])), after)


def test_the_same_source_and_strength_are_the_same_brief(folder: Path, tmp_path: Path) -> None:
    plate = picture(tmp_path / "plate.webp", np.full((32, 32, 3), 90, dtype=np.uint8))
    words = ["--prompt", "a house", "--takes", "1", "--version", "tiny"]
    starts: list[list[str]] = [[], ["--source", str(plate)], ["--source", str(plate), "--strength", "0.3"]]
    made = [generate_here(folder, *words, *more)["brief"] for more in starts]
    assert len(set(made)) == 3
    assert [generate_here(folder, *words, *more)["brief"] for more in (*starts, [*starts[1], "--strength", "0.6"])] == [
        *made,
        made[1],
    ]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            ["--source", "nothing.png"],
            "no file nothing.png: give a PNG, JPEG, WebP or MP4 file, or the number of a take",
        ),
        (["--source", "77"], "no take 77"),
        (["--mask", "PLATE"], "a mask needs a source"),
        (["--source", "PLATE", "--mask", "BLACK"], "black.png is black, so that nothing would be drawn"),
        (["--strength", "0.5"], "strength is for a brief with a source"),
        (["--source", "PLATE", "--strength", "0.01"], "strength 0.01 leaves none of 50 steps"),
    ],
)
def test_a_source_that_cannot_be_is_one_line(folder: Path, tmp_path: Path, words: list[str], reason: str) -> None:
    plate = picture(tmp_path / "plate.png", np.full((32, 32, 3), 190, dtype=np.uint8))
    black = picture(tmp_path / "black.png", np.zeros((32, 32, 3), dtype=np.uint8))
    given = [{"PLATE": str(plate), "BLACK": str(black)}.get(word, word) for word in words]
    command = ["generate", "--studio", str(folder), "--prompt", "a house", "--version", "tiny", *given]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 1
    assert reason in done.output
    assert len(done.output.strip().splitlines()) == 1


def test_a_take_that_cannot_be_drawn_is_one_line(folder: Path) -> None:
    studio = Studio.open(folder)
    versions.register_candidate(studio, "broken", str(folder / "nothing here"), [], None)
    studio.close()
    command = [preloaded.python(), "-m", "ui.cli", "generate", "--studio", str(folder), "--brief", "1", "--wait"]
    done = subprocess.run([*command, "--version", "broken"], capture_output=True, text=True, timeout=200)
    assert done.returncode == 1
    assert "nothing here" in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_served_worker_draws_what_is_queued_and_pairs_appear(folder: Path) -> None:
    studio = Studio.open(folder)
    add_person(studio, "ana")
    token = tokens.issue_token(studio, "ana", "test")
    studio.close()
    port = free_port()
    process = start(folder, port)
    try:
        healthy(port, process)
        made = generate(folder, "--brief", "1", "--takes", "3", "--seed", "1", "--version", "tiny", "--wait")
        assert {take["state"] for take in made["takes"]} == {"done"}
        assert len(pairs(port, token)) == 3
    finally:
        assert stop(process) == 0


def pairs(port: int, token: str) -> list[dict[str, Any]]:
    import urllib.request

    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/pairs", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


def test_a_worker_that_was_told_to_stop_gives_its_takes_back(folder: Path) -> None:
    generate(folder, "--brief", "1", "--takes", "40", "--seed", "1", "--version", "tiny")
    process = subprocess.Popen([preloaded.python(), "-m", "ui.cli", "worker", "--studio", str(folder)])
    studio = Studio.open(folder)
    deadline = time.monotonic() + 100
    while not studio.value("select count(*) from takes where state = 'done'") and time.monotonic() < deadline:
        time.sleep(0.05)
    process.terminate()
    assert process.wait(30) == 0
    states = {row["state"] for row in studio.rows("select distinct state from takes")}
    assert states <= {"done", "queued"}
    assert "done" in states
    studio.close()
