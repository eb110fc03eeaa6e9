"""What the processes of a `Team` do, each of them; and the same alone."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from feedback.errors import Interrupted
from feedback.store import Studio
from finetune.errors import ProcessLost
from finetune.jobs import tune as job
from finetune.memory.sharding import held_bytes, shard
from finetune.methods.guided.quality import quality_meter
from finetune.methods.guided.strength import Raters, measure_takes, takes_to_draw
from finetune.processes import join
from finetune.recipe import recipe_from
from finetune.settings import LoraSettings
from finetune.training import loop
from finetune.training.loop import take_step
from finetune.tunable_model import add_adapter
from generation.models import loading
from generation.models.loading import load_base
from generation.request import request_of
from tests.finetune.judged import prepared
from tests.finetune.memory.shortage import raise_above
from tests.tiny_pipelines.catalogue import BRIEF

Result = dict[str, Any]


def measure_gradients(studio: str, out: str, changes: dict[str, Any], counts: list[int]) -> None:
    """Of steps of so many pairs; into a file of each process."""
    write(out, gradients_of(Path(studio), changes, counts))


def measure_gradients_with_shortage(studio: str, out: str, changes: dict[str, Any], counts: list[int]) -> None:
    """The same, while the second process has memory for two pairs at a time."""
    shortage = (lambda network: raise_above(4, network.proj_out)) if not join().is_first else lambda network: [0]
    write(out, gradients_of(Path(studio), changes, counts, shortage))


def measure_gradients_in_bf16(studio: str, out: str, changes: dict[str, Any], counts: list[int]) -> None:
    loading.number_types = lambda device: torch.bfloat16
    write(out, gradients_of(Path(studio), changes, counts))


def write(out: str, results: Any) -> None:
    torch.save(results, Path(out) / f"{join().number}.pt")


def gradients_of(
    folder: Path, changes: dict[str, Any], counts: list[int], shortage: Callable[[Any], list[int]] = lambda network: []
) -> Result:
    """`shortage` may have the network run out of memory, and gives how many items came into it."""
    studio = Studio.open(folder)
    trainer = prepared(studio, folder / "checkpoints", **changes)
    networks = list(trainer.model.networks.values())
    items = shortage(networks[0])
    trainer.model.train()
    steps = []
    for count in counts:
        unlike_zero(trainer.model.trainable)
        parts = take_step(trainer, list(range(count)), [number % 4 for number in range(count)])
        weights = trainer.model.trainable
        gradients = {name: each.grad.clone() for name, each in weights.items() if each.grad is not None}
        steps.append(gradients | {name: value.float() for name, value in parts.items()})
    trainer.model.eval()
    evaluation = None if items else trainer.method.evaluate(1.0)
    studio.close()
    return {"steps": steps, "held": sum(map(held_bytes, networks)), "evaluation": evaluation, "items": items}


def measure_hidden_states(base: str, out: str, frames: int) -> None:
    """Of a network whose weights the processes hold together, with gradient checkpointing."""
    write(out, hidden_states_of(base, frames, shared=True))


def hidden_states_of(base: str, frames: int, shared: bool = False) -> dict[str, torch.Tensor]:
    """Hidden states, their gradient, the gradients of answers before, beside and after them, and the bytes held then."""
    pipe, family, _ = load_base(base, "cpu")
    network = family.denoisers_of(pipe)[0].module.requires_grad_(False)
    torch.manual_seed(0)
    add_adapter(network, family, LoraSettings(r=2))
    if shared:
        shard(network, torch.device("cpu"), join())
        network.enable_gradient_checkpointing()
    request = request_of({**BRIEF, "frames": frames, "guidance": 3.5})
    pixels = torch.rand(1, 3, frames, 32, 48, generator=torch.Generator().manual_seed(1))
    shown = (torch.tensor([0.4]), family.encode_prompt(pipe, [request]))
    x_t = family.encode_media(pipe, pixels).float().requires_grad_()

    def gradient(*given: torch.Tensor) -> torch.Tensor:
        weights = [each for each in network.parameters() if each.requires_grad]
        rows = torch.autograd.grad(sum(each.square().mean() for each in given), [x_t, *weights], allow_unused=True)
        return torch.cat([each.flatten() for each in rows if each is not None])

    before = gradient(family.predict(network, x_t, *shown))
    hidden = family.hidden_states(network, x_t, *shown)
    alone = gradient(hidden)
    answer = family.predict(network, x_t, *shown)
    both = gradient(family.hidden_states(network, x_t, *shown), answer)
    with torch.no_grad():
        held = held_bytes(network)
        again = family.hidden_states(network, x_t, *shown)
        more = torch.tensor(held_bytes(network) / held)  # layers that were left whole would count
    after = gradient(family.predict(network, x_t, *shown))
    results = (before, hidden.detach(), alone, both, again, after, more)
    return dict(zip(("before", "hidden", "alone", "both", "again", "after", "more"), results, strict=True))


def measure_gains_of_takes(studio: str, out: str, changes: dict[str, Any]) -> None:
    write(out, gains_of_takes(Path(studio), changes))


def gains_of_takes(folder: Path, changes: dict[str, Any]) -> torch.Tensor:
    """Rewards and errors of five takes that are drawn with an adapter that changes something, less those without it."""
    studio = Studio.open(folder)
    trainer = prepared(studio, folder / "checkpoints", **changes)
    unlike_zero(trainer.model.trainable)
    method, model = trainer.method, trainer.model
    takes = takes_to_draw(studio, model, method.run.dataset.examples, 5)
    meter = quality_meter(trainer.cache, method.run.dataset.examples, {brief["id"] for brief, _ in takes})
    model.eval()
    raters = Raters(method.judge, meter, None)
    with model.parts.drawing():
        sides = [measure_takes(model, raters, takes, each, lambda share: None) for each in (None, 1.0)]
    studio.close()
    before, after = (torch.cat([side["rewards"], side["own"][:, None], side["none"][:, None]], 1) for side in sides)
    return after - before


def unlike_zero(weights: dict[str, torch.nn.Parameter]) -> None:
    """An adapter that changes something, the same each time: B begins at zero, where many a loss agrees."""
    chance = torch.Generator().manual_seed(5)
    for weight in weights.values():
        weight.data = 0.1 * torch.randn(weight.shape, generator=chance)


def tune(studio: str, recipe: dict[str, Any], die_at: int | None = None, stop_at: int | None = None) -> None:
    """A whole run. `die_at`: the step at which the second process kills itself; `stop_at`: at which it gets SIGTERM."""
    processes = join()
    if not processes.is_first:
        at_step(die_at, signal.SIGKILL)
        at_step(stop_at, signal.SIGTERM)
        try:
            job.take_part(Path(studio))
        except ProcessLost:
            os._exit(1)
        return
    with processes.dismissing_others():
        opened = Studio.open(studio)
        try:
            job.tune(opened, recipe_from(recipe), progress=False)
        except Interrupted as reason:
            (Path(studio) / "interrupted").write_text(str(reason))
            os._exit(1)


def at_step(number: int | None, sent: signal.Signals) -> None:
    if number is None:
        return
    take, taken = loop.take_step, [0]

    def take_and_send(*given: Any) -> Any:
        taken[0] += 1
        if taken[0] == number:
            os.kill(os.getpid(), sent)
        return take(*given)

    loop.take_step = take_and_send
