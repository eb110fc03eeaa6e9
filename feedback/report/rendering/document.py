"""What the report says, section by section. A section without anything to say is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from feedback.days import date_of, minute_of
from feedback.report.judged import KINDS, DaysAgreement
from feedback.report.learning import Gauge, NightOfReport
from feedback.report.morning import MorningReport
from feedback.report.rendering.cost import cost_section
from feedback.report.rendering.headlines import describe_made, headlines, what_to_do
from feedback.report.rendering.parts import (
    ComparedPicture,
    Document,
    Items,
    Pair,
    Pairs,
    Paragraph,
    Part,
    Plot,
    Section,
    Table,
)
from feedback.report.rendering.style import style_section
from feedback.report.rendering.words import Words
from feedback.report.standings import EndedTrials


def write_document(report: MorningReport, words: Words | None = None) -> Document:
    """In the language of `words`; English without."""
    words, zone = in_zone(words or Words(), report["zone"]), report["zone"]
    t, day = words.t, report["day"]
    sections = (
        judged_section(report, words),
        trial_section(report, words),
        version_section(report, words),
        curve_section(report, words),
        compared_section(report, words),
        style_section(report["style"], words),
        cost_section(report["costs"], words),
        night_section(report, words),
    )
    title = t("Morning report of {studio}: {day}", studio=report["studio"], day=words.day(day.date))
    if report["project"]:
        title = t(
            "Morning report of {studio}, project {project}: {day}",
            studio=report["studio"],
            project=report["project"],
            day=words.day(day.date),
        )
    written = f"{words.day(report['written'])} {minute_of(report['written'], zone)[-5:]}"
    return Document(
        title=title,
        headlines=headlines(report, words),
        link=what_to_do(report, words).page,
        sections=[section for section in sections if section is not None],
        foot=t("Written {moment}. Days and times are those of {zone}.", moment=written, zone=zone),
        before=day.before,
        date=day.date,
        after=day.after,
        project=report["project"] or "",
    )


def kind_names(words: Words) -> dict[str, str]:
    t = words.t
    names = (
        *(t("Verdicts"), t("Rankings"), t("Stars"), t("Notes")),
        *(t("Tags"), t("Statuses"), t("Selects")),
    )
    return dict(zip(KINDS, names, strict=True))


def judged_section(report: MorningReport, words: Words) -> Section | None:
    t, judged = words.t, report["judged"]
    if not judged["total"]:
        return None
    names = {kind: name for kind, name in kind_names(words).items() if judged["kinds"][kind]}
    rows = [
        [each["person"], *(words.number(each["kinds"][kind]) for kind in names), words.number(each["total"])]
        for each in judged["people"]
    ]
    if len(rows) > 1:
        all_kinds = (words.number(judged["kinds"][kind]) for kind in names)
        rows.append([t("All"), *all_kinds, words.number(judged["total"])])
    title = t("What was judged")
    table = Table([t("Person"), *names.values(), t("All")], rows, title)
    return Section(title, [table, *describe_agreement(judged["agreement"], words)])


def describe_agreement(agreement: DaysAgreement, words: Words) -> list[Part]:
    t, tn = words.t, words.tn
    if not agreement["pairs"]:
        return []
    pairs = tn("{n} pair was compared", "{n} pairs were compared", agreement["pairs"])
    if not agreement["shared"]:
        return [
            Paragraph(t("{pairs}, none of them by two people, so nobody can tell how far they agree.", pairs=pairs))
        ]
    share = words.percent(agreement["same"] / agreement["both"])
    shared = tn(
        "{pairs}, {n} of them by two or more people. Two people say the same {share} of the time.",
        "{pairs}, {n} of them by two or more people. Two people say the same {share} of the time.",
        agreement["shared"],
        pairs=pairs,
        share=share,
    )
    alpha = agreement["alpha"]
    texts = [shared]
    if alpha["alpha"] is not None:
        values = {name: words.number(alpha[name], 2) for name in ("alpha", "low", "high") if alpha[name] is not None}
        whole = t("Krippendorff's alpha is {alpha} (1 is always alike, 0 as by chance).", **values)
        wide = t(
            "Krippendorff's alpha is {alpha}, between {low} and {high} with 95 % (1 is always alike, 0 as by chance).",
            **values,
        )
        texts.append(whole if alpha["low"] is None else wide)
    return [Paragraph(" ".join(texts)), Paragraph(t("Pairs of open trials are left out."), quiet=True)]


def in_zone(words: Words, zone: str) -> Words:
    """With days of moments as they are in a time zone."""
    return replace(words, day=lambda moment: words.day(date_of(moment, zone)))


def trial_section(report: MorningReport, words: Words) -> Section | None:
    """Trials that are over; of open ones only what they still need."""
    t = words.t
    parts: list[Part] = [part for each in report["trials"] for part in describe_ended(each, words)]
    needs = words.needs(report["needed"])
    return Section(t("Blind trials, and what is still needed"), [*parts, Items(needs)])


def describe_ended(each: EndedTrials, words: Words) -> list[Part]:
    t, results = words.t, each["results"]
    day, reason = words.day(each["closed"]), each["reason"]
    closed = t("Closed {day}: {reason}", day=day, reason=reason) if reason else t("Closed {day}.", day=day)
    parts: list[Part] = [Paragraph(f"{words.standing(results)}. {closed}")]
    if len(each["path"]) < 2:
        return parts
    last = each["path"][-1]
    text = t(
        "Win rate of {candidate} against {baseline} and its interval after each judged pair; at the end {low} to {high}",
        candidate=results["candidate"],
        baseline=results["baseline"],
        low=words.percent(last["low"]),
        high=words.percent(last["high"]),
    )
    explained = t(
        "The grey band holds the true win rate, 95 % sure, at every look: above the line of one half the candidate is better."
    )
    return [*parts, Plot(text, path=each["path"]), Paragraph(explained, quiet=True)]


def gauge_names(words: Words) -> dict[str, tuple[str, str]]:
    """Of each gauge its name, and what its number means."""
    t = words.t
    return {
        "gain": (t("Measured gain"), t("deviations of a brief's takes that people are expected to like it more")),
        "content": (t("Content"), t("change of the probability that a take shows its prompt; 0 is as before")),
        "realism": (t("Realism"), t("the older model's error on takes, over that on its own; 1 is as before")),
        "variety": (t("Variety"), t("how far apart takes of a brief are, over what they were; 1 is as before")),
        "heldout_accuracy": (t("Held-out accuracy"), t("share of verdicts kept back that the version agrees with")),
    }


def version_section(report: MorningReport, words: Words) -> Section | None:
    made, t = report["version"], words.t
    if made is None:
        return None
    names = gauge_names(words)
    rows = [[names[each["name"]][0], *gauge_cells(each, words), names[each["name"]][1]] for each in made["gauges"]]
    tuned = [t("Tuned from {reference} in run {run}.", reference=made["reference"] or "?", run=made["run"])]
    title = t("The newest version, {version}", version=made["version"])
    table = [Table([t("Gauge"), t("Value"), t("Limit"), t("What it is")], rows, title)] if rows else []
    return Section(title, [Paragraph(" ".join([describe_made(made, words), *tuned])), *table])


def gauge_cells(gauge: Gauge, words: Words) -> tuple[str, str]:
    digits = 3 if gauge["name"] == "content" else 2
    limit = "" if gauge["limit"] is None else words.number(gauge["limit"], digits)
    return words.number(gauge["value"], digits), limit


def curve_section(report: MorningReport, words: Words) -> Section | None:
    t, curve = words.t, report["curve"]
    if not curve:
        return None
    rows = [
        [
            words.number(each["run"]),
            each["version"] or t("refused"),
            words.number(each["judgements"]),
            t(
                "{share} ({low} to {high})",
                share=words.percent(each["accuracy"]),
                low=words.percent(each["low"]),
                high=words.percent(each["high"]),
            ),
            words.number(each["pairs"]),
        ]
        for each in curve[-8:]
    ]
    head = [t("Run"), t("Version"), t("Judgements"), t("Predicted"), t("Of pairs")]
    first, last = curve[0], curve[-1]
    text = t(
        "Share of verdicts kept back that runs predict: {first} from {few} judgements, {last} from {many}",
        first=words.percent(first["accuracy"]),
        few=words.number(first["judgements"]),
        last=words.percent(last["accuracy"]),
        many=words.number(last["judgements"]),
    )
    title = t("The learning curve")
    plot = [Plot(text, curve=curve)] if len(curve) > 1 else []
    explained = t(
        "Which share of people's verdicts each run predicts on pairs that it has not seen, with its 95 % interval."
    )
    return Section(title, [Paragraph(explained, quiet=True), *plot, Table(head, rows, title)])


def compared_section(report: MorningReport, words: Words) -> Section | None:
    compared, t = report["compared"], words.t
    if compared is None:
        return None
    title = t("Before and after")
    version = compared["version"]
    if compared["blind"]:
        kept = t(
            "A blind trial of {version} is open, so its pictures are not shown here. They are on the page Models, which puts on record who opens them.",
            version=version,
        )
        return Section(title, [Paragraph(kept)])
    drawn = compared["drawn"]
    if drawn is None or not drawn["comparisons"]:
        return None
    pairs = [compared_pair(version, number, each, words) for number, each in enumerate(drawn["comparisons"])]
    explained = t(
        "The same briefs and seeds, drawn by {reference} and by {version}.",
        reference=drawn["reference"],
        version=version,
    )
    return Section(title, [Paragraph(explained, quiet=True), Pairs(pairs)])


def compared_pair(version: str, number: int, drawn: Mapping[str, object], words: Words) -> Pair:
    t, prompt, is_clip = words.t, str(drawn["prompt"]), drawn["kind"] == "clip"
    before, after = t("before"), t("after")
    return Pair(
        ComparedPicture(version, number, "before", is_clip, f"{before}: {prompt}"),
        ComparedPicture(version, number, "after", is_clip, f"{after}: {prompt}"),
        *(before, after, prompt),
    )


def night_section(report: MorningReport, words: Words) -> Section | None:
    t = words.t
    if not report["nights"]:
        return Section(t("The night"), [Paragraph(t("No night followed this day."))])
    return Section(t("The night"), [part for night in report["nights"] for part in describe_night(night, words)])


def describe_night(night: NightOfReport, words: Words) -> list[Part]:
    t = words.t
    whose = [t("for {person}", person=night["person"])] if night["person"] else []
    whose += [t("on project {project}", project=night["project"])] if night["project"] else []
    name = " ".join([t("Night {night}", night=night["night"]), *whose])
    parts: list[Part] = [Paragraph(f"{name}: {describe_learning(night, words)}")]
    return [*parts, Items(night["lines"])] if night["lines"] else parts


def describe_learning(night: NightOfReport, words: Words) -> str:
    t = words.t
    if night["learned"] is None and night["state"] == "running":
        return t("it has not ended.")
    if night["learned"] is None and night["state"] == "interrupted":
        return t("it was interrupted, and goes on where it was when it is started again.")
    if night["learned"] == "candidate":
        return t("{version} is a new candidate.", version=night["version"])
    if night["learned"] == "unchanged":
        return t("nothing new to learn from.")
    return t("no version was made: {reason}", reason=night["why"] or night["reason"] or t("the reason was not kept"))
