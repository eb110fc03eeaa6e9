"""What leaves the studio is signed, recorded, and held back or listed where passports are incomplete."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import opentimelineio as otio
import pytest

from feedback.errors import Invalid, NotFound, Refused
from feedback.exchange import passports as marking
from feedback.exchange.export import SELECT_FORMATS, ExportedBy, ExportOptions, export_preferences, export_selects
from feedback.judgements import notes
from feedback.ledger.revocation import describe_revocation, revoke_consent
from feedback.rights.consents import add_consent
from feedback.rights.content_credentials import studio_signer
from feedback.rights.content_credentials.handed_out import replaced
from feedback.rights.content_credentials.manifests import ACTIONS, CUT, PASSPORT
from feedback.rights.content_credentials.reading import verify_file
from feedback.rights.contributors import add_contributor
from feedback.rights.export_record import exports_with, list_exports, recorded_export
from feedback.rights.intended_use import set_intended_use
from feedback.rights.passport import passport_of
from feedback.rights.passport_policy import policy_of, set_policy
from feedback.rights.project_rules import CREDENTIALS, PLATES, set_rule
from feedback.store import Studio
from generation.intake.taking import Target, take_file
from generation.media.encode import read_provenance
from tests.faults.disks import read_only
from tests.feedback.rights.recorded import RecordedScene, assertion, failures, plate, report_of
from tests.feedback.scene import uid
from tests.generation.intake import files


@pytest.fixture
def scene(studio: Studio) -> RecordedScene:
    """Take 1, a still of S_010, and take 2, a clip of 9 frames of S_020, both circled."""
    made = RecordedScene(studio)
    made.takes(made.brief("a house", shot="S_010"), 1)
    made.takes(made.brief("a storm", shot="S_020", kind="clip", frames=9), 1)
    made.circle(1, 2)
    made.cut(1, 0, 2)
    notes.write_note(studio, made.people["ben"], uid(), 1, "too dark")
    return made


def trusted(scene: RecordedScene) -> str:
    return studio_signer.trusted_pem(scene.studio)


def decide(scene: RecordedScene, *takes: int) -> None:
    for take in takes:
        set_intended_use(scene.studio, scene.people["ana"], uid(), take, "final")


MEDIA = [
    ("otio", {"media": True}, ["media/SHOW_S_010_1_starter.png", "media/SHOW_S_020_2_starter.mp4"]),
    ("otio", {"media": True, "codec": "prores"}, ["media/SHOW_S_020_2_starter.mov"]),
    ("bundle", {}, ["SHOW_bundle/media/SHOW_S_010_1_starter.png", "SHOW_bundle/media/SHOW_S_020_2_starter.mp4"]),
    ("sequence", {}, ["SHOW_frames/SHOW_S_020_2_starter/SHOW_S_020_2_starter.1003.png"]),
    ("animatic", {}, ["SHOW_animatic.mp4"]),
    ("animatic", {"codec": "prores"}, ["SHOW_animatic.mov"]),
]


def takes_of_export(studio: Studio, export: int) -> list[int]:
    return [
        row["take"] for row in studio.rows("SELECT take FROM export_takes WHERE export = ? ORDER BY take", (export,))
    ]


@pytest.mark.parametrize(("format", "options", "names"), MEDIA, ids=lambda value: str(value)[:24])
def test_media_that_leave_are_signed_inside(
    scene: RecordedScene, tmp_path: Path, format: str, options: dict, names: list[str]
) -> None:
    before = hashes(scene.studio.media_folder)
    export_selects(scene.studio, "SHOW", format, tmp_path / "out", ExportOptions(**options))
    for name in names:
        report = report_of(tmp_path / "out" / name, trusted(scene))
        assert report["validation_state"] == "Trusted", name
        assert "lgorithmicMedia" in assertion(report, ACTIONS)["actions"][0]["digitalSourceType"]
        if format == "animatic":
            assert [each["take"] for each in assertion(report, CUT)["takes"]] == [1, 2]
            assert "starter" not in json.dumps(report["manifests"]), "raters may sit in the screening"
        else:
            assert assertion(report, PASSPORT)["take"] == (1 if "S_010" in name else 2)
    assert hashes(scene.studio.media_folder) == before, "the archive is as it was"


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_file_made_elsewhere_was_opened_and_encoded_again(scene: RecordedScene, tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(files.comfyui_png(1))
    taken = take_file(scene.studio, tmp_path / "one.png", Target(shot=scene.shots["S_010"], model="dream-v3"))
    scene.circle(taken.take)
    export_selects(scene.studio, "SHOW", "otio", tmp_path / "out", ExportOptions(media=True))
    (path,) = (tmp_path / "out" / "media").glob(f"SHOW_S_010_{taken.take}_*.png")
    report = report_of(path, trusted(scene))
    assert (report["validation_state"], failures(report)) == ("Trusted", [])
    opened, made = assertion(report, ACTIONS)["actions"]
    assert (opened["action"], made["action"]) == ("c2pa.opened", "c2pa.transcoded")
    assert made["softwareAgent"]["name"] == "elsewhere-dream-v3 (dream-v3)"
    (ingredient,) = report["manifests"][report["active_manifest"]]["ingredients"]
    assert (ingredient["relationship"], ingredient["title"]) == ("parentOf", "file made elsewhere")
    passport = assertion(report, PASSPORT)
    assert (passport["making"]["workflow"]["tool"], passport["making"]["seed"]) == ("ComfyUI", 42)


def test_raters_files_stay_bare(scene: RecordedScene, tmp_path: Path) -> None:
    export_selects(scene.studio, "SHOW", "bundle", tmp_path)
    for (rendition,) in scene.studio.tuples("SELECT rendition FROM takes"):
        path = next(scene.studio.media_folder.rglob(f"{rendition[2:]}.*"))
        assert verify_file(path, "")["state"] == "unsigned"
        assert read_provenance(path) is None


def test_otioz_has_signed_media_and_passports_in_its_timeline(scene: RecordedScene, tmp_path: Path) -> None:
    made = export_selects(scene.studio, "SHOW", "otioz", tmp_path / "out")
    with zipfile.ZipFile(made["path"]) as packed:
        packed.extractall(tmp_path / "unpacked")
    for name in ("SHOW_S_010_1_starter.png", "SHOW_S_020_2_starter.mp4"):
        (path,) = (tmp_path / "unpacked").rglob(name)
        assert verify_file(path, trusted(scene))["state"] == "trusted"
    (first, _) = otio.adapters.read_from_file(made["path"]).find_clips()
    assert first.metadata["circletake"]["passport"]["complete"] is False


def test_exr_has_sidecars_where_other_readers_look(scene: RecordedScene, tmp_path: Path) -> None:
    pytest.importorskip("OpenImageIO", reason="pip install 'circletake[exr]'")
    folder = Path(export_selects(scene.studio, "SHOW", "sequence", tmp_path, ExportOptions(picture="exr"))["path"])
    pictures = sorted(folder.rglob("*.exr"))
    assert sorted(folder.rglob("*.c2pa")) == [path.with_suffix(".c2pa") for path in pictures]
    verdict = verify_file(pictures[0], trusted(scene))
    assert (verdict["state"], verdict["where"]) == ("trusted", pictures[0].with_suffix(".c2pa").name)
    with pictures[0].open("r+b") as file:
        file.seek(-3, 2)
        file.write(b"\xff")
    assert verify_file(pictures[0], trusted(scene))["state"] == "changed"


def test_a_bundle_has_each_passport_beside_its_file(scene: RecordedScene, tmp_path: Path) -> None:
    folder = Path(export_selects(scene.studio, "SHOW", "bundle", tmp_path)["path"])
    sidecar = json.loads((folder / "media/SHOW_S_010_1_starter.png.json").read_text())
    assert sidecar["passport"]["making"]["model"]["base"] == "wan-studio"


@pytest.mark.parametrize(("format", "options"), [("otio", {"media": True}), ("sequence", {}), ("otio", {})])
def test_what_is_handed_out_without_names_has_none(
    scene: RecordedScene, tmp_path: Path, format: str, options: dict
) -> None:
    studio = scene.studio
    add_contributor(studio, "Ada Lovelace")
    consent = {"subject": "likeness", "uses": ["drawing"], "described": "Ada's face in a window"}
    add_consent(studio, "Ada Lovelace", **consent)
    (take,) = scene.takes(scene.brief("Ada Lovelace, the secret ending", "S_010"), 1)
    scene.circle(take)
    set_rule(studio, "SHOW", CREDENTIALS, "reduced", actor="ana")
    set_policy(studio, "SHOW", "list", actor="ana")
    export_selects(studio, "SHOW", format, tmp_path / "out", ExportOptions(**options))
    left = [path for path in (tmp_path / "out").rglob("*") if path.suffix in (".png", ".mp4", ".json", ".c2pa")]
    assert len(left) >= 2
    for path in left:
        for name in (b"Lovelace", b"Ada's face", b"secret ending", b'"ana"', b"\x63ana"):
            assert name not in path.read_bytes(), f"{name!r} in {path.name}"
    passports = json.loads((tmp_path / "out/SHOW_passports.json").read_text())["passports"]
    made = next(each for each in passports if each["take"] == take)
    whole = passport_of(studio, take)
    assert made["contributors"][0] | {"consents": []} == {
        "id": 1,
        "name": "performer 1",
        "kind": "performer",
        "consents": [],
    }
    assert made["contributors"][0]["consents"][0]["id"] == 1
    assert {each["person"] for each in made["decisions"]} == {"supervisor"}
    for part in ("seed", "noise", "prompt_sha256"):
        assert made["making"][part] == whole["making"][part]  # type: ignore[literal-required]
    assert (made["making"]["model"], made["media"]) == (whole["making"]["model"], whole["media"])
    for path in left:
        if path.suffix in (".png", ".mp4"):
            assert verify_file(path, trusted(scene))["state"] == "trusted"


@pytest.mark.parametrize(("rule", "remarks"), [("list", 1), ("off", 0)])
def test_takes_from_plates_without_a_licence_are_named_where_they_are_listed(
    scene: RecordedScene, tmp_path: Path, rule: str, remarks: int
) -> None:
    sha256 = plate(scene.studio)
    (take,) = scene.takes(scene.brief("a house at night", "S_010", source_media=sha256), 1)
    scene.circle(take)
    set_rule(scene.studio, "SHOW", PLATES, rule, actor="ana")
    made = export_selects(scene.studio, "SHOW", "csv", tmp_path / "out")
    named = [line for line in made["remarks"] if line.startswith(f"take {take}: no licence of the plate {sha256[:12]}")]
    assert len(named) == remarks
    set_rule(scene.studio, "SHOW", PLATES, "refuse", actor="ana")
    with pytest.raises(Refused, match=f"take {take} cannot be exported: take {take}: no licence of the plate"):
        export_selects(scene.studio, "SHOW", "csv", tmp_path / "again")


def test_lines_of_what_is_missing_name_nobody_either() -> None:
    people = {"Ada": "performer 1", "Ada Lovelace": "performer 2"}
    line = (
        "no consent of Ada Lovelace for drawing with their likeness is in force (circletake consent add 'Ada Lovelace')"
    )
    assert replaced(line, people) == "no consent of performer 2 for drawing with their likeness is in force"


@pytest.mark.parametrize("format", SELECT_FORMATS)
def test_refuse_names_takes_and_what_they_lack(scene: RecordedScene, tmp_path: Path, format: str) -> None:
    set_policy(scene.studio, "SHOW", "refuse", actor="ana")
    with pytest.raises(Refused) as refusal:
        export_selects(scene.studio, "SHOW", format, tmp_path / "out")
    line = str(refusal.value)
    assert line.startswith("SHOW exports takes with complete passports alone: take 1 lacks the intended use:")
    assert "take 2 lacks the intended use" in line
    assert "\n" not in line
    assert not (tmp_path / "out").exists()
    assert list_exports(scene.studio) == []
    decide(scene, 1, 2)
    assert export_selects(scene.studio, "SHOW", format, tmp_path / "out")["count"] >= 0


def test_list_writes_what_is_missing_and_signs_the_timeline(scene: RecordedScene, tmp_path: Path) -> None:
    set_policy(scene.studio, "SHOW", "list", actor="ana")
    decide(scene, 1)
    made = export_selects(scene.studio, "SHOW", "edl", tmp_path)
    assert "passports of take 2 are incomplete: SHOW_passports.json lists what they lack" in made["remarks"]
    listed = json.loads((tmp_path / "SHOW_passports.json").read_text())
    assert list(listed["incomplete"]) == ["2"]
    assert [each["take"] for each in listed["passports"]] == [1, 2]
    verdict = verify_file(Path(made["path"]), trusted(scene))
    assert (verdict["state"], verdict["where"]) == ("trusted", "SHOW_selects.edl.c2pa")
    assert verdict["cut"] is not None
    assert (
        verdict["cut"]["passports_sha256"]
        == hashlib.sha256((tmp_path / "SHOW_passports.json").read_bytes()).hexdigest()
    )
    assert [(each["take"], each["complete"]) for each in verdict["cut"]["takes"]] == [(1, True), (2, False)]


def test_off_adds_nothing_beside_a_timeline(scene: RecordedScene, tmp_path: Path) -> None:
    export_selects(scene.studio, "SHOW", "edl", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["SHOW_selects.edl"]
    assert not (scene.studio.folder / studio_signer.FOLDER).exists()


def test_a_policy_is_one_of_three(scene: RecordedScene) -> None:
    assert policy_of(scene.studio, "SHOW") == "off"
    with pytest.raises(Invalid, match="passport policy 'never': give refuse, list or off"):
        set_policy(scene.studio, "SHOW", "never", actor="ana")
    with pytest.raises(NotFound, match="no project 'NONE'"):
        set_policy(scene.studio, "NONE", "list", actor="ana")
    set_policy(scene.studio, "SHOW", "list", actor="ana")
    set_policy(scene.studio, "SHOW", "list", actor="ana")
    events = scene.studio.rows("SELECT actor, detail FROM events WHERE action = 'project.passport'")
    assert [(row["actor"], json.loads(row["detail"])) for row in events] == [("ana", {"from": "off", "to": "list"})]


def test_every_export_is_in_the_record(scene: RecordedScene, tmp_path: Path) -> None:
    export_selects(scene.studio, "SHOW", "csv", tmp_path)
    export_selects(scene.studio, "SHOW", "otio", tmp_path, ExportOptions(media=True, sequence="S", picks=True))
    export_selects(scene.studio, "SHOW", "edl", tmp_path, by=ExportedBy(scene.people["ana"], sent=True))
    first, second, third = list_exports(scene.studio, "SHOW")
    assert (first["format"], first["path"]) == ("csv", str(tmp_path / "SHOW_selects.csv"))
    assert (first["person"], first["signed_by"], first["takes"]) == (None, None, 2)
    assert second["signed_by"] == "studio · studio takes, for trying out"
    assert (third["person"], third["path"]) == ("ana", "sent as SHOW_selects.edl")
    assert all(each["finished"] for each in (first, second, third))
    assert takes_of_export(scene.studio, first["id"]) == [1, 2]
    assert [each["id"] for each in exports_with(scene.studio, [2])] == [1, 2, 3]
    assert exports_with(scene.studio, [999]) == []


def test_sets_of_preferences_are_in_it_too(scene: RecordedScene, tmp_path: Path) -> None:
    left, right, other = scene.takes(scene.brief("rain"), 3)
    scene.judge("ben", left, right, "left")
    export_preferences(scene.studio, "jsonl", tmp_path / "out")
    (row,) = list_exports(scene.studio)
    assert (row["project"], row["format"], row["path"]) == (None, "preferences, jsonl", str(tmp_path / "out"))
    assert takes_of_export(scene.studio, row["id"]) == [left, right]
    assert exports_with(scene.studio, [other]) == []


def test_an_export_that_fails_leaves_no_record_and_one_that_is_killed_does(
    scene: RecordedScene, tmp_path: Path
) -> None:
    (shown,) = [row for (row,) in scene.studio.tuples("SELECT media FROM takes WHERE id = 2")]
    path = next(scene.studio.media_folder.rglob(f"{shown[2:]}.mp4"))
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(Refused, match="take 2 cannot be"):
        export_selects(scene.studio, "SHOW", "otio", tmp_path / "out", ExportOptions(media=True))
    assert list_exports(scene.studio) == []
    with pytest.raises(KeyboardInterrupt), recorded_export(scene.studio, "SHOW", "otio", "x", [1], policy="off"):
        raise KeyboardInterrupt
    (row,) = list_exports(scene.studio)
    assert (row["finished"], row["takes"]) == (None, 1)


def test_a_revoked_consent_names_the_exports_that_it_touched(scene: RecordedScene, tmp_path: Path) -> None:
    studio = scene.studio
    add_contributor(studio, "Ada Lovelace")
    words = {"subject": "likeness", "uses": ["drawing"], "described": "a face in a window"}
    number = add_consent(studio, "Ada Lovelace", **words)["id"]
    (shown,) = scene.takes(scene.brief("Ada Lovelace at a window", shot="S_020"), 1)
    export_selects(studio, "SHOW", "csv", tmp_path / "before")
    scene.circle(shown)
    export_selects(studio, "SHOW", "csv", tmp_path / "with")
    set_policy(studio, "SHOW", "refuse", actor="ana")
    decide(scene, 1, 2, shown)
    export_selects(studio, "SHOW", "csv", tmp_path / "complete")
    made = revoke_consent(studio, number, "she changed her mind")
    assert made["touched"]["exports"] == [2, 3]
    assert "2 exports" in describe_revocation(studio, number, made)
    with pytest.raises(Refused, match=rf"take {shown}.*no consent of Ada Lovelace"):
        export_selects(studio, "SHOW", "csv", tmp_path / "after")


def test_a_studio_that_cannot_be_written_exports_and_says_what_lacks(scene: RecordedScene, tmp_path: Path) -> None:
    scene.studio.close()
    with read_only(scene.studio.folder):
        studio = Studio.open(scene.studio.folder)
        made = export_selects(studio, "SHOW", "otio", tmp_path / "out", ExportOptions(media=True))
        assert (
            "the media have no Content Credentials: this studio is read-only and has no certificate" in made["remarks"]
        )
        studio.close()


def test_without_the_library_media_leave_unsigned_and_that_is_told(
    scene: RecordedScene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking, "is_installed", lambda: False)
    made = export_selects(scene.studio, "SHOW", "otio", tmp_path, ExportOptions(media=True))
    (remark,) = made["remarks"]
    assert remark.startswith("the media have no Content Credentials: Content Credentials need c2pa-python: pip install")
    set_policy(scene.studio, "SHOW", "refuse", actor="ana")
    decide(scene, 1, 2)
    with pytest.raises(Refused, match="exports signed media alone"):
        export_selects(scene.studio, "SHOW", "otio", tmp_path, ExportOptions(media=True))
