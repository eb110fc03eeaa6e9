"""One optimizer step: as many pairs in the network at a time as fit, their gradients added up.

Nothing here waits for the device: numbers stay on it, and the next pairs are read while it works.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch

from finetune.data.examples import Example
from finetune.memory.plan import attempted, unchanged_chance
from finetune.memory.uses import LOSS
from finetune.training.trainer import Trainer

Numbers = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Pairs:
    """Some pairs of one shape, each at one draw of its noise."""

    examples: Sequence[Example]
    draws: Sequence[int]

    def pieces(self, size: int) -> list[Pairs]:
        starts = range(0, len(self.examples), size)
        return [Pairs(self.examples[start : start + size], self.draws[start : start + size]) for start in starts]


def take_step(
    trainer: Trainer, pairs: Sequence[int], draws: Sequence[int], following: tuple[list[int], list[int]] | None = None
) -> Numbers:
    """One optimizer step; returns the mean of each part of the loss, before weights, on the device.

    `following`: pairs and draws of the step after it, which are read meanwhile. Refused when memory does not suffice for
    one pair.
    """
    model, settings = trainer.model, trainer.recipe.optimiser
    loss, parts = add_up_gradients(trainer, pairs_of(trainer, pairs, draws), following)
    norm = model.accelerator.clip_grad_norm_(model.trainable.values(), settings.max_grad_norm)
    trainer.optimizer.step()
    trainer.scheduler.step()
    if trainer.average is not None:
        trainer.average.step(model.trainable.values())
    trainer.watch.add(loss, norm, parts)
    return parts


def pairs_of(trainer: Trainer, pairs: Sequence[int], draws: Sequence[int]) -> Pairs:
    return Pairs([trainer.method.train[index] for index in pairs], draws)


def add_up_gradients(
    trainer: Trainer, step: Pairs, following: tuple[list[int], list[int]] | None
) -> tuple[torch.Tensor, Numbers]:
    """(the step's loss, its parts), with the gradients in place. Begins again with smaller pieces when memory runs out."""
    memory, device = trainer.model.memory, trainer.model.device
    shape, most = shape_of(trainer, step), trainer.recipe.optimiser.per_device_train_batch_size
    while True:
        memory.measure(LOSS, shape, most, lambda: try_one(trainer, step))
        size, chance = memory.size(LOSS, shape, most), random_state(device)
        ahead = pairs_of(trainer, *following).pieces(size)[0] if following else None
        trainer.optimizer.zero_grad(set_to_none=True)
        done, shortage = attempted(lambda size=size, ahead=ahead: backward(trainer, step, most, size, ahead))  # type: ignore[misc]
        if done is not None:
            return done
        trainer.optimizer.zero_grad(set_to_none=True)
        set_random_state(device, chance)
        memory.use_less(LOSS, shape, min(size, len(step.examples)), str(shortage))


def shape_of(trainer: Trainer, step: Pairs) -> tuple[int, ...]:
    return trainer.cache.latent_shape(step.examples[0].left)


def try_one(trainer: Trainer, step: Pairs) -> None:
    """The first pair's gradient, for what it takes of memory."""
    one = step.pieces(1)[0]
    loss, _ = trainer.method.loss(one.examples, one.draws)
    trainer.model.accelerator.backward(loss.sum())
    trainer.optimizer.zero_grad(set_to_none=True)


def backward(trainer: Trainer, step: Pairs, most: int, size: int, ahead: Pairs | None) -> tuple[torch.Tensor, Numbers]:
    """Adds up the gradients of batches of `most` pairs, `size` of them in the network at a time."""
    count, loss, parts = len(step.examples), torch.zeros((), device=trainer.model.device), Numbers()
    batches = [(batch, batch.pieces(size)) for batch in step.pieces(most)]
    queue = [piece for _, pieces in batches for piece in pieces]
    after = {id(piece): following for piece, following in pairwise([*queue, ahead])}
    for batch, pieces in batches:
        sums = batch_sums(trainer, batch, pieces)
        for piece in pieces:
            read_ahead(trainer, after[id(piece)])
            losses, their_parts = trainer.method.loss(piece.examples, piece.draws, sums)
            trainer.model.accelerator.backward(losses.sum() / count)
            loss += losses.detach().sum() / count
            for name, value in their_parts.items():
                parts[name] = parts.get(name, 0.0) + value.detach().sum().double() / count
    return loss, parts


def batch_sums(trainer: Trainer, batch: Pairs, pieces: list[Pairs]) -> torch.Tensor | None:
    """What pairs of a batch need to know of the others, where they do not all go through at once: one more pass forward."""
    if len(pieces) == 1 or not trainer.method.compares_within_batch:
        return None
    with unchanged_chance(trainer.model.device):
        return torch.stack([trainer.method.sums_of(piece.examples, piece.draws) for piece in pieces]).sum(0)


def read_ahead(trainer: Trainer, piece: Pairs | None) -> None:
    if piece is not None:
        trainer.cache.ahead.begin(piece.examples, piece.draws)


def random_state(device: torch.device) -> tuple[torch.Tensor, torch.Tensor | None]:
    return torch.get_rng_state(), torch.cuda.get_rng_state(device) if device.type == "cuda" else None


def set_random_state(device: torch.device, state: tuple[torch.Tensor, torch.Tensor | None]) -> None:
    processor, gpu = state
    torch.set_rng_state(processor)
    if gpu is not None:
        torch.cuda.set_rng_state(gpu, device)
