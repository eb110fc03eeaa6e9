"""What it takes to measure a run's influence where there are thousands of verdicts: the reward model fitted again without each.

    python -m benchmarks.studio_size.influence --json
    python -m benchmarks.studio_size.influence --verdicts 5000 --features 1000 --json

Takes, features and verdicts are random: four takes a brief, twelve people, twenty projects. Seconds are of the processor;
`_wall` are those of the clock. Each size has a process of its own, whose peak memory is told.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from typing import Any

SIZES = (1000, 3000, 10_000)
FEATURES = 200
PEOPLE, PROJECTS, TAKES, PAIRS = 12, 20, 4, 6
CODE = "import sys; from benchmarks.studio_size.influence import measure_here; measure_here(*map(int, sys.argv[1:]))"


def random_run(verdicts: int, features: int) -> tuple[dict[str, Any], Any, dict[int, set[int]]]:
    """(snapshot, what the reward model was fitted to, projects by brief). People choose by the first feature, mostly."""
    import numpy as np
    import torch

    from finetune.reward.influence import FittedRewards

    chance = np.random.default_rng(0)
    briefs = -(-verdicts // PAIRS)
    numbers = chance.standard_normal((briefs * TAKES, features))
    sides = [(a, b) for a in range(TAKES) for b in range(a + 1, TAKES)]
    pairs = []
    for ballot in range(verdicts):
        brief, (a, b) = ballot // PAIRS, sides[ballot % PAIRS]
        left, right = brief * TAKES + a, brief * TAKES + b
        verdict = "left" if numbers[left, 0] + chance.normal() > numbers[right, 0] else "right"
        one = {"left": left, "right": right, "brief": brief, "p_left": float(verdict == "left"), "votes": 1}
        judgement = [ballot + 1, 1 + int(chance.integers(PEOPLE)), verdict]
        pairs.append({**one, "judgements": [judgement], "both_bad": 0, "stars": [], "star_margin": 0.0})
    takes = [f"{take:064x}" for take in range(briefs * TAKES)]
    lists: dict[str, Any] = {name: [] for name in ("star_pairs", "circled", "circles", "repeats")}
    names = {"takes": dict(zip(map(str, range(len(takes))), takes, strict=True)), "versions": {}}
    snapshot = {**lists, **names, "pairs": pairs, "prompts": {str(brief): f"brief {brief}" for brief in range(briefs)}}
    brief_of = torch.arange(len(takes)) // TAKES
    fitted = FittedRewards(torch.tensor(numbers), 1e-2, takes, brief_of, {})
    return snapshot, fitted, {brief: {brief % PROJECTS} for brief in range(briefs)}


def measure_here(verdicts: int, features: int) -> None:
    import resource

    from finetune.reward.influence import measure_influences
    from finetune.settings import DataSettings

    snapshot, fitted, projects = random_run(verdicts, features)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, used = time.perf_counter(), time.process_time()
    made = measure_influences(snapshot, DataSettings(), None, fitted, {"project": projects})
    assert made is not None
    measured = {
        "verdicts": verdicts,
        "features": features,
        "groups": len(made.rows),
        "left_out": sum(row.loss is not None for row in made.rows),
        "seconds": round(time.process_time() - used, 1),
        "seconds_wall": round(time.perf_counter() - began, 1),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "before_mib": round(before / 1024),
    }
    print(json.dumps(measured))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--verdicts", type=int, action="append", help=f"{SIZES} unless given")
    parser.add_argument("--features", type=int, default=FEATURES)
    parser.add_argument("--json", action="store_true", help="one object a line")
    options = parser.parse_args()
    for size in options.verdicts or SIZES:
        command = [sys.executable, "-c", CODE, str(size), str(options.features)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        row = json.loads(done.stdout.rstrip("\n").split("\n")[-1])
        print(json.dumps(row) if options.json else row, flush=True)


if __name__ == "__main__":
    main()
