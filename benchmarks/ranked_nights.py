"""What a night costs with a 14 B model: by the gradient of a reward, by judged takes alone, and by ranked takes.

    python -m benchmarks.ranked_nights --json

Steps of each way are measured on a small transformer of the same kind (benchmarks/wan_like.py), with gradient checkpointing as
a large model needs it, and so is a take that is drawn. Divided by a forward pass of one item they say how many passes each is.
The operations of such a pass are counted for the large model on torch's meta device. The rest is arithmetic: operations over
the rate that `--teraflops` says. No large model is run. Text encoders, VAE and transfers are left out.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.large_models import FORMAT, META, MODELS, build
from benchmarks.training_step import Ours, timed
from benchmarks.wan_like import Size, judged_studio, write_pipeline
from feedback.production.briefs import get_brief
from feedback.store import Studio
from finetune.data.batches import predict
from finetune.methods.guided.strength import sketch_steps
from finetune.recipe import recipe_from
from finetune.settings import Recipe
from generation.request import request_of
from generation.sampling import deterministic, group_size, sample

LARGE = "Wan 14B (2.1, or one expert of 2.2)"
WAYS: dict[str, dict[str, Any]] = {
    "guided": {"method": "guided", "guided": {"judged_takes_share": 0.5}},
    "guided by judged takes alone": {"method": "guided", "guided": {"judged_takes_share": 1.0}},
    "ranked, advantage": {"method": "ranked", "ranked": {"takes_per_brief": 2, "learn_by": "advantage"}},
    "ranked, dpo": {"method": "ranked", "ranked": {"takes_per_brief": 2, "learn_by": "dpo"}},
}
"""Of ranked ones as many takes a brief as the studio has: steps cost the same with more."""


@dataclass(frozen=True)
class Night:
    """How much of everything a night is."""

    pairs: int  # that all steps together go through
    briefs: int
    takes: int  # ranked of each brief
    steps: int  # of the sampler in a take of production
    strength_takes: int  # drawn to choose the strength, of all three sides


@torch.no_grad()
def forward_seconds(side: Ours, rounds: int) -> float:
    """Of one item, in a batch as steps have it."""
    batch = side.pieces()[0]
    seconds = [timed(side, lambda: predict(side.model, batch), 1)[0] for _ in range(rounds)]
    return statistics.median(seconds) / len(batch.t)


def draw_passes(side: Ours, studio: Studio, forward: float, rounds: int) -> float:
    """Forward passes of one item that a step of the sampler takes for a take: two with guidance, and all around it."""
    brief = get_brief(studio, side.dataset.train[0].brief)
    seeds = list(range(group_size(side.model, brief)))
    seconds = []
    side.model.eval()
    with side.model.parts.drawing():
        for _ in range(rounds):
            began = time.perf_counter()
            sample(side.model, brief, seeds)
            seconds.append(time.perf_counter() - began)
    return statistics.median(seconds) / len(seeds) / request_of(brief).steps / forward


def recipe_for(way: str, pairs: int) -> Recipe:
    optimiser = {"per_device_train_batch_size": pairs, "max_steps": 1_000_000}
    shared = {"optimiser": optimiser, "memory": {"gradient_checkpointing": "on"}, "data": {"start_from": "base"}}
    return recipe_from({**WAYS[way], **shared})


def measure(studio: Studio, pairs: int, rounds: int) -> dict[str, Any]:
    """Passes a pair of each way, passes a step of drawing, and the seconds of a pass."""
    passes: dict[str, float] = {}
    drawing = forward = 0.0
    with deterministic():
        for way in WAYS:
            side = Ours(studio, recipe_for(way, pairs))
            forward = forward_seconds(side, rounds)
            side.step()  # measures memory
            step = statistics.median(timed(side, side.step, 1)[0] for _ in range(rounds))
            passes[way] = round(step / pairs / forward, 2)
        drawing = draw_passes(side, studio, forward, rounds)
    return {"forward_seconds": round(forward, 5), "passes_a_pair": passes, "passes_a_drawn_step": round(drawing, 2)}


def operations(name: str = LARGE) -> float:
    """Of a forward pass of one item of a large model."""
    model = MODELS[name]
    network = build(model)
    with FlopCounterMode(display=False) as counter, torch.no_grad(), META:
        x_t = torch.empty(1, *model.latents, device=META, dtype=FORMAT)
        model.family().predict(network, x_t, torch.empty(1, device=META), model.condition())
    return float(counter.get_total_flops())


def hours(passes: float, flops: float, teraflops: float) -> float:
    return round(passes * flops / (teraflops * 1e12) / 3600, 1)


def cost(measured: dict[str, Any], night: Night, flops: float, teraflops: float) -> dict[str, Any]:
    """GPU hours of the parts of a night."""
    take = sketch_steps(night.steps) * 2  # with classifier-free guidance, and what is around it left out
    return {
        "training": {
            way: hours(passes * night.pairs, flops, teraflops) for way, passes in measured["passes_a_pair"].items()
        },
        "hours_a_drawn_take": round(take * flops / (teraflops * 1e12) / 3600, 3),
        "drawing_all_ranked_takes": hours(take * night.briefs * night.takes, flops, teraflops),
        "drawing_half_of_them": hours(take * night.briefs * night.takes / 2, flops, teraflops),
        "choosing_the_strength": hours(take * night.strength_takes, flops, teraflops),
    }


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=4, help="pairs a measured step")
    parser.add_argument("--rounds", type=int, default=3, help="medians are over so many")
    parser.add_argument("--briefs", type=int, default=125)
    parser.add_argument("--takes", type=int, default=8, help="ranked of each brief")
    parser.add_argument("--steps", type=int, default=50, help="of a take of the large model")
    parser.add_argument("--teraflops", type=float, default=400.0, help="that a GPU keeps up")
    parser.add_argument("--width", type=int, default=Size.width)
    parser.add_argument("--layers", type=int, default=Size.layers)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    size = Size(width=options.width, layers=options.layers)
    write_pipeline(folder / "model", size)
    studio = judged_studio(folder / "studio", folder / "model", size.side, count=8)
    recipe = recipe_from({"method": "guided"})
    pairs = recipe.optimiser.max_steps * recipe.optimiser.per_device_train_batch_size
    night = Night(pairs, options.briefs, options.takes, options.steps, 3 * recipe.guided.target_gain_takes)
    measured, flops = measure(studio, options.pairs, options.rounds), operations()
    return {
        **measured,
        "large_model": LARGE,
        "petaflop_a_pass": round(flops / 1e15, 2),
        "seconds_a_pass": round(flops / (options.teraflops * 1e12), 2),
        "gpu_hours": cost(measured, night, flops, options.teraflops),
    }


def main() -> None:
    options = parse()
    with tempfile.TemporaryDirectory() as folder:
        result = run(options, Path(folder))
    print(json.dumps(result) if options.json else json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
