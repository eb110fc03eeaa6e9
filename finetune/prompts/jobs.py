"""What is done with writers: tuning one on the studio's record, proposing additions, and blind comparisons of many briefs."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TypedDict

from feedback.errors import NotFound, Refused
from feedback.production import render_queue
from feedback.production.briefs import get_brief
from feedback.store import Studio
from feedback.trials.deciders import COMMAND_LINE
from feedback.wordings import rewrites, writers
from feedback.wordings.preferences import ComparedWordings, compare_wordings
from feedback.wordings.writers import UNTUNED, PromptWriter, RefusedTuning
from finetune.jobs.locks import only_one
from finetune.prompts.additions import extended
from finetune.prompts.heldout import pairs_needed
from finetune.prompts.learning import Measured, learner_of, measure_learners
from finetune.prompts.tuning import WriterRecipe
from finetune.prompts.writer import EMBEDDED, Writer, folder_of, load_writer, save_learned

LOCK = "prompts.lock"
FOLDER = "writers"  # in the studio's folder of models


class TunedWriter(TypedDict):
    """What `circletake prompts tune` answers."""

    writer: str
    base: str
    pairs: int  # of wordings, that were decided
    judgements: int
    learner: str  # "words" or "dpo", whichever ordered held-out pairs better
    heldout_accuracy: float
    chance: float


@dataclass(frozen=True)
class Proposal:
    """An addition to a prompt, and who would add it."""

    writer: str
    prompt: str  # the whole of it, as it was written, with the addition behind it
    addition: str
    gain: float


def tune_prompts(
    studio: Studio, base: str = EMBEDDED, recipe: WriterRecipe | None = None, actor: str = COMMAND_LINE
) -> TunedWriter:
    """Tunes a writer on all that the record says of wordings, and registers it: it offers from then on.

    Refused, in one line, below the least number of decided pairs, or when writers that learned from some of the briefs order
    the pairs of the others no better than coins.
    """
    recipe = recipe or WriterRecipe()
    base = EMBEDDED if base == EMBEDDED else str(folder_of(base).resolve())
    with only_one(studio.runs_folder / LOCK, "a prompt writer is being tuned"):
        everything = compare_wordings(studio)
        compared = decided_pairs(everything)
        check_enough(compared, len(everything) - len(compared), recipe)
        check_news(studio, compared)
        load_writer(base)  # what is wrong with a folder is said before minutes of tuning
        measured = measure_learners(base, compared, recipe)
        if measured.heldout.chance > recipe.most_chance:
            refused = describe_refusal(measured, recipe)
            writers.record_refused_tuning(studio, refused, actor)
            raise Refused(advise(refused, measured.heldout.chance))
        name, heldout = writers.next_name(studio), measured.heldout
        folder = studio.models_folder / FOLDER / name
        save_learned(learner_of(measured.learner, base, recipe)(compared), folder)
        metrics = {**asdict(measured), **asdict(heldout), "pairs": len(compared)}
        metrics.pop("heldout")
        place = str(folder.relative_to(studio.folder))
        writers.register_writer(studio, name, base, place, asdict(recipe), metrics, compared, actor)
    judgements = len({judgement for pair in compared for judgement in pair["judgements"]})
    return {
        "writer": name,
        "base": base,
        "pairs": len(compared),
        "judgements": judgements,
        "learner": measured.learner,
        "heldout_accuracy": heldout.accuracy,
        "chance": heldout.chance,
    }


def decided_pairs(compared: Sequence[ComparedWordings]) -> list[ComparedWordings]:
    return [pair for pair in compared if pair["share"] != 0.5]


def check_enough(compared: Sequence[ComparedWordings], undecided: int, recipe: WriterRecipe) -> None:
    if len(compared) < recipe.least_judgements:
        ties = f" and {undecided} on which people saw no difference" if undecided else ""
        raise Refused(
            f"{len(compared)} decided pairs of wordings{ties}, of the {recipe.least_judgements} that a writer needs: queue some"
            " with `circletake prompts compare`, judge them, and tune then"
        )


def check_news(studio: Studio, compared: Sequence[ComparedWordings]) -> None:
    """Refused where the newest writer has learned from the very same judgements."""
    newest = next((row for row in reversed(writers.list_writers(studio)) if row["name"] != UNTUNED), None)
    if newest and newest["judgements"] == len({judgement for pair in compared for judgement in pair["judgements"]}):
        raise Refused(f"nothing was judged of wordings since {newest['name']} learned from all of it")


def describe_refusal(measured: Measured, recipe: WriterRecipe) -> RefusedTuning:
    heldout = measured.heldout
    needed = pairs_needed(heldout.accuracy, recipe.most_chance / len(measured.accuracies))
    more = None if needed is None else max(1, needed - heldout.pairs)
    return {"pairs": heldout.pairs, "accuracy": heldout.accuracy, "needed": more}


def advise(refused: RefusedTuning, chance: float) -> str:
    """What speaks against the writer, and what can be done about it."""
    pairs, more = refused["pairs"], refused["needed"]
    right = f"{refused['accuracy']:.0%} of {pairs} held-out pairs of wordings are ordered rightly"
    if more is None:
        advice = (
            f"either too little was judged, or these words do not decide what people choose: judge {pairs} more pairs with"
            f" `circletake prompts compare --briefs {pairs}`, or give a language model that knows other words with --model"
        )
    else:
        advice = (
            f"about {more} more decided pairs would show it if it is so: `circletake prompts compare --briefs {more}`"
        )
    return f"no writer is kept: {right}, which coins do in {chance:.0%} of cases; {advice}"


def writer_row(studio: Studio, name: str | None, base: str = EMBEDDED) -> PromptWriter:
    """The writer of this name, or the one in use; Refused where none offers any more."""
    if name is not None:
        return writers.ensure_untuned(studio, base) if name == UNTUNED else writers.get_writer(studio, name)
    row = writers.writer_in_use(studio, base)
    if row is None:
        raise Refused("no prompt writer offers: each has stopped, see `circletake prompts list`; tune another one")
    return row


def open_writer(studio: Studio, row: PromptWriter) -> Writer:
    """Loads it. NotFound names an adapter that is gone."""
    folder = None if row["folder"] is None else studio.folder / row["folder"]
    if folder is not None and not folder.is_dir():
        raise NotFound(f"the adapter of {row['name']} is gone from {folder}: restore it, or tune another writer")
    return load_writer(row["base"], folder)


def propose(row: PromptWriter, writer: Writer, prompt: str, seed: int, count: int = 1) -> list[Proposal]:
    """Up to `count` additions to a prompt, best first; none where the writer would leave it as it is."""
    best = writer.propose(prompt, seed)[:count]
    return [Proposal(row["name"], extended(prompt, each.text), each.text, each.gain) for each in best]


class Compared(TypedDict):
    """What was queued."""

    writer: str
    rewrites: list[int]
    pairs: int
    as_they_are: list[int]  # briefs to which the writer adds nothing


def compare_briefs(
    studio: Studio,
    briefs: Sequence[int],
    seeds_per_brief: int = 1,
    *,
    additions: int = 1,
    name: str | None = None,
    base: str = EMBEDDED,
    seed: int | None = None,
) -> Compared:
    """Queues blind pairs of these briefs as they were written and as a writer has them, drawn when nothing else waits.

    `additions`: how many different ones of each brief, at most. `seed`: of everything that is drawn; by chance unless given.
    """
    rows = [get_brief(studio, brief) for brief in briefs]
    row = writer_row(studio, name, base)
    writer, made, left = open_writer(studio, row), list[int](), list[int]()
    for brief in rows:
        each = (
            seeds_per_brief * additions
        )  # another picture of the written wording beside each, or all would hang on one
        first = secrets.randbelow(rewrites.SEEDS - each) if seed is None else seed + brief["id"] * each
        proposals = propose(row, writer, brief["prompt"], first, additions)
        if not proposals:
            left.append(brief["id"])
        for start, proposal in zip(range(first, first + each, seeds_per_brief), proposals, strict=False):
            seeds = range(start, start + seeds_per_brief)
            queued = rewrites.try_rewrite(
                studio, brief["id"], row["name"], proposal.prompt, seeds, priority=render_queue.TRIAL
            )
            made.append(queued["id"])
    return {"writer": row["name"], "rewrites": made, "pairs": len(made) * seeds_per_brief, "as_they_are": left}
