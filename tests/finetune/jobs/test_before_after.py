"""Before and after: the same prompts and seeds by a version and the one it was tuned from, drawn once and kept apart."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from feedback.errors import Interrupted, NotFound
from feedback.models import before_after, versions
from feedback.rights.contributors import add_contributor
from feedback.store import Studio, audit_log
from feedback.trials.counting import Limits
from finetune.jobs import before_after as module
from finetune.jobs.before_after import choose_requests
from finetune.jobs.nightly import nightly
from generation.models.loading import load_version
from generation.sampling import BriefAndSeed, sample_each
from tests.finetune.judged import quick

ALONE = Limits(people=1, share=1.0)
SIDES: tuple[tuple[before_after.Side, str], ...] = (("before", "tiny"), ("after", "v0001"))


def spend_night(studio: Studio) -> list[str]:
    return nightly(studio, quick(max_winner_error=2), pairs=6, limits=ALONE, progress=False)["trials"]


def read_pixels(studio: Studio, number: int, side: before_after.Side) -> np.ndarray:
    data = before_after.picture_file(studio, "v0001", number, side).read_bytes()
    return np.asarray(Image.open(io.BytesIO(data)))


def test_a_night_draws_the_same_prompts_and_seeds_by_both_versions(studio: Studio) -> None:
    assert before_after.read_before_after(studio, "tiny") is None, "no run made it"
    spend_night(studio)
    drawn, folder = before_after.read_before_after(studio, "v0001"), before_after.folder_of(studio, "v0001")
    assert drawn is not None
    assert folder is not None
    assert (drawn["version"], drawn["reference"], len(drawn["comparisons"])) == ("v0001", "tiny", 6)
    requests = choose_requests(studio, load_version(studio, "v0001"), module.trial_briefs(studio, "v0001"))
    check_pixels(studio, requests)
    check_kept_apart(studio, requests)
    check_damage(studio, folder)


def test_nobody_is_drawn_for_it_without_a_consent(studio: Studio) -> None:
    loaded, briefs = load_version(studio, "tiny"), module.trial_briefs(studio, "tiny")
    before = [brief["id"] for brief, _ in choose_requests(studio, loaded, briefs)]
    shown = add_contributor(studio, "Ada Lovelace")["id"]
    with studio.writing() as db:
        db.execute("INSERT INTO brief_contributors (brief, contributor) VALUES (?, ?)", (before[0], shown))
    drawn = [brief["id"] for brief, _ in choose_requests(studio, loaded, briefs)]
    assert drawn == before[1:]


def check_pixels(studio: Studio, requests: list[BriefAndSeed]) -> None:
    """Each side is what its version draws, and they differ."""
    for side, version in SIDES:
        expected = sample_each(load_version(studio, version), requests)
        for number, pixels in enumerate(expected):
            assert (read_pixels(studio, number, side) == pixels[0]).all()
    assert any((read_pixels(studio, at, "before") != read_pixels(studio, at, "after")).any() for at in range(6))


def check_kept_apart(studio: Studio, requests: list[BriefAndSeed]) -> None:
    """No take has such a seed, and no file says which version drew it."""
    seeds = {row["seed"] for row in studio.rows("SELECT seed FROM takes")}
    assert not seeds & {seed for _, seed in requests}
    for number in range(6):
        data = before_after.picture_file(studio, "v0001", number, "after").read_bytes()
        assert b"v0001" not in data
        assert not Image.open(io.BytesIO(data)).info


def check_damage(studio: Studio, folder: Path) -> None:
    for number, side in ((6, "after"), (-1, "before")):
        with pytest.raises(NotFound, match="has no picture"):
            before_after.picture_file(studio, "v0001", number, side)  # type: ignore[arg-type]
    index = json.loads((folder / before_after.INDEX).read_text())
    index["comparisons"][0]["after"] = "../../../studio.db"
    (folder / before_after.INDEX).write_text(json.dumps(index))
    assert before_after.picture_file(studio, "v0001", 0, "after").parent == folder
    (folder / before_after.INDEX).write_text("{")
    assert before_after.read_before_after(studio, "v0001") is None


def test_what_a_night_could_not_draw_is_said_and_the_next_night_draws_it(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, "write_before_after", fail)
        lines = spend_night(studio)
    assert lines[0].startswith("before and after of v0001 were not drawn: ")
    assert "No space left" in lines[0]
    assert lines[1].startswith("trial 1 is open")
    assert before_after.read_before_after(studio, "v0001") is None
    spend_night(studio)
    assert before_after.has_before_after(studio, "v0001")


def test_whoever_stops_it_stops_the_night_with_the_version_kept(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise Interrupted("stopped")

    with monkeypatch.context() as patch:
        patch.setattr(module, "sample_each", stop)
        with pytest.raises(Interrupted):
            spend_night(studio)
    assert versions.get_version(studio, "v0001")["state"] == "candidate"
    spend_night(studio)
    assert before_after.has_before_after(studio, "v0001")


def test_seeing_them_is_on_record_once(studio: Studio) -> None:
    for person in ("ada", "ben", "ada"):
        before_after.record_seen(studio, "tiny", person)
    assert before_after.people_who_saw(studio, "tiny") == ["ada", "ben"]
    assert before_after.people_who_saw(studio, "starter") == []
    assert audit_log.verify(studio) > 2
