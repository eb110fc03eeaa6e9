"""Files of preferences, row by row, however large they are: a folder or lines of JSON, or Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from feedback.errors import Invalid, NotFound, Refused, one_line

LINES = ("data.jsonl", "metadata.jsonl")  # of a folder, the first that is there
LONGEST_LINE = 4 * 2**20  # bytes
ROWS_AT_ONCE = 8  # of a Parquet file in memory
READ_AHEAD = 2**20  # bytes of each of its columns
COLUMNS = (
    *("prompt", "chosen", "rejected", "chosen_file_name", "rejected_file_name", "chosen_version", "rejected_version"),
    *("caption", "jpg_0", "jpg_1", "label_0", "label_1", "are_different", "has_label", "model_0", "model_1"),
)
"""Those that are read: TRL's and ours, and Pick-a-Pic's."""
NEEDED = (("prompt", "chosen", "rejected"), ("caption", "jpg_0", "jpg_1", "label_0", "label_1"))


class RawRow(NamedTuple):
    where: str  # as refusals call it: row 12
    values: Mapping[str, Any] | None  # None: it cannot be read
    folder: Path  # where relative paths begin
    reason: str = ""  # why it cannot be read


class PreferenceFile(NamedTuple):
    rows: Iterator[RawRow]
    length: int | None  # rows; None: unknown before they are read


def open_preferences(path: Path) -> PreferenceFile:
    """NotFound or Invalid, in one line, for what is no set of preferences."""
    if path.is_dir():
        lines = next((path / name for name in LINES if (path / name).is_file()), None)
        if lines is not None:
            return PreferenceFile(read_lines(lines), None)
        return open_parquets(sorted(path.glob("*.parquet")), path)
    if not path.is_file():
        raise NotFound(f"no file {path}: give a folder or a file of preferences")
    if path.suffix.lower() == ".parquet":
        return open_parquets([path], path)
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json"):
        return PreferenceFile(read_lines(path), None)
    raise Invalid(f"{path.name} is no set of preferences that can be read: give .parquet, .jsonl or a folder of TRL")


def read_lines(path: Path) -> Iterator[RawRow]:
    """A line ends at a newline alone. One that cannot be read is a row with its reason."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise Invalid(
                    f"row {number} of {path.name} is longer than {LONGEST_LINE} bytes: is it a file of lines?"
                )
            if line.strip():
                yield row_of(line.removeprefix(b"\xef\xbb\xbf"), f"row {number}", path.parent)


def row_of(line: bytes, where: str, folder: Path) -> RawRow:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        return RawRow(where, None, folder, f"it is no JSON: {one_line(error)}")
    if not isinstance(values, dict):
        return RawRow(where, None, folder, "it is no JSON object: give one a line")
    return RawRow(where, values, folder)


def open_parquets(paths: list[Path], given: Path) -> PreferenceFile:
    import pyarrow.parquet

    if not paths:
        raise NotFound(f"{given} holds no {', '.join(LINES)} and no .parquet: give a folder of preferences")
    files = []
    for path in paths:
        try:
            file = pyarrow.parquet.ParquetFile(path, buffer_size=READ_AHEAD)
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            raise Invalid(f"{path.name} is no Parquet file that can be read: {one_line(error)}") from None
        check_columns(path.name, file.schema_arrow.names)
        files.append(file)
    return PreferenceFile(read_parquets(files, paths), sum(file.metadata.num_rows for file in files))


def check_columns(name: str, columns: list[str]) -> None:
    if not any(set(needed) <= set(columns) for needed in NEEDED):
        choices = " or ".join(", ".join(needed) for needed in NEEDED)
        raise Refused(f"{name} has no preferences of pictures: give the columns {choices}")


def read_parquets(files: list[Any], paths: list[Path]) -> Iterator[RawRow]:
    """Rows are numbered through all of the files. What is damaged ends the reading with one line."""
    number = 0
    for file, path in zip(files, paths, strict=True):
        columns = [name for name in file.schema_arrow.names if name in COLUMNS]
        try:
            for values in values_of(file, columns):
                number += 1
                yield RawRow(f"row {number}", values, path.parent)
        except (OSError, ValueError) as error:  # Arrow's errors are among them
            raise Invalid(f"{path.name} is damaged after row {number}: {one_line(error)}") from None


def values_of(file: Any, columns: list[str]) -> Iterator[dict[str, Any]]:
    """One group of rows after the other: asked for all of them, Arrow holds the whole file."""
    for group in range(file.num_row_groups):
        for batch in file.iter_batches(ROWS_AT_ONCE, row_groups=[group], columns=columns, use_threads=False):
            yield from batch.to_pylist()
