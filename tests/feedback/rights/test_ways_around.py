"""Ways around a consent: none of them draws, teaches or exports what nobody allowed."""

from __future__ import annotations

import json

import pytest

from feedback.errors import Refused
from feedback.exchange.outside.takes import add_outside_take
from feedback.ledger.revocation import end_licence_and_follow, revoke_consent, step_down
from feedback.ledger.touched import touched_by_consent
from feedback.models import runs, versions
from feedback.models.version_rights import why_barred
from feedback.people.accounts import get_person
from feedback.production import briefs, render_queue, takes
from feedback.rights import checks
from feedback.rights.agreements import record_agreement
from feedback.rights.consents import add_consent
from feedback.rights.contributors import add_contributor
from feedback.rights.licences import add_licence, license_media
from feedback.store import Studio, time_zone
from feedback.store.media import store_bytes
from feedback.trials import promotion
from feedback.wordings import rewrites, writers
from finetune.errors import NotAccepted
from finetune.jobs import tune
from finetune.run_start import RunStart, write_start
from finetune.settings import Recipe
from generation.models.adapter_export import export_version
from tests.factories import add_brief, add_takes, judging_studio, png

WORDS = {"subject": "likeness", "uses": ["training", "drawing"], "described": "a face in a window"}
NAME = "Ada Lovelace"


@pytest.fixture
def studio(tmp_path) -> Studio:
    return judging_studio(tmp_path / "studio", briefs_count=1)


def lacks(studio: Studio, brief: int) -> bool:
    return brief in checks.missing_for_briefs(studio, [brief]) and brief in checks.briefs_not_to_learn_from(
        studio, None
    )


def picture(studio: Studio, shade: int) -> str:
    return store_bytes(studio, png(shade), "png", "image/png", 32, 32, 1)


def starting_from(studio: Studio, media: str, mask: str | None = None) -> int:
    shot = briefs.get_brief(studio, 1)["shot"]
    files = {"source_media": media, "mask_media": mask}
    return briefs.write_brief(studio, shot, "the same at night", author="ana", **files)["id"]


def outside(studio: Studio, brief: int, original: str, **made: str) -> int:
    files = dict.fromkeys(("media", "rendition"), original) | {"poster": None, "rendition_poster": None}
    values = {"file": "frame.png", "model": None, "seed": None, "media": files, "provenance": {"made_with": made}}
    return add_outside_take(studio, briefs.get_brief(studio, brief), original=original, **values)[0]


@pytest.mark.parametrize("is_known_first", [True, False], ids=["recorded before", "recorded after"])
@pytest.mark.parametrize("where", ["negative prompt", "rewrite", "a take made elsewhere"])
def test_a_name_counts_wherever_a_take_is_drawn_from_it(studio: Studio, where: str, is_known_first: bool) -> None:
    if is_known_first:
        add_contributor(studio, NAME)
    brief = add_brief(studio, "ana", "a boat")["id"]
    shot = briefs.get_brief(studio, brief)["shot"]
    if where == "negative prompt":
        brief = briefs.write_brief(studio, shot, "a boat", author="ana", negative_prompt=f"not {NAME}", guidance=0)[
            "id"
        ]
    elif where == "rewrite":
        writers.ensure_untuned(studio)
        try:
            rewrites.try_rewrite(studio, brief, writers.UNTUNED, f"a boat, {NAME} in it", [1])
        except Refused:
            assert is_known_first
            return
    else:
        outside(studio, brief, picture(studio, 9), prompt=f"{NAME} at sea")
    if not is_known_first:
        add_contributor(studio, NAME)
    assert lacks(studio, brief)


def library_frame(studio: Studio) -> dict[str, str]:
    """A frame of a title in which Ada is, and its files."""
    add_licence(studio, "Archive", holder="The archive", uses=["training", "drawing"])
    files = {"frame": picture(studio, 1), "proxy": picture(studio, 2), "whole file": picture(studio, 3)}
    with studio.writing() as db:
        db.table("titles").insert({"id": 1, "name": "Harbour", "licence": 1, "created": "2026"})
        file = {
            "path": "",
            "bytes": 1,
            "kind": "still",
            "detail": "{}",
            "state": "done",
            "counts": "{}",
            "created": "2026",
        }
        db.table("library_files").insert({"id": 1, "sha256": files["whole file"], "title": 1, **file})
        item = {
            "kind": "still",
            "shot": 1,
            "seconds": 0.0,
            "caption": "",
            "captioned_by": "",
            "sharpness": 1.0,
            "file": 1,
        }
        item |= {"perceptual_hash": 0, "created": "2026", "frame_in": 0, "frame_out": 0}
        db.table("library_items").insert({"id": 1, "media": files["frame"], "proxy": files["proxy"], **item})
        number = add_contributor(studio, NAME)["id"]
        db.table("item_contributors").insert({"item": 1, "contributor": number})
    return files


