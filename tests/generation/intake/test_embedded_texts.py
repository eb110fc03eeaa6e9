"""What files of other tools say of their making, and what hostile ones do not do."""

from __future__ import annotations

import json
import time
import zlib
from pathlib import Path

import pytest

from feedback.production.briefs import LONGEST_PROMPT
from generation.intake.comfyui_graph import read_graph
from generation.intake.embedded_texts import read_made_with
from generation.intake.made_with import MadeWith
from generation.intake.parameters_text import read_parameters
from tests.generation.intake import files

OF_GRAPH = MadeWith("ComfyUI", "a house by the sea", "blurry", 42, "euler", 20, 8.0, files.MODEL)
OF_PARAMETERS = MadeWith(
    "A1111", "a house by the sea, evening", "blurry, text", 123456, "DPM++ 2M", 28, 6.5, "dream-v3"
)


def test_png_of_comfyui() -> None:
    assert read_made_with(files.comfyui_png(), "png") == OF_GRAPH


def test_webp_of_comfyui() -> None:
    assert read_made_with(files.webp(), "webp") == OF_GRAPH


def test_png_with_parameters() -> None:
    assert read_made_with(files.png(parameters=files.PARAMETERS), "png") == OF_PARAMETERS


def test_jpeg_with_parameters() -> None:
    assert read_made_with(files.jpeg(), "jpg") == OF_PARAMETERS


@pytest.mark.parametrize("wrapped", [False, True])
def test_clip_of_comfyui(tmp_path: Path, wrapped: bool) -> None:
    """One writer has `prompt` by itself, another one puts all into the comment."""
    texts = {"comment": json.dumps({"prompt": files.graph(), "workflow": {}})}
    texts = texts if wrapped else {"prompt": json.dumps(files.graph())}
    assert read_made_with(files.mp4(tmp_path / "clip.mp4", **texts).read_bytes(), "mp4") == OF_GRAPH


def test_sampler_in_parts() -> None:
    made = read_graph(files.custom_graph())
    assert made == MadeWith("ComfyUI", "a lighthouse", None, 2**64 - 1, "dpmpp_2m", 24, 3.5, "new-model-12b.gguf")


def test_the_sampler_nearest_to_what_was_saved_counts() -> None:
    graph = files.graph()
    graph["30"] = files.node(
        "KSampler", seed=7, latent_image=["3", 0], positive=["6", 0], negative=["7", 0], model=["4", 0]
    )
    graph["8"]["inputs"]["samples"] = ["30", 0]
    made = read_graph(graph)
    assert made is not None
    assert made.seed == 7


def test_both_prompts_through_one_node_are_told_apart() -> None:
    """As where a picture begins a clip; the negative one stands first."""
    graph = files.graph()
    graph["40"] = files.node("ImageToVideo", negative=["7", 0], positive=["6", 0], vae=["4", 2], width=64)
    graph["3"]["inputs"] |= {"positive": ["40", 0], "negative": ["40", 1], "latent_image": ["40", 2]}
    made = read_graph(graph)
    assert made is not None
    assert (made.prompt, made.negative_prompt) == ("a house by the sea", "blurry")


def test_seed_of_two_samplers_is_that_of_the_one_that_adds_noise() -> None:
    graph = files.graph(seed=77)
    graph["3"]["inputs"]["add_noise"] = "enable"
    more = {"positive": ["6", 0], "negative": ["7", 0], "model": ["4", 0], "latent_image": ["3", 0]}
    graph["30"] = files.node("KSamplerAdvanced", add_noise="disable", noise_seed=0, steps=4, cfg=1.0, **more)
    graph["8"]["inputs"]["samples"] = ["30", 0]
    made = read_graph(graph)
    assert made is not None
    assert made.seed == 77


def test_file_that_says_nothing() -> None:
    assert read_made_with(files.png(), "png") == MadeWith()


DEEP = "[" * 100_000 + "]" * 100_000
CIRCLE = json.dumps({"1": files.node("KSampler", seed=["1", 0], positive=["1", 0], latent_image=["1", 0])})
HUGE = json.dumps({str(n): files.node("CLIPTextEncode", text="x" * 50, clip=[str(n + 1), 0]) for n in range(30_000)})
ODD = {
    "deep": DEEP,
    "deep in a graph": '{"1": {"class_type": "KSampler", "inputs": {"seed": ' + DEEP + "}}}",
    "a circle of links": CIRCLE,
    "thirty thousand nodes": HUGE,
    "numbers of a hundred thousand digits": '{"1": {"inputs": {"seed": ' + "9" * 100_000 + "}}}",
    "not a number": '{"1": {"class_type": "KSampler", "inputs": {"seed": NaN, "cfg": Infinity, "latent_image": 1}}}',
    "a list": "[1, 2]",
    "a text": '"text"',
    "no JSON": "{",
    "five million characters": "x" * 5_000_000,
    "inputs that are no object": '{"1": {"class_type": 3, "inputs": [1]}, "2": null, "3": {"class_type": {}, "inputs": {}}}',
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("name", ["prompt", "workflow", "parameters"])
def test_hostile_texts_do_no_harm(name: str, text: str) -> None:
    began = time.monotonic()
    made = read_made_with(files.png(**{name: text}), "png")
    assert made.seed is None
    assert made.guidance is None
    assert time.monotonic() - began < 5


def test_a_chunk_that_unpacks_to_gigabytes_is_not_unpacked() -> None:
    bomb = zlib.compress(b"x" * 200_000_000)
    content = b"prompt\x00\x00" + bomb
    chunk = len(content).to_bytes(4) + b"zTXt" + content + zlib.crc32(b"zTXt" + content).to_bytes(4)
    plain = files.png()
    assert read_made_with(plain[:33] + chunk + plain[33:], "png") == MadeWith()


def test_texts_are_cut_and_cleaned() -> None:
    made = read_graph(files.graph(prompt="a\x00\x1b[31m house" + "x" * 10_000))
    assert made is not None
    assert made.prompt is not None
    assert made.prompt.startswith("a[31m house")
    assert len(made.prompt) == LONGEST_PROMPT


@pytest.mark.parametrize("line", ["Steps: " + "a " * 4000 + ":", "Steps: 1, " + 'x: "' * 2000, "Steps: " + "," * 8000])
def test_settings_are_read_in_time(line: str) -> None:
    began = time.monotonic()
    assert read_parameters(f"a prompt\n{line}") is not None
    assert time.monotonic() - began < 2


def test_text_that_ends_without_settings_is_not_taken_for_parameters() -> None:
    assert read_parameters("a house\nby the sea") is None
