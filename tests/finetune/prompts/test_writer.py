"""A real small language model, tuned by TRL: what it learns, what it keeps, and what is refused."""

from __future__ import annotations

import os
import re
import resource
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from feedback.errors import Conflict, Invalid, Refused
from feedback.store import Studio
from feedback.wordings import rewrites, writers
from feedback.wordings.preferences import ComparedWordings
from finetune.prompts import jobs, learning
from finetune.prompts.heldout import HeldOut, is_ordered_rightly
from finetune.prompts.learning import Measured, measure_learners
from finetune.prompts.process import WriterProcess, says_something
from finetune.prompts.tuning import WriterRecipe, rows_of, tune_writer
from finetune.prompts.words import fit_words
from finetune.prompts.writer import Writer, load_writer, save_learned
from tests import preloaded
from tests.feedback.scene import Scene

QUICK = WriterRecipe(epochs=4, least_judgements=8, folds=2)
BRIEFS = [
    f"{subject} {place}"
    for subject in ("a boat", "a house", "a car", "a tree")
    for place in ("by the sea", "in a field")
]


def compared(likes: str = "at dusk", over: str = "by day") -> list[ComparedWordings]:
    """A house that likes one addition, dislikes another, and decides nothing of a third."""
    rows = [(f"{brief}, {likes}", brief, 1.0) for brief in BRIEFS] + [
        (f"{brief}, {over}", brief, 0.0) for brief in BRIEFS
    ]
    rows += [(f"{brief}, wide shot", brief, 0.5) for brief in BRIEFS]
    return [
        {"one": one, "other": other, "share": share, "briefs": (number % 8,), "judgements": [("ballot", number, 1)]}
        for number, (one, other, share) in enumerate(rows)
    ]


def test_an_untuned_writer_adds_to_any_prompt_the_same_again_for_a_seed() -> None:
    writer = load_writer()
    first = writer.propose("Agent Morton waits in the rain", 3)
    assert [each.text for each in first] == [each.text for each in writer.propose("Agent Morton waits in the rain", 3)]
    assert first
    assert all(each.gain == 0 for each in first)


def test_a_writer_learns_what_people_chose_and_its_base_stays_as_it_is() -> None:
    pairs = compared()
    before = load_writer().log_probability("a lighthouse", ["at dusk"])
    tuned = tune_writer(load_writer(), pairs, QUICK)
    assert all(is_ordered_rightly(tuned, pair) == 1 for pair in pairs if pair["share"] != 0.5)
    liked, disliked = tuned.gains("a lighthouse in the desert", ["at dusk", "by day"])
    assert liked > disliked
    best = tuned.propose("a lighthouse in the desert", 1)
    assert best
    assert "at dusk" in best[0].text
    assert all("by day" not in each.text for each in best[:2])
    with tuned.model.disable_adapter():
        assert tuned.log_probability("a lighthouse", ["at dusk"]).item() == pytest.approx(before.item(), abs=1e-4)
    with pytest.raises(ValueError, match="has an adapter in it already"):
        tune_writer(Writer(tuned.model.base_model.model, tuned.tokenizer), pairs, QUICK)


