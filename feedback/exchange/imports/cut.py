"""The one door for a cut that comes in: all of it in one transaction, or nothing; the same file again changes nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from feedback.errors import Invalid, NotFound, Refused
from feedback.exchange.edit.settings import CLIP_NAME, DROP, NON_DROP, edit_settings, set_edit_settings
from feedback.exchange.imports.changes import Change, CutReport
from feedback.exchange.imports.csv_table import read_csv
from feedback.exchange.imports.edl import read_edl
from feedback.exchange.imports.entries import CutFile
from feedback.exchange.imports.naming import name_pattern, name_shots, project_in
from feedback.exchange.imports.otio_timeline import read_otio
from feedback.exchange.imports.otioz_bundle import read_otioz
from feedback.exchange.imports.selects_of_cut import check_supervisor, known_selects, second_ranges, set_selects
from feedback.exchange.imports.shots_of_cut import CutShot, sequence_in, shots_of
from feedback.exchange.imports.texts import decoded, read_bytes
from feedback.exchange.imports.writing import ShotWriter
from feedback.people import accounts
from feedback.people.accounts import Person
from feedback.production import projects, shots
from feedback.production.projects import Project, parse_fps
from feedback.store import Studio, audit_log

MOST_BYTES = {".otio": 64 * 2**20, ".edl": 32 * 2**20, ".csv": 32 * 2**20}
ENDINGS = (*MOST_BYTES, ".otioz")
NAMED = 3  # plates that a remark names

KeepPlate = Callable[[Path, bool], str]
"""(file, whether to keep it in the studio): its sha256. Refused for what is no picture or clip."""


class CutOptions(NamedTuple):
    project: str | None = None  # None: the one that the file names
    make_project: bool = False
    fps: str | None = None  # of an EDL, and of what says no rate
    name: str | None = (
        None  # how clips are called, for files that are not ours; None: as the project's exports call them
    )
    by: str | None = None  # the supervisor in whose name selects are set
    dry_run: bool = False


class _Rehearsed(Exception):
    """Ends a transaction that is not to be kept."""


def import_cut(studio: Studio, path: Path, options: CutOptions, keep_plate: KeepPlate) -> CutReport:
    """Refused in one line, which names the place in the file, for what cannot be done; then nothing has changed."""
    if options.name is not None:
        name_pattern(options.name, None)
    person = None if options.by is None else accounts.get_person(studio, options.by)
    check_supervisor(person)
    with opened(studio, path, options) as file:
        code = options.project or project_in(file.entries, options.name or CLIP_NAME)
        there = [] if is_new(studio, code) else shots.list_shots(studio, code)
        template = options.name or template_of(studio, code)
        named = name_shots(file.entries, template, code, {shot["sequence"] for shot in there})
        file = replace(file, entries=named)
        rehearsed = write(studio, file, code, options, person, known_plates(keep_plate, file, keep=False), kept=False)
        if options.dry_run or not rehearsed.changes:
            return replace(rehearsed, is_rehearsal=options.dry_run)
        return write(studio, file, code, options, person, known_plates(keep_plate, file, keep=True), kept=True)


def template_of(studio: Studio, code: str) -> str:
    """What the project's exports call clips, where a shot can be read out of it."""
    if is_new(studio, code):
        return CLIP_NAME
    template = edit_settings(studio, code).clip_name
    try:
        name_pattern(template, code)
    except Invalid:
        return CLIP_NAME
    return template


@contextmanager
def opened(studio: Studio, path: Path, options: CutOptions) -> Iterator[CutFile]:
    """The file as it was read, and for as long as it is open the plates that were in it."""
    rate = parse_fps(options.fps) if options.fps else project_rate(studio, options.project)
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise Invalid(f"{path.name} is no cut that can be read: give a file that ends in {', '.join(ENDINGS)}")
    with tempfile.TemporaryDirectory(prefix="cut-") as unpacked:
        yield read(path, ending, rate, bool(options.fps), Path(unpacked))


def read(path: Path, ending: str, rate: Fraction | None, is_given: bool, unpacked: Path) -> CutFile:
    if ending == ".otioz":
        if not path.is_file():
            raise NotFound(f"no file {path}: give the file of a cut")
        return read_otioz(path, unpacked)
    text = decoded(read_bytes(path, MOST_BYTES[ending]), path.name)
    if ending == ".edl":
        return read_edl(text, path.name, rate) if is_given else read_edl_of_any_rate(text, path.name, rate)
    reader = read_otio if ending == ".otio" else read_csv
    file = reader(text, path.name, path.resolve().parent)
    if is_given:
        file = replace(file, entries=[replace(each, rate=each.rate or rate) for each in file.entries])
    return file


