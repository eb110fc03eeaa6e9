"""The ledger as a document: sections of sentences and tables, in the order in which somebody who has to answer for it reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from feedback.days import DATE_LENGTH, minute_of
from feedback.ledger.contents import Ledger
from feedback.ledger.files.as_csv import cell_of

KINDS = {
    "ballot": ("verdict on a pair", "verdicts on pairs"),
    "rating": ("rating in stars", "ratings in stars"),
    "status": ("circled take", "circled takes"),
    "tag": ("tag", "tags"),
}
# What the record says in a word of its own, by the field that holds it.
WORDS = {
    "kind": {"ballot": "verdict", "rating": "stars", "status": "status"},
    "verdict": {"both_bad": "both bad"},
    "split": {"train": "trained", "heldout": "held out"},
}
MOST_ROWS = 400  # of a long table in print; all are in the JSON beside it
NONE = "None."
Cells = list[str]


@dataclass(frozen=True)
class Table:
    heads: Cells
    widths: list[float]  # shares of the page's width
    rows: list[Cells]
    more: int = 0  # rows that are left out


@dataclass(frozen=True)
class Section:
    title: str
    sentences: list[str] = field(default_factory=list)
    table: Table | None = None


def sections_of(ledger: Ledger) -> Iterator[Section]:
    head, zone = ledger.head, ledger.head["time_zone"]
    yield Section("Summary", [summary_sentence(head)], _facts(head))
    yield Section("What this record does not know", head["not_known"])
    yield _withdrawn(head["withdrawn"], zone)
    yield _base(head)
    yield _runs(head)
    yield Section("People who judged", [], _table(PEOPLE, head["people"]))
    yield Section(
        "Contributors",
        ["People whom the judged takes or the frames show or name."],
        _table(CONTRIBUTORS, head["contributors"]),
    )
    yield Section(
        "Consents",
        [f"As they stand on {head['day']} in {zone}; runs are those that began on the ground of it."],
        _table(CONSENTS, _dated(head["consents"], zone)),
    )
    yield Section("Titles", [], _table(TITLES, head["titles"]))
    yield Section("Licences", [], _table(LICENCES, _dated(head["licences"], zone)))
    yield Section("Frames of the library", [], _long(FRAMES, ledger, "frames"))
    yield from _influences(head)
    yield Section("How shares and influence are counted", [head["share_method"], head["influence_method"]])
    yield Section("Briefs", [], _long(BRIEFS, ledger, "briefs"))
    yield Section("Takes", [], _long(TAKES, ledger, "takes"))
    yield Section("Judgements", [], _long(JUDGEMENTS, ledger, "judgements"))


Columns = list[tuple[str, str, float]]
"""(head, field, share of the width)."""
PEOPLE: Columns = [
    ("Person", "person", 3),
    ("Role", "role", 1.5),
    ("Judgements", "judgements", 1.3),
    ("Weight", "weight", 1.2),
    ("Share", "share", 1),
    ("Agreement", "agreement", 2),
]
CONTRIBUTORS: Columns = [
    ("Contributor", "contributor", 3),
    ("Kind", "kind", 1.5),
    ("Judgements", "judgements", 1.3),
    ("Weight", "weight", 1.2),
    ("Share", "share", 1),
    ("Frames", "frames", 1),
    ("Consents", "consents", 1.4),
]
CONSENTS: Columns = [
    ("No.", "consent", 0.6),
    ("Person", "person", 2),
    ("State", "state", 1.3),
    ("Subject", "subject", 1.2),
    ("Uses", "uses", 1.3),
    ("Terms", "terms", 3.4),
    ("Document", "document", 1.6),
    ("Runs", "runs", 0.8),
]
TITLES: Columns = [
    ("Title", "title", 3),
    ("Licence", "licence", 3),
    ("Judgements", "judgements", 1.3),
    ("Weight", "weight", 1.2),
    ("Share", "share", 1),
    ("Frames", "frames", 1),
]
LICENCES: Columns = [
    ("Licence", "licence", 2),
    ("Holder", "holder", 2),
    ("State", "state", 1.2),
    ("Uses", "uses", 1.3),
    ("Terms", "terms", 3),
    ("Share", "share", 0.9),
    ("Frames", "frames", 0.9),
]
FRAMES: Columns = [
    ("No.", "frame", 0.7),
    ("Title", "title", 2),
    ("Licence", "licence", 2),
    ("File", "file", 3.2),
    ("Frames", "span", 1.1),
    ("Shows", "shown", 1.6),
    ("Trained on", "learned_from", 1),
]
BRIEFS: Columns = [
    ("No.", "brief", 0.7),
    ("Project", "project", 1.2),
    ("Shot", "shot", 1.6),
    ("Prompt", "prompt", 5),
    ("Author", "author", 1.2),
    ("Written", "written", 1.9),
]
TAKES: Columns = [
    ("No.", "take", 0.8),
    ("Brief", "brief", 0.8),
    ("Shot", "shot", 1.8),
    ("Version", "version", 1.4),
    ("Drawn", "drawn", 1.9),
    ("File (sha256)", "media", 4),
]
JUDGEMENTS: Columns = [
    ("No.", "id", 0.9),
    ("Kind", "kind", 0.9),
    ("Person", "person", 1.8),
    ("Take", "take", 0.9),
    ("Other", "other_take", 0.9),
    ("Brief", "brief", 0.8),
    ("Verdict", "verdict", 1.4),
    ("Judged", "judged", 1.9),
    ("Split", "split", 0.9),
    ("Weight", "weight", 1),
]
INFLUENCE: Columns = [
    ("Left out", "name", 2.4),
    ("Kind", "kind", 1),
    ("Verdicts", "verdicts", 1),
    ("Loss", "loss_words", 2),
    ("Loss of others", "others_words", 2),
    ("Order (tau)", "tau_words", 2),
]
WITHDRAWN: Columns = [
    ("What", "what", 4),
    ("State", "state", 1.1),
    ("When", "when", 1.2),
    ("Reason", "reason", 2.2),
    ("Judgements", "judgements", 1.2),
    ("Takes", "takes", 0.8),
    ("Frames", "frames", 0.8),
    ("Behind it", "behind", 1.6),
]
RUNS: Columns = [
    ("Run", "id", 0.6),
    ("Version", "version", 1),
    ("Method", "method", 1),
    ("Begun", "started", 1.9),
    ("Trained", "train", 0.9),
    ("Held out", "heldout", 0.9),
    ("Frames", "frames", 0.8),
    ("Seconds", "seconds", 1),
    ("Money", "money", 0.9),
    ("Judgements (sha256)", "snapshot_sha256", 3),
]


def summary_sentence(head: dict[str, Any]) -> str:
    """What it learned from, in a sentence or two."""
    counts = head["summary"]
    if not counts["runs"]:
        return f"No run of this studio is behind {head['version']}: it learned from nothing that this record knows of."
    learned = (
        f"{head['version']} learned from {_some(counts['judgements'], 'judgement')} by {_some(counts['people'], 'person', 'people')} on "
        f"{_some(counts['takes'], 'take')} of {_some(counts['briefs'], 'brief')}, and from {_some(counts['frames'], 'frame')} of "
        f"{_some(counts['titles'], 'title')}, in {_some(counts['runs'], 'run')}."
    )
    shown = (
        f"The takes and frames show or name {_some(counts['contributors'], 'recorded contributor')}; of their "
        f"{_some(counts['consents'], 'consent')} {counts['consents_in_force']} hold today."
    )
    return f"{learned} {shown} {head['withdrawn']['statement']}"


def _some(count: int, one: str, more: str = "") -> str:
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def _facts(head: dict[str, Any]) -> Table:
    counts, zone = head["summary"], head["time_zone"]
    money = "no rate is set" if counts["money"] is None else f"{counts['money']:.2f} {counts['currency']}"
    facts = {
        "Studio": head["studio"],
        "Version, and its state": f"{head['version']}, {head['state']}",
        "Registered": moment(head["registered"], zone),
        "This ledger was made": moment(head["made"], zone),
        "Days and times": f"of {zone}; the JSON and the tables have times in UTC",
        "Judgements, by kind": ", ".join(_some(count, *KINDS[kind]) for kind, count in counts["by_kind"].items())
        or "none",
        "Choices of people that they are": counts["choices"],
        "Held out, to choose where training stopped": counts["held_out"],
        "Weight of all": f"{counts['weight']:g}",
        "Takes made elsewhere": ", ".join(f"{count} by {name}" for name, count in counts["made_elsewhere"].items())
        or "none",
        "Tuning": f"{counts['seconds']:,.0f} seconds; {money}",
    }
    return Table(["", ""], [2, 4], [[name, str(value)] for name, value in facts.items()])


def _withdrawn(absence: dict[str, Any], zone: str) -> Section:
    rows = [{**row, "behind": "nothing" if row["absent"] else _allowed(row)} for row in absence["rows"]]
    sentences = [absence["statement"]]
    if absence["snapshots_read"]:
        runs = ", ".join(map(str, absence["snapshots_read"]))
        sentences.append(f"Read and found whole: the frozen judgements of run {runs}.")
    if absence["snapshots_missing"]:
        runs = ", ".join(map(str, absence["snapshots_missing"]))
        sentences.append(
            f"The frozen judgements of run {runs} are not there any more: the rows of the record were read instead."
        )
    return Section("Revoked or withdrawn", sentences, _table(WITHDRAWN, _dated(rows, zone)) if rows else None)


def _allowed(row: dict[str, Any]) -> str:
    return f"allowed by consent {cell_of(row['allowed_by'])}" if row["allowed_by"] else "yes"


def _base(head: dict[str, Any]) -> Section:
    base = head["base"]
    facts = [
        ["Base", base["base"]],
        ["Licence", base["licence"] or "its folder names none"],
        ["Weights (sha256)", base["sha256"] or "not on this machine"],
        *(["File as it was brought", f"{name} {sha256}"] for name, sha256 in base["files"].items()),
        *(["Adapter", f"{each['folder']} {each['sha256']}, weight {each['weight']:g}"] for each in head["adapters"]),
    ]
    return Section("Base model and adapters", [], Table(["", ""], [1.5, 5], facts))


def _runs(head: dict[str, Any]) -> Section:
    sentences = []
    for run in head["runs"]:
        sentences.append(
            f"Run {run['id']} read consents and licences by the day {run['rights_day']} in {run['rights_zone']}."
        )
        reward = run["reward"]
        if reward:
            sentences.append(
                f"Run {run['id']}: its reward model reads {reward['features']} and predicts {reward['accuracy']:.0%} of held-out verdicts."
            )
            if reward["left_out"]:
                sentences.append(
                    f"Run {run['id']} left out {', '.join(reward['left_out'])}, since verdicts are predicted better without."
                )
        whose = [f"for {run['person']}"] * bool(run["person"]) + [f"on project {run['project']}"] * bool(run["project"])
        if whose:
            sentences.append(f"Run {run['id']} tuned {' '.join(whose)} alone.")
    return Section("Runs and what they cost", sentences, _table(RUNS, _dated(head["runs"], head["time_zone"])))


def _influences(head: dict[str, Any]) -> Iterator[Section]:
    for each in head["influence"]:
        title = f"Influence on run {each['run']}"
        if each["reason"]:
            yield Section(title, [each["reason"]])
            continue
        rows = [{**row, **_measured(row)} for row in each["rows"]]
        words = (
            f"{each['heldout']} held-out verdicts, {each['takes']} takes, {each['folds']} folds; cross-entropy with everything {each['loss']:.3f} "
            "(0.693 is chance). Numbers are followed by their standard error."
        )
        yield Section(title, [words], _table(INFLUENCE, rows))


def _measured(row: dict[str, Any]) -> dict[str, str]:
    names = {"loss_words": "loss", "others_words": "loss_others", "tau_words": "tau"}
    return {words: with_error(row[name], row[f"{name}_error"], sign=name != "tau") for words, name in names.items()}


def with_error(value: float | None, error: float | None, *, sign: bool) -> str:
    if value is None:
        return "not measured"
    return (
        f"{value:+.4f}" * sign
        + f"{value:.3f}" * (not sign)
        + (f" ± {error:.{4 if sign else 3}f}" if error is not None else "")
    )


def _dated(rows: Iterable[dict[str, Any]], zone: str) -> Iterator[dict[str, Any]]:
    """With their days in words, and moments as days and minutes."""
    return (_dated_row(row, zone) for row in rows)


def _dated_row(row: dict[str, Any], zone: str) -> dict[str, Any]:
    made = {name: moment(row[name], zone) for name in ("when", "started", "created", "judged") if row.get(name)}
    if "starts" in row:
        span = days_of(row["starts"], row["ends"])
        limits = f"; only in {cell_of(row['projects'])}" if row["projects"] else ""
        words = [row.get("described"), row.get("terms"), row.get("compensation")]
        made["terms"] = "; ".join([f"{span}{limits}", *(word for word in words if word)])
    if row.get("document"):
        made["document"] = row["document"][:16]
    return {**row, **made}


def days_of(first: str | None, last: str | None) -> str:
    if first and last:
        return f"{first} to {last}"
    return f"from {first}" if first else f"until {last}" if last else "without end"


def moment(text: str | None, zone: str) -> str:
    """Day and minute in the zone; a day stays what it is."""
    return minute_of(text, zone) if text and len(text) > DATE_LENGTH else text or ""


def _long(columns: Columns, ledger: Ledger, name: str) -> Table:
    rows, read, zone = [], ledger.streams[name](), ledger.head["time_zone"]
    for row in islice(read, MOST_ROWS):
        for key in ("judged", "drawn", "written"):
            if key in row:
                row[key] = moment(row[key], zone)
        if "frame_in" in row:
            row["span"] = f"{row['frame_in']}-{row['frame_out']}"
        if row.get("blind"):
            row["version"] = "open blind trial"
        rows.append(row)
    return _table(columns, rows, sum(1 for _ in read))


def _table(columns: Columns, rows: Iterable[dict[str, Any]], more: int = 0) -> Table:
    made = [[_cell(name, row.get(name)) for _, name, _ in columns] for row in rows]
    return Table([head for head, _, _ in columns], [width for _, _, width in columns], made, more)


def _cell(name: str, value: Any) -> str:
    if value is None or value == []:
        return ""
    if name == "share":
        return f"{100 * value:.1f} %"
    if name == "seconds":
        return f"{value:,.0f}"
    if name == "money":
        return f"{value:.2f}"
    if isinstance(value, list):
        return ", ".join(str(cell_of(each)) for each in value)
    word = WORDS.get(name, {}).get(value, value)
    return f"{value:.6g}" if isinstance(value, float) else str(cell_of(word))
