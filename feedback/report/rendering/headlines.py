"""The few sentences at the top: what was chosen, what was learned, how it stands, what it cost, and what is to be done now."""

from __future__ import annotations

from typing import NamedTuple

from feedback.clock import seconds_between
from feedback.report.costs import Cost
from feedback.report.learning import CurvePoint, MadeVersion, NightOfReport
from feedback.report.morning import MorningReport, Needed
from feedback.report.rendering.cost import money_words, total_words
from feedback.report.rendering.words import N_, Words
from feedback.trials.results import TrialResults, is_lost, is_proven

REVIEW, MODELS = "/", "/models"  # pages
HALF_A_DAY = 12 * 3600.0  # seconds
EVEN = 0.5  # the share of verdicts that a coin predicts


class ToDo(NamedTuple):
    text: str
    page: str  # where it is done


def headlines(report: MorningReport, words: Words) -> list[str]:
    """What is read where no more is."""
    t = words.t
    lines = [describe_judged(report, words), *describe_nights(report, words)]
    lines += [describe_trial(each["results"], words) for each in report["trials"]]
    if report["version"] is not None:
        made = report["version"]
        lines.append(
            " ".join([describe_made(made, words), *describe_accuracy(report, words), *describe_frames(made, words)])
        )
    lines += [
        t("A blind trial of {version} is open: how it stands is shown when it is over.", version=version)
        for version in report["open"]
    ]
    lines.append(t("In production: {version}.", version=report["production"]))
    return [
        *lines,
        *describe_rights(report, words),
        *describe_cost(report, words),
        t("To do now: {what}", what=what_to_do(report, words).text),
    ]


def describe_judged(report: MorningReport, words: Words) -> str:
    judged, day = report["judged"], words.day(report["day"].date)
    if not judged["total"]:
        return words.t("Nothing was judged on {day}.", day=day)
    people = words.tn("{n} person", "{n} people", len(judged["people"]))
    return words.tn(
        "{people} gave {n} judgement on {day}.",
        "{people} gave {n} judgements on {day}.",
        judged["total"],
        people=people,
        day=day,
    )


def describe_trial(results: TrialResults, words: Words) -> str:
    """How a trial that is over ended, and what that says of its candidate."""
    standing = f"{words.standing(results)}."
    return f"{standing} {describe_proof(results, words)}" if results["pairs_judged"] else standing


def describe_proof(results: TrialResults, words: Words) -> str:
    if is_proven(results):
        return words.t("So it is better in blind eyes.")
    return words.t("So it is worse in blind eyes.") if is_lost(results) else words.t("That proves neither.")


# Why frames of the library count as they do beside judgements.
FRAMES = {
    "recipe": N_("Frames of the library weigh {weight} times as much as all judgements, as the recipe says"),
    "too_few": N_("Frames of the library have no weight beside judgements: too few verdicts tell whether they help"),
    "too_many": N_("Frames of the library have no weight beside so many judgements"),
    "no_help": N_(
        "Frames of the library have no weight beside judgements: held-out verdicts are not predicted better with them"
    ),
    "helps": N_(
        "Frames of the library weigh {weight} times as much as all judgements: held-out verdicts are predicted better with them"
    ),
}


def describe_frames(made: MadeVersion, words: Words) -> list[str]:
    """What of the library is in the newest version."""
    beside = made["beside"]
    stands = [
        words.tn(
            "It stands on {n} frame or clip of the library.",
            "It stands on {n} frames and clips of the library.",
            made["frames"],
        )
    ]
    shown = stands if made["frames"] and made["judgements"] else []
    if beside is None:
        return shown
    return [*shown, words.t(FRAMES[str(beside["reason"])], weight=f"{beside['weight']:g}") + "."]


def describe_made(made: MadeVersion, words: Words) -> str:
    if made["frames"] and not made["judgements"]:
        return words.tn(
            "{version}, the newest version, learned from {n} frame or clip of the library.",
            "{version}, the newest version, learned from {n} frames and clips of the library.",
            made["frames"],
            version=made["version"],
        )
    learned = words.tn("{n} judgement", "{n} judgements", made["judgements"])
    return words.tn(
        "{version}, the newest version, learned from {learned} by {n} person.",
        "{version}, the newest version, learned from {learned} by {n} people.",
        made["people"],
        version=made["version"],
        learned=learned,
    )


def describe_accuracy(report: MorningReport, words: Words) -> list[str]:
    """Whether the run of the newest version learned what holds on verdicts that it had not seen; nothing where none were kept."""
    run = report["version"]["run"] if report["version"] else None
    point = next((each for each in report["curve"] if each["run"] == run), None)
    return [] if point is None else [judge_accuracy(point, words)]


def judge_accuracy(point: CurvePoint, words: Words) -> str:
    values = {name: words.percent(point[name]) for name in ("accuracy", "low", "high")}  # type: ignore[literal-required]
    if point["low"] > EVEN:
        return words.t("It predicts {accuracy} of verdicts that it has not seen ({low} to {high}).", **values)
    return words.t(
        "It predicts {accuracy} of verdicts that it has not seen ({low} to {high}), which may be chance.", **values
    )


def describe_nights(report: MorningReport, words: Words) -> list[str]:
    """Where the nights made no version: why. Nothing of a day on which nothing was judged and no night was spent."""
    t, ended = words.t, [night for night in newest_nights(report) if night["state"] not in ("running", "interrupted")]
    if not report["nights"]:
        is_over = report["written"] >= report["day"].end
        return [t("No night has followed this day.")] if is_over and report["judged"]["total"] else []
    if not ended or any(night["learned"] == "candidate" for night in report["nights"]):
        return []
    if all(night["learned"] == "unchanged" for night in ended):
        return [t("The night had nothing new to learn from.")]
    night = next(night for night in ended if night["learned"] != "unchanged")
    return [t("The night made no version: {reason}.", reason=reason_of(night, words))]


