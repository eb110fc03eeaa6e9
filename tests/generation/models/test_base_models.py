"""What a model usually draws, known without loading it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feedback.errors import Invalid, NotFound
from feedback.store import Studio
from feedback.trials import promotion
from generation.families.folder import UsualClip
from generation.models.base_models import base_folder, complete_fields, usual_shape, usual_shapes
from generation.models.limits import Limits, Shape, read_limits


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=str(tmp_path)):
        base_folder(str(tmp_path))


def test_the_largest_trained_shape_of_a_kind_is_the_usual_one() -> None:
    small, large, clip = Shape("still", 128, 128, 1), Shape("still", 256, 256, 1), Shape("clip", 128, 128, 17)
    limits = Limits(shapes=(small, large, clip))
    assert usual_shape(limits, "still") == large
    assert usual_shape(limits, "clip") == clip


@pytest.mark.parametrize(("smallest", "largest", "side"), [(1, 128, 128), (512, 1024, 512), (64, 1024, 256)])
def test_without_trained_shapes_it_is_within_the_sides(smallest: int, largest: int, side: int) -> None:
    limits = Limits(smallest_side=smallest, largest_side=largest)
    assert usual_shape(limits, "still") == Shape("still", side, side, 1)
    assert usual_shape(limits, "clip").frames > 1


def test_a_studio_asks_its_own_production_and_leaves_out_what_it_cannot_draw(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "model_index.json").write_text('{"_class_name": "WanPipeline"}')
    (model / "limits.json").write_text(json.dumps({"kinds": ["clip"], "smallest_side": 320}))
    studio = Studio.create(tmp_path / "studio")
    promotion.ensure_starter(studio)
    assert usual_shapes(studio)["still"].frames == 1
    with studio.writing() as db:
        db.execute("UPDATE versions SET base = ?", (str(model),))
    assert usual_shapes(studio) == {"clip": Shape("clip", 832, 480, 81)}
    studio.close()


@pytest.mark.parametrize(
    ("name", "sample_size", "levels", "side"),
    [
        ("StableDiffusionPipeline", 64, 4, 512),
        ("StableDiffusionPipeline", 96, 4, 768),
        ("StableDiffusionXLPipeline", 128, 4, 1024),
        ("StableDiffusionXLPipeline", [96, 128], 4, 1024),
        ("StableDiffusionPipeline", None, 4, 256),
    ],
)
def test_a_model_without_limits_is_offered_in_the_size_it_was_trained_on(
    tmp_path: Path, name: str, sample_size: object, levels: int, side: int
) -> None:
    """As its own configuration states, in the released checkpoints' numbers; stills only."""
    files = {
        "model_index.json": {"_class_name": name},
        "unet/config.json": {"sample_size": sample_size},
        "vae/config.json": {"block_out_channels": [128] * levels},
    }
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(json.dumps(content))
    limits = read_limits(tmp_path)
    assert limits.kinds == ("still",)
    assert usual_shape(limits, "still") == Shape("still", side, side, 1)
    (tmp_path / "limits.json").write_text(json.dumps({"usual_side": 640, "kinds": ["still", "clip"]}))
    assert usual_shape(read_limits(tmp_path), "still").width == 640
    assert read_limits(tmp_path).kinds == ("still",)
    (tmp_path / "limits.json").write_text(json.dumps({"kinds": ["clip"]}))
    with pytest.raises(Invalid, match="allows clip only, and this model draws still"):
        read_limits(tmp_path)


COGVIDEOX = {"sample_width": 90, "sample_height": 60, "sample_frames": 49, "patch_size_t": None}
COGVIDEOX_1_5 = {"sample_width": 300, "sample_height": 300, "sample_frames": 81, "patch_size_t": 2}


@pytest.mark.parametrize(
    ("name", "transformer", "usual"),
    [
        ("LTXPipeline", {}, UsualClip(704, 512, 161)),
        ("CogVideoXPipeline", COGVIDEOX, UsualClip(720, 480, 49, 8)),
        ("CogVideoXPipeline", COGVIDEOX_1_5, UsualClip(1360, 768, 81, 16)),
        ("HunyuanVideoPipeline", {}, UsualClip(1280, 720, 129, 24)),
        ("WanPipeline", {}, UsualClip(832, 480, 81, 16)),
    ],
)
def test_a_model_of_clips_is_offered_in_its_usual_size_and_frames(
    tmp_path: Path, name: str, transformer: dict[str, object], usual: UsualClip
) -> None:
    """In the released checkpoints' numbers; stills are one frame of that."""
    write_model(tmp_path, name, transformer)
    limits = read_limits(tmp_path)
    assert limits.usual_clip == usual
    assert usual_shape(limits, "clip") == Shape("clip", usual.width, usual.height, usual.frames)
    assert usual_shape(limits, "still") == Shape("still", usual.width, usual.height, 1)


def test_wan_ti2v_is_offered_in_720p(tmp_path: Path) -> None:
    write_model(tmp_path, "WanPipeline", {}, expand_timesteps=True)
    assert read_limits(tmp_path).usual_clip == UsualClip(1280, 704, 121, 24)


def write_model(folder: Path, name: str, transformer: dict[str, object], **index: object) -> None:
    """As much of a model folder as is read without loading it."""
    files = {
        "model_index.json": {"_class_name": name, **index},
        "transformer/config.json": transformer,
        "vae/config.json": {"block_out_channels": [128] * 4},
    }
    for path, content in files.items():
        (folder / path).parent.mkdir(exist_ok=True, parents=True)
        (folder / path).write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("content", "clip", "still"),
    [
        ({"usual_clip": {"width": 512, "height": 320, "frames": 33}}, (512, 320, 33), (512, 320, 1)),
        ({"usual_side": 256}, (256, 256, 49), (256, 256, 1)),
        ({"largest_side": 480}, (480, 480, 49), (480, 480, 1)),
        ({"shapes": [{"kind": "clip", "width": 64, "height": 32, "frames": 9}]}, (64, 32, 9), (256, 256, 1)),
    ],
)
def test_limits_of_the_folder_come_before_what_is_usual_for_the_family(
    tmp_path: Path, content: dict[str, object], clip: tuple[int, int, int], still: tuple[int, int, int]
) -> None:
    write_model(tmp_path, "CogVideoXPipeline", COGVIDEOX)
    (tmp_path / "limits.json").write_text(json.dumps(content))
    limits = read_limits(tmp_path)
    assert usual_shape(limits, "clip") == Shape("clip", *clip)
    assert usual_shape(limits, "still") == Shape("still", *still)


def test_clips_have_the_frame_rate_that_the_model_draws_them_for(tmp_path: Path) -> None:
    studio = Studio.create(tmp_path / "studio")
    promotion.ensure_starter(studio)
    assert "fps" not in complete_fields(studio, {"kind": "clip"})
    write_model(tmp_path / "model", "CogVideoXPipeline", COGVIDEOX)
    with studio.writing() as db:
        db.execute("UPDATE versions SET base = ?", (str(tmp_path / "model"),))
    assert complete_fields(studio, {"kind": "clip"})["fps"] == 8
    assert complete_fields(studio, {"kind": "clip", "fps": "24"})["fps"] == "24"
    assert "fps" not in complete_fields(studio, {"kind": "still"})
    studio.close()
