"""How many more judgements a trial needs until it is decided: a range over simulated futures.

A future is what the people of a trial would say of its next pairs. In each the trial ends as it does here: at the first
judgement after which the whole interval of what counts is above or below one half (`feedback.trials.counting`).

Assumed: the people who judged so far go on, by turns and at one pace, with others beside them where more people are needed;
no pair is skipped; pairs are alike. Ties are not drawn: at the same win rate a trial takes about as long with them.

Whoever votes may not know how an open trial stands. For them nothing that was won or lost is read: outcomes of open trials
are simulated too, from the first on, at win rates that are written beside the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypedDict

import numpy as np

from feedback.statistics import PRIOR, least_successes, rounded
from feedback.store import Studio
from feedback.trials import counting, lifecycle
from feedback.trials.blinding import is_unblinded
from feedback.trials.counting import Limits
from feedback.trials.results import POOLED, read_outcomes

RATES = (0.60, 0.65, 0.70)
FUTURES = 400
HORIZON = 960  # judgements that are looked ahead: twenty nights' pairs
MIDDLE = (0.1, 0.5, 0.9)  # quantiles: of ten futures eight end in the range
SEED = 20261127

Vote = tuple[int, float | None]  # a person, and what the pair says of the candidate; None where that is simulated


class Needed(TypedDict):
    """More judgements until a trial is decided; each number is None where it is beyond `HORIZON`."""

    win_rate: float | None  # the true one that is assumed; None: as what was judged suggests
    decided: float  # share of the futures that end within `HORIZON`
    proven: float  # share that end with the candidate proven
    median: int | None
    low: int | None  # one future of ten ends sooner
    high: int | None  # one of ten later


class TrialNeeds(TypedDict):
    """What an open trial still needs."""

    trial: int
    candidate: str
    baseline: str
    judged: int  # pairs of its candidate and baseline, in earlier trials too
    left: int  # pairs that are there to be judged
    raters: int
    needed: int  # people, before anything is proven
    at_rates: list[Needed]  # for each of RATES
    as_judged: Needed | None  # only for those who have looked at the trial


@dataclass(frozen=True)
class Futures:
    """When F simulated trials end."""

    steps: np.ndarray  # [F], judgements from now; -1: not within the horizon
    proven: np.ndarray  # [F], bool


def needs_of_open_trials(studio: Studio, person: int | None = None) -> list[TrialNeeds]:
    """For each open trial, oldest first; `person`: a people id, who gets more where they have looked at the trial."""
    return [needs_of_trial(studio, trial, person) for trial in lifecycle.open_trials(studio)]


def needs_of_trial(studio: Studio, trial: lifecycle.Trial, person: int | None = None) -> TrialNeeds:
    candidate, baseline = trial["candidate"], trial["baseline"]
    judged = read_outcomes(studio, POOLED, (candidate, baseline))
    is_open = {row["id"] for row in studio.rows("SELECT id FROM trial_pairs WHERE trial = ?", (trial["id"],))}
    known: list[Vote] = [(each["person"], each["outcome"]) for each in judged.outcomes]
    blind = [
        (person, None if each["pair"] in is_open else outcome)
        for each, (person, outcome) in zip(judged.outcomes, known, strict=True)
    ]
    looked = is_unblinded(studio, trial["id"], person)
    return {
        "trial": trial["id"],
        "candidate": candidate,
        "baseline": baseline,
        "judged": len(known),
        "left": judged.left,
        "raters": len({person for person, _ in known}),
        "needed": judged.limits.needed,
        "at_rates": [more_judgements(blind, judged.limits, rate) for rate in RATES],
        "as_judged": more_judgements(known, judged.limits) if looked else None,
    }


def more_judgements(votes: Sequence[Vote], limits: Limits, rate: float | None = None) -> Needed:
    """How many more judgements decide a trial whose pairs were judged so.

    rate: the candidate's true win rate; without one it is drawn for each future from what was judged, by the Beta
    distribution that `votes`, which must then have their outcomes, leave of the interval's own prior.
    """
    futures = simulate(tuple(votes), limits, rate)
    steps = np.where(futures.steps < 0, np.inf, futures.steps)
    low, median, high = (None if np.isinf(at) else int(at) for at in np.quantile(steps, MIDDLE, method="higher"))
    decided = futures.steps >= 0
    return {
        "win_rate": rate,
        "decided": float(decided.mean()),
        "proven": float((decided & futures.proven).mean()),
        "median": median,
        "low": low,
        "high": high,
    }


@lru_cache(64)
def simulate(votes: tuple[Vote, ...], limits: Limits, rate: float | None) -> Futures:
    """FUTURES of the trial. Remembered, as a page asks again what it showed."""
    rng = np.random.default_rng(SEED)
    people = people_to_come(votes, limits)
    voters = [person for person, _ in votes] + [people[step % len(people)] for step in range(HORIZON)]
    outcomes = draw_outcomes(votes, rate, len(voters), rng)
    return first_decided(outcomes, voters, len(votes), limits)


def people_to_come(votes: Sequence[Vote], limits: Limits) -> list[int]:
    """Who judged so far, and as many more as are needed (below 0, where no person's id is). Who judged least comes first."""
    numbers: dict[int, int] = {}
    for person, _ in votes:
        numbers[person] = numbers.get(person, 0) + 1
    missing = [-number for number in range(1, limits.needed - len(numbers) + 1)]
    return [*missing, *sorted(numbers, key=lambda person: (numbers[person], person))]


def draw_outcomes(votes: Sequence[Vote], rate: float | None, count: int, rng: np.random.Generator) -> np.ndarray:
    """[FUTURES, count]: what is known, and then or instead 0 and 1 at the win rate."""
    known = np.array([np.nan if outcome is None else outcome for _, outcome in votes])
    if rate is None:
        wins = float(known.sum())
        rates = rng.beta(PRIOR + wins, PRIOR + len(known) - wins, (FUTURES, 1))
    else:
        rates = np.full((FUTURES, 1), rate)
    outcomes = (rng.random((FUTURES, count)) < rates).astype(float)
    outcomes[:, : len(known)] = np.where(np.isnan(known), outcomes[:, : len(known)], known)
    return outcomes


def first_decided(outcomes: np.ndarray, voters: Sequence[int], begin: int, limits: Limits) -> Futures:
    """After how many judgements beyond the first `begin` each of the trials [F, n] is decided."""
    index = np.array(voters)
    sums = [running_sums(outcomes[:, index == person]) for person in sorted(set(voters))]
    steps, proven = np.full(len(outcomes), -1), np.zeros(len(outcomes), bool)
    for step, counts in counts_by_step(tuple(voters), begin, limits):
        wins = np.stack([each[:, count] for each, count in zip(sums, counts, strict=True)], 1)
        is_proven, is_lost = decided_by(wins, counts, limits)
        new = (steps < 0) & (is_proven | is_lost)
        steps[new], proven[new] = step, is_proven[new]
        if (steps >= 0).all():
            break
    return Futures(steps, proven)


@lru_cache(16)
def counts_by_step(voters: tuple[int, ...], begin: int, limits: Limits) -> list[tuple[int, np.ndarray]]:
    """How many outcomes of each person count, by id of the person, now and after each judgement that changes it."""
    people = sorted(set(voters))
    place = {person: number for number, person in enumerate(people)}
    numbers = np.bincount([place[person] for person in voters[:begin]], minlength=len(people))
    steps: list[tuple[int, np.ndarray]] = []
    for step in range(len(voters) - begin + 1):
        if step:
            numbers[place[voters[begin + step - 1]]] += 1
        counts = counted_by_person(numbers, limits)
        if counts is not None and not (steps and np.array_equal(steps[-1][1], counts)):
            steps.append((step, counts))
    return steps


def running_sums(outcomes: np.ndarray) -> np.ndarray:
    """[F, n] -> [F, n + 1], the sum of the first k in column k."""
    return np.concatenate([np.zeros((len(outcomes), 1)), outcomes.cumsum(1)], 1)


def counted_by_person(numbers: np.ndarray, limits: Limits) -> np.ndarray | None:
    """How many outcomes of each person [p] count, as `feedback.trials.counting.counted` has it; None for none."""
    own = [int(number) for number in numbers if number]
    if len(own) < limits.needed:
        return None
    most = counting.largest_part(own, limits.share)
    return np.minimum(numbers, most) if most else None  # a new array: the numbers go on


def decided_by(wins: np.ndarray, counts: np.ndarray, limits: Limits) -> tuple[np.ndarray, np.ndarray]:
    """Whether the interval of `feedback.trials.counting.interval` is above, and below, one half; each [F].

    wins [F, p] of counts [p] outcomes, by person.
    """
    all_wins, all_counts = wins.sum(1, keepdims=True), np.array([counts.sum()])
    if limits.needed > 1:
        judged = counts > 0
        all_wins = np.concatenate([all_wins, all_wins - wins[:, judged]], 1)
        all_counts = np.concatenate([all_counts, counts.sum() - counts[judged]])
    least = np.array([least_successes(int(count)) for count in all_counts])
    return (all_wins >= least).all(1), (all_counts - all_wins >= least).all(1)


def describe_needs(needs: TrialNeeds) -> list[str]:
    """Lines for people: what is judged and what is needed, then what those who have looked at the trial may know."""
    people = (
        f"{needs['raters']} of the {needs['needed']} people needed"
        if needs["raters"] < needs["needed"]
        else (f"{needs['raters']} {'person' if needs['raters'] == 1 else 'people'}")
    )
    judged = f"{needs['judged']} {'pair' if needs['judged'] == 1 else 'pairs'}"
    rates = join_or([f"{100 * each['win_rate']:.0f}" for each in needs["at_rates"] if each["win_rate"]])
    more = join_or([describe_more(each) for each in needs["at_rates"]])
    lines = [
        f"trial {needs['trial']} of {needs['candidate']}: {judged} judged by {people}; if it wins {rates} % of"
        f" pairs, it is decided after {more} more pairs (the range holds eight times in ten)"
    ]
    if needs["as_judged"] is not None and needs["as_judged"]["high"] == 0:
        lines.append("as it stands: decided")
    elif needs["as_judged"] is not None:
        proven = f"{100 * needs['as_judged']['proven']:.0f} % of such trials prove {needs['candidate']}"
        lines.append(f"as it stands: {describe_more(needs['as_judged'])} more pairs, and {proven}")
    return lines


def describe_more(needed: Needed) -> str:
    """ "about 110 (50 to 190)", from a hundred on in tens; what is beyond the horizon is "more than 960"."""
    low, median, high = (describe_number(needed[name]) for name in ("low", "median", "high"))
    if low == median == high:
        return median
    about = median if needed["median"] is None else f"about {median}"
    return f"{about} ({low} to {high})"


def describe_number(number: int | None) -> str:
    return f"more than {HORIZON}" if number is None else str(rounded(number))


def join_or(texts: Sequence[str]) -> str:
    """ "60, 65 or 70"."""
    return " or ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)
