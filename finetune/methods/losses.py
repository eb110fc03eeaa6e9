"""The losses, on numbers only: mean squared denoising errors in, one loss per pair out.

Let m be the mean squared error of a take's noisy latents and d = m - m of the reference. All tensors here are [B], one
entry per pair; p_left is the share of raters who chose the left take, a tie counting half.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn.functional import logsigmoid, relu

from finetune.data.labels import smoothed

LINEAR_SLOPE, LINEAR_EDGE = 0.4, 1e-3  # of Linear-DPO: 0.2 beta per unit of error, and eta, in its authors' code
MAPO_SCALE, MAPO_WEIGHT = 0.5, 0.1  # "snr_value" and "beta_mapo" of the authors' training script


def pair_margin(d_left: torch.Tensor, d_right: torch.Tensor, beta: float) -> torch.Tensor:
    """z: log-odds that the tuned model gives to the left take (Diffusion-DPO, arXiv 2311.12908)."""
    return -beta / 2 * (d_left - d_right)


def dpo_loss(z: torch.Tensor, p_left: torch.Tensor, label_noise: float | torch.Tensor = 0.0) -> torch.Tensor:
    """Cross-entropy of the raters' share under the model's: ln 2 at z = 0, least where sigmoid(z) is that share.

    With p_left 1 and no smoothing it is TRL's "sigmoid" loss; smoothing is that of conservative DPO.
    """
    p = smoothed(p_left, label_noise)
    return -p * logsigmoid(z) - (1 - p) * logsigmoid(-z)


def ipo_loss(z: torch.Tensor, p_left: torch.Tensor, label_noise: float | torch.Tensor = 0.0) -> torch.Tensor:
    """beta^2 times TRL's "ipo" (arXiv 2310.12036, eq. 17): a parabola with its least at z = p - 1/2, never further.

    The factor keeps its pull from growing as beta falls: at z = 0 it is twice that of `dpo_loss`, whatever beta is.
    """
    p = smoothed(p_left, label_noise)
    return p * (z - 0.5) ** 2 + (1 - p) * (z + 0.5) ** 2


def linear_loss(z: torch.Tensor, p_left: torch.Tensor, label_noise: float | torch.Tensor = 0.0) -> torch.Tensor:
    """Linear-DPO (arXiv 2605.21123): the slope is clip(1/2 + 0.4 z, eta, 1 - eta) - p where `dpo_loss` has sigmoid(z) - p.

    The pull falls in a straight line and all but ends 1.25 log-odds past even. Its gradient by the errors is beta / 2
    times the authors', who leave beta out of the scale, so that the pull starts as strong as sigmoid's. Their reference
    follows the model as a moving average; here it stays production.
    """
    reach = (0.5 - LINEAR_EDGE) / LINEAR_SLOPE
    near = z.clamp(-reach, reach)
    area = near / 2 + LINEAR_SLOPE / 2 * near * near
    area = area + (1 - LINEAR_EDGE) * relu(z - reach) - LINEAR_EDGE * relu(-z - reach)
    return area - smoothed(p_left, label_noise) * z


PAIR_LOSSES: dict[str, Callable[..., torch.Tensor]] = {"sigmoid": dpo_loss, "ipo": ipo_loss, "linear": linear_loss}
"""By the recipe's loss_type; each takes z, p_left and label_noise."""


def both_bad_loss(d_left: torch.Tensor, d_right: torch.Tensor, beta: float) -> torch.Tensor:
    """KTO's loss of an undesirable take (arXiv 2404.04465), over both takes of the pair: bounded, 0.5 at the start."""
    return (torch.sigmoid(-beta / 2 * d_left) + torch.sigmoid(-beta / 2 * d_right)) / 2


def kto_loss(
    d_left: torch.Tensor,
    d_right: torch.Tensor,
    p_left: torch.Tensor,
    beta: float,
    label_noise: float | torch.Tensor = 0.0,
    mean_reward: torch.Tensor | None = None,
) -> torch.Tensor:
    """Each take alone, desirable with weight p and undesirable with 1 - p, against the batch's own mean reward.

    `mean_reward`: of the whole batch, where these are a piece of it.
    """
    reward_left, reward_right = -beta / 2 * d_left, -beta / 2 * d_right
    mean = torch.cat([reward_left, reward_right]).mean() if mean_reward is None else mean_reward
    middle = mean.clamp(min=0).detach()
    p = smoothed(p_left, label_noise)
    left = p * torch.sigmoid(middle - reward_left) + (1 - p) * torch.sigmoid(reward_left - middle)
    right = (1 - p) * torch.sigmoid(middle - reward_right) + p * torch.sigmoid(reward_right - middle)
    return (left + right) / 2


def kto_sums(d_left: torch.Tensor, d_right: torch.Tensor, beta: float) -> torch.Tensor:
    """[2]: the sum of the takes' rewards and their number, which add up over the pieces of a batch."""
    rewards = -beta / 2 * torch.cat([d_left, d_right])
    return torch.stack([rewards.sum(), torch.ones_like(rewards).sum()])


def mapo_loss(
    m_left: torch.Tensor,
    m_right: torch.Tensor,
    p_left: torch.Tensor,
    beta: float,
    label_noise: float | torch.Tensor = 0.0,
) -> torch.Tensor:
    """Margin-aware preference optimisation without a reference (arXiv 2406.06424); p weighs both orders.

    `beta` sharpens the odds, as the number of time steps does in the authors' script; how much they count beside the
    winner's own error is a constant there too.
    """
    odds = mapo_odds(m_left) - mapo_odds(m_right)
    p = smoothed(p_left, label_noise)
    return p * m_left + (1 - p) * m_right + MAPO_WEIGHT * dpo_loss(beta * odds, p)


def mapo_odds(m: torch.Tensor) -> torch.Tensor:
    """Falls from 1 to 0 as the error rises."""
    scaled = (MAPO_SCALE * m).clamp(min=1e-6)
    return scaled / torch.expm1(scaled)


def anchor_loss(
    m_left: torch.Tensor, m_right: torch.Tensor, anchor_left: torch.Tensor, anchor_right: torch.Tensor
) -> torch.Tensor:
    """The plain denoising error of winners (by how clearly they won) and of circled takes."""
    return anchor_left * m_left + anchor_right * m_right
