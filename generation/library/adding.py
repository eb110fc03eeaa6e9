"""Files into the library, one after another, each once: hashed, read, chosen from, and recorded part by part.

Whatever ends it, the same command goes on from the last part that was recorded: media are named by their content and are
written before their record, and a part's items are recorded in one transaction with how far the film was read.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from feedback.errors import Invalid, Refused
from feedback.library import files, items, titles
from feedback.library.files import Counts, LibraryFile
from feedback.library.hashes import NEAR, HashIndex, perceptual_hash
from feedback.library.items import CLIP, MODEL, SIDECAR, STILL, NewItem
from feedback.library.titles import Title
from feedback.store import Studio
from generation.copies.backlog import keep_frames
from generation.library.choice import Choice
from generation.library.choosing import Chooser, ChosenClip, Part, Pick, Place, where
from generation.library.encoding import store_clip, store_picture, store_proxy
from generation.library.films import ENDS_EARLY, Facts, FilmReader, clip_rate, read_facts
from generation.library.kinds import kind_of
from generation.library.measures import blank
from generation.library.sidecars import Sidecar, read_sidecars
from generation.library.stills import read_still
from generation.library.walking import Candidate, list_candidates

ACTOR = "command line"
BLOCK = 4 * 1024**2  # bytes that are hashed at once
PARTS_WAITING = 2  # that are chosen and not recorded: decoding rests where more are
ENCODERS = 2  # threads that make files of what was chosen, beside those that decode
BLANK_STILL = "it is nothing but {}"
CHANGED = "it was changed while it was read: add it again when it is complete"
NEAR_DUPLICATE = "nearly the same as another"


@dataclass(frozen=True)
class Request:
    """What is to be added, and how."""

    path: Path
    title: str
    licence: str | None = None  # of a title that is new
    people: tuple[str, ...] = ()  # who is in all of it
    recursive: bool = False
    choice: Choice = field(default_factory=Choice)
    threads: int = 2  # that decode


@dataclass
class Outcome:
    """What became of the files."""

    read: int = 0
    known: int = 0  # read before, or of the same content as one that was
    stills: int = 0
    clips: int = 0
    left_out: list[dict[str, str]] = field(default_factory=list)  # path and reason
    to_retry: list[dict[str, str]] = field(default_factory=list)  # what could not be read now
    interrupted: bool = False


Chosen = TypeVar("Chosen", Pick, ChosenClip)
Progress = Callable[[str, int, int], None]  # name of the file, bytes that are done, bytes of all


class LeftAsItIs(Invalid):
    """Something is wrong that is for people to read, and not for the record of the file."""


class Adding:
    """One run over a file or a folder."""

    def __init__(
        self,
        studio: Studio,
        request: Request,
        stop: threading.Event | None = None,
        on_progress: Progress = lambda name, done, total: None,
        on_refusal: Callable[[str, str], None] = lambda path, reason: None,
    ) -> None:
        self.studio, self.request, self.stop = studio, request, stop or threading.Event()
        self.on_progress, self.on_refusal = on_progress, on_refusal
        self.outcome = Outcome()
        self._hashed: tuple[Candidate | None, str] = (None, "")
        self._hashes: dict[tuple[int, str], HashIndex] = {}

    def run(self) -> Outcome:
        """NotFound or Refused, before anything is read, for a path, licence, title or person that cannot be."""
        candidates = list_candidates(self.request.path, self.request.recursive)
        with self.studio.writing():  # neither is kept where the other cannot be
            self.title = titles.ensure_title(self.studio, self.request.title, self.request.licence, actor=ACTOR)
            titles.ids_of_people(self.studio, self.request.people, actor=ACTOR)
        self.total, self.done = sum(each.bytes for each in candidates), 0
        for candidate in candidates:
            self.on_progress(candidate.path.name, self.done, self.total)
            self._add(candidate)
            if self.stop.is_set():
                self.outcome.interrupted = True
                break
            self.done += candidate.bytes
        self.on_progress("", self.done, self.total)
        return self.outcome

    def _add(self, candidate: Candidate) -> None:
        """One file; whatever is wrong with it is counted and the next one comes."""
        try:
            if candidate.refusal:
                raise Invalid(candidate.refusal)
            self._read(candidate)
        except LeftAsItIs as reason:
            self._name(candidate, str(reason))
        except Invalid as reason:
            self._refuse(candidate, str(reason))
        except OSError as error:
            self._retry(candidate, f"it could not be read now: {error.strerror or error}")

    def _name(self, candidate: Candidate, reason: str) -> None:
        self.outcome.left_out.append({"path": str(candidate.path), "reason": reason})
        self.on_refusal(str(candidate.path), reason)

    def _refuse(self, candidate: Candidate, reason: str) -> None:
        self._name(candidate, reason)
        if candidate.refusal:
            return  # its content is not looked at
        sha256 = self._hash(candidate)
        known = files.find_file(self.studio, sha256)
        number, kind = (known["title"], known["kind"]) if known else (self.title["id"], "other")
        path = str(candidate.path)
        files.leave_file_out(self.studio, sha256, number, path, candidate.bytes, kind, reason)

    def _retry(self, candidate: Candidate, reason: str) -> None:
        self.outcome.to_retry.append({"path": str(candidate.path), "reason": reason})
        self.on_refusal(str(candidate.path), reason)

    def _read(self, candidate: Candidate) -> None:
        there = files.file_unchanged(self.studio, str(candidate.path), candidate.stamp)
        if there:
            self._note_known(there, candidate)
            return
        kind = kind_of(candidate.path)
        sha256 = self._hash(candidate)
        known = files.find_file(self.studio, sha256)
        if known and known["state"] == files.DONE:
            self._note_known(known, candidate)
            return
        sidecar = read_sidecars(candidate.path)
        title = self._title_of(sidecar)
        if known and known["state"] == files.READING and known["title"] != title["id"]:
            raise LeftAsItIs(f"it is being read for the title {known['title_name']}: name that one")
        reading = Reading(self, candidate, sha256, title, sidecar)
        reading.read_film() if kind == "film" else reading.read_still()

    def _note_known(self, known: LibraryFile, candidate: Candidate) -> None:
        """A file that was read, or one of the same content: what is newly said of it is noted."""
        self.outcome.known += 1
        try:
            sidecar = read_sidecars(candidate.path)
            title = self._title_of(sidecar)
        except Invalid as reason:
            raise LeftAsItIs(str(reason)) from None
        if known["title"] != title["id"]:
            place = f"{known['path']} of the title {known['title_name']}"
            raise LeftAsItIs(f"its content is in the library already, as {place}")
        if known["path"] != str(candidate.path) and not Path(known["path"]).exists():
            files.move_file(self.studio, known, str(candidate.path), candidate.stamp)
        self._describe(known, sidecar)

    def _describe(self, known: LibraryFile, sidecar: Sidecar) -> None:
        """People and captions of the items that there are; what somebody wrote by hand stays."""
        if not self.request.people and sidecar == Sidecar():
            return
        captions = []
        for item in items.items_of_file(self.studio, known["id"]):
            text, names = sidecar.at(item["seconds"])
            people = titles.ids_of_people(self.studio, (*self.request.people, *names), actor=ACTOR)
            items.add_people(self.studio, [item["id"]], people)
            is_written = item["captioned_by"] not in ("", SIDECAR) and not item["captioned_by"].startswith(MODEL)
            if text and text != item["caption"] and not is_written:
                captions.append((item["id"], text))
        items.set_captions(self.studio, captions, SIDECAR)

    def _title_of(self, sidecar: Sidecar) -> Title:
        if sidecar.title is None:
            return self.title
        licence = None if titles.find_title(self.studio, sidecar.title) else self.title["licence"]
        try:
            return titles.ensure_title(self.studio, sidecar.title, licence, actor=ACTOR)
        except Refused as reason:
            raise Invalid(str(reason)) from None

    def _hash(self, candidate: Candidate) -> str:
        """Of its content, read once for each file: it may be hundreds of gigabytes."""
        if self._hashed[0] != candidate:
            self._hashed = candidate, self._read_hash(candidate)
        return self._hashed[1]

    def _read_hash(self, candidate: Candidate) -> str:
        digest = hashlib.sha256()
        with candidate.path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
        return digest.hexdigest()

    def hashes(self, title: int, kind: str) -> HashIndex:
        """Of what the title has, in memory: eight bytes each, and as many for its number."""
        if (title, kind) not in self._hashes:
            self._hashes[title, kind] = items.hashes_of_title(self.studio, title, kind)
        return self._hashes[title, kind]

    def report(self, candidate: Candidate, share: float) -> None:
        self.on_progress(candidate.path.name, self.done + round(candidate.bytes * min(1.0, share)), self.total)


class Reading:
    """One file that is read."""

    def __init__(self, adding: Adding, candidate: Candidate, sha256: str, title: Title, sidecar: Sidecar) -> None:
        self.adding, self.candidate, self.sha256, self.title, self.sidecar = adding, candidate, sha256, title, sidecar
        self.studio, self.choice, self.path = adding.studio, adding.request.choice, candidate.path
        self.people: dict[tuple[str, ...], tuple[int, ...]] = {}

    def _begin(self, kind: str, detail: dict[str, Any], **fields: Any) -> LibraryFile:
        described = {**detail, "stamp": self.candidate.stamp, "choice": vars(self.choice)}
        row = {"bytes": self.candidate.bytes, "kind": kind, "detail": described, **fields}
        return files.begin_file(self.studio, self.sha256, self.title["id"], str(self.path), row)

    # ---- pictures ---------------------------------------------------------------------------------------------------

    def read_still(self) -> None:
        pixels, detail = read_still(self.path, self.choice.size)
        width, height = detail["shown"]
        counts = Counts()
        file = self._begin("still", detail, width=width, height=height)
        reason = blank(pixels)
        if reason:
            raise Invalid(BLANK_STILL.format(reason if reason != "flat" else "one colour"))
        pick = Pick(0, 0.0, pixels, 0.0, perceptual_hash(pixels))
        is_near = self._is_near(pick.hash, STILL, "", counts)
        new = [] if is_near else [self._still(pick, 0, *self._keep_still(pixels))]
        self._check_unchanged(file)
        self._record(file, new, counts, 0.0)
        files.finish_file(self.studio, file["id"], counts, 1, 0.0)
        self.adding.outcome.read += 1

    # ---- films ------------------------------------------------------------------------------------------------------

    def read_film(self) -> None:
        facts = read_facts(self.path)
        rate = {"fps_num": facts.rate.numerator, "fps_den": facts.rate.denominator}
        size = {"width": facts.width, "height": facts.height, "seconds": facts.seconds}
        file = self._begin("film", facts.detail, **size, **rate)
        counts = Counts.of_text(file["counts"])
        place = Place(**counts.position)
        reader = FilmReader(self.path, facts, self.adding.request.threads)
        parts = Chooser(facts, self.choice, place).parts(reader.frames(place.number, place.seconds))
        for part in self._kept(parts, file, facts, counts):
            place = Place(**part.position)
            self.adding.report(self.candidate, place.seconds / facts.seconds if facts.seconds else 0.0)
            if self.adding.stop.is_set():
                return
        self._finish_film(file, counts, facts, place, reader)

    def _kept(self, parts: Iterator[Part], file: LibraryFile, facts: Facts, counts: Counts) -> Iterator[Part]:
        """Each part once it is recorded. While some are encoded and written, the next one is decoded and chosen."""
        with ThreadPoolExecutor(1) as writer, ThreadPoolExecutor(ENCODERS) as self.encoders:
            waiting: deque[tuple[Part, Future[None]]] = deque()
            for part in parts:
                if len(waiting) == PARTS_WAITING:
                    yield recorded(*waiting.popleft())
                before = waiting[-1][1] if waiting else None
                waiting.append((part, writer.submit(self._keep_part, file, part, facts, counts, before)))
            while waiting:
                yield recorded(*waiting.popleft())

    def _keep_part(
        self, file: LibraryFile, part: Part, facts: Facts, counts: Counts, before: Future[None] | None
    ) -> None:
        if before:
            before.result()  # what comes after a part that could not be kept is not recorded: reading goes on there
        for reason, example in part.left_out:
            counts.leave_out(reason, example)
        picks = self._without_near(part.picks, STILL, counts)
        clips = self._without_near(part.clips, CLIP, counts)
        clip_files = [self.encoders.submit(self._keep_clip, each, clip_rate(facts.rate)) for each in clips]
        still_files = [self.encoders.submit(self._keep_still, each.pixels) for each in picks]
        new = [
            *(self._still(pick, part.shot, *done.result()) for pick, done in zip(picks, still_files, strict=True)),
            *(self._clip(clip, part.shot, done.result()) for clip, done in zip(clips, clip_files, strict=True)),
        ]
        counts.shots += part.ends_shot
        counts.position = part.position
        self._record(file, new, counts, part.read_until)

    def _finish_film(self, file: LibraryFile, counts: Counts, facts: Facts, place: Place, reader: FilmReader) -> None:
        self._check_unchanged(file)
        if reader.damage.packets:
            counts.leave_out("could not be decoded", f"{reader.damage.packets} packets", reader.damage.packets)
        if facts.seconds and place.seconds < facts.seconds - max(ENDS_EARLY, 2 / float(facts.rate)):
            counts.leave_out("the file ends before the film does", f"{where(place.seconds)} of {facts.seconds:.1f} s")
        files.finish_file(self.studio, file["id"], counts, place.number, place.seconds)
        self.adding.outcome.read += 1

    # ---- both -------------------------------------------------------------------------------------------------------

    def _check_unchanged(self, file: LibraryFile) -> None:
        status = self.path.stat()
        if [status.st_size, status.st_mtime_ns] != self.candidate.stamp:
            files.exclude_items_of(self.studio, file["id"], CHANGED)
            files.leave_file_out(
                self.studio, self.sha256, self.title["id"], str(self.path), file["bytes"], file["kind"], CHANGED
            )
            raise LeftAsItIs(CHANGED)

    def _without_near(self, chosen: Sequence[Chosen], kind: str, counts: Counts) -> list[Chosen]:
        kept: list[Chosen] = []
        for each in chosen:
            if not self._is_near(each.hash, kind, where(each.seconds), counts, [other.hash for other in kept]):
                kept.append(each)
        return kept

    def _is_near(self, value: int, kind: str, place: str, counts: Counts, here: Iterable[int] = ()) -> bool:
        """Whether the title has such a picture, or such a clip, already; it is counted then."""
        nearest = self.adding.hashes(self.title["id"], kind).nearest(value)
        there = HashIndex((-1, each) for each in here).nearest(value)
        for near, words in ((nearest, f"as item {nearest[0]}" if nearest else ""), (there, "as one before it")):
            if near and near[1] <= NEAR:
                counts.leave_out(NEAR_DUPLICATE, f"{place} {words}".strip())
                return True
        return False

    def _keep_still(self, pixels: np.ndarray) -> tuple[str, str]:
        """The files of a picture and of its proxy."""
        media = store_picture(self.studio, pixels)
        keep_frames(self.studio, media, [pixels])
        return media, store_proxy(self.studio, pixels, self.choice.proxy_size)

    def _keep_clip(self, clip: ChosenClip, rate: Fraction) -> str:
        media = store_clip(self.studio, clip.pixels.frames, rate)
        keep_frames(self.studio, media, clip.pixels)
        return media

    def _still(self, pick: Pick, shot: int, media: str, proxy: str) -> NewItem:
        span = {"shot": shot, "frame_in": pick.number, "frame_out": pick.number, "seconds": pick.seconds}
        return self._item(STILL, media, proxy, pick.hash, pick.sharpness, **span)

    def _clip(self, clip: ChosenClip, shot: int, media: str) -> NewItem:
        span = {"shot": shot, "frame_in": clip.first, "frame_out": clip.last, "seconds": clip.seconds}
        return self._item(CLIP, media, media, clip.hash, clip.sharpness, **span)

    def _item(self, kind: str, media: str, proxy: str, value: int, sharpness: float, **span: Any) -> NewItem:
        caption, names = self.sidecar.at(span["seconds"])
        people = self._people((*self.adding.request.people, *names))
        by = SIDECAR if caption else ""
        return NewItem(
            kind,
            media,
            proxy,
            **span,
            caption=caption,
            captioned_by=by,
            sharpness=round(sharpness, 3),
            perceptual_hash=value,
            people=people,
        )

    def _people(self, names: tuple[str, ...]) -> tuple[int, ...]:
        if names not in self.people:
            self.people[names] = tuple(titles.ids_of_people(self.studio, names, actor=ACTOR))
        return self.people[names]

    def _record(self, file: LibraryFile, new: list[NewItem], counts: Counts, read_until: float) -> None:
        for item in new:
            counts.stills += item.kind == STILL
            counts.clips += item.kind == CLIP
        for number, item in items.add_items(self.studio, file["id"], new, counts, read_until):
            self.adding.hashes(self.title["id"], item.kind).add(number, item.perceptual_hash)
            self.adding.outcome.stills += item.kind == STILL
            self.adding.outcome.clips += item.kind == CLIP


def recorded(part: Part, kept: Future[None]) -> Part:
    """Waits until it is."""
    kept.result()
    return part
