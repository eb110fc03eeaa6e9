"""What people wait for, measured in one studio through the functions behind the routes, pages and commands."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import Response

from feedback.exchange.export import export_preferences
from feedback.judgements.ballots import cast_ballot
from feedback.pair_selection.next_pairs import next_pairs
from feedback.preferences.dataset import collect
from feedback.preferences.snapshot import freeze
from feedback.report.rendering.render import render_report
from feedback.store import Studio
from finetune.data.dataset import make_dataset
from finetune.jobs.morning_report import report_of_day
from finetune.jobs.run_metrics import describe_dataset
from finetune.jobs.tune import preview
from finetune.methods.registry import make_method
from finetune.run_start import RunStart
from finetune.settings import Recipe
from ui.api.board import show_board as show_board_of
from ui.api.board import show_choices
from ui.api.briefs.listing import show_briefs
from ui.api.media import describe_side
from ui.api.schemas.board import BoardQuery
from ui.security.access import Person

PAIRS = 100  # judged one after the other; p95 is the sixth longest wait
PAGES = 40
CLIENT = "benchmark"


def measure_studio(folder: Path, out: Path, whole_dry_run: bool) -> dict[str, Any]:
    """Seconds, and milliseconds where the name says so. The studio is opened anew, so nothing of it is in memory."""
    studio = Studio.open(folder)
    person = Person(1, "person0", "supervisor")
    cpu = CpuSeconds()
    first = cpu.of("first_pair", lambda: deal(studio, person, 8))
    show_board(studio, person)  # once for what is read once in a server's life
    newest = show_briefs(Response(), studio, person)
    waits = [judge_one(studio, person) for _ in range(PAIRS)]
    measured = {
        "first_pair": first,
        "next_pair_ms_p95": round(1000 * percentile([waited for waited, _ in waits], 95), 1),
        "next_pair_cpu_ms_p95": round(1000 * percentile([computed for _, computed in waits], 95), 1),
        "board": percentile([seconds_of(lambda: show_board(studio, person)) for _ in range(PAGES)], 95),
        "briefs_page": percentile(
            [seconds_of(lambda: show_briefs(Response(), studio, person)) for _ in range(PAGES)], 95
        ),
        "briefs_tick": percentile(
            [seconds_of(lambda: show_briefs(Response(), studio, person, state=newest.state)) for _ in range(PAGES)], 95
        ),
        "morning_report": cpu.of("morning_report", lambda: tell_morning(studio)),
        "dry_run_reading": cpu.of("dry_run_reading", lambda: read_judgements(studio)),
        "export": cpu.of("export", lambda: export_preferences(studio, "jsonl", out)),
    }
    if whole_dry_run:
        measured["dry_run"] = seconds_of(lambda: preview(studio, Recipe(), None))
    studio.close()
    return {**{name: round(value, 4) for name, value in measured.items()}, "cpu_seconds": cpu.seconds}


@dataclass
class CpuSeconds:
    """What this process computed, beside how long one waited: on a shared machine they differ."""

    seconds: dict[str, float] = field(default_factory=dict)

    def of(self, name: str, work: Callable[[], object]) -> float:
        """The seconds that one waited."""
        before = time.process_time()
        waited = seconds_of(work)
        self.seconds[name] = round(time.process_time() - before, 3)
        return waited


def deal(studio: Studio, person: Person, count: int) -> None:
    """As `GET /api/pairs` answers."""
    for pair in next_pairs(studio, person.id, count, client=CLIENT):
        for side in (pair["left"], pair["right"]):
            describe_side(studio, person, side, pair["brief"])


def judge_one(studio: Studio, person: Person) -> tuple[float, float]:
    """Seconds until the next pair is there, and CPU seconds; then a verdict on it, which is not counted in."""
    began, computed = time.perf_counter(), time.process_time()
    (pair,) = next_pairs(studio, person.id, 1, client=CLIENT)
    for side in (pair["left"], pair["right"]):
        describe_side(studio, person, side, pair["brief"])
    waited, computed = time.perf_counter() - began, time.process_time() - computed
    cast_ballot(studio, person.id, f"judged{time.time_ns()}", pair["left"]["id"], pair["right"]["id"], "left", 1000)
    return waited, computed


def show_board(studio: Studio, person: Person) -> None:
    """As `GET /api/board` answers when the page is opened, and as filters get their choices."""
    query = BoardQuery.model_validate({"project": "P0"})
    show_board_of(Response(), studio, person, query)
    show_choices(studio, person, query.project)


def read_judgements(studio: Studio) -> None:
    """What `tune --dry-run` does before it loads the model."""
    recipe = Recipe()
    snapshot, _ = freeze(collect(studio))
    dataset = make_dataset(snapshot, recipe.data, "starter")
    describe_dataset(dataset, "starter", make_method(recipe), RunStart("starter"))


def tell_morning(studio: Studio) -> None:
    """The report of the day on which most was judged, as HTML for mail."""
    day = "SELECT substr(created, 1, 10) FROM ballots GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    render_report(studio, report_of_day(studio, studio.value(day)), "html")


def seconds_of(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def percentile(values: list[float], share: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * share // 100)]
