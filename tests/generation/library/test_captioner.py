"""Captions by a small BLIP of transformers, made from a configuration: its words are random, its way is the real one."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import torch
from transformers import BertTokenizer, BlipConfig, BlipForConditionalGeneration, BlipImageProcessor, BlipProcessor

from feedback.errors import Invalid
from feedback.library import items
from feedback.library.search import Filter, list_items
from generation.library.captioner import Captioner, caption_items
from tests.generation.library.rendered import add, library_studio, pictures, write_film

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "a", "boat", "hill", "night", "red", "street"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("captioner") / "tiny-blip"
    made.mkdir()
    (made / "vocab.txt").write_text("\n".join(WORDS))
    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = {
        **small,
        "encoder_hidden_size": 16,
        "vocab_size": len(WORDS),
        "bos_token_id": 2,
        "eos_token_id": 3,
        "sep_token_id": 3,
        "pad_token_id": 0,
    }
    torch.manual_seed(0)
    config = BlipConfig(
        text_config=text, vision_config={**small, "image_size": 32, "patch_size": 16}, image_text_hidden_size=16
    )
    BlipForConditionalGeneration(config).save_pretrained(made)
    tokenizer = BertTokenizer(str(made / "vocab.txt"))
    BlipProcessor(BlipImageProcessor(size={"height": 32, "width": 32}), tokenizer).save_pretrained(made)
    return made


def test_what_has_no_caption_is_described_once(folder: Path, tmp_path: Path) -> None:
    studio = library_studio(tmp_path / "studio")
    add(studio, write_film(tmp_path / "a.mp4", pictures([(1, 2.0), (2, 2.0), (3, 2.0)])))
    first, second, *rest = [item["id"] for item in list_items(studio, Filter())]
    items.tag(studio, [first], caption="by hand", actor="ada")
    items.exclude(studio, [second], "not ours")
    captioner = Captioner(folder)
    assert captioner.name == "model tiny-blip"
    done = caption_items(studio, captioner, None, threading.Event())
    described = [item for item in list_items(studio, Filter()) if item["captioned_by"] == "model tiny-blip"]
    assert done == len(described) == len(rest)
    assert all(word in WORDS for item in described for word in item["caption"].split())
    assert items.get_item(studio, first)["caption"] == "by hand"
    assert items.get_item(studio, second)["caption"] == ""
    assert caption_items(studio, captioner, None, threading.Event()) == 0


def test_folders_that_must_not_be_loaded_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="holds no image-to-text model"):
        Captioner(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    text = (folder / "config.json").read_text()
    (other / "config.json").write_text('{"auto_map": {"AutoModel": "code.Model"}, ' + text.lstrip("{ \n"))
    with pytest.raises(Invalid):
        Captioner(other)
    (other / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(Invalid, match="can be loaded"):
        Captioner(other)
