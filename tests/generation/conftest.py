"""A studio whose production model is a tiny random one, so that a take costs milliseconds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from peft import LoraConfig, inject_adapter_in_model
from PIL import Image

from feedback.models import versions
from feedback.people import accounts
from feedback.production import briefs, projects, shots
from feedback.store import Studio
from feedback.trials import promotion
from generation.families.clips.wan import Wan
from generation.media.sources import store_source
from generation.models import loading
from generation.models.adapters import save_adapter
from tests.factories import new_studio
from tests.tiny_pipelines.wan import tiny_parts, tiny_wan


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_wan(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def studio(tmp_path: Path, tiny_base: Path) -> Iterator[Studio]:
    """Version "tiny" is in production; shot S_010 waits for briefs."""
    studio = new_studio(tmp_path / "studio")
    versions.register_candidate(studio, "tiny", str(tiny_base), [])
    promotion.promote(studio, "tiny", force=True, reason="tests draw with a tiny model")
    accounts.add_person(studio, "ada", "admin")
    projects.add_project(studio, "P", "A project")
    shots.add_shot(studio, "P", "S_010")
    yield studio
    studio.close()
    loading.forget_versions()


def add_brief(studio: Studio, prompt: str = "a red sun over the sea", shot: str = "S_010", **changes) -> int:
    """A 32x32 still of 2 steps unless changed; returns the brief's id."""
    fields = {"width": 32, "height": 32, "steps": 2, "guidance": 3.0, **changes}
    shot_id = shots.find_shot(studio, shot)["id"]
    author = accounts.get_person(studio, "ada")["id"]
    return briefs.write_brief(studio, shot_id, prompt, author=author, **fields)["id"]


def store_plate(studio: Studio, folder: Path, number: int = 0) -> str:
    """Keeps a picture of 48x32 random colours as `generate --source` does; returns its sha256."""
    pixels = np.random.default_rng(number).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize((48, 32)).save(folder / f"plate {number}.png")
    return store_source(studio, folder / f"plate {number}.png")


def add_tuned_version(
    studio: Studio, name: str = "v0001", base: str | None = None, weight: float = 1.0, seed: int = 0
) -> Path:
    """Registers production's base with a LoRA of large weights; returns the adapter's folder."""
    config = LoraConfig(r=4, lora_alpha=16, target_modules=list(Wan.lora_targets), init_lora_weights=False)
    denoiser = tiny_parts(0)["transformer"]
    torch.manual_seed(seed)
    inject_adapter_in_model(config, denoiser)
    folder = studio.models_folder / name
    sha256 = save_adapter({"transformer": denoiser}, folder)
    base = base or versions.get_version(studio, "tiny")["base"]
    part = {"folder": f"models/{name}", "sha256": sha256, "weight": weight}
    versions.register_candidate(studio, name, base, [part])
    return folder
