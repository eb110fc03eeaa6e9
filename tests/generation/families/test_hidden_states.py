"""Hidden states of the middle block of every family: the right block, the right places, and nothing run after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer

from generation.families.hidden import middle, run_to
from generation.families.protocol import Condition, Family
from generation.models.loading import load_base
from generation.request import request_of
from tests.tiny_pipelines.catalogue import BRIEF, TINY, TinyPipeline
from tests.tiny_pipelines.stable_diffusion import tiny_stable_diffusion


def whole(answer: Any, count: int) -> Any:
    return answer


def first(answer: Any, count: int) -> Any:
    return answer[0]


def second(answer: Any, count: int) -> Any:
    return answer[1]


def beginning(answer: Any, count: int) -> Any:
    return answer[:, :count]


def end(answer: Any, count: int) -> Any:
    return answer[:, -count:]


@dataclass(frozen=True)
class Kind:
    """What diffusers' own code says of a checkpoint's middle block."""

    tiny: str | TinyPipeline
    block: str  # its name in the network
    shape: tuple[int, int, int, int]  # of hidden states: the block's width, frames, rows, columns
    picture: Callable[[Any, int], Any] = whole  # the picture's part of what it answers, of so many tokens
    more: Mapping[str, int] = field(default_factory=dict)  # blocks that are added to its lists
    denoiser: int = 0


KINDS = {
    "sd 1.5": Kind("sd 1.5", "mid_block", (16, 1, 4, 6)),
    "sd without a middle": Kind(
        TinyPipeline(tiny_stable_diffusion, {"mid_block_type": None}), "down_blocks.1", (16, 1, 4, 6), first
    ),
    "sdxl": Kind("sdxl", "mid_block", (16, 1, 4, 6)),
    "sd 3.5": Kind("sd 3.5", "transformer_blocks.0", (16, 1, 4, 6), second),
    "flux.1, two kinds": Kind("flux.1 dev", "transformer_blocks.0", (32, 1, 4, 6), second),
    "flux.1, most single": Kind(
        "flux.1 dev", "single_transformer_blocks.1", (32, 1, 4, 6), second, {"single_transformer_blocks": 3}
    ),
    "flux.2, most single": Kind("flux.2 klein", "single_transformer_blocks.0", (32, 1, 4, 6), end),
    "flux.2, most double": Kind(
        "flux.2 klein", "transformer_blocks.2", (32, 1, 4, 6), second, {"transformer_blocks": 2}
    ),
    "qwen-image": Kind("qwen-image", "transformer_blocks.0", (32, 1, 2, 3), second),
    "z-image": Kind("z-image", "layers.0", (48, 1, 4, 6), beginning),
    "z-image, refiners": Kind("z-image", "noise_refiner.1", (48, 1, 4, 6), beginning, {"noise_refiner": 1}),
    "wan still": Kind("wan 2.1 still", "blocks.0", (32, 1, 2, 3)),
    "wan clip": Kind("wan 2.1 clip", "blocks.0", (32, 3, 2, 3)),
    "wan of 8 blocks": Kind("wan 2.1 clip", "blocks.3", (32, 3, 2, 3), whole, {"blocks": 6}),
    "wan, second denoiser": Kind("wan 2.2 A14B", "blocks.0", (32, 1, 2, 3), denoiser=1),
    "ltx": Kind("ltx 0.9.1 clip", "transformer_blocks.0", (32, 2, 2, 3)),
    "cogvideox 2b": Kind("cogvideox 2b clip", "transformer_blocks.0", (32, 3, 2, 3), first),
    "cogvideox 1.5": Kind("cogvideox 1.5 clip", "transformer_blocks.0", (32, 3, 2, 3), first),
    "hunyuan video, two kinds": Kind("hunyuan video clip", "transformer_blocks.0", (32, 3, 2, 3), first),
    "hunyuan video, most single": Kind(
        "hunyuan video clip", "single_transformer_blocks.0", (32, 3, 2, 3), first, {"single_transformer_blocks": 1}
    ),
}
MAPS = ("mid_block", "down_blocks")  # what answers a map and is in no list that is checkpointed block by block


@dataclass(frozen=True)
class Case:
    """A loaded denoiser and what it is shown."""

    kind: Kind
    family: Family
    denoiser: Any
    x_t: torch.Tensor
    t: torch.Tensor
    condition: Condition

    def copy(self) -> Any:
        return deepcopy(self.denoiser)

    def read(self, denoiser: Any = None, x_t: torch.Tensor | None = None) -> torch.Tensor:
        shown = self.x_t if x_t is None else x_t
        return self.family.hidden_states(denoiser or self.denoiser, shown, self.t, self.condition)

    def predict(self, denoiser: Any = None, x_t: torch.Tensor | None = None) -> torch.Tensor:
        shown = self.x_t if x_t is None else x_t
        return self.family.predict(denoiser or self.denoiser, shown, self.t, self.condition)

    def read_whole(self, denoiser: Any = None, x_t: torch.Tensor | None = None) -> torch.Tensor:
        """Tokens of the picture [B, tokens, C], by a hook in a denoiser that is run to its end."""
        answers: list[Any] = []
        block = (denoiser or self.denoiser).get_submodule(self.kind.block)
        hook = block.register_forward_hook(lambda module, given, answer: answers.append(answer))
        self.predict(denoiser, x_t)
        hook.remove()
        (answer,) = answers
        picture = self.kind.picture(answer, prod(self.kind.shape[1:]))
        return as_tokens(picture) if picture.dim() == 4 else picture


@pytest.fixture(scope="module", params=KINDS)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return case_of(KINDS[request.param], tmp_path_factory.mktemp("model"))


def case_of(kind: Kind, folder: Path) -> Case:
    tiny = TINY[kind.tiny] if isinstance(kind.tiny, str) else kind.tiny
    tiny.make(folder, **tiny.options)
    pipe, family, _ = load_base(str(folder), "cpu")
    requests = [request_of({**BRIEF, **tiny.brief, "prompt": prompt}) for prompt in tiny.prompts]
    size = (2, 3, requests[0].frames, requests[0].height, requests[0].width)
    chance = torch.Generator().manual_seed(1)
    x0 = family.encode_media(pipe, torch.rand(size, generator=chance) * 2 - 1).float()
    denoiser = family.denoisers_of(pipe)[kind.denoiser].module.requires_grad_(False)
    for name, count in kind.more.items():
        blocks = denoiser.get_submodule(name)
        blocks.extend([deepcopy(blocks[0]) for _ in range(count)])
    x_t = 0.7 * x0 + 0.3 * torch.randn(x0.shape, generator=chance)
    with torch.no_grad():
        return Case(kind, family, denoiser, x_t, torch.tensor([0.3, 0.6]), family.encode_prompt(pipe, requests))


def as_tokens(hidden: torch.Tensor) -> torch.Tensor:
    return hidden.flatten(2).transpose(1, 2)


@contextmanager
def names_run(denoiser: Any) -> Iterator[list[str]]:
    """Of all its parts, as they begin."""
    names: list[str] = []
    hooks = [
        part.register_forward_pre_hook(lambda module, given, name=name: names.append(name))
        for name, part in denoiser.named_modules()
    ]
    yield names
    for hook in hooks:
        hook.remove()


def hooks_of(denoiser: Any) -> int:
    return sum(len(part._forward_hooks) + len(part._forward_pre_hooks) for part in denoiser.modules())


@torch.no_grad()
def test_they_are_what_the_middle_block_answers(case: Case) -> None:
    """To the last bit, as when the whole network is run."""
    hidden, expected = case.read(), case.read_whole()
    assert hidden.shape == (2, *case.kind.shape)
    tokens = as_tokens(hidden)
    assert torch.equal(tokens, expected)
    assert not torch.equal(tokens.roll(1, 1), tokens)


@torch.no_grad()
def test_each_place_of_the_latents_is_where_hidden_states_change(case: Case) -> None:
    """Most, of all places, where they are tokens; convolutions reach across a tiny map, but further away they do less."""
    hidden = case.read()
    places = torch.cartesian_prod(*(torch.arange(side) for side in hidden.shape[2:]))
    changes = torch.stack([(case.read(x_t=moved_at(case.x_t, place, hidden)) - hidden).norm(dim=1) for place in places])
    changes = changes.mean(1).flatten(1)
    if case.kind.block.startswith(MAPS):
        distance = torch.cdist(places.float(), places.float(), p=torch.inf)
        near, far = ((changes * each).sum(1) / each.sum(1) for each in (distance <= 1, distance > 2))
        assert (near > 1.2 * far).all()
    else:
        assert changes.argmax(1).tolist() == [*range(len(places))]


def moved_at(x_t: torch.Tensor, place: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
    """Latents that differ where one place of the hidden states lies."""
    moved, sides = x_t.clone(), [all // parts for all, parts in zip(x_t.shape[2:], hidden.shape[2:], strict=True)]
    spans = [slice(at * side, (at + 1) * side) for at, side in zip(place.tolist(), sides, strict=True)]
    moved[(..., *spans)] += 2.0
    return moved


@torch.no_grad()
def test_nothing_is_run_after_the_middle_block(case: Case) -> None:
    with names_run(case.denoiser) as names:
        case.predict()
        everything = [*names]
        names.clear()
        case.read()
    last = max(number for number, name in enumerate(everything) if f"{name}.".startswith(f"{case.kind.block}."))
    assert names == everything[: last + 1]
    assert len(names) < len(everything)


def test_gradient_is_that_of_the_whole_network(case: Case) -> None:
    x_t = case.x_t.clone().requires_grad_()
    weight = torch.randn(2, *case.kind.shape, generator=torch.Generator().manual_seed(3))
    gradient = torch.autograd.grad((case.read(x_t=x_t) * weight).sum(), x_t)[0]
    expected = torch.autograd.grad((case.read_whole(x_t=x_t) * as_tokens(weight)).sum(), x_t)[0]
    assert gradient.isfinite().all()
    assert gradient.flatten(1).norm(dim=1).min() > 1e-3
    torch.testing.assert_close(gradient, expected, rtol=1e-5, atol=1e-7)


def test_gradient_checkpointing_changes_nothing(case: Case) -> None:
    """The parts that are computed twice are those before the block, and the network goes on checkpointing."""
    x_t, checkpointed = case.x_t.clone().requires_grad_(), case.copy()
    checkpointed.enable_gradient_checkpointing()
    before = checkpointed._gradient_checkpointing_func
    expected = torch.autograd.grad(case.read(x_t=x_t).square().sum(), x_t)[0]
    with names_run(checkpointed) as names:
        hidden = case.read(checkpointed, x_t)
        begun = [*names]
        gradient = torch.autograd.grad(hidden.square().sum(), x_t)[0]
    torch.testing.assert_close(gradient, expected, rtol=1e-5, atol=1e-6)
    assert checkpointed._gradient_checkpointing_func is before
    assert set(names) == set(begun)
    again = {name for name in names if names.count(name) > begun.count(name)}
    assert case.kind.block not in again
    assert blocks_before(case.kind.block) <= again


def blocks_before(block: str) -> set[str]:
    """Of its list; none where checkpointing is within blocks."""
    name, _, number = block.rpartition(".")
    return set() if block.startswith(MAPS) else {f"{name}.{each}" for each in range(int(number))}


@torch.no_grad()
def test_adapters_count_when_they_are_on(case: Case) -> None:
    network, plain = case.copy(), case.read()
    torch.manual_seed(0)
    inject_adapter_in_model(LoraConfig(r=2, target_modules=list(case.family.lora_targets)), network)
    layers = [each for each in network.modules() if isinstance(each, LoraLayer)]
    for layer in layers:
        for weights in layer.lora_B.values():
            weights.weight.normal_(std=0.1)
    answer, hidden = case.predict(network), case.read(network)
    assert (hidden - plain).abs().max() > 1e-3
    for layer in layers:
        layer.enable_adapters(False)
    assert torch.equal(case.read(network), plain)
    for layer in layers:
        layer.enable_adapters(True)
    assert torch.equal(case.predict(network), answer)


@torch.no_grad()
def test_they_may_be_read_in_16_bits(case: Case) -> None:
    plain, hooks = case.read(), hooks_of(case.denoiser)
    with torch.autocast("cpu", torch.bfloat16):
        hidden = case.read()
    assert (hidden.float() - plain).norm() < 0.05 * plain.norm()
    assert hooks_of(case.denoiser) == hooks == 0


@torch.no_grad()
def test_what_goes_wrong_elsewhere_is_raised_and_leaves_no_hook(case: Case) -> None:
    answer, wrong = case.predict(), case.x_t[:, :1].repeat(1, case.x_t.shape[1] + 2, 1, 1, 1)
    with pytest.raises(RuntimeError):
        case.read(x_t=wrong)
    assert hooks_of(case.denoiser) == 0
    assert torch.equal(case.predict(), answer)


@torch.no_grad()
def test_compiled_network_is_read_and_stays_compiled(tmp_path: Path) -> None:
    """Traced as a whole, it would not run the hook of a part; through torch's own tracing, without a compiler behind it."""
    case = case_of(KINDS["wan still"], tmp_path)
    plain, answer = case.read(), case.predict()
    case.denoiser.compile(backend="eager")
    compiled = case.denoiser._compiled_call_impl
    for _ in range(2):
        torch.testing.assert_close(case.predict(), answer, rtol=1e-5, atol=1e-6)
        assert torch.equal(case.read(), plain)
        assert case.denoiser._compiled_call_impl is compiled
    torch.compiler.reset()


@pytest.mark.parametrize(("count", "index"), [(1, 0), (2, 0), (3, 1), (8, 3), (57, 28), (60, 29)])
def test_middle_of_blocks(count: int, index: int) -> None:
    blocks = [torch.nn.Identity() for _ in range(count)]
    assert middle(blocks) is blocks[index]


def test_block_that_is_never_run_is_named_an_error() -> None:
    with pytest.raises(AssertionError, match="the block is one that the denoiser runs"):
        run_to(torch.nn.Identity(), torch.nn.Identity(), lambda: None)
