"""A disk under runs/ that is full or read-only while training writes: the run stays, says why, and ends in the same bits."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import torch

from feedback.errors import Interrupted
from feedback.models import runs
from feedback.store import Studio
from finetune.jobs.tune import tune
from finetune.training import loop
from tests.faults.disks import fill, mounted, read_only
from tests.finetune.judged import judge_briefs, quick, tiny_studio
from tests.torture.killed_training import EVERY, outcome

RECIPE = quick(**EVERY)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Iterator[Path]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    studio = tiny_studio(tmp_path_factory.mktemp("judged") / "studio", tiny_base)
    judge_briefs(studio, count=3, takes_each=3)
    studio.close()
    yield studio.folder
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def whole(judged: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = shutil.copytree(judged, tmp_path_factory.mktemp("whole") / "studio")
    tune(Studio.open(folder), RECIPE, progress=False)
    return outcome(folder)


@pytest.mark.parametrize("fault", ["full", "read-only"])
def test_run_goes_on_when_its_disk_can_be_written_again(
    judged: Path, whole: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    folder = Path(shutil.copytree(judged, tmp_path / "studio"))
    studio, take_step, steps = Studio.open(folder), loop.take_step, [0]
    with mounted(folder / "runs", "size=16m") as disk, ExitStack() as harmed:

        def harm(*given: Any) -> Any:
            steps[0] += 1
            if steps[0] == 3 and fault == "full":
                fill(disk / "filler")
                harmed.callback((disk / "filler").unlink)
            elif steps[0] == 3:
                harmed.enter_context(read_only(disk / "0001"))
            return take_step(*given)

        with monkeypatch.context() as patch:
            patch.setattr(loop, "take_step", harm)
            with pytest.raises(Interrupted, match=r"run 1 was interrupted: .*the same command again") as reason:
                tune(studio, RECIPE, progress=False)
        assert "\n" not in str(reason.value)
        assert ("make room" if fault == "full" else "mount it so that it can be written") in str(reason.value)
        assert runs.get_run(studio, 1)["state"] == "running"
        harmed.close()
        assert tune(studio, RECIPE, progress=False)["run"] == 1
        assert outcome(folder) == whole
    studio.close()
