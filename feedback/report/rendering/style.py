"""The house style in words and pictures."""

from __future__ import annotations

from feedback.report.house_style import Direction, HouseStyle, ShownPair
from feedback.report.rendering.parts import Pair, Pairs, Paragraph, Part, Section, TakePicture
from feedback.report.rendering.words import Words

ALIKE = 0.15  # of a weight: what changed by less is as it was


def direction_names(words: Words) -> dict[str, tuple[str, str]]:
    """Of each direction (feedback.report.house_style.NAMES) what is more and what is less."""
    t = words.t
    return {
        "brightness": (t("brighter"), t("darker")),
        "warmth": (t("warmer"), t("cooler")),
        "green": (t("greener"), t("more magenta")),
        "colourfulness": (t("more colourful"), t("less colourful")),
        "contrast": (t("more contrast"), t("less contrast")),
        "top": (t("brighter at the top"), t("brighter at the bottom")),
        "line": (t("a lower horizon"), t("a higher horizon")),
        "grain": (t("more grain"), t("less grain")),
        "detail": (t("more edges"), t("fewer edges")),
        "pan": (t("what is seen moves to the right"), t("what is seen moves to the left")),
        "tilt": (t("what is seen moves down"), t("what is seen moves up")),
        "push_in": (t("moves in"), t("moves out")),
        "movement": (t("more movement"), t("less movement")),
    }


def style_section(style: HouseStyle | None, words: Words) -> Section | None:
    if style is None:
        return None
    t, names = words.t, direction_names(words)
    known = words.tn(
        "Read from the rewards of {n} take in run {run}, which predicts {share} of verdicts that it has not seen.",
        "Read from the rewards of {n} takes in run {run}, which predicts {share} of verdicts that it has not seen.",
        style["takes"],
        run=style["run"],
        share=words.percent(style["accuracy"]),
    )
    title = t("What the house style is")
    if not style["directions"]:
        nothing = t("Nothing that has a name here tells the takes apart that people choose.")
        return Section(title, [Paragraph(f"{known} {nothing}")])
    explained = t(
        "Named so, {share} of the differences between takes of a brief are explained; the rest has no name here.",
        share=words.percent(style["explained"]),
    )
    parts: list[Part] = [Paragraph(f"{known} {explained}")]
    for direction in style["directions"]:
        parts += describe_direction(direction, names[direction["name"]], style["before"], words)
    gone = [names[name][0] for name in style["gone"] if name in names]
    if gone:
        parts.append(Paragraph(t("No longer among them: {names}.", names=", ".join(gone))))
    return Section(title, parts)


def describe_direction(direction: Direction, names: tuple[str, str], before: int | None, words: Words) -> list[Part]:
    """What is preferred comes first, and stands on the right in the pictures."""
    t = words.t
    liked, other = names if direction["weight"] > 0 else names[::-1]
    values = {"liked": liked, "other": other, "share": words.percent(direction["share"])}
    line = t("Preferred: {liked} rather than {other}, {share} of the differences.", **values)
    text = Paragraph(" ".join([line, *describe_change(direction, before, words)]))
    pairs = [shown_pair(pair, direction["weight"] > 0, (other, liked), words) for pair in direction["pairs"]]
    return [text, Pairs(pairs)] if pairs else [text]


def describe_change(direction: Direction, before: int | None, words: Words) -> list[str]:
    """Beside the run before, where there was one."""
    t, was, weight = words.t, direction["before"], direction["weight"]
    if before is None:
        return []
    if was is None:
        return [t("New since run {run}.", run=before)]
    if was * weight < 0:
        return [t("The other way round than in run {run}.", run=before)]
    if abs(weight) > (1 + ALIKE) * abs(was):
        return [t("Stronger than in run {run}.", run=before)]
    return [t("Weaker than in run {run}.", run=before)] if abs(weight) < (1 - ALIKE) * abs(was) else []


def shown_pair(pair: ShownPair, more_is_liked: bool, names: tuple[str, str], words: Words) -> Pair:
    left, right = (pair["least"], pair["most"]) if more_is_liked else (pair["most"], pair["least"])
    return Pair(
        TakePicture(left, f"{names[0]}: {pair['prompt']}"),
        TakePicture(right, f"{names[1]}: {pair['prompt']}"),
        words.t("{name}: take {take}", name=names[0], take=left),
        words.t("{name}: take {take}", name=names[1], take=right),
        f"{pair['shot']}: {pair['prompt']}",
    )
