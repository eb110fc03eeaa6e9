"""The ledger in the words of a language, for the page: what a version learned from, whose it was, and what is not known."""

from __future__ import annotations

from typing import Any

from feedback.ledger.contents import NOT_MEASURED, Ledger
from feedback.ledger.wording import Sentence
from ui.languages import N_, _, day, minute, number
from ui.rendering import render

# What the record says in a word, wherever it stands in a ledger.
WORDS = (
    *(N_("in force"), N_("revoked"), N_("ended"), N_("run out"), N_("not yet in force")),
    *(N_("agreed"), N_("disagreed"), N_("not asked"), N_("no answer yet")),
    *(N_("creative"), N_("supervisor"), N_("admin"), N_("training"), N_("drawing")),
    *(N_("performer"), N_("artist"), N_("operator"), N_("director"), N_("writer"), N_("other")),
    *(N_("likeness"), N_("voice"), N_("style"), N_("work"), N_("person"), N_("title"), N_("project")),
    *(N_("candidate"), N_("production"), N_("retired"), N_("rejected")),
)
# (head, field) of the parts that are tables of the same kind.
SHARES = ((N_("Judgements"), "judgements"), (N_("Weight"), "weight"), (N_("Share"), "share"))
FRAMES = (N_("Frames"), "frames")
UNLIMITED = {"starts": N_("always"), "ends": N_("no end"), "projects": N_("every project")}  # where terms name none
TABLES = {
    "people": (N_("People who judged"), ((N_("Person"), "person"), (N_("Role"), "role"), *SHARES, (N_("Agrees to be learned from"), "agreement"))),
    "contributors": (
        N_("Contributors"),
        ((N_("Person"), "contributor"), (N_("What they are"), "kind"), *SHARES, FRAMES, (N_("Consents"), "consents")),
    ),
    "consents": (
        N_("Consents"),
        (
            *((N_("Consent"), "consent"), (N_("Person"), "person"), (N_("State"), "state"), (N_("About their"), "subject")),
            *((N_("For"), "uses"), (N_("From"), "starts"), (N_("Until"), "ends"), (N_("Projects"), "projects"), (N_("In words"), "described")),
        ),
    ),
    "titles": (N_("Titles"), ((N_("Title"), "title"), (N_("Licence"), "licence"), *SHARES, FRAMES)),
    "licences": (
        N_("Licences"),
        (
            *((N_("Licence"), "licence"), (N_("Holder"), "holder"), (N_("State"), "state"), (N_("For"), "uses")),
            *((N_("From"), "starts"), (N_("Until"), "ends"), (N_("Share"), "share"), FRAMES),
        ),
    ),
    "runs": (
        N_("Runs and what they cost"),
        (
            *((N_("Run"), "id"), (N_("Version"), "version"), (N_("Method"), "method"), (N_("Begun"), "started"), (N_("Rights by the day"), "rights_day")),
            *((N_("Trained with"), "train"), (N_("Held out"), "heldout"), FRAMES, (N_("Seconds"), "seconds"), (N_("Money"), "money")),
        ),
    ),
}  # fmt: skip
WITHDRAWN = (
    *((N_("What"), "what"), (N_("State"), "state"), (N_("When"), "when"), (N_("Reason"), "reason")),
    *((N_("Judgements"), "judgements"), (N_("Takes"), "takes"), FRAMES),
)
INFLUENCE = (
    *((N_("Left out"), "name"), (N_("Kind"), "kind"), (N_("Verdicts"), "verdicts"), (N_("Loss"), "loss")),
    *((N_("Loss of others"), "loss_others"), (N_("Order (tau)"), "tau")),
)
KINDS = {"ballot": N_("verdicts on pairs"), "rating": N_("stars"), "status": N_("circled takes"), "tag": N_("tags")}


