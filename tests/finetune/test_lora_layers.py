"""Which layers get an adapter."""

from __future__ import annotations

import pytest

from feedback.errors import Invalid
from feedback.models import runs
from feedback.store import Studio
from finetune.jobs.tune import tune
from finetune.tunable_model import load_tunable_model
from generation.models.loading import load_version
from generation.sampling import sample
from tests.finetune.judged import quick


def adapted(studio: Studio, *targets: str) -> set[str]:
    """Last parts of the names of the layers with an adapter."""
    model = load_tunable_model(studio, "tiny", quick(target_modules=targets or None))
    return {name.split(".lora_")[0].rpartition(".")[2] for name in model.trainable}


def test_only_the_named_layers_are_adapted(studio: Studio) -> None:
    assert adapted(studio, "to_q", "to_v") == {"to_q", "to_v"}
    assert adapted(studio) > {"to_q", "to_v"}


@pytest.mark.parametrize("name", ["to_query", "o_q", "norm2", "blocks", "0"])
def test_name_that_fits_no_layer_is_one_line_that_lists_those_there_are(studio: Studio, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        tune(studio, quick(target_modules=("to_q", name)), progress=False)
    assert f"lora.target_modules: {name!r}" in str(caught.value)
    assert "to_k" in str(caught.value)
    assert "to_out.0" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (runs.get_run(studio, 1)["state"], runs.get_run(studio, 1)["version"]) == ("failed", None)


def test_version_of_other_layers_draws(studio: Studio) -> None:
    tune(studio, quick(target_modules=("to_q", "to_out.0")), progress=False)
    brief = studio.row("SELECT * FROM briefs")
    before, after = (sample(load_version(studio, name), brief, [1])[0] for name in ("tiny", "v0001"))
    assert (before != after).any()
