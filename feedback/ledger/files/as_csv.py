"""The ledger as tables for a spreadsheet, a file for each part; UTF-8 with a byte order mark so that Excel reads it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from feedback.exchange.files import check_count, whole_folder
from feedback.exchange.tables.csv import harmless
from feedback.ledger.contents import Ledger

MARKER = "summary.csv"
TABLES = ("runs", "people", "contributors", "consents", "titles", "licences", "adapters")
COLUMNS = {
    "adapters": ("folder", "sha256", "weight"),
    "runs": ("id", "version", "method", "person", "project", "snapshot_sha256", "started", "finished", "rights_day", "rights_zone", "train", "heldout", "frames", "seconds", "device", "money"),
    "people": ("person", "role", "judgements", "weight", "share", "agreement"),
    "contributors": ("contributor", "kind", "judgements", "weight", "share", "frames", "consents"),
    "consents": (
        *("consent", "state", "person", "kind", "subject", "uses", "described", "projects", "starts", "ends", "compensation"),
        *("document", "recorded_by", "created", "revoked", "reason", "runs"),
    ),
    "titles": ("title", "licence", "judgements", "weight", "share", "frames"),
    "licences": (
        *("licence", "holder", "state", "uses", "projects", "starts", "ends", "terms", "document", "recorded_by", "created"),
        *("ended", "reason", "judgements", "weight", "share", "frames"),
    ),
    "influence": ("run", "kind", "name", "verdicts", "loss", "loss_error", "loss_others", "loss_others_error", "tau", "tau_error"),
    "withdrawn": ("kind", "what", "state", "when", "reason", "judgements", "takes", "frames", "absent", "agreed", "allowed_by"),
    "frames": ("frame", "title", "licence", "file", "file_sha256", "kind", "frame_in", "frame_out", "media", "learned_from", "runs", "shown", "excluded"),
    "briefs": ("brief", "project", "shot", "prompt", "author", "written", "source_media"),
    "takes": ("take", "brief", "project", "shot", "version", "seed", "drawn", "media", "made_elsewhere", "blind"),
    "judgements": ("id", "kind", "person", "take", "other_take", "brief", "verdict", "judged", "split", "weight", "runs", "blind"),
}  # fmt: skip


def write_csv(ledger: Ledger, folder: Path) -> dict[str, int]:
    """Rows by file, as read back from what was written. Refused where the folder is something else."""
    with whole_folder(folder, MARKER) as partial:
        return {
            f"{name}.csv": _write(partial / f"{name}.csv", columns, rows) for name, columns, rows in tables_of(ledger)
        }


def tables_of(ledger: Ledger) -> Iterator[tuple[str, tuple[str, ...], Iterable[Mapping[str, Any]]]]:
    """(name, columns, rows)."""
    head = ledger.head
    of_version = {name: head[name] for name in ("version", "studio", "made", "day", "time_zone", "state", "registered")}
    base = {f"base_{name}": value for name, value in head["base"].items() if name != "files"}
    facts = {**of_version, **base, **head["summary"], "withdrawn": head["withdrawn"]["statement"]}
    methods = {"share_method": head["share_method"], "influence_method": head["influence_method"]}
    yield "summary", ("name", "value"), [{"name": name, "value": value} for name, value in (facts | methods).items()]
    yield "not_known", ("sentence",), [{"sentence": line} for line in head["not_known"]]
    for name in TABLES:
        yield name, COLUMNS[name], head[name]
    measured = [{"run": each["run"], **row} for each in head["influence"] for row in each["rows"]]
    yield "influence", COLUMNS["influence"], measured
    yield "withdrawn", COLUMNS["withdrawn"], head["withdrawn"]["rows"]
    for name, read in ledger.streams.items():
        yield name, COLUMNS[name], read()


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> int:
    written = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([harmless(cell_of(row.get(column))) for column in columns])
            written += 1
    with path.open(encoding="utf-8-sig", newline="") as file:
        count = sum(1 for _ in csv.reader(file)) - 1
    check_count(path, count, written)
    return count


def cell_of(value: Any) -> Any:
    """Lists as one text, yes and no in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "; ".join(f"{name}: {each}" for name, each in value.items())
    return "; ".join(str(each) for each in value) if isinstance(value, list | tuple) else value
