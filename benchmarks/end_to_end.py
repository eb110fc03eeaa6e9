"""The whole loop through the public interfaces: generate, judge, tune, generate again with fresh seeds, compare.

    python -m benchmarks.end_to_end --json
    python -m benchmarks.end_to_end --briefs 24 --takes 2 --held-out 12

A simulated rater with a hidden taste judges over HTTP. The candidate and production then draw held-out prompts, with
different seeds (equal seeds on both sides would flatter the candidate), and the rater's taste decides each comparison.
Winning alone means nothing, so content (does the content reader still read the caption in the picture?) and variety
(mean pairwise distance within a brief) are reported with it, and a picture of both sides is written.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from benchmarks.house_style.metrics import outcomes, variety
from benchmarks.house_style.plot import save_comparison
from benchmarks.public_interfaces import Client, new_studio, run_command, serving
from benchmarks.raters import Rater, load_taste, read_pixels


class Queued(NamedTuple):
    brief: int
    takes: list[int]


def queue_takes(studio: Path, prompts: list[str], takes: int, seed: int, options: Sequence[str]) -> list[Queued]:
    queued = []
    for index, prompt in enumerate(tqdm(prompts, desc="briefs", file=sys.stderr)):
        first = seed + index * takes
        words = ["generate", "--prompt", prompt, "--takes", str(takes), "--seed", str(first), *options]
        made = run_command(studio, *words)
        queued.append(Queued(made["brief"], [take["id"] for take in made["takes"]]))
    return queued


def wait_for_takes(client: Client) -> None:
    with tqdm(desc="takes", file=sys.stderr) as bar:
        while True:
            state = client.get("/api/state")["queue"]
            bar.update(state["done"] + state["failed"] - bar.n)
            if not state["queued"] and not state["leased"]:
                return
            time.sleep(0.5)


def judge(client: Client, rater: Rater, pairs: int, seed: int) -> dict[str, int]:
    """Judges up to `pairs` pairs as dealt; returns how many of each verdict."""
    rng, counts, judged = np.random.default_rng(seed), {"left": 0, "right": 0, "tie": 0}, set()
    with tqdm(total=pairs, desc="ballots", file=sys.stderr) as bar:
        while bar.n < pairs:
            dealt = [p for p in client.pairs() if frozenset((p["left"]["take"], p["right"]["take"])) not in judged]
            if not dealt:
                break
            for pair in dealt[: pairs - bar.n]:
                judged.add(frozenset((pair["left"]["take"], pair["right"]["take"])))
                sides = [client.get_bytes(pair[side]["media"]) for side in ("left", "right")]
                verdict = rater.verdict(sides[0], sides[1], rng)
                client.cast(pair, verdict)
                counts[verdict] += 1
                bar.update()
    return counts


def read_takes(client: Client, queued: Sequence[Queued]) -> np.ndarray:
    """Float pixels [briefs, takes, H, W, 3]."""
    media = [{take["id"]: take["media"] for take in client.get(f"/api/takes?brief={each.brief}")} for each in queued]
    return np.stack(
        [
            [read_pixels(client.get_bytes(addresses[take]))[0, 0] for take in each.takes]
            for each, addresses in zip(queued, media, strict=True)
        ]
    )


def win_rate(taste: Any, tuned: np.ndarray, base: np.ndarray) -> float:
    """Share of all (tuned take, base take) comparisons of the same prompt that the taste gives to the tuned take."""
    scores = [np.stack([np.asarray(taste(takes[:, None])).reshape(-1) for takes in side]) for side in (tuned, base)]
    return float(outcomes(*scores).mean())


def content(prompts: list[str], takes: np.ndarray) -> dict[str, float]:
    """Share of takes in which the content reader reads what the caption says, per attribute."""
    import torch

    from benchmarks.synthetic.reader import ContentReader

    flat = takes.reshape(-1, *takes.shape[2:])
    repeated = [prompt for prompt in prompts for _ in range(takes.shape[1])]
    return ContentReader.load().agreement(repeated, torch.from_numpy(flat).float())


def run_end_to_end(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    from benchmarks.synthetic.scenes import captions

    studio = folder / "studio"
    prompts = captions(options.briefs + options.held_out, options.seed)
    train, held_out = (
        prompts[: options.briefs],
        [p for p in prompts[options.briefs :] if p not in prompts[: options.briefs]],
    )
    rater = Rater(load_taste(options.taste), label_noise=options.label_noise)
    began, seconds = time.monotonic(), {}

    def lap(name: str) -> None:
        nonlocal began
        seconds[name], began = round(time.monotonic() - began, 1), time.monotonic()

    token = new_studio(studio)
    with serving(studio, folder / "serve.log") as address:
        client = Client(address, token)
        settings = ["--steps", str(options.steps)] if options.steps else []
        queue_takes(studio, train, options.takes, options.seed * 100_000 + 1, settings)
        wait_for_takes(client)
        lap("generate")
        verdicts = judge(client, rater, options.pairs, options.seed)
        lap("judge")
        tuned_run = run_command(studio, "tune", *(["--recipe", options.recipe] if options.recipe else []))
        lap("tune")
        version = tuned_run["version"]
        queued = [
            queue_takes(studio, held_out, options.compare, seed, ["--version", name, *settings])
            for name, seed in (("starter", 5_000_000), (version, 6_000_000))
        ]
        wait_for_takes(client)
        base, tuned = (read_takes(client, each) for each in queued)
        lap("compare")
    read_base, read_tuned = content(held_out, base), content(held_out, tuned)
    if options.picture:
        save_comparison(Path(options.picture), base, tuned)
    change = {name: round(100 * (read_tuned[name] - read_base[name]), 1) for name in read_base}
    return {
        "benchmark": "end_to_end",
        "taste": options.taste,
        "verdicts": verdicts,
        "version": version,
        "run": tuned_run,
        "win_rate": round(win_rate(rater.taste, tuned, base), 4),
        "comparisons": int(base.shape[0] * base.shape[1] ** 2),
        "content_before": {name: round(value, 3) for name, value in read_base.items()},
        "content_change_points": change,
        "content_change_mean": round(float(np.mean(list(change.values()))), 2),
        "variety_ratio": round(variety(tuned) / variety(base), 3),
        "seconds": seconds,
    }


def parse(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--briefs", type=int, default=100, help="briefs to judge takes of")
    parser.add_argument("--takes", type=int, default=3, help="takes per brief")
    parser.add_argument("--pairs", type=int, default=300, help="pairs to judge")
    parser.add_argument("--held-out", type=int, default=32, help="prompts never judged, to compare on")
    parser.add_argument("--compare", type=int, default=4, help="takes per side and held-out prompt")
    parser.add_argument("--steps", type=int, help="of the sampler  [default: the model's usual]")
    parser.add_argument("--taste", default="warm_low_horizon")
    parser.add_argument("--label-noise", type=float, default=0.08, help="share of verdicts given the wrong way round")
    parser.add_argument("--recipe", help="a recipe file for `circletake tune`")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", help="write production above candidate to this PNG")
    parser.add_argument("--folder", help="keep the studio here (default: a temporary folder)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args(words)


def main() -> None:
    options = parse()
    with tempfile.TemporaryDirectory(prefix="circletake-end-to-end-") as temporary:
        result = run_end_to_end(Path(options.folder or temporary), options)
    if options.json:
        print(json.dumps(result))
    else:
        print(f"won {100 * result['win_rate']:.0f} % of {result['comparisons']} independent-seed comparisons")
        print(f"content {result['content_change_mean']:+.1f} points, variety x{result['variety_ratio']}")


if __name__ == "__main__":
    main()
