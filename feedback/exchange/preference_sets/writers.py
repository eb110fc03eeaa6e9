"""What people preferred, in TRL's preference format: prompt, chosen, rejected.

trl      a folder: images/, data.jsonl (paths relative to the folder) and metadata.jsonl, so that
         `datasets.load_dataset("imagefolder", data_dir=FOLDER)` gives prompt and two Image columns
jsonl    one file whose chosen and rejected are paths of the studio's archived media
parquet  one file with the image bytes inside; `Dataset.from_parquet` gives Image columns

A pair is exported when more than half of its votes are for one take. Ties, evenly split pairs, pairs that were only
ever "both bad" and skips say nothing about which is better and are left out. So are takes of open trials: their
version is still a secret. A clip is represented by its poster.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from feedback.errors import Invalid, Refused
from feedback.exchange.files import check_count, whole_file, whole_folder
from feedback.fields import clean_text
from feedback.json_lines import read_json_lines, write_json_lines
from feedback.preferences.dataset import collect
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.store import Studio, media

SIDES = ("chosen", "rejected")


def export_preferences(s: Studio, format: str, out: str | Path) -> dict[str, Any]:
    """Writes into the folder `out`; returns {"path": str, "count": pairs}.

    Raises Invalid for an unknown format and Refused when no pair has a winner or a picture is missing.
    """
    if format not in PREFERENCE_FORMATS:
        raise Invalid(f"format {format!r}: choose one of {', '.join(PREFERENCE_FORMATS)}")
    rows = preference_rows(s)
    if not rows:
        raise Refused("no pair has a winner yet: judge some takes first (ties are not exported as wins)")
    path, count = WRITERS[format](rows, Path(out))
    return {"path": str(path), "count": count}


def preference_rows(s: Studio) -> list[dict[str, Any]]:
    """One row per pair with a winner; chosen and rejected are paths of pictures in the studio."""
    preferences = collect(s)
    hidden = {next(iter(row.values())) for row in s.rows(TAKES_OF_OPEN_TRIALS)}
    pairs = [{**pair, "source": "ballots"} for pair in preferences.pairs]
    pairs += [{**pair, "source": "stars"} for pair in preferences.star_pairs]
    won = [pair for pair in pairs if pair["p_left"] != 0.5 and not {pair["left"], pair["right"]} & hidden]
    takes = {
        row["id"]: row for row in s.rows("SELECT id, version, seed, media, poster FROM takes WHERE state = 'done'")
    }
    return [preference_row(s, pair, takes, preferences.prompts) for pair in won]


def preference_row(
    s: Studio, pair: dict[str, Any], takes: dict[int, dict[str, Any]], prompts: dict[str, str]
) -> dict[str, Any]:
    order = ("left", "right") if pair["p_left"] > 0.5 else ("right", "left")
    chosen, rejected = (takes[pair[side]] for side in order)
    return {
        "prompt": clean_text(prompts[str(pair["brief"])]),
        "chosen": str(picture_of(s, chosen)),
        "rejected": str(picture_of(s, rejected)),
        "p_chosen": round(max(pair["p_left"], 1 - pair["p_left"]), 6),
        "source": pair["source"],
        "judgements": len(pair["judgements"]),
        "brief": pair["brief"],
        "chosen_take": chosen["id"],
        "rejected_take": rejected["id"],
        "chosen_version": chosen["version"],
        "rejected_version": rejected["version"],
    }


def picture_of(s: Studio, take: dict[str, Any]) -> Path:
    path = media.path_of(s, take["poster"] or take["media"])
    if not path.is_file():
        raise Refused(f"the picture of take {take['id']} is missing ({path.name}): restore it or run circletake doctor")
    return path


def write_trl(rows: list[dict[str, Any]], out: Path) -> tuple[Path, int]:
    with whole_folder(out, marker="data.jsonl") as partial:
        (partial / "images").mkdir()
        inside = [{**row, **{side: copy_image(row, side, partial) for side in SIDES}} for row in rows]
        write_json_lines(partial / "data.jsonl", inside)
        # "<column>_file_name" is how datasets' imagefolder reader names an image column.
        write_json_lines(partial / "metadata.jsonl", [as_imagefolder(row) for row in inside])
        again = read_json_lines(partial / "data.jsonl")
        whole = [row for row in again if all((partial / row[side]).is_file() for side in SIDES)]
        check_count(out, len(whole), len(rows))
    return out, len(whole)


def copy_image(row: dict[str, Any], side: str, folder: Path) -> str:
    source = Path(row[side])
    name = f"images/take{row[f'{side}_take']}{source.suffix}"
    if not (folder / name).exists():
        shutil.copyfile(source, folder / name)
    return name


def as_imagefolder(row: dict[str, Any]) -> dict[str, Any]:
    return {f"{key}_file_name" if key in SIDES else key: value for key, value in row.items()}


def write_jsonl(rows: list[dict[str, Any]], out: Path) -> tuple[Path, int]:
    path = out / "preferences.jsonl"
    with whole_file(path) as partial:
        write_json_lines(partial, rows)
        check_count(path, len(read_json_lines(partial)), len(rows))
    return path, len(rows)


def write_parquet(rows: list[dict[str, Any]], out: Path) -> tuple[Path, int]:
    import datasets
    import pyarrow.parquet

    path = out / "preferences.parquet"
    filled = [{**row, **{side: embedded(Path(row[side])) for side in SIDES}} for row in rows]
    table = datasets.Dataset.from_list(filled, features=parquet_features(rows[0]))
    with whole_file(path) as partial:
        table.to_parquet(str(partial))
        check_count(path, pyarrow.parquet.read_metadata(partial).num_rows, len(rows))
    return path, len(rows)


def embedded(path: Path) -> dict[str, Any]:
    return {"bytes": path.read_bytes(), "path": path.name}


def parquet_features(row: dict[str, Any]) -> Any:
    import datasets

    kinds = {int: "int64", float: "float64"}
    columns = {key: datasets.Value(kinds.get(type(value), "string")) for key, value in row.items()}
    return datasets.Features({**columns, **{side: datasets.Image() for side in SIDES}})


WRITERS: dict[str, Callable[[list[dict[str, Any]], Path], tuple[Path, int]]] = {
    "trl": write_trl,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
}
PREFERENCE_FORMATS = tuple(WRITERS)
