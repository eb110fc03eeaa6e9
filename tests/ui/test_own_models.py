"""A studio with a model of its own: brought, drawn with, judged and tuned through the public doors alone."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import yaml
from click.testing import CliRunner, Result
from fastapi.testclient import TestClient
from PIL import Image

from feedback.production.briefs import list_briefs
from feedback.production.queue_limits import QueueLimits
from feedback.store import Studio
from finetune.recipe import recipe_as_dict
from generation.families.folder import UsualClip, UsualSampling
from generation.media.decode import read_frames
from generation.models.limits import Limits, read_limits, write_limits
from tests.factories import add_person
from tests.finetune.judged import quick
from tests.tiny_pipelines import catalogue
from tests.tiny_pipelines.cogvideox import tiny_cogvideox
from tests.tiny_pipelines.stable_diffusion import scheduler_of, tiny_stable_diffusion, tiny_stable_diffusion_xl
from ui.api.briefs.queueing import queue_form
from ui.api.schemas.briefs import FormBody
from ui.app import create_app
from ui.cli import main
from ui.security.access import Person

V = {"scheduler": scheduler_of("v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing")}
# A UNet, a transformer, and clips: that each family draws, learns and is registered is tested with the families.
MODELS: dict[str, Any] = {
    "sdxl v": (tiny_stable_diffusion_xl, V),
    "z-image": (catalogue.TINY["z-image"].make, catalogue.TINY["z-image"].options),
}
CLIPS: dict[str, UsualClip] = {"cogvideox 5b clip": UsualClip(48, 32, 9, 8)}
SIDE = 32  # pixels: what the configurations name, or limits.json where those of this kind have no size
FEW = UsualSampling(6, 2.5)
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
    side = None if read_limits(folder).usual_side == SIDE else SIDE
    write_limits(folder, Limits(usual_side=side, usual_sampling=FEW))
    return folder


def bring(folder: Path, model: Path) -> None:
    """A new studio with this model in production, as version "base"."""
    made = run_json(folder, "init", str(folder), "--base-model", str(model))
    findings = {each["name"]: each for each in run_json(folder, "doctor")["findings"]}
    finding = findings[f"model {model}"]
    assert finding["ok"]
    assert finding["detail"].startswith(made["model"])
    assert "to tune, this machine has" in finding["detail"]
    assert run_json(folder, "versions", "list")["production"] == "base"


def judge(folder: Path, token: str) -> int:
    """All pairs that are dealt: the redder picture wins. Returns how many."""
    studio, judged = Studio.open(folder), set()
    headers = {"Authorization": f"Bearer {token}"}
    with TestClient(create_app(studio, pages=False), base_url="http://127.0.0.1:7860", headers=headers) as client:
        while new := [pair for pair in client.get("/api/pairs?count=8").json() if key(pair) not in judged]:
            for pair in new:
                judged.add(key(pair))
                left, right = (redness(client, pair[side]["media"]) for side in ("left", "right"))
                verdict = "left" if left > right else "right"
                sides = {side: pair[side]["take"] for side in ("left", "right")}
                body = {"uid": f"uid-{len(judged)}", **sides, "verdict": verdict, "elapsed_ms": 900}
                assert client.post("/api/ballots", json=body).status_code == 201
    studio.close()
    return len(judged)


def key(pair: dict[str, Any]) -> frozenset[Any]:
    return frozenset(pair[side]["take"] for side in ("left", "right"))


def redness(client: TestClient, address: str) -> float:
    """Of a still or a clip, as a browser gets it."""
    content = io.BytesIO(client.get(address).content)
    if address.endswith(".mp4"):
        with av.open(content) as file:
            pixels = np.stack([frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]).astype(np.float32)
    else:
        pixels = np.asarray(Image.open(content), dtype=np.float32)
    return float(pixels[..., 0].mean() - pixels[..., 2].mean())


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", MODELS)
def test_a_night_on_the_studios_own_model_ends_in_a_version(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "studio"
    bring(folder, make_model(tmp_path / "model", name))
    made = draw_judge_and_tune(folder, tmp_path / "recipe.yaml", "still")
    assert Image.open(made["path"]).size == (SIDE, SIDE)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", CLIPS)
def test_a_night_of_clips_on_the_studios_own_model_ends_in_a_version(tmp_path: Path, name: str) -> None:
    """Clips have the size, frames and rate that the folder says, where no brief says otherwise."""
    tiny, usual = catalogue.TINY[name], CLIPS[name]
    folder, model = tmp_path / "studio", tiny.make(tmp_path / "model", **tiny.options)
    write_limits(model, Limits(usual_clip=usual, usual_sampling=FEW))
    bring(folder, model)
    made = draw_judge_and_tune(folder, tmp_path / "recipe.yaml", "clip")
    assert read_frames(Path(made["path"])).shape == (usual.frames, usual.height, usual.width, 3)
    with av.open(made["path"]) as file:
        assert file.streams.video[0].average_rate == (usual.fps or 24)


def draw_judge_and_tune(folder: Path, recipe: Path, kind: str) -> dict[str, Any]:
    """Takes of six prompts, their judgements, a night, and a take of its version; gives the first take of all."""
    run_json(
        folder, "user", "add", "ana", "--role", "creative", "--password-stdin", "--agrees", stdin="a long pass phrase\n"
    )
    token = run_json(folder, "user", "token", "ana")["token"]
    made = [draw(folder, kind, prompt, "--takes", "4", "--seed", "1") for prompt in PROMPTS]
    assert [take["version"] for takes in made for take in takes] == ["base"] * 24
    assert judge(folder, token) >= 20
    recipe.write_text(yaml.safe_dump(recipe_as_dict(quick(method="guided"))))
    tuned = run_json(folder, "tune", "--recipe", str(recipe))  # a night would also draw the trial's takes
    assert (tuned["state"], tuned["version"]) == ("candidate", "v0001")
    before, after = (
        draw(folder, kind, PROMPTS[0], "--takes", "1", "--seed", "9", "--version", version)
        for version in ("base", "v0001")
    )
    assert before[0]["media"] != after[0]["media"]
    return made[0][0]


def draw(folder: Path, kind: str, prompt: str, *words: str) -> list[dict[str, Any]]:
    return run_json(folder, "generate", "--kind", kind, "--prompt", prompt, *words, "--wait")["takes"]


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


def test_briefs_of_clips_have_the_frame_rate_of_the_model(tmp_path: Path) -> None:
    """From the command line, a script and a browser; stills have the shot's, and so has what names its own."""
    folder = tmp_path / "studio"
    bring(folder, tiny_cogvideox(tmp_path / "model"))
    for kind in ("clip", "still", "clip"):  # the third is the first one again
        run_json(folder, "generate", "--prompt", "the sea", "--kind", kind, "--takes", "1")
    studio = Studio.open(folder)
    row = add_person(studio, "ana", "creative")
    person = Person(row["id"], row["name"], row["role"])
    headers = {"Authorization": f"Bearer {run_json(folder, 'user', 'token', 'ana')['token']}"}
    with TestClient(create_app(studio, pages=False), base_url="http://127.0.0.1:7860", headers=headers) as client:
        for more in ({}, {"fps": "30"}):
            body = {"shot": "SCRATCH", "prompt": "the sea", "kind": "clip", **more}
            assert client.post("/api/briefs", json=body).status_code == 201
    form = FormBody(place="SCRATCH/SCRATCH", prompt="the sea", kind="clip", takes=1)
    queue_form(studio, person, form, QueueLimits())
    made = [(brief["kind"], brief["width"], brief["frames"], brief["fps_num"]) for brief in list_briefs(studio)]
    clip = ("clip", 48, 9, 8)
    assert made == [clip, ("still", 48, 1, 24), clip, ("clip", 48, 9, 30), clip]
    studio.close()


def test_a_folder_that_cannot_be_used_leaves_no_studio(tmp_path: Path) -> None:
    folder = tmp_path / "studio"
    model = tiny_stable_diffusion(tmp_path / "model", scheduler=scheduler_of("sample"))
    refused = run(folder, "init", str(folder), "--base-model", str(model))
    assert refused.exit_code == 1
    assert "DDIMScheduler predicts 'sample', which cannot be tuned" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not folder.exists()
