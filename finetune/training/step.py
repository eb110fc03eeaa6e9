"""One optimizer step: as many pairs in the network at a time as fit, their gradients added up.

Nothing here waits for the device: numbers stay on it, and the next pairs are read while it works. Several processes deal a
step's pairs out among themselves, and add up once what they have: sums over all pairs, whoever had how many of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from finetune.data.examples import Example
from finetune.memory.plan import attempted, unchanged_chance
from finetune.memory.uses import LOSS
from finetune.processes import Processes
from finetune.training.trainer import Trainer

Numbers = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Pairs:
    """Some pairs of one shape, each at one draw of its noise."""

    examples: Sequence[Example]
    draws: Sequence[int]
    counts: bool = True  # whether they add to the step: not where a process has none left, and the others have

    def pieces(self, size: int) -> list[Pairs]:
        starts = range(0, len(self.examples), size)
        return [Pairs(self.examples[start : start + size], self.draws[start : start + size]) for start in starts]

    def share(self, processes: Processes, size: int) -> list[Pairs]:
        """This process's share of a batch, in pieces: as many as any process has, at least one."""
        number, count = processes.number, processes.count
        own = Pairs(self.examples[number::count], self.draws[number::count]).pieces(size)
        most = -(-largest_share(len(self.examples), processes) // size)
        return [*own, *[Pairs(self.examples[:1], self.draws[:1], counts=False)] * (most - len(own))]


def largest_share(count: int, processes: Processes) -> int:
    """Of so many pairs, how many the process has that has most of them."""
    return -(-count // processes.count)


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
    memory, device, processes = trainer.model.memory, trainer.model.device, trainer.model.processes
    shape, batch = shape_of(trainer, step), trainer.recipe.optimiser.per_device_train_batch_size
    most = largest_share(batch, processes)
    while True:
        memory.measure(LOSS, shape, most, lambda: try_one(trainer, step.share(processes, 1)[0]))
        size = memory.size(LOSS, shape, most, costs_to_split=trainer.method.compares_within_batch)
        chance = random_state(device)
        batches = [each.share(processes, size) for each in step.pieces(batch)]
        ahead = pairs_of(trainer, *following).pieces(batch)[0].share(processes, size)[0] if following else None
        trainer.optimizer.zero_grad(set_to_none=True)
        done, shortage = try_step(trainer, batches, len(step.examples), ahead)
        if done is not None:
            return added_up(trainer, *done)
        trainer.optimizer.zero_grad(set_to_none=True)
        set_random_state(device, chance)
        if shortage is not None:
            memory.use_less(LOSS, shape, min(size, len(step.examples)), shortage)


def shape_of(trainer: Trainer, step: Pairs) -> tuple[int, ...]:
    return trainer.cache.latent_shape(step.examples[0].left)


def try_one(trainer: Trainer, one: Pairs) -> None:
    """A pair's gradient, for what it takes of memory."""
    loss, _ = trainer.method.loss(one.examples, one.draws)
    trainer.model.accelerator.backward(loss.sum())
    trainer.optimizer.zero_grad(set_to_none=True)


def try_step(
    trainer: Trainer, batches: list[list[Pairs]], count: int, ahead: Pairs | None
) -> tuple[tuple[torch.Tensor, Numbers] | None, str | None]:
    """(this process's part of a step of `count` pairs, None); None when memory ran out, here (what says so) or elsewhere.

    While a network works, no process waits for another: one that is short of memory can say so afterwards.
    """
    sums, shortage = attempted(lambda: sums_of_batches(trainer, batches))
    if short_anywhere(trainer, shortage):
        return None, shortage
    sums = [None if each is None else added_up_sums(trainer, each) for each in sums or []]
    done, shortage = attempted(lambda: backward(trainer, batches, sums, count, ahead))
    return (None if short_anywhere(trainer, shortage) else done), shortage


def short_anywhere(trainer: Trainer, shortage: str | None) -> bool:
    """Whether memory ran out in any process. In step it is not waited for: the others are in the middle of the network."""
    processes = trainer.model.processes
    return shortage is not None if processes.in_step else processes.any(shortage is not None)


def sums_of_batches(trainer: Trainer, batches: list[list[Pairs]]) -> list[torch.Tensor | None]:
    """What pairs of a batch need to know of the others, where they do not all go through at once: one more pass forward."""
    with unchanged_chance(trainer.model.device):
        return [batch_sums(trainer, pieces) for pieces in batches]


def batch_sums(trainer: Trainer, pieces: list[Pairs]) -> torch.Tensor | None:
    together = len(pieces) == 1 and trainer.model.processes.is_alone
    if together or not trainer.method.compares_within_batch:
        return None
    sums = [trainer.method.sums_of(piece.examples, piece.draws) for piece in pieces]
    return torch.stack([each if piece.counts else 0 * each for piece, each in zip(pieces, sums, strict=True)]).sum(0)


def added_up_sums(trainer: Trainer, sums: torch.Tensor) -> torch.Tensor:
    trainer.model.processes.add_up([sums])
    return sums


def backward(
    trainer: Trainer, batches: list[list[Pairs]], sums: list[torch.Tensor | None], count: int, ahead: Pairs | None
) -> tuple[torch.Tensor, Numbers]:
    """Adds up the gradients of batches, each in the pieces that are in the network at a time."""
    loss, parts = torch.zeros((), device=trainer.model.device), Numbers()
    queue = [piece for pieces in batches for piece in pieces]
    following = iter([*queue[1:], ahead])
    for pieces, their_sums in zip(batches, sums, strict=True):
        for piece in pieces:
            read_ahead(trainer, next(following))
            losses, their_parts = trainer.method.loss(piece.examples, piece.draws, their_sums)
            if not piece.counts:
                losses, their_parts = 0 * losses, {name: 0 * value for name, value in their_parts.items()}
            trainer.model.accelerator.backward(losses.sum() / count)
            loss += losses.detach().sum() / count
            for name, value in their_parts.items():
                parts[name] = parts.get(name, 0.0) + value.detach().sum().double() / count
    return loss, parts


def read_ahead(trainer: Trainer, piece: Pairs | None) -> None:
    if piece is not None:
        trainer.cache.ahead.begin(piece.examples, piece.draws)


def added_up(trainer: Trainer, loss: torch.Tensor, parts: Numbers) -> tuple[torch.Tensor, Numbers]:
    """The same of all processes, with the gradients of all in place. What no process used has none, as in one process."""
    processes = trainer.model.processes
    if processes.is_alone:
        return loss, parts
    weights = list(trainer.model.trainable.values())
    used = processes.most([int(weight.grad is not None) for weight in weights])
    for weight, anywhere in zip(weights, used, strict=True):
        if anywhere and weight.grad is None:
            weight.grad = torch.zeros_like(weight)
    processes.add_up([weight.grad for weight in weights if weight.grad is not None])
    numbers = [loss.double(), *parts.values()]
    processes.add_up(numbers)
    return numbers[0].to(loss.dtype), dict(zip(parts, numbers[1:], strict=True))


def random_state(device: torch.device) -> tuple[torch.Tensor, torch.Tensor | None]:
    return torch.get_rng_state(), torch.cuda.get_rng_state(device) if device.type == "cuda" else None


def set_random_state(device: torch.device, state: tuple[torch.Tensor, torch.Tensor | None]) -> None:
    processor, gpu = state
    torch.set_rng_state(processor)
    if gpu is not None:
        torch.cuda.set_rng_state(gpu, device)