def test_a_language_model_is_tuned_once_for_each_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was tuned anew for each held-out pair: minutes in place of seconds, on adapters in adapters."""
    tuned = list[int]()

    def tune(writer: Writer, pairs: list[ComparedWordings], recipe: WriterRecipe) -> Writer:
        tuned.append(len(pairs))
        return tune_writer(writer, pairs, recipe)

    monkeypatch.setattr(learning, "tune_writer", tune)
    measured = measure_learners("starter", compared(), replace(QUICK, learner="dpo"))
    assert len(tuned) == QUICK.folds
    assert (measured.heldout.pairs, measured.heldout.accuracy > 0.8) == (16, True)
    assert measured.heldout.chance < 0.05


def likes_evening(words: list[str]) -> float:
    return words.count("at dusk") + 0.5 * words.count("in the fog") - words.count("by day")


def judged_by_taste(count: int, seed: int) -> list[ComparedWordings]:
    """So many briefs, each with two additions of one to three phrases: ties where nothing changes, one slip in twelve."""
    rng = np.random.default_rng(seed)
    rows = list[ComparedWordings]()
    for number in range(count):
        written = f"{rng.choice(SUBJECTS)} {rng.choice(PLACES)}, {rng.choice(SHOTS)}"
        for _ in range(2):
            added = [str(word) for word in rng.choice(ADDED, rng.integers(1, 4), replace=False)]
            gap = likes_evening(added)
            share = 0.5 if gap == 0 else float((gap > 0) != (rng.random() < 1 / 12))
            judgement = ("ballot", len(rows), 1)
            pair = (f"{written}, {', '.join(added)}", written, share, (number,), [judgement])
            rows.append(ComparedWordings(**dict(zip(PARTS, pair, strict=True))))  # type: ignore[typeddict-item]
    return rows


PARTS = ("one", "other", "share", "briefs", "judgements")
SUBJECTS = ("a boat", "a lighthouse", "a cottage", "a lone figure", "a parked car")
PLACES = ("by the sea", "in a field", "in the woods", "downtown")
SHOTS = ("close-up", "seen from afar", "medium shot", "wide shot")
ADDED = ("at dusk", "by day", "at night", "at dawn", "in the fog", "in the rain", "in the snow", "in clear weather")


def test_words_learn_from_a_hundred_verdicts() -> None:
    pairs = judged_by_taste(60, 0)
    assert 60 < sum(pair["share"] != 0.5 for pair in pairs) < 100
    measured = measure_learners("starter", pairs, WriterRecipe(learner="words"))
    assert measured.heldout.accuracy > 0.75
    reward = fit_words(pairs).reward
    assert reward("a car, at dusk") > reward("a car, at night") > reward("a car, by day")
    assert reward("a car on a bridge") == reward("a car on a bridge, with a red door"), "nobody judged these words"


def test_where_nothing_decides_words_claim_nothing() -> None:
    """Verdicts by coins: below a half as often as above it, so that what is measured of words leans to neither side."""
    rng, accuracies = np.random.default_rng(5), list[float]()
    for seed in range(12):
        pairs = judged_by_taste(50, seed)
        for pair in pairs:
            pair["share"] = float(rng.random() < 0.5)
        accuracies.append(measure_learners("starter", pairs, WriterRecipe(learner="words")).heldout.accuracy)
    assert 0.45 < np.mean(accuracies) < 0.55


def test_learned_words_are_kept_and_read(tmp_path: Path) -> None:
    writer = replace(load_writer(), words=fit_words(compared()))
    save_learned(writer, tmp_path)
    again = load_writer(adapter=tmp_path)
    assert again.words == writer.words
    best = again.propose("a lighthouse in the desert", 1)
    assert "at dusk" in best[0].text
    assert all("by day" not in each.text for each in best[:2])
    assert best == writer.propose("a lighthouse in the desert", 1)
    for damaged in ('{"weights": 3}', "[]", '{"weights": {"at'):
        (tmp_path / "words.json").write_text(damaged)
        with pytest.raises(Invalid, match=r"words.json holds no weights of words: restore it"):
            load_writer(adapter=tmp_path)


@pytest.mark.parametrize(
    ("accuracy", "advice"),
    [(0.34, "these words do not decide what people choose"), (0.54, r"about \d+ more decided pairs would show it")],
)
def test_a_refused_writer_names_what_speaks_against_it_and_what_to_do(accuracy: float, advice: str) -> None:
    measured = Measured("words", HeldOut(109, accuracy, 0.4), {"words": accuracy, "dpo": 0.3})
    refusal = jobs.advise(jobs.describe_refusal(measured, WriterRecipe()), measured.heldout.chance)
    assert re.match(f"no writer is kept: {accuracy:.0%} of 109 held-out pairs.*coins do in 40%.*{advice}", refusal)
    assert "\n" not in refusal


def test_what_trl_reads_ends_where_the_wordings_part() -> None:
    rows = rows_of(load_writer(), compared()[:1] + compared()[8:9] + compared()[16:17])
    assert rows == [
        {"prompt": "<s>a boat by the sea,", "chosen": " at dusk", "rejected": ""},
        {"prompt": "<s>a boat by the sea,", "chosen": "", "rejected": " by day"},
    ]


def test_a_folder_without_a_language_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="holds no language model"):
        load_writer(str(tmp_path))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(Studio.create(tmp_path / "studio"))


def judge_all(scene: Scene, likes: str, over: str) -> None:
    writers.ensure_untuned(scene.studio)
    for brief in BRIEFS:
        number = scene.brief(brief)
        for added in (likes, over):
            rewrites.try_rewrite(scene.studio, number, "untuned", f"{brief}, {added}", [1])
    scene.draw()
    for written, rewritten, prompt in scene.studio.tuples(
        "SELECT w.written, w.rewritten, r.prompt FROM wording_pairs w JOIN rewrites r ON r.id = w.rewrite"
    ):
        scene.judge("cas", written, rewritten, "right" if prompt.endswith(likes) else "left")


def test_from_verdicts_to_a_writer_in_use(scene: Scene) -> None:
    studio = scene.studio
    with pytest.raises(Refused, match="0 decided pairs of wordings, of the 8"):
        jobs.tune_prompts(studio, recipe=QUICK)
    judge_all(scene, "at dusk", "by day")
    made = jobs.tune_prompts(studio, recipe=QUICK)
    assert (made["writer"], made["pairs"], made["judgements"]) == ("w0001", 16, 16)
    assert made["heldout_accuracy"] > 0.7
    row = jobs.writer_row(studio, None)
    assert (row["name"], row["base"]) == ("w0001", "starter")
    proposals = jobs.propose(row, jobs.open_writer(studio, row), "a person in the woods", 1)
    assert proposals[0].prompt == f"a person in the woods, {proposals[0].addition}"
    assert "at dusk" in proposals[0].addition
    with pytest.raises(Refused, match="nothing was judged of wordings since w0001"):
        jobs.tune_prompts(studio, recipe=QUICK)
    chosen = rewrites.briefs_to_compare(studio, 3)
    assert chosen == [], "each was compared"
    brief = scene.brief("a car in town")
    queued = jobs.compare_briefs(studio, [brief], 2)
    assert (queued["writer"], queued["pairs"]) == ("w0001", 2 * len(queued["rewrites"]))
    studio.close()


def test_where_the_words_say_nothing_no_writer_is_made(scene: Scene) -> None:
    judge_all(scene, "at dusk", "by day")
    pairs = scene.studio.tuples("SELECT written, rewritten FROM wording_pairs")
    for number, (written, rewritten) in enumerate(pairs):
        scene.judge("cas", written, rewritten, "left" if (number // 4) % 2 else "right")
    with pytest.raises(Refused, match="held-out pairs of wordings are ordered rightly, which coins do"):
        jobs.tune_prompts(scene.studio, recipe=QUICK)
    assert writers.list_writers(scene.studio)[-1]["name"] == "untuned"
    refused = writers.refused_tuning(scene.studio)
    assert refused is not None
    assert (refused["pairs"], refused["accuracy"] < 0.8) == (16, True)
    writers.register_writer(scene.studio, "w0001", "starter", "models/w0001", {}, {}, [])
    assert writers.refused_tuning(scene.studio) is None, "a later tuning kept one"
    scene.studio.close()


def test_the_pages_ask_a_process_of_its_own(scene: Scene) -> None:
    process = WriterProcess(scene.studio, preloaded.python(), patience=240)
    try:
        proposals = process.ask("a boat by the sea", 1, 2)
        assert 1 <= len(proposals) <= 2
        assert proposals[0]["writer"] == "untuned"
        assert proposals[0]["prompt"].startswith("a boat by the sea, ")
        assert process.ask("a boat by the sea", 1, 2) == proposals
        writers.stop_by_hand(scene.studio, "untuned", "enough")
        with pytest.raises(Refused, match="no prompt writer offers"):
            process.ask("a boat by the sea", 1, 2)
    finally:
        process.close()
        scene.studio.close()


def test_a_writer_has_its_name_once(scene: Scene) -> None:
    writers.register_writer(scene.studio, "w0001", "starter", "x", {}, {}, [])
    with pytest.raises(Conflict):
        writers.register_writer(scene.studio, "w0001", "starter", "x", {}, {}, [])
    scene.studio.close()


def test_a_server_with_many_open_files_is_answered_too() -> None:
    """A file for each connection: `select.select` would refuse the pipe."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    opened = [os.open(os.devnull, os.O_RDONLY)]
    try:
        while opened[-1] < 1100:
            opened.append(os.dup(opened[0]))
        reading, writing = os.pipe()
        assert reading > 1024
        with os.fdopen(reading) as stream, os.fdopen(writing, "w") as pipe:
            assert not says_something(stream, 0)
            pipe.write("an answer\n")
            pipe.flush()
            assert says_something(stream, 5)
    finally:
        for number in opened:
            os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
