"""Features of takes: the same numbers whatever the size, colours from latents, and how a clip moves."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import avg_pool2d

from finetune.reward.features.colour_map import fit_colour_map, small_pictures
from finetune.reward.features.motion import measure_motion
from finetune.reward.features.sets import STATISTICS
from finetune.reward.features.statistics import LINES_Y, SHARP, SOFT, measure_features, strongest_line

CHANNELS = 5


@pytest.fixture
def colours() -> torch.Tensor:
    return torch.randn(CHANNELS + 1, 3, generator=torch.Generator().manual_seed(0))


def latents(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_colours_are_found_again_from_takes_that_show_them(colours: torch.Tensor) -> None:
    x0 = [latents(CHANNELS, 2, 6, 8, seed=seed) for seed in range(4)]
    pixels = [small_pictures(each[None], colours)[0].repeat_interleave(8, 2).repeat_interleave(8, 3) for each in x0]
    assert torch.allclose(fit_colour_map(x0, pixels, 8), colours.repeat_interleave(16, 1), atol=1e-4)


def test_a_place_of_the_latents_can_stand_for_several_of_the_small_picture() -> None:
    colours = torch.randn(CHANNELS + 1, 3 * 4 * 4, generator=torch.Generator().manual_seed(1))
    x0 = [latents(CHANNELS, 2, 6, 8, seed=seed) for seed in range(8)]
    small = [small_pictures(each[None], colours)[0] for each in x0]
    assert small[0].shape == (3, 2, 24, 32)
    assert torch.allclose(fit_colour_map(x0, small, 8), colours, atol=1e-4)


def test_takes_of_every_size_have_as_many_numbers(colours: torch.Tensor) -> None:
    still, wide = (
        measure_features(x0, colours) for x0 in (latents(3, CHANNELS, 1, 16, 16), latents(2, CHANNELS, 5, 20, 36))
    )
    assert set(still) == {name for names in STATISTICS.values() for name in names}
    for name in still:
        assert still[name].shape == (3, still[name].shape[1])
        assert wide[name].shape == (2, still[name].shape[1])
        assert torch.isfinite(wide[name]).all()


def test_every_feature_has_a_gradient(colours: torch.Tensor) -> None:
    x0 = latents(1, CHANNELS, 3, 16, 16).requires_grad_(True)
    for name, values in measure_features(x0, colours).items():
        (gradient,) = torch.autograd.grad(values.sum(), x0, retain_graph=True)
        assert gradient.abs().sum() > 0, name
        assert torch.isfinite(gradient).all(), name


def landscape(horizon: int, size: int = 64) -> torch.Tensor:
    """Sky above ground between letterbox bars, with a dark tower in a quarter of the columns; [1, 3, size, size]."""
    picture = torch.full((1, 3, size, size), 0.4)
    picture[:, :, horizon:] = -0.1
    picture[:, :, size // 4 : size // 2, : size // 4] = -1.0
    picture[:, :, : size // 10] = picture[:, :, -(size // 10) :] = -1.0
    return picture


def test_the_horizon_is_found_whatever_stands_before_it_and_wherever_bars_are() -> None:
    for horizon in (20, 32, 44):
        place, strength = strongest_line(landscape(horizon), *LINES_Y)[0].tolist()
        assert place == pytest.approx(horizon / 64, abs=0.02)
        assert strength > strongest_line(landscape(horizon) / 4, *LINES_Y)[0, 1] + 0.5


def test_a_horizon_can_be_lowered_by_its_gradient() -> None:
    picture = avg_pool2d(landscape(30), 5, 1, 2).requires_grad_(True)
    (gradient,) = torch.autograd.grad(strongest_line(picture, *LINES_Y)[0, 0], picture)
    lowered = strongest_line(picture + 0.2 * gradient / gradient.abs().max(), *LINES_Y)[0, 0]
    assert lowered > strongest_line(picture, *LINES_Y)[0, 0]


def test_a_picture_of_a_few_places_has_no_lines() -> None:
    assert strongest_line(torch.rand(2, 3, 1, 4), *LINES_Y).tolist() == [[0.0, 0.0]] * 2


def test_in_noise_a_second_line_counts_for_more_and_without_it_the_strongest_alone() -> None:
    """Two edges, the lower one stronger by a half: the more noise, the further the place is drawn from it to the other."""
    picture = torch.zeros(1, 3, 64, 64)
    picture[:, :, 20:] += 0.4
    picture[:, :, 44:] += 0.6
    places = [float(strongest_line(picture, *LINES_Y, sharp)[0, 0]) for sharp in (SHARP, 5.0, SOFT)]
    assert 44 / 64 > places[0] > places[1] > places[2] > 32 / 64
    colours = torch.randn(5, 48, generator=torch.Generator().manual_seed(0))
    takes = torch.randn(2, 4, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    plain, clean, noisy = (
        measure_features(takes, colours, noise) for noise in (None, torch.zeros(2), torch.tensor([0.0, 0.9]))
    )
    assert all(torch.equal(plain[name], clean[name]) for name in plain)
    assert torch.equal(noisy["horizon"][0], plain["horizon"][0])
    assert not torch.equal(noisy["horizon"][1], plain["horizon"][1])
    assert torch.equal(noisy["rows"], plain["rows"])


def moving(across: float = 0.0, down: float = 0.0, zoom: float = 0.0, frames: int = 4, size: int = 48) -> torch.Tensor:
    """A smooth texture that moves by these shares of the frame from frame to frame; zoom > 0 comes nearer."""
    y, x = torch.meshgrid(*[torch.linspace(-0.5, 0.5, size)] * 2, indexing="ij")
    made = []
    for frame in range(frames):
        nearer = 1 + zoom * frame
        u, v = (x - across * frame) / nearer, (y - down * frame) / nearer
        made.append(torch.sin(9 * u + 4 * v) + torch.cos(7 * v - 5 * u) + torch.sin(6 * u * v + 8 * u))
    return torch.stack(made)[None]


def test_movements_of_a_clip_are_distinguished() -> None:
    pan, tilt, push = (measure_motion(moving(**{name: 0.02}))[0] for name in ("across", "down", "zoom"))
    assert pan[:3].tolist() == pytest.approx([0.06, 0, 0], abs=0.012)
    assert tilt[:3].tolist() == pytest.approx([0, 0.06, 0], abs=0.012)
    assert push[:3].tolist() == pytest.approx([0, 0, 0.06], abs=0.02)


def test_a_movement_to_the_left_is_one_as_much_as_to_the_right() -> None:
    left, right = (measure_motion(moving(across=step))[0] for step in (-0.02, 0.02))
    assert float(left[0]) == pytest.approx(-float(right[0]), rel=0.2)
    assert float(left[3]) == pytest.approx(float(right[3]), rel=0.2)
    assert right[3] > 0.03 > right[4]


def test_a_still_does_not_move() -> None:
    assert measure_motion(latents(2, 1, 8, 8)).tolist() == [[0.0] * 5 + [pytest.approx(-4.605, abs=1e-3)]] * 2
    assert measure_motion(torch.ones(1, 4, 8, 8))[0, :3].tolist() == [0.0] * 3
