"""A starter goes on from an earlier one: the same latents of the same scene, and a denoiser that begins where it ended."""

from __future__ import annotations

import pytest
import torch
from diffusers import AutoencoderKLWan, WanTransformer3DModel
from torch.nn.functional import avg_pool2d

from benchmarks.synthetic.report import load_starter
from benchmarks.synthetic.scenes import captions, parse_caption, render, sample_style
from benchmarks.synthetic.training.architecture import (
    LATENT_CHANNELS,
    PATCH,
    TEXT_WIDTH,
    build_autoencoder,
    build_denoiser,
)
from benchmarks.synthetic.training.autoencoder import encode_stills, forget_the_past
from benchmarks.synthetic.training.earlier import EarlierCode, grow_denoiser, read_code
from benchmarks.synthetic.training.linear_start import start_linear
from benchmarks.synthetic.training.mixture import latent_statistics
from generation.families.wan import Wan
from generation.starter import WEIGHTS


@pytest.fixture(scope="module")
def code() -> EarlierCode:
    return read_code(WEIGHTS)


@pytest.fixture(scope="module")
def scenes() -> torch.Tensor:
    """uint8 [8, 256, 256, 3]."""
    import numpy as np

    rng = np.random.default_rng(0)
    contents = [parse_caption(text) for text in captions(8, 5)]
    return torch.from_numpy(np.stack([render(each, sample_style(rng), 256, 1, 3)[0] for each in contents if each]))


def test_its_basis_is_orthonormal_and_survives_the_disk(code: EarlierCode, tmp_path) -> None:
    assert torch.allclose(code.basis @ code.basis.T, torch.eye(len(code.basis)), atol=1e-4)
    assert EarlierCode.load(tmp_path) is None
    code.save(tmp_path)
    kept = EarlierCode.load(tmp_path)
    assert kept is not None
    assert torch.equal(kept.basis, code.basis)


def test_first_channels_are_what_the_earlier_denoiser_saw(code: EarlierCode, scenes: torch.Tensor) -> None:
    vae = build_autoencoder().eval()
    forget_the_past(vae)
    start_linear(vae, [scenes.numpy()], code.basis)
    mean, divisor = (each.view(1, -1, 1, 1, 1) for each in code.statistics(vae))
    pixels = scenes.permute(0, 3, 1, 2)[:, :, None].float() / 127.5 - 1
    with torch.no_grad():
        ours = (encode_stills(vae, pixels)[0][:, : len(code.mean)] - mean) / divisor
    smaller = PATCH // AutoencoderKLWan.load_config(WEIGHTS / "vae")["patch_size"]
    theirs = Wan().encode_media(load_starter(), avg_pool2d(pixels[:, :, 0], smaller)[:, :, None])[:, : len(code.mean)]
    assert ((ours - theirs) ** 2).mean().sqrt() < 0.05 * theirs.std()


def test_grown_denoiser_answers_as_the_earlier_one_in_the_channels_that_it_knew() -> None:
    earlier = WanTransformer3DModel.from_pretrained(WEIGHTS / "transformer", dtype=torch.float32).eval()
    grown, count = build_denoiser().eval(), earlier.config.in_channels
    grow_denoiser(grown, WEIGHTS)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, LATENT_CHANNELS, 1, 8, 8, generator=generator)
    level, words = torch.tensor([300.0, 800.0]), torch.randn(2, 5, TEXT_WIDTH, generator=generator)
    with torch.no_grad():
        ours = grown(x, level, words, return_dict=False)[0]
        theirs = earlier(x[:, :count], level, words, return_dict=False)[0]
    assert torch.allclose(ours[:, :count], theirs, atol=1e-4)
    assert ours[:, count:].abs().sum() == 0 or count == LATENT_CHANNELS


def test_a_denoiser_of_another_width_is_named() -> None:
    from diffusers import WanTransformer3DModel

    other = WanTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=16, in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS, text_dim=TEXT_WIDTH, freq_dim=32, ffn_dim=32, num_layers=1,
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"patch_embedding\.weight|scale_shift_table"):
        grow_denoiser(other, WEIGHTS)


def test_statistics_of_known_channels_are_kept_and_new_ones_are_as_loud() -> None:
    latents = [
        torch.randn(50, 6, 1, 4, 4, generator=torch.Generator().manual_seed(0))
        * torch.arange(6, 0, -1).view(-1, 1, 1, 1)
    ]
    mean, divisor = (torch.tensor(each) for each in latent_statistics(latents))
    kept = (mean[:4] + 0.5, divisor[:4])
    again = latent_statistics(latents, kept)
    assert again[0] == pytest.approx([*(mean[:4] + 0.5).tolist(), *mean[4:].tolist()])
    assert again[1] == pytest.approx(divisor.tolist(), rel=1e-3)
