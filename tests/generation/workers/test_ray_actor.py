"""What an actor draws is what a worker of the studio's machine draws, wherever it has the models from. No Ray is needed."""

from __future__ import annotations

import hashlib
import pickle
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from feedback.errors import Refused
from feedback.models import versions
from feedback.production import render_queue, takes
from feedback.production.briefs import get_brief
from feedback.store import Studio
from generation.media.sources import read_files
from generation.models import loading
from generation.models.base_models import place_of
from generation.workers.drawing import DrawnTake, Failure
from generation.workers.entrance import work_on_ray
from generation.workers.ray import files
from generation.workers.ray.actor import DrawingActor, Job
from generation.workers.ray.files import FileSender, Unreachable
from generation.workers.worker import run_worker
from tests.generation.conftest import add_brief, add_tuned_version, store_plate
from tests.tiny_pipelines.wan import tiny_wan


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(files.CACHE, str(tmp_path / "cache"))


def job_of(studio: Studio, version: str, brief: int, seeds: list[int], **changes: Any) -> Job:
    row = versions.get_version(studio, version)
    fields: dict[str, Any] = {
        "brief": get_brief(studio, brief),
        "takes": tuple((100 + seed, seed) for seed in seeds),
        "version": version,
        "base": row["base"],
        "adapters": tuple(row["adapters"]),
        "studio_folder": str(studio.folder),
        "threads": torch.get_num_threads(),
    }
    return Job(**{**fields, **changes})


def sender_for(studio: Studio, job: Job) -> FileSender:
    """With the folders under the names that the studio's rows have for them."""
    sender = FileSender()
    sender.offer(job.base, str(place_of(job.base)))
    for adapter in job.adapters:
        sender.offer(adapter["folder"], str(studio.folder / adapter["folder"]))
    return sender


def renditions_of_a_worker(studio: Studio, version: str, brief: int, seeds: list[int]) -> list[str]:
    ids = render_queue.queue_takes(studio, brief, seeds, version=version)
    assert run_worker(studio, once=True) == len(seeds)
    loading.forget_versions()
    return [str(takes.get_take(studio, id)["rendition"]) for id in ids]


def renditions(outcomes: dict[int, Any]) -> list[str]:
    drawn = [outcome for _, outcome in sorted(outcomes.items())]
    assert all(isinstance(outcome, DrawnTake) for outcome in drawn), drawn
    return [hashlib.sha256(outcome.files.rendition.data).hexdigest() for outcome in drawn]


@pytest.mark.parametrize("kind", [{}, {"kind": "clip", "frames": 5}])
def test_files_are_those_of_a_worker_by_path_and_by_content(studio: Studio, tmp_path: Path, kind: dict) -> None:
    add_tuned_version(studio)
    brief = add_brief(studio, **kind)
    expected = renditions_of_a_worker(studio, "v0001", brief, [1, 2])
    shared = job_of(studio, "v0001", brief, [1, 2])
    sender = sender_for(studio, shared)
    assert renditions(DrawingActor(sender).draw(shared)) == expected
    assert not list((tmp_path / "cache").rglob("*.safetensors"))  # digests may be remembered there
    loading.forget_versions()
    base = Path(shared.base)
    elsewhere = job_of(studio, "v0001", brief, [1, 2], base=f"/nowhere/{base.name}", studio_folder="/nowhere")
    sender.offer(elsewhere.base, str(base))
    outcomes = DrawingActor(sender).draw(elsewhere)
    assert renditions(outcomes) == expected
    assert {outcome.provenance["base"] for outcome in outcomes.values()} == {base.name}  # type: ignore[union-attr]
    assert len(list((tmp_path / "cache").rglob("*.safetensors"))) > 3


def test_a_source_is_sent_with_the_job(studio: Studio, tmp_path: Path) -> None:
    """As the head reads it; the actor's machine has no studio."""
    brief = add_brief(studio, steps=4, source_media=store_plate(studio, tmp_path), strength=0.5)
    expected = renditions_of_a_worker(studio, "tiny", brief, [1, 2])
    source = read_files(studio, get_brief(studio, brief))
    job = pickle.loads(pickle.dumps(job_of(studio, "tiny", brief, [1, 2], studio_folder="/nowhere", source=source)))
    assert renditions(DrawingActor(sender_for(studio, job)).draw(job)) == expected


def test_another_model_under_the_same_path_is_not_drawn_with(studio: Studio, tmp_path: Path, tiny_base: Path) -> None:
    """Same files, same sizes, other weights: as a forgotten copy on a drawing machine's own disk."""
    brief = add_brief(studio)
    expected = renditions_of_a_worker(studio, "tiny", brief, [1])
    stale = tiny_wan(tmp_path / "stale", seed=1)
    for path in tiny_base.rglob("*.json"):
        shutil.copy(path, stale / path.relative_to(tiny_base))
    job = job_of(studio, "tiny", brief, [1], base=str(stale))
    sender = FileSender()
    sender.offer(job.base, str(tiny_base))
    assert renditions(DrawingActor(sender).draw(job)) == expected


def test_takes_that_nobody_waits_for_are_left(studio: Studio) -> None:
    job = job_of(studio, "tiny", add_brief(studio, steps=300), [1, 2])
    actor = DrawingActor(sender_for(studio, job))
    shares: list[float] = []
    report = actor._report

    def withdraw(share: float, drawn: Any) -> None:
        report(share, drawn)
        shares.append(actor.progress([101, 102] if share > 0.02 else [101]))

    actor._report = withdraw  # type: ignore[method-assign]
    assert actor.draw(job) == {}
    assert 0 < shares[-1] < 0.1
    actor._report = report  # type: ignore[method-assign]
    assert len(actor.draw(job_of(studio, "tiny", add_brief(studio), [1, 2]))) == 2


def test_what_cannot_be_drawn_says_why_in_words(studio: Studio) -> None:
    job = job_of(studio, "tiny", add_brief(studio, width=40), [1, 2])
    outcomes = DrawingActor(sender_for(studio, job)).draw(job)
    line = "size 40x32 cannot be drawn: sides are multiples of 16, such as 32x32"
    assert outcomes == {101: Failure(line), 102: Failure(line)}


def test_a_machine_that_gets_no_models_fails_no_take(studio: Studio) -> None:
    class Gone(FileSender):
        def manifest(self, name: str) -> files.Manifest:
            raise Unreachable("the sender is gone")

    outcomes = DrawingActor(Gone()).draw(job_of(studio, "tiny", add_brief(studio), [1]))
    assert [outcome.fault is not None for outcome in outcomes.values() if isinstance(outcome, Failure)] == [True]


def test_ray_that_is_not_installed_is_one_line(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(Refused, match=r"Ray is not installed: install it with `pip install 'circletake\[ray\]'`"):
        work_on_ray(studio, "auto")
