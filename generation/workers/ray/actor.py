"""What draws on another machine: one process with its pipelines in memory, which gets jobs and answers with files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch

from feedback.models.versions import Adapter
from feedback.production.briefs import Brief
from generation.media.sources import SourceFiles, with_files
from generation.models.base_models import place_of
from generation.models.checking import check_brief
from generation.models.loading import Loaded, forget_versions, keep_version
from generation.sampling import group_size
from generation.workers.drawing import Failure, Outcome, Stopped, TakeAndSeed, draw_takes, failure_of
from generation.workers.machine_faults import MachineFault
from generation.workers.ray.files import (
    FileSource,
    Unreachable,
    cache_folder,
    fetched_folder,
    local_folder,
    weights_sha256_of,
)
from generation.workers.worker import free_memory


@dataclass(frozen=True)
class Job:
    """Takes of one brief and one version, in words that mean the same on every machine."""

    brief: Brief
    takes: tuple[TakeAndSeed, ...]
    version: str
    base: str  # as the version's row has it
    adapters: tuple[Adapter, ...]
    studio_folder: str
    threads: int  # of the processor: pixels depend on how many
    source: SourceFiles | None = None  # what the takes start from


class DrawingActor:
    """Draws one job at a time, while a second thread answers how far it is."""

    def __init__(self, files: FileSource) -> None:
        self._files = files
        self._share = 0.0
        self._withdrawn: set[int] = set()
        self._places: dict[str, Path] = {}  # of bases and adapters on this machine, by their names in the studio

    def node(self) -> str:
        """Ray's id of the machine. Asked first: the answer says that all libraries are loaded."""
        import ray

        return ray.get_runtime_context().get_node_id()

    def progress(self, withdrawn: Sequence[int]) -> float:
        """How far the drawing is, 0 to 1; takes that nobody waits for any more are not drawn to their end."""
        self._withdrawn.update(withdrawn)
        return self._share

    def draw(self, job: Job) -> dict[int, Outcome]:
        """What became of as many takes as go side by side, or of all if none can be drawn; nothing when withdrawn."""
        self._share, self._withdrawn = 0.0, set()
        torch.set_num_threads(job.threads)
        try:
            loaded = self._load(job)
            check_brief(loaded, job.brief)
            takes = job.takes[: group_size(loaded, job.brief)]
            brief = with_files(job.brief, job.source)
            outcomes: dict[int, Outcome] = draw_takes(loaded, brief, takes, lambda share: self._report(share, takes))
        except Stopped:
            return {}
        except Unreachable as error:
            failure = Failure(str(error), MachineFault(f"{error}: start the worker again"))
            outcomes = dict.fromkeys((take for take, _ in job.takes), failure)
        except Exception as error:
            outcomes = dict.fromkeys((take for take, _ in job.takes), failure_of(error))
        if any(isinstance(outcome, Failure) and outcome.fault for outcome in outcomes.values()):
            free_memory()
        return outcomes

    def _report(self, share: float, takes: Sequence[TakeAndSeed]) -> None:
        self._share = share
        if self._withdrawn.issuperset(take for take, _ in takes):
            raise Stopped

    def _load(self, job: Job) -> Loaded:
        """The version, from memory if it was used lately, with the very weights that the studio has."""
        loaded = self._keep(job)
        if loaded.base_sha256 != weights_sha256_of(self._files.manifest(job.base)):
            forget_versions()  # another model lies under the same path here
            self._places[job.base] = fetched_folder(self._files, job.base)
            loaded = self._keep(job)
        return loaded

    def _keep(self, job: Job) -> Loaded:
        studio = Path(job.studio_folder)
        adapters = tuple(self._adapter(studio, adapter) for adapter in job.adapters)
        return keep_version(studio, job.version, self._base(job.base), adapters, cache_folder())

    def _base(self, base: str) -> str:
        """As the version's row has it where this machine has the same, or else the folder of a copy."""
        here = place_of(base)
        if base not in self._places:
            self._places[base] = local_folder(self._files, base, here, weights_by_size=True)
        return base if self._places[base] == here else str(self._places[base])

    def _adapter(self, studio: Path, adapter: Adapter) -> Adapter:
        name = adapter["folder"]
        if name not in self._places:
            self._places[name] = local_folder(self._files, name, studio / name)
        return cast(Adapter, {**adapter, "folder": str(self._places[name])})
