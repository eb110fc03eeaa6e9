"""What the scorer measures: the same numbers whatever the size, colours from latents, and how a clip moves."""

from __future__ import annotations

import pytest
import torch

from finetune.features import SETS, fit_thumbnails, measure, motion, thumbnails

CHANNELS = 5


@pytest.fixture
def colours() -> torch.Tensor:
    return torch.randn(CHANNELS + 1, 3, generator=torch.Generator().manual_seed(0))


def latents(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_colours_are_found_again_from_takes_that_show_them(colours: torch.Tensor) -> None:
    x0 = [latents(CHANNELS, 2, 6, 8, seed=seed) for seed in range(4)]
    pixels = [thumbnails(each[None], colours)[0].repeat_interleave(8, 2).repeat_interleave(8, 3) for each in x0]
    assert torch.allclose(fit_thumbnails(x0, pixels), colours, atol=1e-4)


def test_takes_of_every_size_have_as_many_numbers(colours: torch.Tensor) -> None:
    still, wide = (measure(x0, colours) for x0 in (latents(3, CHANNELS, 1, 16, 16), latents(2, CHANNELS, 5, 20, 36)))
    assert set(still) == {name for names in SETS.values() for name in names}
    for name in still:
        assert still[name].shape == (3, still[name].shape[1])
        assert wide[name].shape == (2, still[name].shape[1])
        assert torch.isfinite(wide[name]).all()


def test_every_number_has_a_slope(colours: torch.Tensor) -> None:
    x0 = latents(1, CHANNELS, 3, 16, 16).requires_grad_(True)
    for name, values in measure(x0, colours).items():
        (slope,) = torch.autograd.grad(values.sum(), x0, retain_graph=True)
        assert slope.abs().sum() > 0, name
        assert torch.isfinite(slope).all(), name


def moving(across: float = 0.0, down: float = 0.0, zoom: float = 0.0, frames: int = 4, size: int = 48) -> torch.Tensor:
    """A smooth texture that moves by these shares of the frame from frame to frame; zoom > 0 comes nearer."""
    y, x = torch.meshgrid(*[torch.linspace(-0.5, 0.5, size)] * 2, indexing="ij")
    made = []
    for frame in range(frames):
        nearer = 1 + zoom * frame
        u, v = (x - across * frame) / nearer, (y - down * frame) / nearer
        made.append(torch.sin(9 * u + 4 * v) + torch.cos(7 * v - 5 * u) + torch.sin(6 * u * v + 8 * u))
    return torch.stack(made)[None]


def test_movements_of_a_clip_are_told_apart() -> None:
    pan, tilt, push = (motion(moving(**{name: 0.01}))[0] for name in ("across", "down", "zoom"))
    assert pan[0] == pytest.approx(0.01, rel=0.2)
    assert tilt[1] == pytest.approx(0.01, rel=0.2)
    assert push[2] == pytest.approx(0.01, rel=0.3)
    assert motion(moving(across=-0.01))[0, 0] == pytest.approx(-0.01, rel=0.2)
    assert abs(pan[1]) < 0.005 > abs(tilt[0])


def test_a_still_does_not_move() -> None:
    assert motion(latents(2, 1, 8, 8)).tolist() == [[0.0] * 4] * 2
    assert motion(torch.ones(1, 4, 8, 8))[0, :3].tolist() == [0.0] * 3
