"""A passport says all that the record knows of a take, and names what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feedback.errors import Conflict, Forbidden, Invalid, NotFound
from feedback.exchange.outside.takes import add_outside_take
from feedback.judgements import statuses
from feedback.people import accounts
from feedback.production import briefs
from feedback.production.takes import get_take
from feedback.rights.consents import add_consent, end_consent
from feedback.rights.contributors import add_contributor
from feedback.rights.intended_use import intended_use_of, intended_uses, set_intended_use
from feedback.rights.licences import add_licence, end_licence, license_media
from feedback.rights.passport import COMPOSITE, GENERATED, passport_of, passports_of
from feedback.store import Studio
from tests.feedback.rights.recorded import ADAPTER, BASE, PROVENANCE, RecordedScene, plate
from tests.feedback.scene import uid


@pytest.fixture
def scene(studio: Studio) -> RecordedScene:
    return RecordedScene(studio)


def take_of(scene: RecordedScene, prompt: str = "a boat at dawn", **fields: object) -> int:
    (take,) = scene.takes(scene.brief(prompt, **fields), 1)
    return take


def decide(scene: RecordedScene, take: int, use: str = "final") -> None:
    scene.circle(take)
    set_intended_use(scene.studio, scene.people["ana"], uid(), take, use)


def test_a_take_with_nothing_else_in_it_is_complete_when_it_is_decided(scene: RecordedScene) -> None:
    take = take_of(scene, negative_prompt="fog")
    before = passport_of(scene.studio, take)
    assert [line.split(":")[0] for line in before["missing"]] == ["the approval of a supervisor", "the intended use"]
    decide(scene, take)
    passport = passport_of(scene.studio, take)
    assert (passport["complete"], passport["missing"]) == (True, [])
    model, workflow = passport["making"]["model"], passport["making"]["workflow"]
    assert (model["base"], model["base_sha256"]) == ("wan-studio", BASE)
    assert model["adapters"] == [{"sha256": ADAPTER, "weight": 0.8}]
    assert (passport["making"]["seed"], passport["making"]["noise"]) == (0, PROVENANCE["sampling"])
    assert (passport["making"]["prompt"], passport["making"]["negative_prompt"]) == ("a boat at dawn", "fog")
    assert (workflow["made"], workflow["scheduler"]) == ("here", PROVENANCE["scheduler"])
    assert passport["media"] == get_take(scene.studio, take)["media"]
    use = passport["intended_use"]
    assert use is not None
    assert (use["person"], use["value"]) == ("ana", "final")
    kinds = [(each["person"], each["kind"], each["value"]) for each in passport["decisions"]]
    assert kinds == [
        ("ana", "status", "circled"),
        ("ana", "select", "place 1, frames 0-23"),
        ("ana", "intended use", "final"),
    ]
    assert passport["training"] == {"permitted": True, "against": []}
    assert passport["marking"]["digital_source_type"] == GENERATED
    json.dumps(passport)


def test_the_approval_of_a_creative_is_none(scene: RecordedScene) -> None:
    take = take_of(scene)
    statuses.set_status(scene.studio, accounts.get_person(scene.studio, "ben"), uid(), take, "approved")
    assert any(line.startswith("the approval of a supervisor") for line in passport_of(scene.studio, take)["missing"])
    statuses.set_status(scene.studio, accounts.get_person(scene.studio, "ana"), uid(), take, "approved")
    assert not any("approval" in line for line in passport_of(scene.studio, take)["missing"])


def test_a_take_of_before_provenance_was_kept_says_what_it_lacks(scene: RecordedScene) -> None:
    take = take_of(scene)
    with scene.studio.writing() as db:
        db.execute("UPDATE takes SET provenance = '{\"seed\": 1}' WHERE id = ?", (take,))
    (line,) = [line for line in passport_of(scene.studio, take)["missing"] if "provenance" in line]
    assert line == "in its provenance: hash of the base model, pipeline, scheduler, noise"


def test_what_a_take_starts_from_is_followed_to_its_end(scene: RecordedScene) -> None:
    studio, source = scene.studio, plate(scene.studio)
    first = take_of(scene, source_media=source, strength=0.5)
    mask = plate(studio, 255)
    second = take_of(
        scene, "the same at night", source_media=get_take(studio, first)["media"], mask_media=mask, strength=0.5
    )
    passport = passport_of(studio, second)
    listed = [(each["role"], each["sha256"], each["origin"], each["through"]) for each in passport["inputs"]]
    assert listed == [
        ("source", get_take(studio, first)["media"], f"take {first}", None),
        ("mask", mask, "painted for the brief", None),
        ("source", source, "brought with the brief", first),
    ]
    assert passport["marking"]["digital_source_type"] == COMPOSITE
    (line,) = [line for line in passport["missing"] if "licence" in line]
    assert line == f"a licence of the source {source[:12]} (brought with the brief): none is recorded"
    add_licence(studio, "Plates of 2026", holder="The studio", uses=["drawing"])
    license_media(studio, source, "Plates of 2026")
    again = passport_of(studio, second)
    assert not any("licence" in line for line in again["missing"])
    assert [licence["name"] for licence in again["inputs"][2]["licences"]] == ["Plates of 2026"]
    assert again["training"]["permitted"] is False
    assert "does not allow training" in again["training"]["against"][0]
    end_licence(studio, "Plates of 2026", "sold")
    assert any("'Plates of 2026' does not allow drawing" in line for line in passport_of(studio, second)["missing"])


def test_people_who_are_named_are_in_it_with_their_consents(scene: RecordedScene) -> None:
    studio = scene.studio
    add_contributor(studio, "Ada Lovelace")
    consent = add_consent(
        studio,
        "Ada Lovelace",
        subject="likeness",
        uses=["drawing"],
        described="a face in a window",
        compensation="1,000 a day",
        projects=["SHOW"],
    )["id"]
    take = take_of(scene, "Ada Lovelace at a window")
    passport = passport_of(studio, take)
    (person,) = passport["contributors"]
    assert (person["name"], [each["id"] for each in person["consents"]]) == ("Ada Lovelace", [consent])
    assert "1,000 a day" not in json.dumps(passport), "terms of pay are nobody else's business"
    assert not any("consent" in line for line in passport["missing"])
    assert "no consent of Ada Lovelace for training" in passport["training"]["against"][0]
    end_consent(studio, consent, "she changed her mind")
    after = passport_of(studio, take)
    assert any("no consent of Ada Lovelace for drawing with their likeness" in line for line in after["missing"])
    assert after["contributors"][0]["consents"][0]["revoked"]


def outside(scene: RecordedScene, seed: int | None, model: str | None) -> int:
    original = plate(scene.studio, 31)
    brief = scene.brief("a lighthouse")
    made_with = {"tool": "ComfyUI", "sampler": "euler", "steps": 20, "seed": seed}
    take, _ = add_outside_take(
        scene.studio,
        briefs.get_brief(scene.studio, brief),
        original=original,
        file="out_0001.png",
        model=model,
        seed=seed,
        media={
            "media": plate(scene.studio, 32),
            "poster": None,
            "rendition": plate(scene.studio, 33),
            "rendition_poster": None,
        },
        provenance={"made": "elsewhere", "file": "out_0001.png", "model": model, "made_with": made_with},
    )
    return take


def test_takes_made_elsewhere_have_one_too(scene: RecordedScene) -> None:
    take = outside(scene, 42, "sd_model_v1-5.safetensors")
    decide(scene, take)
    passport = passport_of(scene.studio, take)
    workflow = passport["making"]["workflow"]
    assert (workflow["made"], workflow["tool"], workflow["file"]) == ("elsewhere", "ComfyUI", "out_0001.png")
    assert (workflow["scheduler"], workflow["steps"]) == ({"class": "euler"}, 20)
    assert (passport["making"]["seed"], passport["making"]["model"]["base"]) == (42, "sd_model_v1-5.safetensors")
    (original,) = passport["inputs"]
    assert (original["role"], original["sha256"]) == ("file made elsewhere", workflow["original"])
    assert [line[:38] for line in passport["missing"]] == [
        "a licence of the file made elsewhere " + original["sha256"][0]
    ]
    add_licence(scene.studio, "Terms of the tool", holder="Its maker", uses=["drawing", "training"])
    license_media(scene.studio, original["sha256"], "Terms of the tool")
    assert passport_of(scene.studio, take)["complete"]


def test_what_another_tools_file_does_not_say_is_missing(scene: RecordedScene) -> None:
    passport = passport_of(scene.studio, outside(scene, None, None))
    assert passport["making"]["seed"] is None
    text = " ".join(passport["missing"])
    assert "the model's name" in text
    assert "the seed, which its file does not say" in text


def test_many_are_read_in_as_many_queries_as_one(scene: RecordedScene, monkeypatch: pytest.MonkeyPatch) -> None:
    takes = scene.takes(scene.brief(), 30)
    questions, real = list[str](), Studio.rows
    monkeypatch.setattr(Studio, "rows", lambda self, sql, params=(): questions.append(sql) or real(self, sql, params))
    assert set(passports_of(scene.studio, takes[:1])) == set(takes[:1])
    one = len(questions)
    assert set(passports_of(scene.studio, takes)) == set(takes)
    assert len(questions) == 2 * one


def test_a_take_that_starts_from_itself_by_way_of_another_ends(scene: RecordedScene) -> None:
    """The same picture may come out again: then a take is behind itself."""
    studio = scene.studio
    first = take_of(scene)
    second = take_of(scene, "b", source_media=get_take(studio, first)["media"], strength=0.5)
    with studio.writing() as db:
        media = get_take(studio, second)["media"]
        db.execute(
            "UPDATE briefs SET source_media = ?, strength = 0.5 WHERE id = ?", (media, get_take(studio, first)["brief"])
        )
    assert [each["origin"] for each in passport_of(studio, second)["inputs"]] == [f"take {first}", f"take {second}"]


def test_no_take_has_no_passport(scene: RecordedScene) -> None:
    with pytest.raises(NotFound, match="no take 999"):
        passport_of(scene.studio, 999)


def test_what_a_take_is_for_is_a_supervisors_decision(scene: RecordedScene) -> None:
    studio, take = scene.studio, take_of(scene)
    ana, ben = scene.people["ana"], scene.people["ben"]
    assert intended_use_of(studio, take) is None
    with pytest.raises(Forbidden, match="ben may not"):
        set_intended_use(studio, ben, uid(), take, "final")
    with pytest.raises(Invalid, match="intended use 'poster': give temp or final"):
        set_intended_use(studio, ana, uid(), take, "poster")
    with pytest.raises(NotFound, match="no take 999"):
        set_intended_use(studio, ana, uid(), 999, "temp")
    first = set_intended_use(studio, ana, "one", take, "temp")
    assert set_intended_use(studio, ana, "one", take, "temp") == first
    with pytest.raises(Conflict, match="used before"):
        set_intended_use(studio, ana, "one", take, "final")
    set_intended_use(studio, ana, "two", take, "final")
    assert intended_uses(studio, "SHOW") == {take: "final"}
    assert [row["intended_use"] for row in studio.rows("SELECT * FROM intended_uses ORDER BY id")] == ["temp", "final"]


def test_no_path_of_the_studio_is_in_it(scene: RecordedScene, tmp_path: Path) -> None:
    assert str(tmp_path) not in json.dumps(
        passport_of(scene.studio, take_of(scene, source_media=plate(scene.studio), strength=0.5))
    )
