"""Writes a ledger as files, whole or not at all. A document and tables come with the JSON whose hash they name."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

from feedback.exchange.files import safe_name
from feedback.ledger.contents import ledger_of
from feedback.ledger.files.as_csv import write_csv
from feedback.ledger.files.as_json import write_json
from feedback.ledger.files.as_pdf import write_pdf
from feedback.models.base_facts import BaseFacts
from feedback.report.costs import Rate
from feedback.store import Studio, audit_log

FORMATS = ("json", "csv", "pdf", "all")


class LedgerFiles(TypedDict):
    version: str
    files: list[str]
    sha256: str  # of the JSON
    remarks: list[str]


def export_ledger(
    studio: Studio,
    version: str,
    form: str,
    folder: Path,
    base: BaseFacts,
    rate: Rate,
    actor: str = "command line",
) -> LedgerFiles:
    """`form`: one of FORMATS. All that is written is of one moment; the audit log keeps its hash, and who made it."""
    stem = f"ledger_{safe_name(version)}"
    path = folder / f"{stem}.json"
    remarks: list[str] = []
    with studio.reading():
        ledger = ledger_of(studio, version, base, rate)
        sha256 = write_json(ledger, path)
        files = [str(path)]
        if form in ("csv", "all"):
            files += [str(folder / stem / name) for name in write_csv(ledger, folder / stem)]
        if form in ("pdf", "all"):
            files.append(str(folder / f"{stem}.pdf"))
            remarks = write_pdf(ledger, folder / f"{stem}.pdf", sha256, path.name)
    if not studio.is_read_only:
        audit_log.record(studio, actor, "ledger.export", version, {"sha256": sha256, "format": form})
    return {"version": version, "files": files, "sha256": sha256, "remarks": remarks}
