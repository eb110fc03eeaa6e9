"""How often blind trials promote a version that is no better, how long they take for one that is, and what rankings claim.

python -m benchmarks.trial_honesty --json
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from tqdm import tqdm

from benchmarks.trial_honesty.ladders import DEVIATIONS, measure_ladders
from benchmarks.trial_honesty.trials import BATCH, BATCHES, PANELS, measure

TRIALS = 2000  # of equal versions
BETTER = 500
LADDERS = 1000
RATES = (0.6, 0.65, 0.7)


def main() -> None:
    options = read_options()
    counts = {0.5: options.trials, **{float(part): options.better for part in options.rates.split(",") if part}}
    with tqdm(total=len(PANELS) * sum(counts.values()), desc="trials", file=sys.stderr) as bar:
        rows = [measure(panel, rate, count, options.seed, bar) for rate, count in counts.items() for panel in PANELS]
    ladders = [
        measure_ladders(options.ladders, deviation, stops, options.seed)
        for deviation in (DEVIATIONS if options.ladders else ())
        for stops in (False, True)
    ]
    worst = max(row["promoted"] for row in rows if row["win_rate"] == 0.5)
    if options.json:
        result = {"seed": options.seed, "wrongly_promoted_at_most": worst, "rows": rows, "ladders": ladders}
        print(json.dumps(result))
        return
    print("\n".join([*map(describe_row, rows), *map(describe_ladders, ladders)]))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--trials", type=int, default=TRIALS, help="Of each panel, with equal versions.")
    parser.add_argument("--better", type=int, default=BETTER, help="The same at each other win rate.")
    parser.add_argument("--rates", default=",".join(map(str, RATES)), help="Win rates beside 0.5, with commas between.")
    parser.add_argument("--ladders", type=int, default=LADDERS, help="Of five versions, whose ranking is checked.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="One JSON object on stdout.")
    return parser.parse_args()


def describe_row(row: dict[str, Any]) -> str:
    length = row["median_judgements"] or f"over {BATCH * BATCHES}"
    return f"{row['win_rate']:.2f}  {row['promoted']:.3f} promoted, median {length}: {row['panel']}"


def describe_ladders(row: dict[str, Any]) -> str:
    pairs = "until decided" if row["stops"] else "of fixed trials"
    held = f"{row['average']:.3f} against the average, {row['against_production']:.3f} against production"
    return f"ranking {pairs}, deviation {row['deviation']}: intervals hold {held}"


if __name__ == "__main__":
    main()
