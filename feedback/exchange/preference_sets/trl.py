"""A folder for TRL: images/, data.jsonl (paths relative to the folder) and metadata.jsonl.

`datasets.load_dataset("imagefolder", data_dir=FOLDER)` gives prompt and two Image columns.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from feedback.exchange.files import check_count, whole_folder
from feedback.exchange.preference_sets.rows import SIDES
from feedback.json_lines import read_json_lines, write_json_lines


def write_trl(rows: Iterable[Mapping[str, Any]], out: Path) -> tuple[Path, int]:
    with whole_folder(out, marker="data.jsonl") as partial:
        (partial / "images").mkdir()
        inside = [{**row, **{side: copy_image(row, side, partial) for side in SIDES}} for row in rows]
        write_json_lines(partial / "data.jsonl", inside)
        # "<column>_file_name" is how datasets' imagefolder reader names an image column.
        write_json_lines(partial / "metadata.jsonl", [as_imagefolder(row) for row in inside])
        again = read_json_lines(partial / "data.jsonl")
        whole = [row for row in again if all((partial / row[side]).is_file() for side in SIDES)]
        check_count(out, len(whole), len(inside))
    return out, len(whole)


def copy_image(row: Mapping[str, Any], side: str, folder: Path) -> str:
    source = Path(row[side])
    name = f"images/take{row[f'{side}_take']}{source.suffix}"
    if not (folder / name).exists():
        shutil.copyfile(source, folder / name)
    return name


def as_imagefolder(row: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{key}_file_name" if key in SIDES else key: value for key, value in row.items()}
