"""How much of a liking can be foretold while a take is still under noise.

The scorer reads finished takes. Under noise all there is to read is what the reference expects to see: the mean of
everything that the take may yet become. Colours and rows of a mean are the mean of colours and rows, as far as the
reference is right. Its contrast and the place of its strongest line are not, the less the more noise there is, and yet a
line that is hardly there has the steepest slope of all. So at some noise levels takes whose liking is known are looked at
through the reference, and a regression says how much each group of numbers still tells: all of it under little noise,
little of it close to pure noise. What is left is, to first order, E[liking | x_t], whose slope is the one that guidance
asks for (arXiv 2209.14687 takes the liking of the mean instead).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from finetune.data.batches import Batch, fixed_noise, predict, shifted, under_noise
from finetune.data.examples import Example, digest
from finetune.data.latent_cache import Cache, by_shape, chunks
from finetune.recipe import Recipe
from finetune.reward.features import measure
from finetune.reward.model import Scorer, within_briefs
from finetune.tunable_model import Policy
from generation.families.base import OBJECTIVES

LEVELS = 6  # noise levels looked at
FEWEST = 24  # takes looked at, where there are so many
MOST = 3.0  # a group whose range the mean has narrowed counts for more than it did
DOUBT = 0.3  # standard deviation of a share about what is believed before looking: straight groups 1, others 0
STRAIGHT = frozenset({"colour", "rows", "columns", "grid", "channels", "channel_rows"})
"""Groups that are linear in the latents (but for saturation, one of the four of "colour"), and so true of a mean."""
Shares = dict[str, float]
Seen = tuple[str, Example]  # a take, and an example that it is in
Hear = Callable[[], None]


@dataclass(frozen=True)
class Foresight:
    """What share of each group's slope counts, by noise level; straight lines between levels, in their log-odds."""

    levels: tuple[float, ...]  # rising
    shares: tuple[Shares, ...]  # of each level, by group; what is not named counts in full

    def at(self, scorer: Scorer, t: torch.Tensor) -> torch.Tensor:
        """[B] -> the scorer's weights there, [B, numbers]."""
        known = torch.stack([self.weights(scorer, shares) for shares in self.shares]).to(t)
        odds, place = log_odds(torch.tensor(self.levels)).to(t), log_odds(t)
        above = torch.searchsorted(odds, place).clamp(1, len(odds) - 1)
        way = ((place - odds[above - 1]) / (odds[above] - odds[above - 1])).clamp(0, 1)[:, None]
        return torch.lerp(known[above - 1], known[above], way)

    @staticmethod
    def weights(scorer: Scorer, shares: Shares) -> torch.Tensor:
        parts = [shares.get(name, 1.0) * scorer.weight[where] for name, where in scorer.columns.items()]
        return torch.cat(parts)


def log_odds(t: torch.Tensor) -> torch.Tensor:
    level = t.clamp(1e-3, 1 - 1e-4)
    return (level / (1 - level)).log()


