"""Hidden states of a denoiser's middle block: the network is run up to that block, and what it answers is put on a grid.

How far a network is run, whatever else was done to it, is here; which block, and how its tokens lie, each family says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import torch
from torch.distributed.fsdp import FSDPModule

LEVEL = 0.3  # of noise, at which finished pictures are read


class _Reached(Exception):
    """The block is done. Raised to leave a network in its middle, and caught before anybody else sees it."""


def middle(blocks: Sequence[torch.nn.Module]) -> torch.nn.Module:
    """The fourth of eight, the second of three."""
    return blocks[(len(blocks) - 1) // 2]


def run_to(block: torch.nn.Module, denoiser: torch.nn.Module, predict: Callable[[], Any]) -> Any:
    """What the block answers while `predict` calls the denoiser, which is left there: the rest is not run.

    Unless the denoiser is shared out among processes, which all have to come here together: then all of it is run.
    AssertionError where `predict` does not come to the block.
    """
    answers: list[Any] = []
    reading = answering_more if isinstance(denoiser, FSDPModule) else stopping_after
    with suppress(_Reached), uncompiled(denoiser), reading(denoiser, block, answers):
        predict()
    assert answers, "the block is one that the denoiser runs"
    return answers[0]


@contextmanager
def stopping_after(denoiser: torch.nn.Module, block: torch.nn.Module, answers: list[Any]) -> Iterator[None]:
    """The block's answer is kept and the denoiser left.

    Gradient checkpointing goes on, but for this block: an exception may not leave what torch computes again later. Its
    own activations would be in memory at that time anyway.
    """

    def stop(module: torch.nn.Module, arguments: Any, answer: Any) -> None:
        answers.append(answer)
        raise _Reached

    name = "_gradient_checkpointing_func"
    checkpoint: Any = getattr(denoiser, name, None)

    def checkpoint_others(part: Any, *arguments: Any) -> Any:
        return part(*arguments) if part is block else checkpoint(part, *arguments)

    with hooked(block, stop), replaced(denoiser, name, checkpoint and checkpoint_others):
        yield


@contextmanager
def answering_more(denoiser: torch.nn.Module, block: torch.nn.Module, answers: list[Any]) -> Iterator[None]:
    """The block's answer is kept, and is part of the denoiser's own as far as FSDP2 sees it.

    `fully_shard` is put on each block and on the network itself, for the layers around its blocks. An exception would
    skip the network's post-forward hook: it would stay the root of a forward pass that never ended, its layers whole. And
    before a backward pass, layers are made whole by hooks on the answers of what holds them: without one on what the block
    answers, those in front of the blocks would still be shared out when the gradient comes to them.
    """

    def keep(module: torch.nn.Module, arguments: Any, answer: Any) -> None:
        answers.append(answer)

    def add(module: torch.nn.Module, arguments: Any, answer: tuple[Any, ...]) -> tuple[Any, ...]:
        return *answer, *answers[:1]

    with hooked(block, keep), hooked(denoiser, add, prepend=True):  # before FSDP's own
        yield


@contextmanager
def uncompiled(denoiser: torch.nn.Module) -> Iterator[None]:
    """As if `compile()` had never been called: a network that was traced as a whole does not run hooks of its parts."""
    with replaced(denoiser, "_compiled_call_impl", None):
        yield


@contextmanager
def hooked(module: torch.nn.Module, hook: Callable[..., Any], prepend: bool = False) -> Iterator[None]:
    handle = module.register_forward_hook(hook, prepend=prepend)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def replaced(owner: torch.nn.Module, name: str, value: Any) -> Iterator[None]:
    """One of its attributes; nothing where there is none."""
    before = getattr(owner, name, None)
    if before is None:
        yield
        return
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def on_grid(tokens: torch.Tensor, x_t: torch.Tensor, patch: Sequence[int]) -> torch.Tensor:
    """[B, F' h' w', C] -> [B, C, F', h', w'], of latents x_t cut into patches of so many frames, rows and columns.

    Tokens are frame by frame, and row by row.
    """
    sides = [side // step for side, step in zip(x_t.shape[2:], patch, strict=True)]
    return tokens.transpose(1, 2).unflatten(2, sides)
