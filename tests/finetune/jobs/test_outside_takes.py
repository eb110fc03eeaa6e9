"""Takes made elsewhere are data to learn from, where production can encode them and the recipe lets them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from feedback.models import lineage, versions
from feedback.production import shots
from feedback.store import Studio
from finetune.jobs.for_whom import collect_for
from finetune.jobs.trial_lifecycle import trial_briefs
from finetune.jobs.tune import tune
from generation.intake.taking import Target, take_file
from tests.finetune.judged import cast, quick
from tests.generation.intake import files


def brought(studio: Studio, folder: Path, number: int, side: int, target: Target) -> int:
    path = folder / f"{number}.png"
    path.write_bytes(files.png(number, side, side, parameters=files.PARAMETERS))
    return take_file(studio, path, target).take


def test_pairs_with_takes_made_elsewhere_are_learned_from(studio: Studio, tmp_path: Path) -> None:
    """They have the size of their brief, whatever their files have."""
    (brief, own), *_ = studio.tuples("SELECT brief, id FROM takes ORDER BY id LIMIT 1")
    outside = brought(studio, tmp_path, 1, 64, Target(brief=brief))
    cast(studio, outside, own, "left")
    recipe = quick()
    snapshot = collect_for(studio, recipe)
    assert outside in {take for pair in snapshot.pairs for take in (pair["left"], pair["right"])}
    assert snapshot.versions[str(outside)] == "elsewhere-dream-v3"
    without = replace(recipe, data=replace(recipe.data, outside_takes=False))
    learned = {take for pair in collect_for(studio, without).pairs for take in (pair["left"], pair["right"])}
    assert outside not in learned
    assert own in learned
    result = tune(studio, recipe, progress=False)
    made = versions.get_version(studio, str(result["version"]))
    assert lineage.learned_from(studio, made["name"])["outside"] == {"elsewhere-dream-v3": 1}
    assert made["base"] == versions.get_version(studio, "tiny")["base"]


def test_briefs_that_production_cannot_encode_are_left_out(studio: Studio, tmp_path: Path) -> None:
    shot = shots.find_shot(studio, "S_010")["id"]
    left, right = (brought(studio, tmp_path, number, 50, Target(shot=shot)) for number in (1, 2))
    cast(studio, left, right, "left")
    brief = studio.value("SELECT brief FROM takes WHERE id = ?", (left,))
    assert brief not in {pair["brief"] for pair in collect_for(studio, quick()).pairs}
    guided = tune(studio, quick(method="guided", max_winner_error=2), progress=False)
    assert guided["state"] == "candidate"
    scored = {take for (take,) in studio.tuples("SELECT take FROM take_rewards")}
    assert scored
    assert not scored & {left, right}
    judged = trial_briefs(studio, "tiny")
    assert judged
    assert brief not in judged
