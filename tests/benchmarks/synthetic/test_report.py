"""Sheets have a place for every take, and figures say what renders show."""

import json

import numpy as np
import pytest

from benchmarks.synthetic import report, scenes
from benchmarks.synthetic.labels import MOVES
from benchmarks.synthetic.sheets import contact_sheet, filmstrips, loss_curves


def test_sheets_hold_every_take():
    stills, clips = np.random.rand(9, 64, 64, 3), np.random.rand(3, 17, 32, 32, 3)
    assert contact_sheet(stills, ["a caption"] * 9).size == (8 * 184 + 8, 2 * 234 + 8)
    assert filmstrips(clips, ["a caption"] * 3).size == (2 * 576 + 8, 2 * 170 + 8)


def test_loss_curves_of_splits_and_of_older_logs(tmp_path):
    rows = [{"step": k, "seconds": k, "loss": 1 / k, "clip_128": 1 / k} for k in (1, 2, 3)]
    (tmp_path / "new").write_text(
        "\n".join(json.dumps(row) for row in [*rows, {"step": 4, "still_256": 0.1, "loss": 0.1}])
    )
    (tmp_path / "old").write_text("\n".join(json.dumps({"step": k, "loss": 1 / k}) for k in (1, 2)))
    assert loss_curves(tmp_path / "new").size == loss_curves(tmp_path / "old").size == (800, 360)


def test_renders_are_measured_as_what_their_captions_say():
    rng, texts, clips = np.random.default_rng(3), [], []
    for index in range(16):
        content = scenes.sample_content(rng)
        style = scenes.Style(**{**vars(scenes.sample_style(rng)), "move": MOVES[index % 4], "amount": 1.0})
        texts.append(scenes.caption(content, rng, style.move if index < 8 else None))
        clips.append(scenes.render(content, style, 128, 17, index))
    figures = report.measure_takes(texts, np.stack(clips).astype(np.float32) / 255)
    assert all(share >= 0.8 for share in figures["agreement"].values()), figures
    assert np.mean(list(figures["moves"].values())) >= 0.8
    assert sum(figures["moves_when_silent"].values()) == pytest.approx(1)
    stills = report.measure_takes(texts, np.stack(clips).astype(np.float32)[:, :1] / 255)
    assert set(stills) == {"agreement", "block_energy"}
    assert all(0.8 < energy < 1.2 for energy in stills["block_energy"].values())
