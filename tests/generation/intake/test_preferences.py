"""Sets of preferences, as we, TRL and Pick-a-Pic have them, become takes and verdicts that a run can learn from."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from feedback.errors import Refused
from feedback.exchange.export import export_preferences
from feedback.exchange.imports import preference_files
from feedback.people import accounts
from feedback.preferences.dataset import collect
from feedback.production import projects, shots
from feedback.production.takes import get_take, list_takes
from feedback.store import Studio, media
from feedback.trials import promotion
from finetune.jobs.for_whom import not_to_learn_from
from finetune.recipe import recipe_from
from generation.intake.preferences import PreferenceIntake, SetOutcome, import_preferences
from tests.factories import copy_of
from tests.feedback.scene import Scene


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    studio = copy_of(Studio.create, tmp_path / "studio")
    promotion.ensure_starter(studio)
    projects.add_project(studio, "SET")
    shots.add_shot(studio, "SET", "A")
    accounts.add_person(studio, "import-set", "creative")
    yield studio
    studio.close()


def bring(studio: Studio, path: Path, person: str = "import-set", **more: Any) -> SetOutcome:
    shot = shots.find_shot(studio, "A", "SET")
    intake = PreferenceIntake(studio, shot["id"], accounts.get_person(studio, person), path.name)
    return import_preferences(intake, path, **more)


def shade(number: int, size: tuple[int, int] = (40, 30), kind: str = "JPEG") -> bytes:
    """A picture that no other number has."""
    sink = io.BytesIO()
    pixels = np.random.default_rng(number).integers(0, 255, (size[1], size[0], 3), np.uint8)
    Image.fromarray(pixels).save(sink, kind)
    return sink.getvalue()


def pick_a_pic(rows: list[Mapping[str, Any]], path: Path, rows_of_group: int = 2) -> Path:
    full = [
        {"are_different": True, "has_label": True, "model_0": "dream-v3", "model_1": "other", **row} for row in rows
    ]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(full), path, row_group_size=rows_of_group)
    return path


def labelled(number: int, label: float, **more: Any) -> dict[str, Any]:
    pictures = {"jpg_0": shade(2 * number), "jpg_1": shade(2 * number + 1)}
    return {"caption": f"a house {number}", **pictures, "label_0": label, "label_1": 1 - label, **more}


def verdicts(studio: Studio) -> list[tuple[str, str | None]]:
    """(prompt, model of the chosen take) of each pair; None for a tie."""
    collected = collect(studio)
    rows = []
    for pair in collected.pairs:
        winner = {1.0: pair["left"], 0.0: pair["right"]}.get(pair["p_left"])
        made = json.loads(get_take(studio, winner)["provenance"] or "{}") if winner else {"model": None}
        rows.append((collected.prompts[str(pair["brief"])], made["model"]))
    return sorted(rows, key=str)


def test_pick_a_pic(studio: Studio, tmp_path: Path) -> None:
    rows = [labelled(1, 1.0), labelled(2, 0.0), labelled(3, 0.5)]
    rows += [labelled(4, 0.5, has_label=False), labelled(5, 1.0, are_different=False), labelled(6, 0.3)]
    rows += [labelled(7, 1.0, jpg_1=b"no picture"), labelled(8, 1.0, caption=" "), labelled(9, 1.0)]
    path = pick_a_pic(rows, tmp_path / "a.parquet")
    counts = list[int | None]()
    outcome = bring(studio, path, on_count=counts.append)
    assert (outcome.taken, outcome.known, outcome.undecided, outcome.refused) == (4, 0, 2, 3)
    assert [refusal.where for refusal in outcome.refusals] == ["row 6", "row 7", "row 8"]
    assert all("\n" not in refusal.reason for refusal in outcome.refusals)
    assert counts == [9]
    assert verdicts(studio) == [
        ("a house 1", "dream-v3"),
        ("a house 2", "other"),
        ("a house 3", None),
        ("a house 9", "dream-v3"),
    ]


def test_the_same_set_again_changes_nothing_and_an_ended_one_goes_on(studio: Studio, tmp_path: Path) -> None:
    path = pick_a_pic([labelled(number, 1.0) for number in range(5)], tmp_path / "a.parquet")
    seen = list[None]()
    outcome = bring(studio, path, stop=lambda: len(seen) >= 2, on_row=lambda: seen.append(None))
    assert (outcome.taken, outcome.is_whole) == (2, False)
    outcome = bring(studio, path)
    assert (outcome.taken, outcome.known, outcome.is_whole) == (3, 2, True)
    before = (
        studio.rows("SELECT * FROM takes"),
        studio.rows("SELECT * FROM ballots"),
        studio.rows("SELECT * FROM briefs"),
    )
    outcome = bring(studio, path)
    assert (outcome.taken, outcome.known) == (0, 5)
    assert before == (
        studio.rows("SELECT * FROM takes"),
        studio.rows("SELECT * FROM ballots"),
        studio.rows("SELECT * FROM briefs"),
    )


def test_takes_say_where_they_are_from_and_can_be_learned_from(studio: Studio, tmp_path: Path) -> None:
    bring(studio, pick_a_pic([labelled(1, 1.0)], tmp_path / "a.parquet"))
    takes = list_takes(studio, project="SET")
    assert sorted(str(take["version"]) for take in takes) == ["elsewhere-dream-v3", "elsewhere-other"]
    made = json.loads(takes[0]["provenance"] or "")
    assert made["made"] == "elsewhere"
    assert made["imported"] == {"set": "a.parquet", "row": "row 1", "person": "import-set"}
    originals = {sha256 for (sha256,) in studio.tuples("SELECT original FROM outside_takes")}
    assert {media.whole_path_of(studio, sha256).read_bytes() for sha256 in originals} == {shade(2), shade(3)}
    collected = collect(studio, without=not_to_learn_from(studio, recipe_from({})))
    assert [pair["p_left"] in (0.0, 1.0) for pair in collected.pairs] == [True]
    assert not collect(studio, without=not_to_learn_from(studio, recipe_from({"data": {"outside_takes": False}}))).pairs


def trl_rows(folder: Path) -> list[dict[str, Any]]:
    for number in range(4):
        (folder / f"{number}.png").write_bytes(shade(number, kind="PNG"))
    return [
        {"prompt": "a storm", "chosen": "0.png", "rejected": "1.png"},
        {"prompt": [{"role": "user", "content": "a storm"}], "chosen": f"{folder}/2.png", "rejected": "3.png"},
    ]


def test_plain_columns_of_trl(studio: Studio, tmp_path: Path) -> None:
    rows: list[Any] = [
        *trl_rows(tmp_path),
        {"prompt": "a", "chosen": "gone.png", "rejected": "0.png"},
        {"prompt": "a", "chosen": "0.png", "rejected": "0.png"},
        {"prompt": "a", "chosen": "/dev/zero", "rejected": "0.png"},
        {"prompt": "a", "chosen": "an answer\0", "rejected": 5},
        {"chosen": "0.png", "rejected": "1.png"},
        [1],
    ]
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n" + "[" * 50_000 + "\n{broken\n", "utf-8-sig")
    outcome = bring(studio, path)
    assert (outcome.taken, outcome.refused) == (2, 8)
    assert [refusal.where for refusal in outcome.refusals] == [f"row {number}" for number in range(3, 11)]
    assert len(studio.rows("SELECT id FROM briefs")) == 1  # of one prompt and size


def test_embedded_pictures_as_datasets_writes_them(studio: Studio, tmp_path: Path) -> None:
    trl = trl_rows(tmp_path)
    columns = {name: [str(tmp_path / row[name]) for row in trl] for name in ("chosen", "rejected")}
    table = datasets.Dataset.from_dict({"prompt": ["a storm", "a calm"], **columns})
    table = table.cast_column("chosen", datasets.Image()).cast_column("rejected", datasets.Image())
    (tmp_path / "set").mkdir()
    table.to_parquet(str(tmp_path / "set" / "train-0.parquet"))
    outcome = bring(studio, tmp_path / "set")
    assert (outcome.taken, outcome.refused) == (2, 0)


@pytest.mark.parametrize("format", ["trl", "jsonl", "parquet"])
def test_our_own_exports(studio: Studio, tmp_path: Path, format: str) -> None:
    other = Scene(copy_of(Studio.create, tmp_path / "other"))
    for number in range(2):
        left, right = other.takes(other.brief(f"a house {number}"))
        other.judge("ana", left, right, "right")
    made = Path(export_preferences(other.studio, format, tmp_path / "out")["path"])
    outcome = bring(studio, made)
    assert (outcome.taken, outcome.refused) == (2, 0)
    assert verdicts(studio) == [("a house 0", "starter"), ("a house 1", "starter")]

    projects.add_project(other.studio, "SET")  # where the verdicts are known already
    shots.add_shot(other.studio, "SET", "A")
    outcome = bring(other.studio, made, person="ben")
    assert (outcome.taken, outcome.known) == (0, 2)


def test_left_and_right_say_nothing(studio: Studio, tmp_path: Path) -> None:
    for number in range(24):
        (tmp_path / f"{number}.png").write_bytes(shade(number, (8, 8), "PNG"))
    rows = [{"prompt": "a", "chosen": f"{n}.png", "rejected": f"{n + 1}.png"} for n in range(0, 24, 2)]
    (tmp_path / "set.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert bring(studio, tmp_path / "set.jsonl").taken == 12
    sides = {row["verdict"] for row in studio.rows("SELECT verdict FROM ballots")}
    assert sides == {"left", "right"}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.parquet", b"PAR1 not really PAR1"),
        ("a.parquet", b""),
        ("a.txt", b"prompt"),
        ("a.jsonl", b"x" * (5 * 2**20)),
    ],
)
def test_what_is_no_set(studio: Studio, tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(Refused) as refusal:
        bring(studio, tmp_path / name)
    assert "\n" not in str(refusal.value)
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "gone.jsonl"):
        with pytest.raises(Refused):
            bring(studio, path)


def test_a_table_of_other_columns(studio: Studio, tmp_path: Path) -> None:
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([{"prompt": "a", "answer": "b"}]), tmp_path / "a.parquet")
    with pytest.raises(Refused, match="give the columns prompt, chosen, rejected or caption"):
        bring(studio, tmp_path / "a.parquet")


def test_a_large_file_is_not_held_in_memory(tmp_path: Path) -> None:
    """A group of its rows is, as far as Arrow counts what it holds."""
    rows = [{"caption": "a", "jpg_0": bytes(400_000), "jpg_1": b"b", "label_0": 1.0, "label_1": 0.0}] * 4
    schema = pyarrow.Table.from_pylist(rows).schema
    chance = np.random.default_rng(1)
    with pyarrow.parquet.ParquetWriter(
        tmp_path / "a.parquet", schema, compression="none", use_dictionary=False
    ) as writer:
        for _ in range(20):
            group = [{**row, "jpg_0": chance.bytes(400_000)} for row in rows]
            writer.write_table(pyarrow.Table.from_pylist(group))
    before, most = pyarrow.total_allocated_bytes(), 0
    file = preference_files.open_preferences(tmp_path / "a.parquet")
    assert file.length == 80
    rows_read = 0
    for _ in file.rows:
        rows_read += 1
        most = max(most, pyarrow.total_allocated_bytes() - before)
    assert rows_read == 80
    assert most < 0.25 * 80 * 400_000
