"""The list of a show's generated shots, for insurers, guilds and a clearance binder: a row for each select.

Which model made it, from which references, under which licences and consents, who approved it when, and for what.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from feedback.days import date_of
from feedback.errors import Invalid, Refused
from feedback.exchange.disclosures.pages import Block, write_paper
from feedback.exchange.files import Export, check_count, make_folder, safe_name, whole_file
from feedback.exchange.tables.csv import harmless
from feedback.judgements.selects import SelectDetails, list_selects
from feedback.production.projects import get_project
from feedback.rights.export_record import list_exports
from feedback.rights.passport import Passport, passports_of
from feedback.rights.take_record.decisions import approval_of
from feedback.rights.take_record.inputs import Input
from feedback.store import Studio
from feedback.store.time_zone import today

CSV, PDF = "csv", "pdf"
FORMATS = (CSV, PDF)
NAMED = 12  # digits of a hash
NAMES = {
    "shot": "Shot",
    "sequence": "Sequence",
    "shot_title": "Title",
    "take": "Take",
    "status": "Status",
    "intended_use": "Intended use",
    "use_decided_by": "Use decided by",
    "model": "Model",
    "base_sha256": "Hash of the base",
    "adapters_sha256": "Hashes of adapters",
    "trained_in_runs": "Tuned in runs",
    "made_with": "Made with",
    "made": "Made",
    "brief_by": "Brief by",
    "prompt": "Prompt",
    "seed": "Seed",
    "references": "References",
    "licences": "Licences",
    "people": "People in it",
    "consents": "Consents",
    "approved_by": "Approved by",
    "approved": "Approved",
    "may_train": "May be trained on",
    "media_sha256": "Hash of the file",
    "passport": "Passport",
}


def export_ai_use(studio: Studio, project: str, format: str, out: str | Path) -> Export:
    """Writes the list of a project (code) into the folder `out`. Invalid: no such format. Refused: nothing is circled."""
    if format not in FORMATS:
        raise Invalid(f"format {format!r}: choose one of {', '.join(FORMATS)}")
    show, rows = get_project(studio, project), list(ai_use(studio, project))
    if not rows:
        raise Refused(f"project {project} has no selects: circle a take first")
    make_folder(Path(out))
    path = Path(out) / f"{safe_name(project)}_ai_use.{format}"
    if format == CSV:
        write_table(path, rows)
        return {"path": str(path), "count": len(rows), "remarks": []}
    title = " · ".join(filter(None, (f"AI use in {project}", show["title"] if show["title"] != project else "")))
    sent = len(list_exports(studio, project))
    about = Block("Summary", [("Selects", str(len(rows))), ("Exports so far", str(sent)), *counts_of(rows)])
    return {
        "path": str(path),
        "count": len(rows),
        "remarks": write_paper(path, title, today(studio), [about, *blocks_of(rows)]),
    }


def ai_use(studio: Studio, project: str) -> Iterator[dict[str, str]]:
    """In the order of the cut, by the keys of NAMES."""
    selects = list_selects(studio, project)
    passports = passports_of(studio, {select["take"] for select in selects})
    return (row_of(select, passports[select["take"]]) for select in selects)


def row_of(select: SelectDetails, passport: Passport) -> dict[str, str]:
    making, use, approval = passport["making"], passport["intended_use"], approval_of(passport["decisions"])
    model, workflow, zone = making["model"], making["workflow"], passport["time_zone"]
    values = {
        "shot": select["shot"],
        "sequence": select["sequence"],
        "shot_title": select["shot_title"],
        "take": select["take"],
        "status": select["status"],
        "intended_use": use["value"] if use else "not decided",
        "use_decided_by": f"{use['person']}, {date_of(use['created'], zone)}" if use else "",
        "model": " ".join(filter(None, (model["version"], f"({model['base']})" if model["base"] else ""))),
        "base_sha256": model["base_sha256"],
        "adapters_sha256": lines(each["sha256"] for each in model["adapters"]),
        "trained_in_runs": ", ".join(map(str, model["runs"])),
        "made_with": " ".join(filter(None, (workflow["tool"], model["pipeline"]))),
        "made": date_of(passport["drawn"] or "", zone),
        "brief_by": making["author"],
        "prompt": making["prompt"],
        "seed": making["seed"],
        "references": lines(reference_in_words(each) for each in passport["inputs"]) or "none",
        "licences": lines(
            dict.fromkeys(
                f"{each['name']} ({each['holder']})" for given in passport["inputs"] for each in given["licences"]
            )
        ),
        "people": lines(f"{each['name']}, {each['kind']}" for each in passport["contributors"]) or "none named",
        "consents": lines(
            f"{consent['id']}: {person['name']}, {consent['subject']}, {consent['uses'] or 'uses not said'}"
            f"{' (revoked)' if consent['revoked'] else ''}"
            for person in passport["contributors"]
            for consent in person["consents"]
        ),
        "approved_by": approval["person"] if approval else "nobody",
        "approved": date_of(approval["created"], zone) if approval else "",
        "may_train": "yes" if passport["training"]["permitted"] else lines(passport["training"]["against"]),
        "media_sha256": passport["media"],
        "passport": "complete" if passport["complete"] else "lacks " + "; ".join(passport["missing"]),
    }
    return {name: "" if values[name] is None else str(values[name]) for name in NAMES}


def lines(texts: Iterable[str]) -> str:
    return "\n".join(texts)


def reference_in_words(given: Input) -> str:
    through = f", through take {given['through']}" if given["through"] else ""
    return f"{given['role']}: {given['origin']} {given['sha256'][:NAMED]}{through}"


def write_table(path: Path, rows: list[dict[str, str]]) -> None:
    with whole_file(path) as partial:
        with partial.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(NAMES)
            writer.writerows([harmless(row[name].replace("\n", " | ")) for name in NAMES] for row in rows)
        with partial.open(encoding="utf-8-sig", newline="") as file:
            check_count(path, len(list(csv.DictReader(file))), len(rows))


def counts_of(rows: list[dict[str, str]]) -> list[tuple[str, str]]:
    uses = {name: sum(row["intended_use"] == name for row in rows) for name in ("final", "temp", "not decided")}
    models = dict.fromkeys(row["model"] for row in rows)
    complete = sum(row["passport"] == "complete" for row in rows)
    return [
        ("Intended use", ", ".join(f"{count} {name}" for name, count in uses.items() if count)),
        ("Models", ", ".join(models)),
        ("Complete passports", f"{complete} of {len(rows)}"),
    ]


def blocks_of(rows: list[dict[str, str]]) -> Iterator[Block]:
    for row in rows:
        shown = [(label, row[name]) for name, label in NAMES.items() if name not in ("shot", "take", "shot_title")]
        heading = " · ".join(filter(None, (row["shot"], f"take {row['take']}", row["shot_title"])))
        yield Block(heading, [(label, text) for label, text in shown if text])
