"""The twelve disclosures about training data that California asks of whoever makes or substantially changes a model.

Civil Code 3111 (AB 2013 of 2024, https://leginfo.legislature.ca.gov/faces/billNavClient.xhtml?bill_id=202320240AB2013):
again at each substantial modification, of which a night of tuning may be one. What the record does not know is left blank
and named, so that somebody fills it in; no legal advice is in here.
"""

from __future__ import annotations

import csv
import json
from functools import partial as bind
from pathlib import Path
from typing import NamedTuple

from feedback.days import date_of
from feedback.errors import Invalid
from feedback.exchange.disclosures.pages import Block, write_paper
from feedback.exchange.disclosures.training_data import TrainingData, training_data
from feedback.exchange.files import Export, check_count, make_folder, safe_name, whole_file
from feedback.exchange.tables.csv import harmless
from feedback.store import Studio
from feedback.store.time_zone import today

MARKDOWN, JSON, CSV, PDF = "md", "json", "csv", "pdf"
FORMATS = (MARKDOWN, JSON, CSV, PDF)
BLANK = "[TO BE FILLED IN]"


class Disclosure(NamedTuple):
    number: int  # of the statute's list
    question: str
    answer: str  # from the record; empty where that knows nothing
    blank: str  # what the record cannot know; empty where nothing is left


def export_data_summary(studio: Studio, version: str, format: str, out: str | Path) -> Export:
    """Writes the summary of a version into the folder `out`. Invalid: no such format. NotFound: no such version."""
    if format not in FORMATS:
        raise Invalid(f"format {format!r}: choose one of {', '.join(FORMATS)}")
    disclosures = data_summary(studio, version)
    make_folder(Path(out))
    path = Path(out) / f"{safe_name(version)}_data_summary.{format}"
    write = bind(write_pdf, day=today(studio)) if format == PDF else WRITERS[format]
    remarks = write(path, version, disclosures)
    blanks = sum(bool(each.blank) for each in disclosures)
    left = (
        [f"{blanks} of {len(disclosures)} answers have blanks that the record cannot fill, marked {BLANK}"]
        if blanks
        else []
    )
    return {"path": str(path), "count": len(disclosures), "remarks": [*left, *remarks]}


def data_summary(studio: Studio, version: str) -> list[Disclosure]:
    """The twelve, in the statute's order."""
    data = training_data(studio, version)
    base = f"the data of the base model {data['base']}, which its maker has to disclose"
    brought = f"; and of {len(data['brought'])} adapters that were brought" if data["brought"] else ""
    theirs = "" if data["is_starter"] and not data["brought"] else base + brought
    answers = (
        ("Sources or owners of the datasets", sources(data), theirs),
        ("How the datasets further the intended purpose of the system", purpose(data), ""),
        ("The number of data points", numbers(data), theirs),
        ("The types of data points", types(data), theirs),
        (
            "Whether they include data protected by copyright, trademark or patent, or are in the public domain",
            protected(data),
            theirs,
        ),
        ("Whether they were purchased or licensed", licensed(data), theirs),
        ("Whether they include personal information (Civil Code 1798.140 (v))", personal(data), theirs),
        (
            "Whether they include aggregate consumer information (Civil Code 1798.140 (b))",
            "None was collected by Circletake.",
            theirs,
        ),
        ("Whether they were cleaned, processed or modified, and what for", processed(data), theirs),
        ("The period in which they were collected, and whether that goes on", period(data), theirs),
        ("When they were first used during development", first_used(data), theirs),
        ("Whether synthetic data was or is used", synthetic(data), theirs),
    )
    return [Disclosure(number, *each) for number, each in enumerate(answers, start=1)]


def sources(data: TrainingData) -> str:
    people = len(data["lineage"]["people"])
    parts = [f"Judgements of {people} people of the studio on {data['lineage']['takes']} takes." if people else ""]
    parts += [f"{each['title']}: {each['holder'] or 'holder not recorded'}." for each in data["titles"]]
    outside = data["lineage"]["outside"]
    parts += [f"Takes that other models made: {', '.join(outside)}."] if outside else []
    parts += [starter(data)]
    return " ".join(filter(None, parts)) or "Nothing was tuned here: this version is its base."


def starter(data: TrainingData) -> str:
    return (
        "The starter model was trained on scenes that Circletake's own program renders." if data["is_starter"] else ""
    )


def purpose(data: TrainingData) -> str:
    if not data["lineage"]["runs"]:
        return "Nothing was tuned here."
    return "What people of the studio prefer is learned, so that the model draws takes that they would choose."


def numbers(data: TrainingData) -> str:
    learned = data["lineage"]
    if not learned["runs"]:
        return "Nothing was tuned here."
    parts = [f"{learned['judgements']} judgements on {learned['takes']} takes of {learned['briefs']} briefs."]
    parts += [
        f"{sum(each['items'] for each in data['titles'])} frames and clips of {len(data['titles'])} titles."
    ] * bool(data["titles"])
    return " ".join(parts)


