"""An image encoder of the studio's: real classes of transformers with random weights, read as a reward model reads them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from feedback.errors import Invalid
from feedback.store import Studio, media
from finetune.data.latent_cache import make_latent_cache
from finetune.reward.features.encoded_takes import KIND, read_encoded_takes
from finetune.reward.features.image_encoder import groups_of
from finetune.reward.features.sets import IMAGE_ENCODER
from finetune.tunable_model import load_tunable_model
from generation import image_encoder
from generation.image_encoder import LoadedEncoder, open_image_encoder
from tests.finetune.judged import add_brief, add_takes, quick
from tests.tiny_pipelines.image_encoders import KINDS, WIDTH, tiny_encoder

GROUPS = {name for names in IMAGE_ENCODER.values() for name in names}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_encoder(tmp_path_factory.mktemp("encoders") / "dinov2")


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "encoder"))


def noise(frames: int = 1, height: int = 40, width: int = 72, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (frames, height, width, 3)).astype(np.uint8)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_gives_a_vector_of_the_whole_and_one_for_each_part(kind: str, tmp_path: Path) -> None:
    encoder = open_image_encoder(tiny_encoder(tmp_path / "encoder", kind))
    with encoder.loaded() as loaded:
        groups = groups_of(loaded, [noise(), noise(seed=1)])
        again = groups_of(loaded, [noise(seed=1)])
    sides = {"encoded_1x1": 1, "encoded_2x2": 2, "encoded_4x4": 4, "encoded_change": 2}
    assert {name: values.shape[1] for name, values in groups.items()} == {
        "encoded": WIDTH,
        **{name: WIDTH * side**2 for name, side in sides.items()},
    }
    assert set(groups) == GROUPS
    for name in GROUPS - {"encoded_change"}:
        assert torch.allclose(groups[name][1], again[name][0], atol=1e-5)
        assert not torch.allclose(groups[name][0], groups[name][1], atol=1e-3)
    assert not groups["encoded_change"].any()  # of stills


@pytest.mark.parametrize("kind", ["clip", "siglip", "vit"])
def test_its_numbers_are_those_that_the_library_itself_makes(kind: str, tmp_path: Path) -> None:
    """Of a square picture of its own size, of which nothing is resized or cropped."""
    from transformers import AutoImageProcessor, AutoModel

    where, picture = tiny_encoder(tmp_path / "encoder", kind), noise(height=32, width=32)
    with open_image_encoder(where).loaded() as loaded:
        groups = groups_of(loaded, [picture])
    model = AutoModel.from_pretrained(where).eval()
    pixels = AutoImageProcessor.from_pretrained(where)(images=[picture[0]], return_tensors="pt")
    with torch.no_grad():
        out = getattr(model, "vision_model", model)(**pixels)
    assert torch.allclose(groups["encoded"], out.pooler_output, atol=1e-4)
    patches = out.last_hidden_state[0, -16:]  # 4 x 4 of them, row by row
    assert torch.allclose(groups["encoded_4x4"].unflatten(1, (WIDTH, 16))[0].T, patches, atol=1e-4)


def test_the_whole_frame_is_read_where_a_processor_would_crop_its_sides(folder: Path) -> None:
    left = noise(width=160)
    other = left.copy()
    other[:, :, :40] = 0
    with open_image_encoder(folder).loaded() as loaded:
        one, two = groups_of(loaded, [left])["encoded_4x4"], groups_of(loaded, [other])["encoded_4x4"]
    change = (one - two).abs().unflatten(1, (WIDTH, 4, 4)).mean((0, 1, 2))
    assert change[0] == change.max() > 0.01


def test_a_clip_is_the_mean_of_its_frames_and_how_they_change(folder: Path) -> None:
    clip = noise(20)
    with open_image_encoder(folder).loaded() as loaded:
        stills = groups_of(loaded, [clip[[place]] for place in np.linspace(0, 19, 8).round().astype(int)])
        whole, backwards = groups_of(loaded, [clip, clip[::-1]]).values(), groups_of(loaded, [clip[::-1]])
        of_clip = groups_of(loaded, [clip])
    assert all(torch.isfinite(values).all() for values in whole)
    for name in GROUPS - {"encoded_change"}:
        assert torch.allclose(of_clip[name][0], stills[name].mean(0), atol=1e-5)
    halves = stills["encoded_2x2"][4:].mean(0) - stills["encoded_2x2"][:4].mean(0)
    assert torch.allclose(of_clip["encoded_change"][0], halves, atol=1e-5)
    assert torch.allclose(backwards["encoded_change"], -of_clip["encoded_change"], atol=1e-4)


def test_its_network_is_in_memory_once_and_only_while_it_reads(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, loads = open_image_encoder(folder), []
    real = image_encoder.load_network
    monkeypatch.setattr(image_encoder, "load_network", lambda where: loads.append(where) or real(where))
    with encoder.loaded() as outer, encoder.loaded() as inner:
        assert inner is outer
    assert loads == [folder]
    assert {each.device.type for each in outer.network.parameters()} == {"meta"}
    assert encoder.in_memory == []


def test_the_licence_is_what_its_readme_says(copy: Path) -> None:
    assert open_image_encoder(copy).licence is None
    (copy / "README.md").write_text("---\ntags:\n- vision\nlicense: apache-2.0\n---\n# A model\nlicense: mine\n")
    assert open_image_encoder(copy).licence == "apache-2.0"
    (copy / "README.md").write_text("---\nlicense: other\nlicense_name: studio-terms\n---\n")
    assert open_image_encoder(copy).describe()["licence"] == "studio-terms"


def test_weights_and_the_way_of_reading_are_in_its_hash(copy: Path) -> None:
    first = open_image_encoder(copy).sha256
    settings = json.loads((copy / "preprocessor_config.json").read_text())
    (copy / "preprocessor_config.json").write_text(json.dumps({**settings, "image_mean": [0.1, 0.2, 0.3]}))
    second = open_image_encoder(copy).sha256
    weights = load_file(copy / "model.safetensors")
    weights["layernorm.weight"] += 1
    save_file(weights, copy / "model.safetensors", {"format": "pt"})
    assert len({first, second, open_image_encoder(copy).sha256}) == 3


def pickled(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")


def without_weights_of_a_layer(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["layernorm.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def with_settings(name: str, **more: object):
    def change(folder: Path) -> None:
        settings = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps({**settings, **more}))

    return change


CONFIG, PROCESSOR = "config.json", "preprocessor_config.json"


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (lambda folder: shutil.rmtree(folder), "is no folder of a model"),
        (lambda folder: (folder / PROCESSOR).unlink(), "has no preprocessor_config.json"),
        (pickled, "has no safetensors weights: nothing else is loaded, pickles never"),
        (without_weights_of_a_layer, "its weights lack layernorm.weight"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\x01" * 99), "broken or not safetensors"),
        (with_settings(CONFIG, auto_map={"AutoModel": "mine.Model"}, model_type="mine"), "asks for code by auto_map"),
        (with_settings(PROCESSOR, auto_map={"AutoImageProcessor": "mine.P"}), "asks for code by auto_map"),
        (with_settings(CONFIG, model_type="no such model"), "cannot be used: .*no such model"),
        (with_settings(PROCESSOR, size={"longest_edge": 90}, do_center_crop=False), "cannot be used"),
        (with_settings(PROCESSOR, crop_size={"height": 9000, "width": 9000}), "reads 9000x9000 pixels: at most 1024"),
    ],
)
def test_what_cannot_or_must_not_be_loaded_is_refused_in_one_line(copy: Path, damage, line: str) -> None:
    damage(copy)
    with pytest.raises(Invalid, match=line) as refusal:
        open_image_encoder(copy)
    assert "\n" not in str(refusal.value)
    assert str(copy) in str(refusal.value)


def test_a_model_of_text_is_refused(tmp_path: Path) -> None:
    from transformers import BertConfig, BertModel

    small = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    BertModel(BertConfig(vocab_size=50, **small)).save_pretrained(tmp_path)
    with pytest.raises(Invalid, match=r"has no preprocessor_config\.json"):
        open_image_encoder(tmp_path)
    shutil.copy(tiny_encoder(tmp_path / "vit", "vit") / PROCESSOR, tmp_path)
    with pytest.raises(Invalid, match="cannot be used"):
        open_image_encoder(tmp_path)


def test_takes_are_read_once_and_kept_by_take_and_encoder(
    studio: Studio, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_takes(studio, add_brief(studio, "waves", frames=5), [0.2, 0.9])
    cache = make_latent_cache(studio, load_tunable_model(studio, "tiny", quick()), quick().noise_levels)
    takes = [row["media"] for row in studio.rows("SELECT media FROM takes WHERE state = 'done' ORDER BY id")]
    encoder, read = open_image_encoder(copy), list[int]()
    real = LoadedEncoder.encode
    monkeypatch.setattr(LoadedEncoder, "encode", lambda self, some: read.append(len(some)) or real(self, some))
    groups = read_encoded_takes(cache, encoder, takes)
    assert len(takes) == 26
    assert sum(read) == 24 + 2 * 5 + 1 + 5  # frames; one take of each size is tried before
    assert all(len(values) == 26 for values in groups.values())
    assert not groups["encoded_change"][:24].any()
    assert groups["encoded_change"][24:].any()
    read.clear()
    again = read_encoded_takes(cache, encoder, takes[5:9])
    assert not read
    assert torch.equal(again["encoded_4x4"], groups["encoded_4x4"][5:9])
    weights = load_file(copy / "model.safetensors")
    save_file({name: 2 * values for name, values in weights.items()}, copy / "model.safetensors", {"format": "pt"})
    other = open_image_encoder(copy)
    read.clear()
    assert not torch.allclose(read_encoded_takes(cache, other, takes[:1])["encoded"], groups["encoded"][:1])
    assert len(list((studio.folder / "cache" / KIND).rglob("*.safetensors"))) == 27
    assert read
    path = media.path_of(studio, takes[0])
    path.chmod(0o644)
    path.write_bytes(b"not a picture")
    with pytest.raises(Invalid, match=r"media|file"):
        read_encoded_takes(cache, open_image_encoder(tiny_encoder(copy.parent / "third", seed=3)), takes[:1])
