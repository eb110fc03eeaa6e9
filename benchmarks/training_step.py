"""An optimizer step of ours, with warm caches, against one as the diffusers research script takes it.

    python -m benchmarks.training_step --json

The script's step (`examples/research_projects/diffusion_dpo/train_diffusion_dpo.py`) reads its pictures, encodes them in the
VAE, 8 at a time, encodes the texts, runs the reference beside the model, and trains the same adapter on the same pairs. Each
side has a process of its own, and its peak memory; they take turns, a few steps at a time, and medians are printed. Random
weights, a Wan-like transformer of about 42 million parameters unless other sizes are asked for: see benchmarks/wan_like.py.

`own_share` is the part of a step that is not the network's own passes forward and backward, which are timed alone on a batch
that is there already. Ratios above 1 mean that ours is faster or takes less.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from dataclasses import asdict, fields, replace
from itertools import count, pairwise
from pathlib import Path
from typing import Any, TypedDict

import torch

from benchmarks.house_style.plain_dpo import ENCODED_AT_ONCE, step_loss
from benchmarks.wan_like import VERSION, Size, judged_studio, write_pipeline
from feedback.preferences.dataset import collect
from feedback.preferences.snapshot import freeze
from feedback.store import Studio, media
from finetune.data.batches import Batch, predict
from finetune.data.dataset import Dataset, make_dataset
from finetune.data.latent_cache import make_latent_cache
from finetune.data.pixels import read_pixels
from finetune.memory.machine import peak_bytes
from finetune.memory.uses import LOSS
from finetune.methods.guided.advantages import reference_prediction
from finetune.methods.protocol import RunContext
from finetune.methods.registry import make_method
from finetune.recipe import recipe_from
from finetune.settings import Recipe
from finetune.training.loop import BatchOrder, take_step
from finetune.training.trainer import make_trainer
from finetune.tunable_model import TunableModel, load_tunable_model
from generation.sampling import deterministic

BETA = 5000.0  # the script's
OURS = ("dpo", "guided", "ranked")
SIDES = (*OURS, "script")


class Timing(TypedDict):
    """Of one step: what it took, and what the network's passes alone take on the same pairs."""

    seconds: float
    cpu_seconds: float
    passes_seconds: float
    passes_cpu_seconds: float


class Side(ABC):
    """One way of training, ready to take steps."""

    def __init__(self, studio: Studio, recipe: Recipe) -> None:
        self.recipe, self.studio = recipe, studio
        self.pairs = recipe.optimiser.per_device_train_batch_size
        self.model = load_tunable_model(studio, VERSION, recipe)
        self.cache = make_latent_cache(studio, self.model, recipe.noise_levels)
        self.dataset = make_dataset(freeze(collect(studio))[0], recipe.data)
        self.taken = 0

    @abstractmethod
    def step(self) -> None: ...

    @abstractmethod
    def passes(self) -> None:
        """The network's own work in a step."""

    def settle(self) -> None:
        """Whatever a number of steps ends with; waits for the device."""
        if self.model.device.type == "cuda":
            torch.cuda.synchronize(self.model.device)

    def student_passes(self, batch: Batch) -> None:
        predict(self.model, batch).square().mean().backward()

    def pieces(self) -> list[Batch]:
        """As many pairs as a step has, the same every time, in the pieces that a step goes through the network in."""
        examples = self.dataset.train[: self.pairs]
        draws = [number % self.cache.draws for number in range(len(examples))]
        shape = self.cache.latent_shape(examples[0].left)
        size = self.model.memory.size(LOSS, shape, len(examples))
        return [
            self.cache.batch(examples[start : start + size], draws[start : start + size])
            for start in range(0, len(examples), size)
        ]


class Ours(Side):
    """The product's own step; `prepare` is that of a dry run, which costs the same a step and takes less time."""

    def __init__(self, studio: Studio, recipe: Recipe) -> None:
        super().__init__(studio, recipe)
        method = make_method(recipe)
        self.cache.fill(self.dataset.examples, lambda share: None, True, method.needs_reference_errors)
        run = RunContext(studio, self.model, self.cache, self.dataset, quiet=True)
        method.rehearse(run, self.dataset)
        self.trainer = make_trainer(run, recipe, method, Path())
        order = BatchOrder(self.trainer)
        batches = (order.at(number) for number in count())
        # The last batch of an epoch may be short; the other side's never is.
        self.whole_batches = pairwise(batch for batch in batches if len(batch[0]) == self.pairs)
        self.model.train()
        self.kept: list[Batch] = []

    def step(self) -> None:
        batch, following = next(self.whole_batches)
        take_step(self.trainer, *batch, following)
        self.taken += 1

    def settle(self) -> None:
        super().settle()
        self.trainer.watch.read(self.taken)

    def passes(self) -> None:
        self.kept = self.kept or self.pieces()
        for piece in self.kept:
            if self.recipe.method == "guided":
                reference_passes(self.model, piece)
            elif self.recipe.method == "ranked":
                reference_prediction(self.model, piece)
            self.student_passes(piece)