def read_edl_of_any_rate(text: str, name: str, otherwise: Fraction | None) -> CutFile:
    """By comments of ours, else at the project's rate, which says nothing of a shot that has another one."""
    try:
        return read_edl(text, name, None)
    except Invalid:
        raise
    except Refused:
        if otherwise is None:
            raise
        file = read_edl(text, name, otherwise)
        return replace(file, rate=None, entries=[replace(entry, rate=None) for entry in file.entries])


def project_rate(studio: Studio, code: str | None) -> Fraction | None:
    if code is None or is_new(studio, code):
        return None
    project = projects.get_project(studio, code)
    return Fraction(project["fps_num"], project["fps_den"])


def is_new(studio: Studio, code: str) -> bool:
    return studio.value("SELECT 1 FROM projects WHERE code = ?", (code,)) is None


def known_plates(keep_plate: KeepPlate, file: CutFile, keep: bool) -> dict[Path, str]:
    """sha256s of the plates that are there and can be read, by path; what is wrong with the others is a remark."""
    plates, missing = dict[Path, str](), dict[Path, str]()
    for path in dict.fromkeys(entry.plate for entry in file.entries if entry.plate is not None):
        try:
            plates[path] = keep_plate(path, keep)
        except (Refused, OSError) as reason:
            missing[path] = str(reason)
    if missing and not keep:
        more = f", and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        file.remarks.append(
            f"{len(missing)} media of the cut become no plates: {'; '.join(list(missing.values())[:NAMED])}{more}"
        )
    return plates


def write(
    studio: Studio,
    file: CutFile,
    code: str,
    options: CutOptions,
    person: Person | None,
    plates: dict[Path, str],
    *,
    kept: bool,
) -> CutReport:
    """What is changed. Unless it is `kept`, it is done and undone again."""
    report = CutReport(code, len(file.entries), remarks=list(file.remarks))
    try:
        with studio.writing():
            write_in(studio, file, options, person, plates, report, kept)
            if not kept:
                raise _Rehearsed
            if report.changes:
                actor = person["name"] if person else "command line"
                audit_log.record(studio, actor, "cut.import", code, {"clips": report.clips, "shots": report.shots})
    except _Rehearsed:
        pass
    return report


def write_in(
    studio: Studio,
    file: CutFile,
    options: CutOptions,
    person: Person | None,
    plates: dict[Path, str],
    report: CutReport,
    kept: bool,
) -> None:
    project = project_of(studio, file, options, person, report)
    shots.check_open_project(studio, project["code"])
    cut = shots_of(file.entries)
    known = known_selects(studio, project["code"], cut)
    takes = {code: {entry.take for entry in entries if entry.take} for code, entries in known.items()}
    writer = ShotWriter(studio, project, plates, writes_plates=kept)
    ids = writer.write(cut, takes)
    report.changes += writer.changes
    if person is not None:
        report.changes += set_selects(studio, person, known, ids)
        if again := second_ranges(cut, known):
            report.remarks.append(f"{len(again)} clips are second ranges of a select, which has one: {in_short(again)}")
    elif known:
        report.remarks.append(
            f"{sum(map(len, known.values()))} clips are of selects, which stay as they are: only a supervisor sets them;"
            " name one with --by"
        )
    describe(report, cut)


def describe(report: CutReport, cut: list[CutShot]) -> None:
    report.shots = len(cut)
    report.sequences = list(dict.fromkeys(sequence_in(shot) for shot in cut))
    if list(report.sequences) != sorted(report.sequences, key=shots.natural):
        report.remarks.append(
            f"the studio has sequences in the order of their codes, the cut has {in_short(report.sequences)}"
        )


def in_short(names: Iterable[str]) -> str:
    names = [name or "(none)" for name in names]
    return ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")


def project_of(studio: Studio, file: CutFile, options: CutOptions, person: Person | None, report: CutReport) -> Project:
    """The one that is there, or a new one with the cut's rate. NotFound says how to have it made."""
    if not is_new(studio, report.project):
        return projects.get_project(studio, report.project)
    if not options.make_project:
        raise NotFound(f"no project {report.project!r}: make it with --make-project, or name another with --project")
    rate = parse_fps(options.fps) if options.fps else file.rate
    if rate is None:
        rates = [entry.rate for entry in file.entries if entry.rate]
        if not rates:
            raise Refused("the file says no frame rate for the new project: give --fps")
        rate = rates[0]
    made = projects.add_project(studio, report.project, file.title, str(rate), maker=person["name"] if person else None)
    if file.is_dropping is not None:
        set_edit_settings(studio, made["code"], timecode=DROP if file.is_dropping else NON_DROP)
    fields = {"title": (None, made["title"]), "fps": (None, rate)}
    report.changes.append(Change("project", made["code"], True, fields))
    return made
