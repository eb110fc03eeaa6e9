"""What a model usually draws, known without loading it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feedback.errors import NotFound
from feedback.store import Studio
from feedback.trials import promotion
from generation.models.base_models import base_folder, usual_shape, usual_shapes
from generation.models.limits import Limits, Shape


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=str(tmp_path)):
        base_folder(str(tmp_path))


def test_the_largest_trained_shape_of_a_kind_is_the_usual_one() -> None:
    small, large, clip = Shape("still", 128, 128, 1), Shape("still", 256, 256, 1), Shape("clip", 128, 128, 17)
    limits = Limits(shapes=(small, large, clip))
    assert usual_shape(limits, "still") == large
    assert usual_shape(limits, "clip") == clip


@pytest.mark.parametrize(("smallest", "largest", "side"), [(1, 128, 128), (512, 1024, 512), (64, 1024, 256)])
def test_without_trained_shapes_it_is_within_the_sides(smallest: int, largest: int, side: int) -> None:
    limits = Limits(smallest_side=smallest, largest_side=largest)
    assert usual_shape(limits, "still") == Shape("still", side, side, 1)
    assert usual_shape(limits, "clip").frames > 1


def test_a_studio_asks_its_own_production_and_leaves_out_what_it_cannot_draw(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "model_index.json").write_text('{"_class_name": "WanPipeline"}')
    (model / "limits.json").write_text(json.dumps({"kinds": ["clip"], "smallest_side": 320}))
    studio = Studio.create(tmp_path / "studio")
    promotion.ensure_starter(studio)
    assert usual_shapes(studio)["still"].frames == 1
    with studio.writing() as db:
        db.execute("UPDATE versions SET base = ?", (str(model),))
    assert usual_shapes(studio) == {"clip": Shape("clip", 320, 320, 17)}
    studio.close()