@pytest.mark.parametrize("file", ["frame", "proxy", "whole file"])
@pytest.mark.parametrize("way", ["a plate", "a mask", "a take made elsewhere"])
def test_files_of_the_library_are_known_again(studio: Studio, file: str, way: str) -> None:
    media, brief = library_frame(studio)[file], 1
    if way == "a take made elsewhere":
        outside(studio, brief, media)
    else:
        brief = starting_from(studio, *([media] if way == "a plate" else [picture(studio, 9), media]))
    assert lacks(studio, brief)
    add_consent(studio, NAME, **WORDS)
    assert not lacks(studio, brief)
    assert brief in touched_by_consent(studio, 1)["briefs"]
    add_licence(studio, "Of a project", holder="The archive", uses=["training"])
    with studio.writing() as db:
        db.table("titles").update(1, {"licence": 2})
    assert brief in checks.missing_for_briefs(studio, [brief])


def test_a_mask_that_is_a_take_of_somebody_shows_them(studio: Studio) -> None:
    add_contributor(studio, NAME)
    consent = add_consent(studio, NAME, **WORDS)
    (take,) = add_takes(studio, add_brief(studio, "ana", f"{NAME} in a boat"), 1, 900)
    mask = takes.get_take(studio, take)["rendition"]
    brief = starting_from(studio, picture(studio, 9), mask)
    assert not lacks(studio, brief)
    assert brief in touched_by_consent(studio, consent["id"])["briefs"]
    revoke_consent(studio, consent["id"], "asked us to")
    assert lacks(studio, brief)


def test_a_file_of_a_licence_that_came_as_a_take_is_under_it(studio: Studio) -> None:
    media = picture(studio, 7)
    outside(studio, 1, media)
    assert not lacks(studio, 1)
    add_licence(studio, "Nothing else", holder="A painter", uses=["training"], projects=[])
    license_media(studio, media, "Nothing else")
    assert 1 in checks.missing_for_briefs(studio, [1])


@pytest.mark.parametrize("file", ["media", "rendition", "poster", "rendition_poster"])
def test_any_file_of_a_take_leads_back_to_it(studio: Studio, file: str) -> None:
    add_contributor(studio, NAME)
    consent = add_consent(studio, NAME, **WORDS)
    (take,) = add_takes(studio, add_brief(studio, "ana", f"{NAME} in a boat"), 1, 900)
    with studio.writing() as db:
        db.table("takes").update(take, {file: picture(studio, 5)})
    brief = starting_from(studio, takes.get_take(studio, take)[file])  # type: ignore[literal-required]
    assert brief in touched_by_consent(studio, consent["id"])["briefs"]
    revoke_consent(studio, consent["id"], "she asked us to")
    assert lacks(studio, brief)


@pytest.fixture
def tuned(studio: Studio) -> Studio:
    """v0001 is in production and learned from Ada's takes, until a consent runs out on 2099-12-31."""
    add_contributor(studio, NAME)
    add_consent(studio, NAME, **WORDS, ends="2099-12-31")
    shown = add_takes(studio, add_brief(studio, "ana", f"{NAME} at a window"), 2, 500)
    ana = get_person(studio, "ana")["id"]
    from feedback.judgements.ballots import cast_ballot

    ballot, _ = cast_ballot(studio, ana, "1", *shown, "left", 900)
    run = runs.start_run(studio, "guided", {}, "0" * 64, "runs/v0001", [("ballot", ballot["id"], ana, "train")])
    adapter = {"folder": "models/v0001", "sha256": "0" * 64, "weight": 1.0}
    versions.register_candidate(studio, "v0001", "starter", [adapter], run)
    runs.finish_run(studio, run, "v0001", {})
    promotion.promote(studio, "v0001", force=True, reason="a test")
    return studio


