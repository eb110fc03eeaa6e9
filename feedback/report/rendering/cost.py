"""What it cost, in words and as a table."""

from __future__ import annotations

from feedback.report.costs import GPU, PROCESSOR, Cost, Costs
from feedback.report.rendering.parts import Paragraph, Section, Table
from feedback.report.rendering.words import Words

MOST_VERSIONS = 6
LONG = 3 * 3600  # seconds, from which times are in hours
SHORT = 180  # seconds, up to which they are in seconds
LEAST_MONEY = 0.0001  # that is written


def cost_section(costs: Costs, words: Words) -> Section | None:
    t = words.t
    if not costs["takes"]["number"] and not costs["versions"] and not costs["refused"]["number"]:
        return None
    rows = [
        [t("Takes of the day"), *cells(costs["day"], words, costs)],
        [t("Takes until its end"), *cells(costs["takes"], words, costs)],
    ]
    if costs["circled"]["number"]:
        rows.append([t("For each circled take"), *cells(costs["circled"], words, costs)])
    for each in costs["versions"][:MOST_VERSIONS]:
        rows.append([t("Tuning of {version}", version=each["version"]), *cells(each["tuning"], words, costs)])
        if each["takes"]["number"]:
            rows.append([t("Takes by {version}", version=each["version"]), *cells(each["takes"], words, costs)])
    if costs["refused"]["number"]:
        rows.append([t("Runs that were refused"), *cells(costs["refused"], words, costs)])
    title = t("What it cost")
    money = [] if costs["per_hour"] is None else [t("Money"), t("Money each")]
    table = Table([t("What"), t("Number"), t("Time"), t("Each"), *money], rows, title)
    return Section(title, [table, Paragraph(describe_rate(costs, words), quiet=True)])


def describe_rate(costs: Costs, words: Words) -> str:
    t = words.t
    counted = t(
        "From when a worker got a take until it was done, and what runs measured of themselves. A drawing that failed is not counted. Takes of open trials are in no version's row."
    )
    if costs["per_hour"] is None:
        unknown = t("What an hour costs is not set, so no money is named.")
        return f"{counted} {unknown}"
    rate = t("An hour is taken to cost {rate}.", rate=money_words(costs["per_hour"], words, costs))
    return f"{counted} {rate}"


def cells(cost: Cost, words: Words, costs: Costs) -> list[str]:
    each = "" if cost["each"] is None else time_words(cost["each"], words)
    row = [words.number(cost["number"]), total_words(cost, words), each]
    if costs["per_hour"] is None:
        return row
    return [*row, money_words(cost["money"], words, costs), money_words(cost["money_each"], words, costs)]


def total_words(cost: Cost, words: Words) -> str:
    """ "2.5 h GPU, 40 s processor"; a time without a device where that was not recorded."""
    names = {GPU: words.t("GPU"), PROCESSOR: words.t("processor")}
    return ", ".join(
        " ".join(filter(None, (time_words(seconds, words), names.get(device))))
        for device, seconds in sorted(cost["seconds"].items())
    )


def time_words(seconds: float, words: Words) -> str:
    if seconds >= LONG:
        return words.t("{hours} h", hours=words.number(seconds / 3600, 1))
    if seconds >= SHORT:
        return words.t("{minutes} min", minutes=words.number(seconds / 60, 1))
    return words.t("{seconds} s", seconds=words.number(seconds, 2 if seconds < 10 else 0))


def money_words(money: float | None, words: Words, costs: Costs) -> str:
    """In cents, and where that is less than ten of them, in hundredths of one."""
    if money is None:
        return ""
    amount = words.number(money, 2 if money >= 0.1 or not money else 4)
    if 0 < money < LEAST_MONEY:
        amount = words.t("less than {amount}", amount=words.number(LEAST_MONEY, 4))
    return f"{amount} {costs['currency']}".strip()
