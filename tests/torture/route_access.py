"""Every route and page event x every kind of person, as the allow-list says: all combinations, whatever `count` is."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.security import matrix
from tests.torture.table import Row, read_progress, write_progress

COUNT = 711  # about as many as there are


def run(count: int, folder: Path, seed: int) -> Row:
    progress = read_progress(folder, "route_access")
    if "combinations" not in progress:
        with tempfile.TemporaryDirectory() as place:
            studio = matrix.make_studio(Path(place) / "studio")
            with matrix.serving(studio) as client:
                missing = sorted(matrix.unlisted(client))
                combinations, wrong = matrix.ask_everything(studio, client)
            studio.close()
        progress = {"combinations": combinations, "wrong": [*missing, *wrong]}
        write_progress(folder, "route_access", progress)
    wrong = progress["wrong"]
    return Row(
        area="Every route and page event x {nobody, creative, creative of another project, supervisor, supervisor of "
        "another project, admin, expired, revoked, ended}",
        figure="Combinations that are not as in the allow-list",
        goal="0",
        counted=f"{len(wrong)} of {progress['combinations']}" + "".join(f"; {each}" for each in wrong[:3]),
        reached=not wrong,
    )