def render_ledger(ledger: Ledger) -> str:
    """As the page shows it; long lists are in the files."""
    head = ledger.head
    parts = [{"title": _(title), **table(columns, head[name])} for name, (title, columns) in TABLES.items()]
    return render(
        "ledger_body.html",
        head=head,
        facts=facts_of(head),
        statement=say(ledger.statement),
        withdrawn=table(WITHDRAWN, head["withdrawn"]["rows"]),
        unknown=[say(each) for each in ledger.unknown],
        parts=parts,
        influence=[influence_of(each) for each in head["influence"]],
        methods=[_(head["share_method"]), _(head["influence_method"])],
    )


def say(sentence: Sentence) -> str:
    return _(
        sentence.text,
        **{name: _(value) if isinstance(value, str) else value for name, value in sentence.values.items()},
    )


def table(columns: Any, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "heads": [_(head) for head, _field in columns],
        "rows": [[cell(name, row) for _head, name in columns] for row in rows],
    }


def cell(name: str, row: dict[str, Any]) -> str:
    value = row.get(name)
    if f"{name}_error" in row:
        return measured(value, row[f"{name}_error"])
    if not value and name in UNLIMITED:
        return _(UNLIMITED[name])
    if name == "rights_day":
        return _("{time} {zone}", time=day(value), zone=row["rights_zone"])
    if value is None or value == []:
        return ""
    if name == "seconds":
        return number(value)
    if name == "share":
        return _("{share} %", share=number(100 * value, 1))
    if name in ("started", "when") and len(str(value)) > 10:
        return minute(value)
    if name in ("starts", "ends", "when"):
        return day(value)
    if isinstance(value, list):
        return ", ".join(_(each) if each in WORDS else str(each) for each in value)
    return number(value, 2) if isinstance(value, float) else _(value) if value in WORDS else str(value)


def measured(value: float | None, error: float | None) -> str:
    """A number with its standard error."""
    if value is None:
        return _("not measured")
    return number(value, 3) + (f" ± {number(error, 3)}" if error is not None else "")


def influence_of(part: dict[str, Any]) -> dict[str, Any]:
    title = _("Influence on run {run}", run=part["run"])
    if part["why"]:
        return {"title": title, "words": _(NOT_MEASURED[part["why"]], method=part["method"]), "heads": [], "rows": []}
    words = _(
        "{heldout} held-out verdicts, {takes} takes, {folds} folds; loss with everything {loss} (0.693 is chance). "
        "Numbers are followed by their standard error.",
        heldout=part["heldout"],
        takes=part["takes"],
        folds=part["folds"],
        loss=number(part["loss"], 3),
    )
    return {"title": title, "words": words, **table(INFLUENCE, part["rows"])}


def facts_of(head: dict[str, Any]) -> list[tuple[str, str]]:
    counts, base = head["summary"], head["base"]
    kinds = [f"{_(KINDS[kind])}: {number(count)}" for kind, count in counts["by_kind"].items()]
    money = "" if counts["money"] is None else f"{number(counts['money'], 2)} {counts['currency']}"
    return [
        (_("State"), _(head["state"])),
        (_("As of"), _("{time} {zone}", time=minute(head["made"]), zone=head["time_zone"])),
        (_("Judgements"), f"{number(counts['judgements'])} ({', '.join(kinds)})" if kinds else "0"),
        (_("People who judged"), number(counts["people"])),
        (_("Takes"), number(counts["takes"])),
        (_("Briefs"), number(counts["briefs"])),
        (_("Frames of the library"), number(counts["frames"])),
        (_("Titles"), number(counts["titles"])),
        (_("Contributors"), number(counts["contributors"])),
        (_("Consents in force"), _("{number} of {all}", number=counts["consents_in_force"], all=counts["consents"])),
        (_("Tuning"), ", ".join(filter(None, [_("{seconds} seconds", seconds=number(counts["seconds"])), money]))),
        (_("Base model"), base["base"]),
        (_("Licence of the base model"), base["licence"] or _("none is named")),
        (_("Weights of the base model (sha256)"), base["sha256"] or _("not on this machine")),
        *((_("Adapter (sha256)"), f"{each['folder']} {each['sha256']}") for each in head["adapters"]),
    ]
