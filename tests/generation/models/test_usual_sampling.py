"""Steps and guidance of briefs that name none: what diffusers' pipeline would take, unless the model's folder says otherwise."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import diffusers
import pytest

from feedback.errors import Invalid
from feedback.store import Studio
from feedback.trials import promotion
from generation.families import FAMILIES, registered
from generation.families.folder import UsualSampling
from generation.models.base_models import complete_fields
from generation.models.limits import read_limits
from tests.generation.models.test_base_models import write_model

BEFORE_GUIDANCE = {"ZImagePipeline": 1.0}  # the pipeline's scale where a brief's is 0


@pytest.mark.parametrize("name", FAMILIES)
def test_they_are_the_pipelines_own_defaults(tmp_path: Path, name: str) -> None:
    write_model(tmp_path, name, {})
    usual = registered(name).usual_sampling(tmp_path)
    parameters = inspect.signature(getattr(diffusers, name).__call__).parameters
    guidance = parameters["guidance_scale"].default or parameters["true_cfg_scale"].default
    assert usual == UsualSampling(parameters["num_inference_steps"].default, guidance + BEFORE_GUIDANCE.get(name, 0.0))


def test_a_distilled_model_needs_few_steps(tmp_path: Path) -> None:
    write_model(tmp_path, "Flux2KleinPipeline", {}, is_distilled=True)
    assert read_limits(tmp_path).usual_sampling == UsualSampling(4, 1.0)


def test_the_folder_comes_before_the_pipeline(tmp_path: Path) -> None:
    write_model(tmp_path, "ZImagePipeline", {})
    (tmp_path / "limits.json").write_text('{"usual_sampling": {"steps": 9, "guidance": 1}}')
    assert read_limits(tmp_path).usual_sampling == UsualSampling(9, 1)


@pytest.mark.parametrize("content", [{"step": 9, "guidance": 1}, {"steps": 9}, [9, 1]])
def test_a_broken_file_gets_one_line(tmp_path: Path, content: object) -> None:
    (tmp_path / "limits.json").write_text(json.dumps({"usual_sampling": content}))
    with pytest.raises(Invalid, match=r"limits\.json is not a JSON object of limits: "):
        read_limits(tmp_path)


def test_briefs_have_them_unless_they_name_their_own(tmp_path: Path) -> None:
    studio = Studio.create(tmp_path / "studio")
    promotion.ensure_starter(studio)
    assert complete_fields(studio, {}) == {
        "kind": "still", "width": 256, "height": 256, "frames": 1, "steps": 16, "guidance": 2.5,
    }  # fmt: skip
    own = complete_fields(studio, {"steps": 4, "guidance": None, "prompt": "the sea"})
    assert (own["steps"], own["guidance"], own["prompt"]) == (4, 2.5, "the sea")
    studio.close()
