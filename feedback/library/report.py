"""What is in the library, and what was left out and why: by title, with examples."""

from __future__ import annotations

from typing import Any, TypedDict

from feedback.library.files import EXAMPLES, LEFT_OUT, READING, Counts
from feedback.library.titles import Title, get_title, list_titles
from feedback.store import Studio


class Reason(TypedDict):
    count: int
    examples: list[str]


class TitleReport(TypedDict):
    title: str
    licence: str
    files: int  # that were read
    reading: int  # that were begun
    hours: float  # of film that was read
    shots: int
    stills: int
    clips: int
    excluded: int
    without_caption: int
    left_out: dict[str, Reason]  # frames and clips by reason
    files_left_out: dict[str, Reason]  # likewise


def report(studio: Studio, title: str | None = None) -> list[TitleReport]:
    """Of one title or of all, by name; NotFound when there is no such title."""
    titles = list_titles(studio) if title is None else [get_title(studio, title)]
    return [report_of(studio, each) for each in titles]


def report_of(studio: Studio, title: Title) -> TitleReport:
    files = studio.rows("SELECT * FROM library_files WHERE title = ? ORDER BY path", (title["id"],))
    counts = [Counts.of_text(row["counts"]) for row in files]
    out = [row for row in files if row["state"] == LEFT_OUT]
    return TitleReport(
        title=title["name"],
        licence=title["licence"],
        files=sum(row["state"] == "done" for row in files),
        reading=sum(row["state"] == READING for row in files),
        hours=round(sum(row["read_until"] for row in files if row["kind"] == "film") / 3600, 3),
        shots=sum(each.shots for each in counts),
        **items_of(studio, title["id"]),  # type: ignore[typeddict-item]
        left_out=reasons_of(list(zip([row["path"] for row in files], counts, strict=True))),
        files_left_out=files_by_reason(out),
    )


def items_of(studio: Studio, title: int) -> dict[str, Any]:
    """Counts of what is in it now."""
    sql = (
        "SELECT COALESCE(SUM(i.kind = 'still'), 0) AS stills, COALESCE(SUM(i.kind = 'clip'), 0) AS clips,"
        " COALESCE(SUM(i.excluded IS NOT NULL), 0) AS excluded,"
        " COALESCE(SUM(i.caption = '' AND i.excluded IS NULL), 0) AS without_caption"
        " FROM library_items i JOIN library_files f ON f.id = i.file WHERE f.title = ?"
    )
    return studio.row(sql, (title,)) or {}


def reasons_of(files: list[tuple[str, Counts]]) -> dict[str, Reason]:
    """Those that came most often first."""
    reasons: dict[str, Reason] = {}
    for path, counts in files:
        for reason, entry in counts.left_out.items():
            sum_of = reasons.setdefault(reason, {"count": 0, "examples": []})
            sum_of["count"] += entry["count"]
            name = path.rpartition("/")[2]
            sum_of["examples"] += [f"{name} {example}" for example in entry["examples"]]
            del sum_of["examples"][EXAMPLES:]
    return most_first(reasons)


def files_by_reason(rows: list[dict[str, Any]]) -> dict[str, Reason]:
    """Of library_files that were left out."""
    reasons: dict[str, Reason] = {}
    for row in rows:
        entry = reasons.setdefault(row["reason"], {"count": 0, "examples": []})
        entry["count"] += 1
        entry["examples"] = [*entry["examples"], row["path"]][:EXAMPLES]
    return most_first(reasons)


def most_first(reasons: dict[str, Reason]) -> dict[str, Reason]:
    return dict(sorted(reasons.items(), key=lambda pair: -pair[1]["count"]))


def as_text(reports: list[TitleReport]) -> str:
    """For people at a terminal."""
    return "\n\n".join(title_as_text(each) for each in reports) or "the library is empty: circletake library add PATH"


def title_as_text(of: TitleReport) -> str:
    lines = [
        f"{of['title']} (licence {of['licence']}): {of['files']} files, {of['hours']:.2f} h of film, {of['shots']} shots,"
        f" {of['stills']} stills, {of['clips']} clips, {of['excluded']} excluded, {of['without_caption']} without caption"
    ]
    if of["reading"]:
        lines.append(f"  not read to the end: {of['reading']} files; give the same command again")
    for reason, entry in of["left_out"].items():
        lines.append(f"  left out, {reason}: {entry['count']}, such as {'; '.join(entry['examples'])}")
    for reason, entry in of["files_left_out"].items():
        lines.append(f"  files not read, {reason}: {entry['count']}, such as {'; '.join(entry['examples'])}")
    return "\n".join(lines)
