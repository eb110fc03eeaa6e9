"""The starter's denoiser training: mixed batches, and going on from its checkpoint, and only from a whole one."""

import itertools
import json
from collections import Counter
from types import SimpleNamespace

import pytest
import torch

from benchmarks.synthetic import scenes
from benchmarks.synthetic.report import draw_takes, drawn_shapes, load_starter
from benchmarks.synthetic.training import denoiser
from benchmarks.synthetic.training.architecture import LATENT_CHANNELS, build_autoencoder
from benchmarks.synthetic.training.denoiser import (
    SUBJECT_WEIGHT,
    build_model,
    count_tokens,
    learning_rate,
    noise_levels,
    token_weights,
)
from benchmarks.synthetic.training.export import export_pipeline, load_averaged_denoiser
from benchmarks.synthetic.training.mixture import Mixture, latent_statistics
from benchmarks.synthetic.training.splits import step_shares
from generation.models.limits import Shape, check_limits, read_limits

CAPTION = ["a house in a field, at dusk, in the rain, wide shot, slow pan"]


def latents_of(splits) -> list[torch.Tensor]:
    """Noise of uneven loudness in place of latents, a quarter of their size."""
    generator, loud = torch.Generator().manual_seed(0), torch.linspace(4, 0.1, LATENT_CHANNELS).view(1, -1, 1, 1, 1)
    sizes = [(split.scenes, LATENT_CHANNELS, split.frames, split.side // 64, split.side // 64) for split in splits]
    return [(2 + loud * torch.randn(size, generator=generator)).half() for size in sizes]


def subjects_of(splits) -> list[torch.Tensor]:
    """One in each first token."""
    subjects = [torch.zeros(split.scenes, split.frames, split.side // 128, split.side // 128) for split in splits]
    for each in subjects:
        each[..., 0, 0] = 0.5
    return subjects


@pytest.fixture
def mixture(splits):
    captions = [scenes.clip_captions(split.scenes, k) for k, split in enumerate(splits)]
    return Mixture.of(splits, latents_of(splits), captions, subjects_of(splits))


@pytest.fixture
def small(monkeypatch, tmp_path, mixture):
    """A few steps at a time, uncompiled; by a clock that ticks when it is looked at, or a slow machine would take fewer."""
    monkeypatch.setattr(denoiser, "compile_blocks", lambda model: None)
    monkeypatch.setattr(denoiser, "LOG_STEPS", 1)
    monkeypatch.setattr(denoiser, "time", SimpleNamespace(monotonic=itertools.count().__next__))
    return lambda minutes: denoiser.train_denoiser(mixture, tmp_path, minutes), tmp_path


def test_a_batch_is_of_one_split_and_splits_get_their_share(mixture, splits):
    generator, counts = torch.Generator().manual_seed(0), Counter()
    for _ in range(600):
        batch = mixture.pick(generator)
        (split,) = [each for each in splits if each.name == batch.split]
        assert batch.x0.shape == (split.batch, LATENT_CHANNELS, split.frames, split.side // 64, split.side // 64)
        assert len(batch.ids) == len(batch.mask) == split.batch
        assert batch.subject.shape == (split.batch, split.frames, split.side // 128, split.side // 128)
        counts[batch.split] += 1
    for split, share in zip(splits, step_shares(splits), strict=True):
        assert counts[split.name] / 600 == pytest.approx(share, abs=0.06)


def test_batches_are_a_function_of_the_generator(mixture):
    one, two = (mixture.pick(torch.Generator().manual_seed(5)) for _ in range(2))
    assert one.split == two.split
    assert torch.equal(one.x0, two.x0)
    assert torch.equal(one.ids, two.ids)


def test_scaled_latents_are_centred_and_the_loud_stay_louder(mixture):
    scaled = torch.cat(
        [((each.float() - mixture.mean) / mixture.divisor).transpose(0, 1).flatten(1) for each in mixture.latents], 1
    )
    assert scaled.mean().abs() < 0.1
    assert float((scaled**2).mean()) == pytest.approx(1, abs=0.2)
    assert scaled[0].std() > 2 * scaled[-1].std()


def test_more_tokens_see_more_noise(mixture):
    generator = torch.Generator().manual_seed(0)
    still, clip = (noise_levels(4000, tokens, generator) for tokens in (64, 1088))
    assert float(still.median()) == pytest.approx(0.75, abs=0.02)
    assert float(clip.median()) == pytest.approx(0.86, abs=0.02)
    assert count_tokens(build_model().transformer, torch.zeros(2, LATENT_CHANNELS, 17, 8, 8)) == 272


def test_errors_where_the_subject_is_count_more_the_less_noise_there_is(mixture):
    batch = mixture.pick(torch.Generator().manual_seed(0))
    weights = token_weights(batch.subject, torch.linspace(0, 1, len(batch.x0)))
    weights = torch.broadcast_to(weights, batch.x0[:, :1].shape)
    there, elsewhere = weights[..., :2, :2], weights.clone()
    elsewhere[..., :2, :2] = 1
    assert torch.equal(elsewhere, torch.ones_like(elsewhere))
    assert (there[0] == 1 + SUBJECT_WEIGHT).all()
    assert (there[-1] == 1).all()


def test_training_goes_on_where_it_stopped(small):
    train, folder = small
    train(0.05)
    first = json.loads((folder / "checkpoint" / "state.json").read_text())
    train(0.1)
    rows = [json.loads(line) for line in (folder / "loss.jsonl").read_text().splitlines()]
    last = json.loads((folder / "checkpoint" / "state.json").read_text())
    assert 0 < first["step"] < last["step"]
    assert [row["step"] for row in rows] == list(range(1, last["step"] + 1))
    assert last["seconds"] > first["seconds"]
    assert all(len({"still_256", "still_128", "clip_128"} & set(row)) == 1 for row in rows)


def test_the_averaged_weights_are_the_ones_that_are_kept(small):
    train, folder = small
    average = train(0.05).state_dict()
    kept = load_averaged_denoiser(folder).state_dict()
    assert all(torch.equal(kept[name], average[name]) for name in average)


def test_the_learning_rate_rises_and_falls():
    rates = [learning_rate(step, step / 1000) for step in range(1000)]
    assert rates[0] < rates[99] == max(rates[99:])
    assert rates[-1] < 0.05 * denoiser.PEAK_RATE


def test_an_exported_model_draws_every_shape_and_says_so(tmp_path, splits):
    """Untrained weights: the folder, its limits and its sizes are what is tested here."""
    torch.manual_seed(0)
    folder = export_pipeline(build_autoencoder(), build_model(), latents_of(splits), splits, tmp_path / "weights")
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) <= 29_000_000
    pipe, shapes = load_starter(folder), drawn_shapes(folder)
    assert shapes == tuple(split.shape for split in splits)
    assert pipe.vae.config.latents_std == pytest.approx(latent_statistics(latents_of(splits))[1], rel=1e-4)
    for shape in shapes:
        check_limits(read_limits(folder), shape)
        takes = draw_takes(pipe, shape, CAPTION, steps=1)
        assert takes.shape == (1, shape.frames, shape.height, shape.width, 3)
    assert Shape("clip", 128, 128, 5) in shapes