def foresee(
    policy: Policy, cache: Cache, scorer: Scorer, examples: Sequence[Example], recipe: Recipe, hear: Hear = lambda: None
) -> Foresight:
    """Looks at takes of these examples through the reference; the same every time. `hear` may raise to stop.

    As many looks as training has at takes, each a pass forward alone: about a fifth of its time at the most. Few takes are
    each looked at under several noises.
    """
    looks = 2 * recipe.max_steps * recipe.per_device_train_batch_size * recipe.gradient_accumulation_steps // LEVELS
    takes = takes_of_whole_briefs(examples, max(FEWEST, looks))
    takes = takes * max(1, looks // len(takes))
    home = torch.tensor([example.brief for _, example in takes])
    with torch.no_grad():
        known = {take: scorer.score(cache.latent(take)[None]) for take, _ in dict(takes).items()}
    liked = torch.cat([known[take] for take, _ in takes]).double()
    shares = [shifted((part + 0.5) / LEVELS, recipe.t_shift) for part in range(LEVELS)]
    levels = tuple(cache.low + (cache.high - cache.low) * share for share in shares)
    size = 2 * recipe.per_device_train_batch_size
    seen = [look_through(policy, cache, scorer, takes, level, size, hear) for level in levels]
    return Foresight(levels, tuple(shares_of(scorer, rows, liked, home) for rows in seen))


def takes_of_whole_briefs(examples: Sequence[Example], most: int) -> list[Seen]:
    """(take, an example it is in), brief by brief until there are enough: liking is compared within briefs."""
    chosen: dict[str, Example] = {}
    briefs: set[int] = set()
    for example in sorted(examples, key=lambda each: (digest(str(each.brief), "foresight"), each.key)):
        if len(chosen) >= most and example.brief not in briefs:
            break
        briefs.add(example.brief)
        for take in (example.left, example.right):
            chosen.setdefault(take, example)
    return list(chosen.items())


@torch.no_grad()
def look_through(
    policy: Policy, cache: Cache, scorer: Scorer, takes: Sequence[Seen], level: float, size: int, hear: Hear
) -> torch.Tensor:
    """The scorer's numbers of what the reference expects to see at this noise level, [takes, numbers] float64."""
    rows: dict[int, torch.Tensor] = {}
    for group in by_shape((str(place), cache.latent(take)) for place, (take, _) in enumerate(takes)):
        for some in chunks([int(place) for place, _ in group], size):
            hear()
            batch = noisy(policy, cache, [(place, *takes[place]) for place in some], level)
            with policy.reference():
                answer = predict(policy, batch)
            clean = OBJECTIVES[policy.family.objective].clean(batch.x_t, answer, batch.t)
            rows.update(zip(some, scorer.numbers(measure(clean, scorer.colours, batch.t)).cpu().double(), strict=True))
    return torch.stack([rows[place] for place in range(len(takes))])


def noisy(policy: Policy, cache: Cache, takes: Sequence[tuple[int, str, Example]], level: float) -> Batch:
    """These takes, of one shape, each under noise of its own: (its place among all looks, itself, its example)."""
    x0 = torch.stack([cache.latent(take) for _, take, _ in takes])
    noise = torch.stack([fixed_noise(f"{place}:{take}:{level}", x0[0].shape) for place, take, _ in takes])
    t = torch.full((len(takes),), level)
    return under_noise(policy, x0, noise, t, [cache.condition(example.prompt) for _, _, example in takes])


def shares_of(scorer: Scorer, rows: torch.Tensor, liked: torch.Tensor, home: torch.Tensor) -> Shares:
    """Least squares, within briefs, of finished takes' liking by what each group says of it under noise.

    The straight groups share one number, 1 if nothing is known: less, where a reference sees more in noise than there is.
    """
    weight = scorer.weight.double()
    parts = {name: within_briefs(rows[:, where] @ weight[where], home) for name, where in scorer.columns.items()}
    groups = [[name] for name, part in parts.items() if name not in STRAIGHT and part.any()]
    groups += [[name for name in parts if name in STRAIGHT]]
    asked = torch.stack([sum((parts[name] for name in group), torch.zeros_like(liked)) for group in groups], dim=1)
    believed = asked.new_tensor([0.0] * (len(groups) - 1) + [1.0])
    wanted = within_briefs(liked, home)
    found, square = believed, asked.T @ asked
    for _ in range(2):  # how far the shares miss says how little they can be believed
        missed = (wanted - asked @ found).square().mean() + 1e-9
        doubt = missed / DOUBT**2 * torch.eye(len(groups), dtype=asked.dtype)
        found = torch.linalg.solve(square + doubt, asked.T @ wanted + doubt @ believed)
    told = zip(groups, found.clamp(0, MOST).tolist(), strict=True)
    return {name: round(share, 3) for group, share in told for name in group}
