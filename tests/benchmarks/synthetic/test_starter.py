"""The committed weights: a real pipeline of at most 30 MB that draws the same still for the same seed."""

import numpy as np
import pytest
import torch
from diffusers import WanPipeline

from benchmarks.synthetic.blocks import block_energy
from benchmarks.synthetic.reader import READER, ContentReader
from benchmarks.synthetic.scenes import captions
from generation.starter import DEFAULT_GUIDANCE, DEFAULT_SIZE, DEFAULT_STEPS, WEIGHTS

# Shares of 256 takes read as their captions say stand in the README; these limits leave room for 32 takes' chance.
LEAST_SHARES = {"time": 0.9, "place": 0.75, "weather": 0.9, "subject": 0.7, "framing": 0.8}


@pytest.fixture(scope="module")
def pipe():
    made = WanPipeline.from_pretrained(str(WEIGHTS), local_files_only=True, use_safetensors=True, dtype=torch.float32)
    made.set_progress_bar_config(disable=True)
    return made


def draw(pipe, prompts, seed=0):
    frames = pipe(
        prompt=prompts,
        height=DEFAULT_SIZE[0],
        width=DEFAULT_SIZE[1],
        num_frames=1,
        num_inference_steps=DEFAULT_STEPS,
        guidance_scale=DEFAULT_GUIDANCE,
        max_sequence_length=pipe.tokenizer.model_max_length,
        generator=[torch.Generator().manual_seed(seed + k) for k in range(len(prompts))],
        output_type="np",
    ).frames
    return np.asarray(frames)


def test_weights_are_small():
    sizes = [path.stat().st_size for path in WEIGHTS.rglob("*") if path.is_file()]
    assert sum(sizes) + READER.stat().st_size <= 30_000_000
    assert READER.stat().st_size <= 1_000_000


def test_the_same_seed_draws_the_same_still(pipe):
    prompt = ["wide shot of a lighthouse by the sea at night, in the rain"]
    first = draw(pipe, prompt)
    assert first.shape == (1, 1, *DEFAULT_SIZE, 3)
    assert np.array_equal(first, draw(pipe, prompt))
    assert not np.array_equal(first, draw(pipe, prompt, seed=1))


def test_takes_show_what_their_captions_say_without_a_grid(pipe):
    prompts = captions(32, 11)
    takes = draw(pipe, prompts)[:, 0]
    # 1.12 and 1.19 on 200 takes, 2.4 and 2.75 with a grid (README): the limit leaves room for the chance of 32.
    assert all(np.median(block_energy(takes, side)) < 1.4 for side in (16, 32))
    pixels = torch.from_numpy(takes).float()
    shares = ContentReader.load().agreement(prompts, pixels)
    assert all(shares[name] >= floor for name, floor in LEAST_SHARES.items()), shares
