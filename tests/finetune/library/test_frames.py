"""A run on the library alone: a version like any other, of what may be learned from, and runs on judgements stand on it."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from feedback.errors import Invalid, NotFound, Refused
from feedback.ledger.contents import ledger_of
from feedback.library import items
from feedback.models import lineage, runs, versions
from feedback.models.library_adapters import newest_library_version
from feedback.models.version_rights import missing_for_version
from feedback.preferences.dataset import collect
from feedback.preferences.snapshot import freeze
from feedback.production import projects
from feedback.rights import consents, contributors, licences
from feedback.store import Studio
from feedback.trials import promotion
from finetune.data.latent_cache import make_latent_cache
from finetune.data.library.collecting import collect_library
from finetune.errors import TooFewItems
from finetune.jobs.tune import tune
from finetune.methods.frames import LibrarySft
from finetune.settings import Recipe
from finetune.tunable_model import load_tunable_model
from generation.model_card import base_facts
from generation.models.loading import forget_versions, load_version
from generation.sampling import sample
from tests import preloaded
from tests.finetune.judged import judge_briefs, quick
from tests.finetune.library.shelf import fill_library
from tests.tiny_pipelines.ltx import tiny_ltx
from tests.tiny_pipelines.stable_diffusion import tiny_stable_diffusion

LIBRARY: dict[str, Any] = {"method": "sft", "learn_from": "library", "max_steps": 12, "eval_steps": 4, "pairs": 0}
DRAW = """
import hashlib, sys
from pathlib import Path
from feedback.store import Studio
from generation.models.loading import load_version
from generation.sampling import sample
studio = Studio.open(Path(sys.argv[1]))
drawn = sample(load_version(studio, sys.argv[2]), studio.row("SELECT * FROM briefs"), [1])[0]
print(hashlib.sha256(drawn.tobytes()).hexdigest())
"""


def of_library(**changes: Any) -> Recipe:
    return quick(**{**LIBRARY, **changes})


def test_it_becomes_a_candidate_that_is_less_wrong_about_frames_it_has_not_seen(studio: Studio) -> None:
    frames, clips = fill_library(studio, 24), fill_library(studio, 6, frames=5)
    result = tune(studio, of_library(), progress=False)
    metrics = runs.get_run(studio, result["run"])["metrics"] or {}
    assert (result["state"], metrics["winner_error_ratio"] < 1, metrics["heldout_accuracy"] > 0.5) == (
        "candidate",
        True,
        True,
    )
    assert metrics["library"]["sizes"] == {"32x32x1": 24, "32x32x5": 6}
    assert (metrics["judgements"], metrics["library"]["titles"]) == (0, ["Harbour"])
    learned = {row["item"] for row in studio.rows("SELECT item FROM run_library_items WHERE run = ?", (result["run"],))}
    assert learned == {*frames, *clips}


def test_runs_on_judgements_stand_on_it_and_their_ledger_lists_both(studio: Studio, tmp_path: Path) -> None:
    ann = contributors.add_contributor(studio, "Ann Quay")["id"]
    allowed = consents.add_consent(
        studio, "Ann Quay", subject="likeness", uses=["training"], described="harbour scenes", projects=()
    )
    frames = fill_library(studio, 20, people=(ann,))
    tune(studio, of_library(), progress=False)
    judge_briefs(studio)
    result = tune(studio, quick(pairs=0), progress=False)
    version = str(result["version"])
    assert result["metrics"]["stands_on"] == "v0001"
    folders = [each["folder"] for each in versions.get_version(studio, version)["adapters"]]
    assert folders == ["models/v0001", f"models/{version}"]
    assert [run["id"] for run in lineage.learned_from(studio, version)["runs"]] == [1, 2]
    ledger = ledger_of(studio, version, base_facts(studio, version))
    assert [row["frame"] for row in ledger.streams["frames"]()] == frames
    assert [(row["title"], row["frames"]) for row in ledger.head["titles"]] == [("Harbour", 20)]
    brief = studio.row("SELECT * FROM briefs")
    here = sample(load_version(studio, version), brief, [1])[0]
    alone = sample(load_version(studio, "v0001"), brief, [1])[0]
    assert (here != alone).any()
    studio.close()
    command = [preloaded.python(), "-c", DRAW, str(studio.folder), version]
    fresh = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    again = Studio.open(studio.folder)
    assert fresh.stdout.strip() == hashlib.sha256(np.ascontiguousarray(here).tobytes()).hexdigest()
    consents.end_consent(again, allowed["id"], reason="she asked us to", person=None)
    for name in ("v0001", version):
        assert "Ann Quay" in missing_for_version(again, name)[0]
    assert newest_library_version(again, versions.get_version(again, "tiny")["base"], None) is None
    after = tune(again, quick(pairs=0, seed=1), progress=False)
    assert "stands_on" not in after["metrics"]
    again.close()


def test_the_reference_has_the_library_and_guards_do_without(studio: Studio) -> None:
    fill_library(studio, 20)
    tune(studio, of_library(), progress=False)
    x, t = torch.randn(1, 4, 1, 4, 4), torch.tensor([0.5])
    text = {"encoder_hidden_states": torch.randn(1, 64, 32)}
    recipe = quick(start_from="base")
    model, plain = load_tunable_model(studio, "tiny", recipe, "v0001"), load_tunable_model(studio, "tiny", recipe)
    merged = load_version(studio, "v0001").pipe.transformer

    def predicted(some: Any, network: torch.nn.Module) -> torch.Tensor:
        return some.family.predict(network, x, t, text)

    with torch.no_grad():
        with model.reference():
            torch.testing.assert_close(predicted(model, model.networks["transformer"]), predicted(model, merged))
        with model.without_library():
            bare = predicted(model, model.networks["transformer"])
        torch.testing.assert_close(bare, predicted(plain, plain.networks["transformer"]))
        assert not torch.allclose(bare, predicted(model, merged), atol=1e-6)
    trained = {name for name, weight in model.networks["transformer"].named_parameters() if weight.requires_grad}
    assert trained
    assert all(".tuned." in name for name in trained)
    forget_versions()


def test_what_may_not_be_learned_from_is_left_out_by_name(studio: Studio) -> None:
    ben = contributors.add_contributor(studio, "Ben Day")["id"]
    fill_library(studio, 22)
    fill_library(studio, 3, title="Nobody allowed", licence="drawing only", uses=["drawing"])
    fill_library(studio, 2, title="He did not agree", people=(ben,))
    projects.add_project(studio, "Q", "Another")
    fill_library(studio, 4, title="For Q alone", licence="of Q", projects=["Q"])
    items.exclude(studio, [1], "the set was not ours")
    left_out = collect_library(studio, of_library()).left_out
    assert sum(left_out.values()) == 10
    for words, count in {"drawing only": 3, "Ben Day": 2, "of Q": 4, "excluded": 1}.items():
        assert sum(number for reason, number in left_out.items() if words in reason) == count
    for_q = collect_library(studio, of_library(project="Q"))
    assert {row["title"] for row in for_q.rows} == {"Harbour", "For Q alone"}
    licences.end_licence(studio, "catalogue", reason="it ran out", person=None)
    with pytest.raises(TooFewItems, match=r"0 frames and clips .* library\.min_items is 20.*catalogue"):
        tune(studio, of_library(), progress=False)
    assert not runs.list_runs(studio)


def test_refusals_name_the_field_and_leave_nothing(studio: Studio) -> None:
    with pytest.raises(TooFewItems, match="circletake library add"):
        tune(studio, of_library(), progress=False)
    with pytest.raises(Invalid, match="method: 'dpo' is not sft"):
        of_library(method="dpo")
    with pytest.raises(NotFound, match="no title"):
        tune(studio, of_library(titles=["Nowhere"]), progress=False)
    fill_library(studio, 30)
    studio.rows("SELECT 1")
    with studio.writing() as db:
        db.execute("UPDATE library_items SET shot = 0")
    with pytest.raises(TooFewItems, match="of one shot"):
        tune(studio, of_library(), progress=False)
    assert not runs.list_runs(studio)


def test_a_run_can_name_the_adapter_that_it_stands_on(studio: Studio) -> None:
    fill_library(studio, 20)
    tune(studio, of_library(), progress=False)
    judge_briefs(studio)
    with pytest.raises(Refused, match="is no library adapter"):
        tune(studio, quick(adapter="tiny", pairs=0), progress=False)
    promotion.reject(studio, "v0001", reason="it draws worse")
    result = tune(studio, quick(pairs=0), progress=False)
    assert "stands_on" not in result["metrics"]


def test_dry_run_measures_it_and_keeps_nothing(studio: Studio) -> None:
    fill_library(studio, 24)
    result = tune(studio, of_library(), dry_run=True, progress=False)
    assert result["metrics"]["library"]["heldout"] > 0
    assert result["estimate"]["steps"] == 12
    assert result["estimate"]["takes_to_encode"] == 24
    assert not runs.list_runs(studio)


def test_captions_are_dropped_at_the_rate_and_titles_stand_for_those_that_are_missing(studio: Studio) -> None:
    fill_library(studio, 20, caption="")
    row = collect_library(studio, of_library()).rows[0]
    assert (row["prompt"], row["described"]) == ("Harbour", False)
    assert collect_library(studio, of_library(without_caption="empty")).rows[0]["prompt"] == ""
    assert not collect_library(studio, of_library(without_caption="leave_out")).rows
    from finetune.data.library.split import example_of

    example = example_of(row)
    for rate in (0.0, 0.25):
        method = LibrarySft(of_library(caption_dropout=rate))
        dropped = [method.with_or_without(example, draw).prompt == "" for draw in range(2000)]
        assert np.mean(dropped) == pytest.approx(rate, abs=0.03)


def test_the_hash_of_judgements_alone_is_what_it_was(studio: Studio) -> None:
    judge_briefs(studio, 2)
    assert "library" not in freeze(collect(studio))[0]


@pytest.mark.parametrize(
    ("make", "frames", "side", "sizes"),
    [(tiny_stable_diffusion, 1, 45, {"32x64x1", "64x32x1"}), (tiny_ltx, 9, 90, {"64x128x9", "128x64x9"})],
    ids=["stable diffusion", "ltx"],
)
def test_other_families_learn_from_pictures_of_several_proportions(
    tmp_path: Path, make: Any, frames: int, side: int, sizes: set[str]
) -> None:
    from generation.families.folder import UsualClip
    from generation.models.limits import Limits, write_limits
    from tests.finetune.judged import tiny_studio

    base = make(tmp_path / "model")
    write_limits(base, Limits(usual_side=side, usual_clip=UsualClip(side, side, frames, 24)))
    studio = tiny_studio(tmp_path / "studio", base)
    for number, size in enumerate([(96, 48), (48, 96)]):
        fill_library(studio, 10, title=f"Reel {number}", frames=frames, size=size, draw=sized(size))
    result = tune(studio, of_library(max_steps=6, eval_steps=3), progress=False)
    assert set(result["metrics"]["library"]["sizes"]) == sizes
    studio.close()
    forget_versions()


def sized(size: tuple[int, int]) -> Any:
    """Draws pictures of this width and height."""
    from fractions import Fraction
    from io import BytesIO

    from PIL import Image

    from generation.media.encode import encode_clip

    def draw(redness: float, chance: np.random.Generator, frames: int = 1) -> bytes:
        pixels = 90 + 40 * chance.standard_normal((frames, size[1], size[0], 3))
        pixels[..., 0] += 120 * redness
        taken = pixels.clip(0, 255).astype(np.uint8)
        if frames > 1:
            return encode_clip(taken, Fraction(24))
        sink = BytesIO()
        Image.fromarray(taken[0]).save(sink, "PNG")
        return sink.getvalue()

    return draw


def test_pictures_are_read_in_the_size_that_they_are_learned_in(studio: Studio) -> None:
    from finetune.data.library.pictures import read_row

    fill_library(studio, 2, size=(96, 48), draw=sized((96, 48)))
    fill_library(studio, 2, frames=7)
    rows = collect_library(studio, of_library()).rows
    assert [tuple(read_row(studio, row).shape) for row in rows] == [
        *[(3, 1, row["height"], row["width"]) for row in rows[:2]],
        *[(3, 5, 32, 32)] * 2,
    ]
    assert json.dumps(rows)  # goes into a snapshot
    assert make_latent_cache