def reason_of(night: NightOfReport, words: Words) -> str:
    return (night["why"] or night["reason"] or words.t("the reason was not kept")).rstrip(".")


def newest_nights(report: MorningReport) -> list[NightOfReport]:
    """Of each project and person the last one."""
    return list({(night["project"], night["person"]): night for night in report["nights"]}.values())


def describe_rights(report: MorningReport, words: Words) -> list[str]:
    """What production rests on and is about to end; nothing where nothing is. Whose consent it is stands on the page Rights."""
    ending = report["ending"]
    if ending is None:
        return []
    day, lines = words.day(ending["day"]), []
    if ending["production"]:
        text = words.t(
            "{version} rests on a consent or a licence that ends on {day}: see the page Rights.",
            version=report["production"],
            day=day,
        )
        lines.append(text)
    if ending["takes"]:
        text = words.tn(
            "{n} take of the cut rests on a consent or a licence that ends on {day} or soon after: see the page Rights.",
            "{n} takes of the cut rest on consents or licences that end on {day} or soon after: see the page Rights.",
            ending["takes"],
            day=day,
        )
        lines.append(text)
    return lines


def describe_cost(report: MorningReport, words: Words) -> list[str]:
    """Of the day's takes, and of the version that the night made."""
    t, costs = words.t, report["costs"]
    made = {night["version"] for night in report["nights"] if night["learned"] == "candidate"}
    tuned = [each for each in costs["versions"] if each["version"] in made]
    drawn = costs["day"]["number"]
    parts = [t("takes of the day {cost}", cost=price_words(costs["day"], report, words))] if drawn else []
    parts += [
        t("tuning of {version} {cost}", version=each["version"], cost=price_words(each["tuning"], report, words))
        for each in tuned
    ]
    return [t("Cost: {parts}.", parts="; ".join(parts))] if parts else []


def price_words(cost: Cost, report: MorningReport, words: Words) -> str:
    """ "2.5 h GPU (6.20 EUR)"; the time alone where no rate is set."""
    time, money = total_words(cost, words), money_words(cost["money"], words, report["costs"])
    return f"{time} ({money})" if money else time


def what_to_do(report: MorningReport, words: Words) -> ToDo:
    """The one thing that helps most, as the studio stands when the report is written."""
    t = words.t
    for night in newest_nights(report) if is_fresh(report) else []:
        if night["state"] == "running":
            return ToDo(t("wait: night {night} is still under way.", night=night["night"]), MODELS)
        if night["state"] == "interrupted":
            again = t("start night {night} again: it was interrupted, and goes on where it was.", night=night["night"])
            return ToDo(again, MODELS)
        if is_stopped(night):
            reason = reason_of(night, words)
            names = {"night": night["night"], "reason": reason}
            return ToDo(t("mend what stopped night {night}, and start it again: {reason}.", **names), MODELS)
    for each in report["trials"]:
        if each["state"] == "candidate" and is_proven(each["results"]):
            return ToDo(t("promote {version} on the page Models.", version=each["results"]["candidate"]), MODELS)
    return judge_what(report, words)


def is_fresh(report: MorningReport) -> bool:
    """Whether the next night may still be waited for: later ones say what became of this one."""
    return seconds_between(report["day"].nights_end, report["written"]) < HALF_A_DAY


def is_stopped(night: NightOfReport) -> bool:
    """By something else than the judgements."""
    return night["state"] == "failed" or (night["state"] == "refused" and night["learned"] is None)


def judge_what(report: MorningReport, words: Words) -> ToDo:
    """Which pairs: of an open trial first, since it keeps other versions waiting; then what opens one."""
    t, tn, trials = words.t, words.tn, report["needed"]["trials"]
    for trial in trials:
        if trial["left"]:
            pairs = tn(
                "judge the blind trial of {version}: {n} pair is left.",
                "judge the blind trial of {version}: {n} pairs are left.",
                trial["left"],
                version=trial["candidate"],
            )
            return ToDo(" ".join([pairs, *describe_waiting(report, words)]), REVIEW)
    if trials:
        names = ", ".join(trial["candidate"] for trial in trials)
        done = t(
            "nothing: all pairs of the blind trial of {version} are judged, and the next night counts them.",
            version=names,
        )
        return ToDo(" ".join([done, *describe_waiting(report, words)]), MODELS)
    if report["waiting"]:
        return ToDo(t("open the blind trial of {version} on the page Models.", version=report["waiting"][0]), MODELS)
    return ToDo(judge_for_night(report["needed"], words), REVIEW)


def describe_waiting(report: MorningReport, words: Words) -> list[str]:
    """Who waits for a trial to end, so that its own begins."""
    if not report["waiting"]:
        return []
    return [words.t("Waiting for a trial of its own: {versions}.", versions=", ".join(report["waiting"]))]


def judge_for_night(needed: Needed, words: Words) -> str:
    """What the next night needs."""
    t, tn = words.t, words.tn
    first, new = needed["night"]["first"], needed["night"]["new"]
    if first is not None and new < first:
        return tn(
            "judge {n} more pair, so that the first night has enough.",
            "judge {n} more pairs, so that the first night has enough.",
            first - new,
        )
    if new:
        return tn(
            "nothing: the next night learns from {n} new judgement.",
            "nothing: the next night learns from {n} new judgements.",
            new,
        )
    return t("judge new pairs, so that the next night has something to learn from.")