def reference_passes(model: TunableModel, batch: Batch) -> None:
    """Forward, and back to its input: what guidance asks of the reference."""
    with model.reference():
        x_t = batch.x_t.detach().clone().requires_grad_(True)
        answer = predict(model, replace(batch, x_t=x_t))
        torch.autograd.grad(answer.square().sum(), x_t)


class Script(Side):
    """The script's: nothing is computed once, and every part of the pipeline stays where it is."""

    def __init__(self, studio: Studio, recipe: Recipe) -> None:
        super().__init__(studio, recipe)
        self.model.pipe.to(self.model.device)
        weights = list(self.model.trainable.values())
        self.optimizer = torch.optim.AdamW(weights, lr=recipe.optimiser.learning_rate, weight_decay=1e-2)
        self.model.train()
        self.kept: list[Batch] = []

    def step(self) -> None:
        loss = step_loss(self.model, self.read(), BETA).mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.trainable.values(), 1.0)
        self.optimizer.step()
        float(loss.detach())  # the script logs it at every step
        self.taken += 1

    def read(self) -> Batch:
        """From files and words: pictures and texts encoded anew."""
        train, first = self.dataset.train, self.taken * self.pairs
        examples = [train[(first + number) % len(train)] for number in range(self.pairs)]
        takes = [example.right for example in examples] + [example.left for example in examples]
        pixels = torch.stack([read_pixels(media.path_of(self.studio, take)) for take in takes])
        x0 = torch.cat(
            [self.model.family.encode_media(self.model.pipe, some) for some in pixels.split(ENCODED_AT_ONCE)]
        )
        rows = self.model.family.encode_prompt(self.model.pipe, [self.cache.request_of(each) for each in examples])
        noise = torch.randn_like(x0[: self.pairs]).repeat(2, 1, 1, 1, 1)
        levels = torch.rand(self.pairs).repeat(2)
        t = levels.to(x0.device)
        x_t, target = self.model.family.objective.noise(x0, noise, t)
        condition = {name: torch.cat([each, each]) for name, each in rows.items()}
        return Batch(x_t, target, t, condition, tuple(levels.tolist()))

    def passes(self) -> None:
        self.kept = self.kept or [self.read()]
        self.student_passes(self.kept[0])
        with torch.no_grad(), self.model.reference():
            predict(self.model, self.kept[0])


def recipe_of(side: str, pairs: int, micro_batch: int | None = None, checkpointing: str = "auto") -> Recipe:
    optimiser = {"per_device_train_batch_size": pairs, "max_steps": 1_000_000}
    method = side if side in OURS else "dpo"
    memory = {"gradient_checkpointing": checkpointing, **({"micro_batch": micro_batch} if micro_batch else {})}
    return recipe_from({"method": method, "optimiser": optimiser, "memory": memory, "data": {"start_from": "base"}})


def timed(side: Side, work: Any, steps: int) -> tuple[float, float]:
    """(seconds, CPU seconds) of one."""
    side.settle()
    began, cpu = time.perf_counter(), time.process_time()
    for _ in range(steps):
        work()
    side.settle()
    return (time.perf_counter() - began) / steps, (time.process_time() - cpu) / steps


def serve(folder: Path, name: str, recipe: Recipe) -> None:
    """The process of one side: takes steps whenever it is told how many, and says what they took."""
    studio = Studio.open(folder / "studio")
    with deterministic():
        side = (Ours if name in OURS else Script)(studio, recipe)
        for line in sys.stdin:
            steps = int(line)
            seconds, cpu = timed(side, side.step, steps)
            passes, passes_cpu = timed(side, side.passes, steps)
            timing = Timing(seconds=seconds, cpu_seconds=cpu, passes_seconds=passes, passes_cpu_seconds=passes_cpu)
            print(json.dumps({**timing, "peak_bytes": peak_bytes(side.model.device)}), flush=True)


def command(folder: Path, pairs: int) -> list[str]:
    """Of a process of this benchmark; what it is to do comes after."""
    return [sys.executable, "-m", "benchmarks.training_step", "--folder", str(folder), "--pairs", str(pairs)]


def fill_caches(folder: Path, size: Size, pairs: int) -> int:
    """Pipeline, studio and full caches, in a process that ends; returns the transformer's number of weights."""
    words = [*command(folder, pairs), "--make", json.dumps(asdict(size))]
    return int(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.split()[-1])