def test_what_is_no_longer_allowed_draws_for_nobody_by_its_name_either(tuned: Studio, tmp_path) -> None:
    render_queue.queue_takes(tuned, 1, [1], version="v0001")
    revoke_consent(tuned, 1, "she asked us to")
    with pytest.raises(Refused, match="v0001 cannot draw for the studio: no consent of Ada"):
        render_queue.queue_takes(tuned, 1, [2], version="v0001")
    with pytest.raises(Refused, match="v0001 cannot draw"):
        export_version(tuned, "v0001", "diffusers", tmp_path / "out")
    free = render_queue.queue_takes(tuned, 1, [3])
    assert [take["id"] for take in render_queue.lease_takes(tuned, "worker", 4)] == free
    assert tuned.value("SELECT count(*) FROM takes WHERE state = 'failed' AND error LIKE 'v0001 cannot draw%'") == 1


def test_a_consent_that_runs_out_at_midnight_ends_with_the_day(tuned: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    of_ada = tuned.value("SELECT max(id) FROM briefs")
    waiting = [
        *render_queue.queue_takes(tuned, of_ada, [7], version="starter"),
        *render_queue.queue_takes(tuned, 1, [8]),
    ]
    assert step_down(tuned) is None
    monkeypatch.setattr(time_zone, "now", lambda: "2100-01-01T00:00:00.000000+00:00")
    assert render_queue.lease_takes(tuned, "worker", 4) == []
    errors = [str(takes.get_take(tuned, take)["error"]) for take in waiting]
    assert "for drawing" in errors[0]
    assert errors[1].startswith("v0001 cannot draw for the studio")
    assert (step_down(tuned) or "").startswith(
        "starter draws instead of v0001: no consent of Ada Lovelace for training"
    )
    again = render_queue.queue_takes(tuned, 1, [9])
    assert [take["id"] for take in render_queue.lease_takes(tuned, "worker", 4)] == again


def test_a_writer_that_learned_from_somebody_who_withdraws_offers_no_more(studio: Studio) -> None:
    ana = get_person(studio, "ana")["id"]
    compared = {"one": "a", "other": "b", "share": 1.0, "briefs": (1,), "judgements": [("ballot", 1, ana)]}
    writers.register_writer(studio, "w0001", "starter", "writers/w0001", {}, {}, [compared])  # type: ignore[list-item]
    assert (writers.writer_in_use(studio) or {}).get("name") == "w0001"
    record_agreement(studio, ana, False, "ana")
    assert writers.writer_in_use(studio) is None
    with pytest.raises(Refused, match="w0001 may not offer: ana did not agree"):
        writers.keep_by_hand(studio, "w0001", "we like it")
    assert json.loads(json.dumps(writers.get_writer(studio, "w0001")))["state"] == "stopped"


def test_a_tuning_ends_when_what_it_learns_from_is_taken_back(tuned: Studio) -> None:
    run = runs.start_run(tuned, "guided", {}, "1" * 64, "runs/2", [("ballot", 1, 1, "train")])
    folder, start = tuned.folder / "runs/2", RunStart("starter")
    folder.mkdir(parents=True)
    write_start(folder, start)
    begun = tune.TuningRun(run, folder, Recipe(), start, None)  # type: ignore[arg-type]
    revoke_consent(tuned, 1, "she asked us to")
    with pytest.raises(NotAccepted, match="While it ran, somebody took back what it learned from: no consent of Ada"):
        tune.register(tuned, begun, None, {})  # type: ignore[arg-type]
    assert tune.unfinished_run(tuned, Recipe()) is None
    assert "somebody took back what it learned from" in str(runs.get_run(tuned, run)["reason"])


def test_a_version_that_learned_from_a_plate_whose_licence_ended_does_not_draw(tuned: Studio) -> None:
    add_licence(tuned, "Plates", holder="A painter", uses=["training", "drawing"])
    plate = picture(tuned, 9)
    license_media(tuned, plate, "Plates")
    with tuned.writing() as db:
        db.table("briefs").update(tuned.value("SELECT max(id) FROM briefs"), {"source_media": plate})
    assert why_barred(tuned, "v0001") is None
    made = end_licence_and_follow(tuned, "Plates", "it was sold")
    assert made["touched"]["versions"] == ["v0001"]
    assert "licence 'Plates' does not allow training" in (why_barred(tuned, "v0001") or "")
    assert made["production"] == "starter"
