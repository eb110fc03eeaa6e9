"""The ledger as one JSON object, written as it is read: each row of a long part on a line of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from feedback.errors import Refused
from feedback.exchange.files import whole_file
from feedback.ledger.contents import Ledger

LINES = 1000  # that are handed over at once


def json_of(ledger: Ledger) -> Iterator[str]:
    """The text in parts."""
    head = (f"{_text(name)}:{_text(value)}" for name, value in ledger.head.items())
    yield "{\n" + ",\n".join(head)
    for name, read in ledger.streams.items():
        yield f",\n{_text(name)}:["
        rows, first = read(), True
        while some := list(islice(rows, LINES)):
            yield ("\n" if first else ",\n") + ",\n".join(map(_text, some))
            first = False
        yield "]"
    yield "\n}\n"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def hash_of(ledger: Ledger) -> str:
    """sha256 of the text, which is not kept."""
    digest = hashlib.sha256()
    for part in json_of(ledger):
        digest.update(part.encode())
    return digest.hexdigest()


def write_json(ledger: Ledger, path: Path) -> str:
    """Returns the sha256 of the file. Refused when another one is read back."""
    digest = hashlib.sha256()
    with whole_file(path) as partial:
        with partial.open("wb") as file:
            for part in json_of(ledger):
                digest.update(part.encode())
                file.write(part.encode())
        with partial.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest.hexdigest():
                raise Refused(f"{path.name} is not what was written when read again: it was not kept")
    return digest.hexdigest()