def make(folder: Path, size: Size, pairs: int) -> int:
    weights = write_pipeline(folder / "model", size)
    studio = judged_studio(folder / "studio", folder / "model", size.side, count=max(4, -(-2 * pairs // 6)))
    dataset: Dataset = make_dataset(freeze(collect(studio))[0], recipe_of("dpo", pairs).data)
    for name in OURS:
        recipe = recipe_of(name, pairs)
        cache = make_latent_cache(studio, load_tunable_model(studio, VERSION, recipe), recipe.noise_levels)
        cache.fill(dataset.examples, lambda share: None, True, make_method(recipe).needs_reference_errors)
    return weights


def compare(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    size = Size(**{field.name: getattr(options, field.name) for field in fields(Size)})
    pairs, rounds, steps = options.pairs, options.rounds, options.steps
    weights = fill_caches(folder, size, pairs)
    some = ["--micro-batch", str(options.micro_batch)] if options.micro_batch else []
    words = [*command(folder, pairs), *some, "--checkpointing", options.checkpointing, "--serve"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    sides = {name: subprocess.Popen([*words, name], **pipes) for name in SIDES}
    timings: dict[str, list[dict[str, float]]] = {name: [] for name in SIDES}
    try:
        for number in range(rounds + 1):  # the first warms up
            for name in sorted(SIDES, key=lambda each: (SIDES.index(each) + number) % len(SIDES)):
                timing = ask(sides[name], steps)
                timings[name] += [timing] if number else []
    finally:
        for process in sides.values():
            process.stdin.close()  # type: ignore[union-attr]
            process.wait(60)
    return {
        "benchmark": "training_step",
        "parameters": weights,
        "pairs": pairs,
        "micro_batch": options.micro_batch,
        "checkpointing": options.checkpointing,
        **asdict(size),
        **summary(timings),
    }


def ask(process: subprocess.Popen[str], steps: int) -> dict[str, float]:
    print(steps, file=process.stdin, flush=True)
    answer = process.stdout.readline()  # type: ignore[union-attr]
    if not answer:
        raise SystemExit(f"a side ended with {process.wait()}")
    return json.loads(answer)


def summary(timings: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    """Medians; ratios are those of one round, since the machine may be slower in another."""
    result: dict[str, Any] = {"threads": torch.get_num_threads(), "rounds": len(timings["script"])}
    for name, rows in timings.items():
        result[name] = {
            "seconds": round(statistics.median(row["seconds"] for row in rows), 4),
            "cpu_seconds": round(statistics.median(row["cpu_seconds"] for row in rows), 4),
            "own_share": round(
                statistics.median(1 - row["passes_cpu_seconds"] / row["cpu_seconds"] for row in rows), 3
            ),
            "peak_mib": round(rows[-1]["peak_bytes"] / 2**20),
        }
    for name in OURS:
        rounds = list(zip(timings["script"], timings[name], strict=True))
        for what in ("seconds", "cpu_seconds"):
            result[name][f"times_as_fast_{what}"] = round(statistics.median(a[what] / b[what] for a, b in rounds), 3)
        result[name]["memory_ratio"] = round(result["script"]["peak_mib"] / result[name]["peak_mib"], 3)
    return result


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=4, help="pairs a step, on each side")
    parser.add_argument(
        "--micro-batch", type=int, help="pairs in the network at a time, on our side  [default: as many as fit]"
    )
    parser.add_argument(
        "--checkpointing", choices=("auto", "on", "off"), default="auto", help="of activations, on every side"
    )
    parser.add_argument("--rounds", type=int, default=5, help="turns of each side; medians are printed")
    parser.add_argument("--steps", type=int, default=1, help="steps a turn")
    parser.add_argument("--folder", type=Path, help="where pipeline and studio are made  [default: a temporary one]")
    for field in fields(Size):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=int, default=field.default)
    parser.add_argument("--serve", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--make", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main() -> None:
    options = parse()
    if options.serve:
        recipe = recipe_of(options.serve, options.pairs, options.micro_batch, options.checkpointing)
        serve(options.folder, options.serve, recipe)
    elif options.make:
        print(make(options.folder, Size(**json.loads(options.make)), options.pairs))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            result = compare(options.folder or Path(temporary), options)
        print(json.dumps(result) if options.json else describe(result))


def describe(result: dict[str, Any]) -> str:
    lines = [f"{result['parameters'] / 1e6:.0f} M parameters, {result['pairs']} pairs a step"]
    for name in SIDES:
        row = result[name]
        faster = (
            "" if name == "script" else f", x{row['times_as_fast_seconds']} as fast, x{row['memory_ratio']} less memory"
        )
        lines.append(
            f"{name}: {row['seconds']} s a step, {row['own_share']:.0%} not the network's, {row['peak_mib']} MiB{faster}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
