"""A studio with a model of its own: brought, drawn with, judged and tuned through the public doors alone."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from click.testing import CliRunner, Result
from fastapi.testclient import TestClient
from PIL import Image

from feedback.store import Studio
from finetune.recipe import recipe_as_dict
from generation.models.limits import Limits, read_limits, write_limits
from tests.finetune.judged import quick
from tests.tiny_pipelines import catalogue
from tests.tiny_pipelines.stable_diffusion import scheduler_of, tiny_stable_diffusion, tiny_stable_diffusion_xl
from ui.app import create_app
from ui.cli import main

V = {"scheduler": scheduler_of("v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing")}
MODELS: dict[str, Any] = {
    "sd v": (tiny_stable_diffusion, V),
    "sdxl v": (tiny_stable_diffusion_xl, V),
} | {name: (catalogue.TINY[name].make, catalogue.TINY[name].options) for name in catalogue.ONE_OF_EACH}
SIDE = 32  # pixels: what the configurations name, or limits.json where those of this kind have no size
PROMPTS = ["a red sun", "the sea at dusk", "a dark forest", "a house by day", "a car at night", "two trees"]


def run(folder: Path, *words: str, stdin: str | None = None) -> Result:
    print("$ circletake", *words)
    done = CliRunner().invoke(main, [*words, "--studio", str(folder)], input=stdin)
    print(done.stdout, end="")
    return done


def run_json(folder: Path, *words: str, stdin: str | None = None) -> dict[str, Any]:
    done = run(folder, *words, "--json", stdin=stdin)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def make_model(folder: Path, name: str) -> Path:
    make, options = MODELS[name]
    make(folder, **options)
    if read_limits(folder).usual_side != SIDE:
        write_limits(folder, Limits(usual_side=SIDE))
    return folder


def bring(folder: Path, model: Path) -> None:
    """A new studio with this model in production, as version "base"."""
    made = run_json(folder, "init", str(folder), "--base-model", str(model))
    found = {each["name"]: each for each in run_json(folder, "doctor")["findings"]}[f"model {model}"]
    assert found["ok"]
    assert found["detail"].startswith(made["model"])
    assert "to tune, this machine has" in found["detail"]
    assert run_json(folder, "versions", "list")["production"] == "base"


def judge(folder: Path, token: str) -> int:
    """All pairs that are dealt: the redder picture wins. Returns how many."""
    studio, judged = Studio.open(folder), set()
    headers = {"Authorization": f"Bearer {token}"}
    with TestClient(create_app(studio, pages=False), base_url="http://127.0.0.1:7860", headers=headers) as client:
        while new := [pair for pair in client.get("/api/pairs?count=8").json() if key(pair) not in judged]:
            for pair in new:
                judged.add(key(pair))
                left, right = (redness(client.get(pair[side]["media"]).content) for side in ("left", "right"))
                verdict = "left" if left > right else "right"
                sides = {side: pair[side]["take"] for side in ("left", "right")}
                body = {"uid": f"uid-{len(judged)}", **sides, "verdict": verdict, "elapsed_ms": 900}
                assert client.post("/api/ballots", json=body).status_code == 201
    studio.close()
    return len(judged)


def key(pair: dict[str, Any]) -> frozenset[Any]:
    return frozenset(pair[side]["take"] for side in ("left", "right"))


def redness(picture: bytes) -> float:
    pixels = np.asarray(Image.open(io.BytesIO(picture)), dtype=np.float32)
    return float(pixels[..., 0].mean() - pixels[..., 2].mean())


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", MODELS)
def test_a_night_on_the_studios_own_model_ends_in_a_version(tmp_path: Path, name: str) -> None:
    folder, recipe = tmp_path / "studio", tmp_path / "recipe.yaml"
    bring(folder, make_model(tmp_path / "model", name))
    run_json(folder, "user", "add", "ana", "--role", "creative", "--password-stdin", stdin="a long pass phrase\n")
    token = run_json(folder, "user", "token", "ana")["token"]
    for prompt in PROMPTS:
        made = run_json(folder, "generate", "--prompt", prompt, "--takes", "4", "--seed", "1", "--wait")
        assert [take["version"] for take in made["takes"]] == ["base"] * 4
        assert Image.open(made["takes"][0]["path"]).size == (SIDE, SIDE)
    assert judge(folder, token) >= 20
    recipe.write_text(yaml.safe_dump(recipe_as_dict(quick(method="guided"))))
    tuned = run_json(folder, "tune", "--recipe", str(recipe))  # a night would also draw the trial's takes
    assert (tuned["state"], tuned["version"]) == ("candidate", "v0001")
    before, after = (
        run_json(
            folder, "generate", "--prompt", PROMPTS[0], "--takes", "1", "--seed", "9", "--version", version, "--wait"
        )
        for version in ("base", "v0001")
    )
    assert before["takes"][0]["media"] != after["takes"][0]["media"]


def test_clips_and_withheld_pictures_are_refused_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "studio"
    bring(folder, tiny_stable_diffusion(tmp_path / "model", checker=True))
    clip = run(folder, "generate", "--prompt", "the sea", "--kind", "clip")
    assert clip.exit_code == 1
    assert "kind 'clip' cannot be drawn by this model: use still" in clip.stderr
    withheld = run(folder, "generate", "--prompt", "the sea", "--takes", "2", "--wait")
    assert withheld.exit_code == 1
    assert "2 of 2 takes failed: the model's safety checker withheld this picture" in withheld.stderr


def test_a_model_of_stills_alone_is_offered_no_clips(tmp_path: Path) -> None:
    """What production cannot draw is not offered."""
    from generation.models.base_models import usual_shapes
    from generation.models.limits import Shape

    folder = tmp_path / "studio"
    bring(folder, tiny_stable_diffusion_xl(tmp_path / "model"))
    studio = Studio.open(folder)
    assert usual_shapes(studio) == {"still": Shape("still", 32, 32, 1)}
    studio.close()


def test_a_folder_that_cannot_be_used_leaves_no_studio(tmp_path: Path) -> None:
    folder = tmp_path / "studio"
    model = tiny_stable_diffusion(tmp_path / "model", scheduler=scheduler_of("sample"))
    refused = run(folder, "init", str(folder), "--base-model", str(model))
    assert refused.exit_code == 1
    assert "DDIMScheduler predicts 'sample', which cannot be tuned" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not folder.exists()
