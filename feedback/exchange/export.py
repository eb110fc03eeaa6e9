"""The one door for what leaves the studio: selects for the edit, preferences for training elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from feedback.errors import Invalid, NotFound, Refused
from feedback.exchange.contact_sheet.sheet import write_contact_sheet
from feedback.exchange.edit import cut as cuts
from feedback.exchange.edit.cut import Cut
from feedback.exchange.edit.settings import PathMap, edit_settings
from feedback.exchange.edit.timecode import has_timecode, written_rate
from feedback.exchange.files import Export, make_folder, safe_name
from feedback.exchange.media.animatic import write_animatic
from feedback.exchange.media.bundle import write_bundle
from feedback.exchange.media.movies import ENDINGS, H264, check_codec
from feedback.exchange.media.named import bring_media
from feedback.exchange.media.otioz import write_otioz
from feedback.exchange.media.sequence import PNG, check_picture, write_sequence
from feedback.exchange.passports import list_passports, with_passports, with_signing
from feedback.exchange.preference_sets.jsonl import write_jsonl
from feedback.exchange.preference_sets.parquet import write_parquet
from feedback.exchange.preference_sets.rows import PreferenceRow, preference_rows
from feedback.exchange.preference_sets.trl import write_trl
from feedback.exchange.tables.csv import write_csv
from feedback.exchange.timelines.ale import write_ale
from feedback.exchange.timelines.edl import write_edl
from feedback.exchange.timelines.fcp7xml import has_timebase, write_fcp7xml
from feedback.exchange.timelines.fcpxml import write_fcpxml
from feedback.exchange.timelines.markers import write_markers
from feedback.exchange.timelines.otio import write_otio
from feedback.fields import check_text, shown
from feedback.judgements.selects import SelectDetails, list_selects
from feedback.production import projects
from feedback.rights.checks import missing_for_takes, refuse
from feedback.rights.export_record import recorded_export
from feedback.rights.project_rules import LIST, OFF
from feedback.store import Studio
from feedback.store.time_zone import today


class Format(NamedTuple):
    """A kind of file for the edit, and what it can hold."""

    ending: str  # after the project's code; without a dot it is a folder
    write: Callable[..., int]  # (cut, path), and those options by name; returns how many entries were read again
    what: str  # as a refusal calls it
    is_timed: bool = False  # it counts in SMPTE timecode
    has_one_rate: bool = False
    holds: Callable[[Fraction], bool] | None = None  # frame rates; any unless given
    options: tuple[str, ...] = ()  # of ExportOptions, that it is written by
    has_media: bool = False  # they are in it, whether asked for or not


SELECT_WRITERS = {
    "otio": Format("_selects.otio", write_otio, "OTIO"),
    "csv": Format("_selects.csv", write_csv, "CSV"),
    "edl": Format("_selects.edl", write_edl, "an EDL", is_timed=True, has_one_rate=True, holds=has_timecode),
    "ale": Format("_selects.ale", write_ale, "an ALE", is_timed=True, has_one_rate=True, holds=has_timecode),
    "fcp7xml": Format("_selects.xml", write_fcp7xml, "Final Cut Pro 7 XML", has_one_rate=True, holds=has_timebase),
    "fcpxml": Format("_selects.fcpxml", write_fcpxml, "FCPXML", has_one_rate=True),
    "markers": Format(
        "_markers.edl", write_markers, "an EDL of markers", is_timed=True, has_one_rate=True, holds=has_timecode
    ),
    "otioz": Format("_selects.otioz", write_otioz, "OTIOZ", options=("codec",), has_media=True),
    "bundle": Format("_bundle", write_bundle, "a bundle", options=("codec",), has_media=True),
    "animatic": Format("_animatic", write_animatic, "an animatic", options=("codec",), has_media=True),
    "sequence": Format("_frames", write_sequence, "an image sequence", options=("picture",), has_media=True),
    "contact-sheet": Format("_contact_sheet.pdf", write_contact_sheet, "a contact sheet", options=("watermark",)),
}
PREFERENCE_WRITERS: dict[str, Callable[[Iterable[PreferenceRow], Path], tuple[Path, int]]] = {
    "trl": write_trl,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
}
SELECT_FORMATS = tuple(SELECT_WRITERS)
PREFERENCE_FORMATS = tuple(PREFERENCE_WRITERS)
LONGEST_WATERMARK = 80  # characters
LONGEST_CUT = 24  # hours: then timecode begins again


class ExportOptions(NamedTuple):
    media: bool = False  # the media come along, named by the project's template
    allow_missing: bool = False  # takes whose file is gone stand in the cut without one
    leave_out: bool = False  # what the format cannot hold is left out, and said
    picks: bool = False  # the first select of each shot alone
    sequence: str | None = None  # that one alone
    codec: str = H264  # of movies
    picture: str = PNG  # of an image sequence
    path_map: PathMap | None = None  # instead of the project's
    watermark: str = ""  # across each page of a contact sheet


class ExportedBy(NamedTuple):
    """For the record of exports."""

    person: int | None = None  # a people id; None: the command line
    sent: bool = False  # over HTTP: the folder that it is written into is gone afterwards


def export_selects(
    studio: Studio,
    project_code: str,
    format: str,
    out: str | Path,
    options: ExportOptions | None = None,
    by: ExportedBy | None = None,
) -> Export:
    """Writes the project's selects into the folder `out`, with media signed, and records which takes they were.

    Raises Invalid for an unknown format, NotFound for an unknown project, Refused when nothing is circled, media are
    gone, a licence or consent is missing, the format cannot hold a select, or passports lack what the project asks
    for, each by take.
    """
    _check_format(format, SELECT_FORMATS)
    options, out, chosen = checked(options or ExportOptions()), Path(out), SELECT_WRITERS[format]
    cut, policy = with_passports(studio, fitted(read_cut(studio, project_code, options), chosen, options))
    if chosen.has_media or options.media or policy != OFF:
        cut = with_signing(studio, cut, policy)
    make_folder(out)
    ending = chosen.ending + (ENDINGS[options.codec] if format == "animatic" else "")
    path, by = out / (safe_name(project_code) + ending), by or ExportedBy()
    signed_by = cut.signing.name if cut.signing else None
    place = f"sent as {path.name}" if by.sent else str(path.resolve())
    takes = [clip.select["take"] for clip in cut.clips]
    with recorded_export(
        studio, project_code, format, place, takes, policy=policy, person=by.person, signed_by=signed_by
    ):
        if not chosen.has_media:
            cut = bring_media(cut, out, options.media, options.codec)
        count = chosen.write(cut, path, **{name: getattr(options, name) for name in chosen.options})
        list_passports(cut, path, policy)
    return {"path": str(path), "count": count, "remarks": cut.remarks}


def checked(options: ExportOptions) -> ExportOptions:
    """Invalid for a codec or picture that there is not, or too long a watermark; Refused for one that cannot be written here."""
    check_codec(options.codec)
    check_picture(options.picture)
    return options._replace(watermark=check_text("watermark", options.watermark, LONGEST_WATERMARK))


def read_cut(studio: Studio, project_code: str, options: ExportOptions) -> Cut:
    """The cut of a project (code). Refused when it has no selects, or when media are gone and may not be."""
    with studio.reading():
        project = projects.get_project(studio, project_code)
        selects = list_selects(studio, project_code)
        settings, day = edit_settings(studio, project_code), today(studio)
    if not selects:
        raise Refused(f"project {project_code} has no selects: circle a take first")
    if options.sequence is not None:
        selects = of_sequence(selects, options.sequence)
    if options.path_map is not None:
        settings = settings._replace(path_map=options.path_map)
    selects = picks_of(selects) if options.picks else selects
    missing = not_allowed(studio, selects, options)
    cut = cuts.cut_of(project, settings, [select for select in selects if select["take"] not in missing], day)
    remarks = [f"left out take {take}: {'; '.join(lines)}" for take, lines in sorted(missing.items())]
    listed = missing_for_takes(studio, [clip.select["take"] for clip in cut.clips], (LIST,))
    remarks += [f"take {take}: {'; '.join(lines)}" for take, lines in sorted(listed.items())]
    return without_missing(replace(cut, remarks=[*cut.remarks, *remarks]), options)


def not_allowed(studio: Studio, selects: list[SelectDetails], options: ExportOptions) -> dict[int, list[str]]:
    """Takes that no licence or consent in force allows, and why. Refused, naming them, unless they may be left out."""
    missing = missing_for_takes(studio, [select["take"] for select in selects])
    if missing and not (options.leave_out and len(missing) < len(selects)):
        first, lines = min(missing.items())
        refuse(f"{cuts.name_takes(sorted(missing))} cannot be exported", [f"take {first}: {line}" for line in lines])
    return missing


def of_sequence(selects: list[SelectDetails], sequence: str) -> list[SelectDetails]:
    chosen = [select for select in selects if select["sequence"] == sequence]
    if not chosen:
        there = ", ".join(dict.fromkeys(select["sequence"] or "(none)" for select in selects))
        raise NotFound(f"no select is in sequence {shown(sequence)}; there are selects in {there}")
    return chosen


def picks_of(selects: list[SelectDetails]) -> list[SelectDetails]:
    """The first of each shot."""
    first = dict[str, SelectDetails]()
    for select in selects:
        first.setdefault(select["shot"], select)
    return list(first.values())


def without_missing(cut: Cut, options: ExportOptions) -> Cut:
    missing = cuts.missing_media(cut)
    if not missing:
        return cut
    line = f"the media of {cuts.name_takes(missing)} are gone"
    if not options.allow_missing:
        raise Refused(f"{line}: restore them from a backup, or export without them with --allow-missing")
    clips = [replace(clip, location=None) if clip.select["take"] in missing else clip for clip in cut.clips]
    return replace(cut, clips=clips, remarks=[*cut.remarks, line])


def fitted(cut: Cut, format: Format, options: ExportOptions) -> Cut:
    """What the format can hold of the cut."""
    if format.holds is not None:
        reasons = {
            clip.select["take"]: f"no timecode at {written_rate(clip.rate)} frames per second"
            for clip in cut.clips
            if not format.holds(clip.rate)
        }
        cut = cuts.without(cut, reasons, format.what, options.leave_out)
    if format.has_one_rate:
        cut = cuts.of_one_rate(cut)
        cut = cuts.without(cut, cuts.of_another_rate(cut), format.what, options.leave_out)
    if format.is_timed and cut.origin + cut.count > LONGEST_CUT * cut.origin:
        raise Refused(
            f"the cut is longer than {LONGEST_CUT - 1} hours, after which timecode begins again: shorten what is held"
        )
    return cut


def export_preferences(studio: Studio, format: str, out: str | Path) -> Export:
    """Writes the pairs with a winner into the folder `out`.

    Raises Invalid for an unknown format and Refused when no pair has a winner or a picture is missing.
    """
    _check_format(format, PREFERENCE_FORMATS)
    rows = preference_rows(studio)
    first = next(rows, None)
    if first is None:
        raise Refused("no pair has a winner yet: judge some takes first (ties are not exported as wins)")
    with recorded_export(studio, None, f"preferences, {format}", str(Path(out).resolve())) as held:
        path, count = PREFERENCE_WRITERS[format](noting(chain([first], rows), held), Path(out))
    return {"path": str(path), "count": count, "remarks": []}


def noting(rows: Iterable[PreferenceRow], takes: set[int]) -> Iterator[PreferenceRow]:
    """The rows, while the takes in them are noted."""
    for row in rows:
        takes |= {row["chosen_take"], row["rejected_take"]}
        yield row


def _check_format(format: str, formats: tuple[str, ...]) -> None:
    if format not in formats:
        raise Invalid(f"format {format!r}: choose one of {', '.join(formats)}")