def types(data: TrainingData) -> str:
    if not data["lineage"]["runs"]:
        return "Nothing was tuned here."
    parts = [
        "Generated stills and clips with their prompts, labelled by which of two was preferred, by stars, statuses and tags."
    ]
    clips = sum(each["clips"] for each in data["titles"])
    parts += [f"Frames of the studio's library with captions, {clips} of them clips."] * bool(data["titles"])
    return " ".join(parts)


def protected(data: TrainingData) -> str:
    if data["titles"]:
        names = ", ".join(sorted({each["licence"] for each in data["titles"]}))
        return f"Frames of titles under these licences: {names}. Prompts are texts of the studio's people."
    return "No library frame was used. Prompts are texts of the studio's people; takes are generated."


def licensed(data: TrainingData) -> str:
    lines = [
        f"{each['title']}: licence {each['licence']} of {each['holder'] or 'a holder not recorded'}."
        for each in data["titles"]
    ]
    return " ".join(lines) or "Nothing was purchased or licensed for the tuning."


def personal(data: TrainingData) -> str:
    people = len(data["lineage"]["people"])
    parts = (
        [f"Judgements are kept with the account names of {people} people; the weights hold no names."] if people else []
    )
    kinds = [f"{each['name']} ({each['kind']}, {each['subject']})" for each in data["contributors"]]
    parts += [f"Work or likeness, by consent, of {', '.join(kinds)}."] if kinds else []
    return " ".join(parts) or "None."


def processed(data: TrainingData) -> str:
    if not data["lineage"]["runs"]:
        return "Nothing was tuned here."
    text = "Verdicts that came too soon are left out, repeated ones are counted once, and some briefs are held out for checks."
    return text + (" Library frames were chosen for sharpness, and near duplicates left out." if data["titles"] else "")


def period(data: TrainingData) -> str:
    begins = min(filter(None, (data["first"], *(each["first"] for each in data["titles"]))), default=None)
    if begins is None:
        return "Nothing was collected."
    zone = data["time_zone"]
    ends = max(filter(None, (data["last"], *(each["last"] for each in data["titles"]))))
    return f"From {date_of(begins, zone)} to {date_of(ends, zone)}. The studio goes on judging takes; that reaches later versions, not this one."


def first_used(data: TrainingData) -> str:
    runs = data["lineage"]["runs"]
    return (
        f"On {date_of(runs[0]['started'], data['time_zone'])}, in run {runs[0]['id']}."
        if runs
        else "Nothing was tuned here."
    )


def synthetic(data: TrainingData) -> str:
    if not data["lineage"]["runs"]:
        return "Nothing was tuned here. " + starter(data)
    return f"Yes: the {data['lineage']['takes']} takes that people judged are generated, and tuning draws more of them. {starter(data)}".strip()


def answer_with_blank(each: Disclosure) -> str:
    return " ".join(filter(None, (each.answer, f"{BLANK}: {each.blank}." if each.blank else "")))


def write_markdown(path: Path, version: str, disclosures: list[Disclosure]) -> list[str]:
    parts = [
        f"# Training data of {version}",
        *(f"## {each.number}. {each.question}\n\n{answer_with_blank(each)}" for each in disclosures),
    ]
    text = "\n\n".join(parts) + "\n"
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")
        check_count(path, partial.read_text(encoding="utf-8").count("\n## "), len(disclosures))
    return []


def write_json(path: Path, version: str, disclosures: list[Disclosure]) -> list[str]:
    data = {
        "version": version,
        "statute": "California Civil Code 3111",
        "disclosures": [each._asdict() for each in disclosures],
    }
    with whole_file(path) as partial:
        partial.write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")
        check_count(path, len(json.loads(partial.read_text(encoding="utf-8"))["disclosures"]), len(disclosures))
    return []


def write_csv(path: Path, version: str, disclosures: list[Disclosure]) -> list[str]:
    with whole_file(path) as partial:
        with partial.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["version", *Disclosure._fields])
            writer.writerows([version, *map(harmless, each)] for each in disclosures)
        with partial.open(encoding="utf-8-sig", newline="") as file:
            check_count(path, len(list(csv.DictReader(file))), len(disclosures))
    return []


def write_pdf(path: Path, version: str, disclosures: list[Disclosure], day: str) -> list[str]:
    blocks = [
        Block(f"{each.number}. {each.question}", [("From the record", each.answer), *blank_row(each)])
        for each in disclosures
    ]
    return write_paper(path, f"Training data of {version}", day, blocks)


def blank_row(each: Disclosure) -> list[tuple[str, str]]:
    return [(BLANK, f"{each.blank}.")] if each.blank else []


WRITERS = {MARKDOWN: write_markdown, JSON: write_json, CSV: write_csv}  # beside PDF
