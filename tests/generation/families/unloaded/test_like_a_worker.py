"""What is said of a brief without loading the model is what a worker says that has loaded it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from diffusers import DiffusionPipeline

from feedback.errors import Invalid
from generation.families import FAMILIES, family_of
from generation.families.folder import parts_left_out
from generation.families.unloaded.grids import GRIDS, Grid, grid_in
from generation.families.unloaded.prompt_length import READINGS, count_tokens
from generation.families.unloaded.starts import STARTS_OF, starts_of
from generation.models import checking
from generation.models.limits import Limits, Shape, check_limits, read_limits
from generation.models.nearest import nearest_drawable
from generation.request import Request, request_of
from generation.starter import WEIGHTS
from tests.tiny_pipelines.catalogue import BRIEF, TINY

PROMPTS = ("a red sun", "a  wide forest &amp; a sea\n at night", "夜の海 – café", "x" * 400, "a boat " * 200)
KINDS = ["sd 1.5", "sdxl", "sd 3.5", "sd 3.5 without T5", "flux.1 dev", "flux.2 klein", "qwen-image", "z-image"]
KINDS += ["wan 2.1 clip", "ltx 0.9.0 clip", "cogvideox 2b clip", "starter"]


@pytest.fixture(scope="module", params=KINDS)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    kind = request.param
    folder = WEIGHTS
    if kind != "starter":
        tiny = TINY[kind]
        folder = tiny.make(tmp_path_factory.mktemp("model") / "m", 0, **tiny.options)
    pipe = DiffusionPipeline.from_pretrained(
        folder, local_files_only=True, use_safetensors=True, **parts_left_out(folder)
    )
    return SimpleNamespace(folder=folder, pipe=pipe, family=family_of(pipe), limits=read_limits(folder))


def test_prompts_are_as_long(model: SimpleNamespace) -> None:
    counted = [count_tokens(model.folder, prompt) for prompt in PROMPTS]
    if type(model.pipe).__name__ not in READINGS:
        assert counted == [None] * len(PROMPTS)
        return
    most = model.family.longest_prompt(model.pipe)
    assert counted == [(model.family.count_tokens(model.pipe, prompt), most) for prompt in PROMPTS]


def test_sizes_have_the_same_grid(model: SimpleNamespace) -> None:
    if type(model.pipe).__name__ not in GRIDS:
        assert grid_in(model.folder) == Grid()
        return
    for side in range(8, 60, 4):
        shape = Shape("still", side, 2 * side, 1)
        nearest = nearest_drawable(Limits(), grid_in(model.folder), shape)
        assert model.family.refuse_size(model.pipe, nearest.width, nearest.height, 1) is None, (shape, nearest)
        assert (nearest == shape) == (model.family.refuse_size(model.pipe, side, 2 * side, 1) is None)
    if "clip" in model.family.kinds:
        for frames in range(2, 40):
            nearest = nearest_drawable(Limits(), grid_in(model.folder), Shape("clip", 64, 64, frames))
            assert (nearest.frames == frames) == (model.family.refuse_size(model.pipe, 64, 64, frames) is None)


def test_sources_are_the_same(model: SimpleNamespace) -> None:
    of = {
        "image_to_image": {"kind": "still", "frames": 1, "strength": 0.5},
        "inpaint": {"kind": "still", "frames": 1, "strength": 0.5, "mask_media": "b"},
        "video_to_video": {"kind": "clip", "frames": 9, "strength": 0.5},
        "inpaint_clip": {"kind": "clip", "frames": 9, "strength": 0.5, "mask_media": "b"},
        "first_frame": {"kind": "clip", "frames": 9, "strength": None},
    }
    for start, fields in of.items():
        brief: Request = request_of({**BRIEF, "source_media": "a", **fields})
        assert brief.start == start
        is_able = model.family.refuse_source(model.pipe, brief) is None
        assert (start in starts_of(model.folder)) == is_able, start


def test_every_family_is_there() -> None:
    assert STARTS_OF.keys() == FAMILIES.keys()
    assert READINGS.keys() | GRIDS.keys() <= FAMILIES.keys()


def test_the_nearest_is_never_what_was_refused() -> None:
    limits = read_limits(WEIGHTS)
    grid = grid_in(WEIGHTS)
    for kind in ("still", "clip"):
        for width in (8, 255, 256, 257, 4096):
            for frames in (1, 2, 16, 17, 18):
                shape = Shape(kind, width, 256, frames)
                nearest = nearest_drawable(limits, grid, shape)
                check_limits(limits, nearest)
                try:
                    check_limits(limits, shape)
                except Invalid:
                    assert nearest != shape
                else:
                    assert nearest == shape


def test_a_folder_without_a_tokenizer_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text('{"_class_name": "WanPipeline"}')
    assert count_tokens(tmp_path, "a boat") is None
    (tmp_path / "tokenizer").mkdir()
    (tmp_path / "tokenizer" / "tokenizer.json").write_text("{}")
    assert count_tokens(tmp_path, "a boat") is None


def test_the_worker_has_the_same_words_for_length(model: SimpleNamespace) -> None:
    length = count_tokens(model.folder, "a boat " * 200)
    if length and length.tokens > length.most:
        with pytest.raises(Invalid, match=f"{length.tokens} tokens"):
            checking.check_text(model, "prompt", "a boat " * 200)
