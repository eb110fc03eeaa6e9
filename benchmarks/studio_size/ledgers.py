"""How long a version's ledger takes in studios of several sizes, as JSON, tables and a document, and how much memory.

    python -m benchmarks.studio_size.ledgers --json
    python -m benchmarks.studio_size.ledgers --judgements 2000 --judgements 200000 --json

Studios are random (`tests/feedback/ledger/crowded.py`): five takes a judgement, at least 10,000, 20 consents of which five are
revoked, and one version that learned from every judgement. `ratio` is how much longer the JSON takes than in the size before,
divided by how many times more judgements there are: 1 is linear. Seconds are of the processor, which other work on the machine
hardly changes; `_wall` are those of the clock. Peak memory is of a process of its own, which writes all three.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SIZES = (2000, 20_000, 200_000)
CODE = "import sys; from benchmarks.studio_size.ledgers import measure_here; measure_here(*sys.argv[1:])"


def fill(folder: Path, judgements: int) -> None:
    from tests.feedback.ledger.crowded import crowded_studio

    studio = crowded_studio(
        folder, consents=20, versions=10, takes=max(10_000, judgements // 5 * 2), judgements=judgements
    )
    with studio.writing() as db:
        db.execute("DELETE FROM run_judgements WHERE run = 10")
        db.execute(
            "INSERT INTO run_judgements (run, kind, judgement, person, split, weight)"
            " SELECT 10, 'ballot', id, person, 'train', 1.0 FROM ballots"
        )
        db.execute(
            "UPDATE versions SET adapters = json_array(json_object('folder', 'models/v0010', 'sha256', '', 'weight', 1.0)) WHERE name = 'v0010'"
        )
        db.execute("UPDATE consents SET revoked = '2026-01-01', reason = 'asked' WHERE id <= 5")
    studio.close()


def measure_here(folder: str) -> None:
    """In a process of its own: what each form takes, and the peak."""
    import resource

    from feedback.ledger.files.export import export_ledger
    from feedback.models.base_facts import BaseFacts
    from feedback.report.costs import Rate
    from feedback.store import Studio

    studio = Studio.open(folder)
    base = BaseFacts(base="starter", here=True, sha256="0" * 64, licence=None, files={})
    out = Path(folder).parent / "out"
    measured: dict[str, Any] = {}
    for form in ("json", "csv", "pdf"):
        began, used = time.perf_counter(), time.process_time()
        export_ledger(studio, "v0010", form, out, base, Rate())
        measured[form] = round(time.process_time() - used, 3)
        measured[f"{form}_wall"] = round(time.perf_counter() - began, 3)
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    written = json.loads((out / "ledger_v0010.json").read_text())
    measured |= {"judgements": len(written["judgements"]), "takes": len(written["takes"])}
    measured["agreed"] = all(row["agreed"] for row in written["withdrawn"]["rows"])
    print(json.dumps(measured | {"peak_mib": peak}))


def measure(judgements: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder) / "studio", judgements)
        done = subprocess.run(
            [sys.executable, "-c", CODE, f"{folder}/studio"], capture_output=True, text=True, check=True
        )
    return json.loads(done.stdout.rstrip("\n").split("\n")[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--judgements", type=int, action="append", help=f"{SIZES} unless given")
    parser.add_argument("--json", action="store_true", help="one object a line")
    options = parser.parse_args()
    before: dict[str, Any] | None = None
    for size in options.judgements or SIZES:
        row = measure(size)
        if before:
            row["ratio"] = round(row["json"] / before["json"] / (row["judgements"] / before["judgements"]), 2)
        print(json.dumps(row) if options.json else row, flush=True)
        before = row


if __name__ == "__main__":
    main()
