"""Flow Production Tracking, against its own client's Mockgun."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("shotgun_api3", reason="the extra circletake[flow] is not installed")

from feedback.errors import NotFound, Refused
from feedback.exchange.connectors import syncing
from feedback.exchange.connectors.flow import Flow, sign_in
from feedback.exchange.connectors.links import link_to
from feedback.exchange.connectors.settings import FLOW, ConnectorSettings
from feedback.judgements.note_threads import list_threads
from feedback.judgements.statuses import status_of
from feedback.models.versions import register_candidate
from feedback.production import shots
from feedback.production.takes import get_take
from feedback.rights.content_credentials.reading import verify_file
from feedback.rights.content_credentials.studio_signer import make_tryout, trusted_pem
from feedback.rights.export_record import exports_with
from feedback.trials import trials
from tests.connectors.flow_site import SCRIPT, Site, open_site
from tests.connectors.studio import TrackedScene

SETTINGS = ConnectorSettings(FLOW, people={"Rita Rev": "ana"}, account="ben")
RITA, OMAR = ({"type": "HumanUser", "id": number} for number in (1, 2))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[TrackedScene]:
    scene = TrackedScene(tmp_path / "studio")
    yield scene
    scene.studio.close()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return open_site(tmp_path)


@pytest.fixture
def flow(site: Site) -> Flow:
    return Flow(site, "flow https://studio.example", SCRIPT)


@pytest.fixture
def takes(scene: TrackedScene, flow: Flow) -> tuple[int, int]:
    """Of SQ01_SH010; the first is approved."""
    syncing.pull(scene.studio, flow, "SHOW", "Show")
    scene.shots["SQ01_SH010"] = shots.find_shot(scene.studio, "SQ01_SH010", "SHOW")["id"]
    first, second = scene.takes(scene.brief(shot="SQ01_SH010"), 2)
    scene.status("ana", first, "approved")
    return first, second


@pytest.fixture
def published(scene: TrackedScene, flow: Flow, takes: tuple[int, int]) -> int:
    assert syncing.publish(scene.studio, flow, "SHOW", "Show", SETTINGS).takes_published == 1
    return takes[0]


def rows(site: Site, kind: str, *fields: str) -> list[dict[str, Any]]:
    return list(site.find(kind, [], list(fields)))


def sync(scene: TrackedScene, flow: Flow) -> Any:
    return syncing.sync(scene.studio, flow, "SHOW", "Show", SETTINGS, first_frame=1001)


def test_shots_come_in_the_order_of_the_cut(scene: TrackedScene, flow: Flow, site: Site) -> None:
    report = syncing.pull(scene.studio, flow, "SHOW", "Show")
    assert (report.shots_made, report.left) == (3, [])
    cut = [shot["code"] for shot in shots.list_shots(scene.studio, "SHOW") if shot["sequence"] == "SQ01"]
    assert cut == ["SQ01_SH030", "SQ01_SH010", "SQ01_SH020"]
    first = shots.find_shot(scene.studio, "SQ01_SH030", "SHOW")
    assert (first["fps_num"], first["fps_den"]) == (24000, 1001)
    assert [(shot["frame_in"], shot["frame_out"]) for shot in report.shots] == [(1001, 1048)] * 3
    assert syncing.pull(scene.studio, flow, "SHOW", "Show").changed == 0
    site.update("Shot", 1, {"sg_cut_order": 9})
    assert syncing.pull(scene.studio, flow, "SHOW", "Show").shots_changed == 1
    assert shots.find_shot(scene.studio, "SQ01_SH030", "SHOW")["position"] == 9


def test_take_is_a_version_once(scene: TrackedScene, flow: Flow, site: Site, published: int) -> None:
    (version,) = rows(site, "Version", "code", "entity", "sg_status_list", "sg_uploaded_movie")
    assert version["code"] == f"SHOW_SQ01_SH010_take{published:04d}"
    assert (version["entity"]["id"], version["sg_status_list"]) == (2, "apr")
    (record,) = exports_with(scene.studio, [published])
    assert (record["format"], record["project"], bool(record["finished"])) == ("preview", "SHOW", True)
    assert version["sg_uploaded_movie"]["name"] == f"SHOW_SQ01_SH010_take{published:04d}.png"
    assert site.uploaded[version["id"]].startswith(b"\x89PNG")
    assert record["signed_by"] is None  # there is no certificate
    assert syncing.publish(scene.studio, flow, "SHOW", "Show", SETTINGS).changed == 0
    assert sync(scene, flow).changed == 0


def test_previews_are_signed_and_tell_no_version(
    scene: TrackedScene, flow: Flow, site: Site, takes: tuple[int, int], tmp_path: Path
) -> None:
    studio, take = scene.studio, takes[0]
    make_tryout(studio)
    assert syncing.publish(studio, flow, "SHOW", "Show", SETTINGS).takes_published == 1
    (version,) = rows(site, "Version", "code")
    path = tmp_path / "preview.png"
    path.write_bytes(site.uploaded[version["id"]])
    verdict = verify_file(path, trusted_pem(studio))
    assert (verdict["state"], verdict["actions"][0]["source"]) == ("trusted", "trainedAlgorithmicMedia")
    assert verdict["cut"] == {"project": "SHOW", "takes": [{"take": take, "shot": "SQ01_SH010", "complete": False}]}
    assert verdict["passport"] is None
    assert b"starter" not in path.read_bytes()
    assert exports_with(studio, [take])[0]["signed_by"] is not None
    kept = studio.media_folder.rglob(f"{get_take(studio, take)['rendition'][2:]}.*")
    assert verify_file(next(kept), "")["state"] == "unsigned", "raters' files stay bare"


@pytest.mark.parametrize("killed", ["create", "upload", "add_link"])
def test_publishing_goes_on_after_a_kill(
    scene: TrackedScene, flow: Flow, site: Site, takes: tuple[int, int], killed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*words: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        if killed == "add_link":
            patched.setattr("feedback.exchange.connectors.publishing.add_link", die)
        else:
            patched.setattr(site, killed, die)
        with pytest.raises(KeyboardInterrupt):
            syncing.publish(scene.studio, flow, "SHOW", "Show", SETTINGS)
    assert syncing.publish(scene.studio, flow, "SHOW", "Show", SETTINGS).takes_published == 1
    (version,) = rows(site, "Version", "sg_uploaded_movie")
    assert version["sg_uploaded_movie"]
    assert syncing.publish(scene.studio, flow, "SHOW", "Show", SETTINGS).changed == 0


def test_statuses_go_both_ways_once(scene: TrackedScene, flow: Flow, site: Site, published: int) -> None:
    site.review(RITA["id"], 1, "vwd")
    report = sync(scene, flow)
    assert (report.statuses_received, report.statuses_sent, report.left) == (1, 0, [])
    assert status_of(scene.studio, published) == "needs_retake"
    assert sync(scene, flow).changed == 0
    scene.status("ana", published, "wip")
    assert sync(scene, flow).statuses_sent == 1
    assert rows(site, "Version", "sg_status_list")[0]["sg_status_list"] == "rev"
    assert sync(scene, flow).changed == 0
    assert scene.studio.value("SELECT count(*) FROM statuses") == 3


def test_what_was_decided_here_stays(scene: TrackedScene, flow: Flow, site: Site, published: int) -> None:
    site.review(RITA["id"], 1, "vwd")
    scene.status("ana", published, "wip")
    report = sync(scene, flow)
    assert (report.statuses_sent, report.statuses_received, len(report.left)) == (1, 0, 1)
    assert status_of(scene.studio, published) == "wip"
    assert sync(scene, flow).changed == 0


def test_who_may_not_circle_here_circles_nothing(scene: TrackedScene, flow: Flow, site: Site, published: int) -> None:
    """Omar is the account, a creative; theirs means circled here."""
    site.review(OMAR["id"], 1, "vwd")
    settings = ConnectorSettings(FLOW, back={"vwd": "circled"}, account="ben")
    report = syncing.sync(scene.studio, flow, "SHOW", "Show", settings)
    assert report.changed == 0
    assert "only a supervisor circles" in report.left[0]
    assert status_of(scene.studio, published) == "approved"


def test_notes_go_both_ways_once(scene: TrackedScene, flow: Flow, site: Site, published: int) -> None:
    own = scene.note("cas", published, "the sea is too calm", frame_in=0, frame_out=0)
    links = {"project": {"type": "Project", "id": 1}, "note_links": [{"type": "Version", "id": 1}]}
    theirs = site.create("Note", {"content": "softer light", "user": RITA, **links})
    site.create("Reply", {"content": "much softer", "user": OMAR, "entity": theirs})
    report = sync(scene, flow)
    assert (report.notes_sent, report.notes_received, report.left) == (1, 2, [])
    texts = [(thread["author"], thread["text"]) for thread in list_threads(scene.studio, published)]
    assert texts == [("cas", "the sea is too calm"), ("ana", "softer light"), ("ben", "Omar Ooo: much softer")]
    sent = rows(site, "Note", "content", "note_links")[1]
    assert sent["content"].startswith(f"Take {published}, cas, frame 1001: the sea is too calm")
    assert [link["type"] for link in sent["note_links"]] == ["Version", "Shot"]
    site.create("Reply", {"content": "it is what the script says", "user": RITA, "entity": sent})
    assert sync(scene, flow).notes_received == 1
    assert sync(scene, flow).changed == 0
    scene.note("cas", published, "much too calm", supersedes=own)
    site.update("Note", theirs["id"], {"content": "softer light, please"})
    report = sync(scene, flow)
    assert (report.notes_sent, report.notes_received) == (1, 1)
    assert "much too calm" in rows(site, "Note", "content")[1]["content"]
    assert "softer light, please" in [thread["text"] for thread in list_threads(scene.studio, published)]
    assert sync(scene, flow).changed == 0
    assert len(rows(site, "Note")) == 2


def test_takes_of_an_open_trial_are_not_published(scene: TrackedScene, flow: Flow, site: Site, published: int) -> None:
    brief = scene.studio.value("SELECT brief FROM takes WHERE id = ?", (published,))
    register_candidate(scene.studio, "v0001", "starter", [])
    trials.open_trial(scene.studio, "v0001", [brief], 1)
    scene.draw()
    hidden = [row["id"] for row in scene.studio.rows("SELECT id FROM takes WHERE purpose = 'trial'")]
    for take in hidden:
        scene.status("ana", take, "approved")
    assert syncing.publish(scene.studio, flow, "SHOW", "Show", SETTINGS).changed == 0
    with pytest.raises(Refused, match="compared blindly"):
        syncing.publish(scene.studio, flow, "SHOW", "Show", SETTINGS, hidden)
    assert len(rows(site, "Version")) == 1


def test_refusals_are_lines(scene: TrackedScene, flow: Flow) -> None:
    with pytest.raises(NotFound, match="has no project 'NONE', but Show"):
        syncing.pull(scene.studio, flow, "SHOW", "NONE")
    with pytest.raises(Refused, match="cannot be reached") as refusal:
        sign_in({"url": "http://127.0.0.1:9", "script": "s", "key": "a secret key"})
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("place", ["notes.add_link", "statuses.link_status"])
def test_what_was_sent_before_a_kill_is_not_sent_twice(
    scene: TrackedScene, flow: Flow, site: Site, published: int, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.note("cas", published, "softer")
    scene.status("ana", published, "wip")

    def die(*words: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"feedback.exchange.connectors.{place}", die)
        with pytest.raises(KeyboardInterrupt):
            sync(scene, flow)
    assert sync(scene, flow).changed > 0
    assert len(rows(site, "Note")) == 1
    assert rows(site, "Version", "sg_status_list")[0]["sg_status_list"] == "rev"
    assert sync(scene, flow).changed == 0
    assert scene.studio.value("SELECT count(*) FROM statuses") == 2


def test_what_was_received_before_a_kill_is_not_learned_from_twice(
    scene: TrackedScene, flow: Flow, site: Site, published: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status and its link are one transaction."""
    site.review(RITA["id"], 1, "vwd")

    def die(*words: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("feedback.exchange.connectors.statuses.add_link", die)
        with pytest.raises(KeyboardInterrupt):
            sync(scene, flow)
    assert status_of(scene.studio, published) == "approved"
    assert sync(scene, flow).statuses_received == 1
    assert scene.studio.value("SELECT count(*) FROM statuses") == 2


def test_two_shots_of_one_code_are_named_and_one_that_was_made_anew_is_the_same(
    scene: TrackedScene, flow: Flow, site: Site
) -> None:
    twin = {"code": "SQ01_SH010", "project": {"type": "Project", "id": 1}}
    made = site.create("Shot", twin | {"sg_sequence": {"type": "Sequence", "id": 1}})
    for _ in range(2):
        report = syncing.pull(scene.studio, flow, "SHOW", "Show")
        assert "SQ01_SH010 is another shot of theirs already" in report.left[0]
    ours = shots.find_shot(scene.studio, "SQ01_SH010", "SHOW")["id"]
    for number in (2, made["id"]):
        site.delete("Shot", number)
    anew = site.create("Shot", twin)
    assert syncing.pull(scene.studio, flow, "SHOW", "Show").left == []
    link = link_to(scene.studio, flow.site, "shot", str(anew["id"]))
    assert link is not None
    assert link.ours == ours
    assert syncing.pull(scene.studio, flow, "SHOW", "Show").changed == 0


def test_note_that_was_deleted_there_comes_again_when_it_is_edited(
    scene: TrackedScene, flow: Flow, site: Site, published: int
) -> None:
    own = scene.note("cas", published, "softer")
    assert sync(scene, flow).notes_sent == 1
    site.delete("Note", 1)
    assert sync(scene, flow).changed == 0
    scene.note("cas", published, "much softer", supersedes=own)
    assert sync(scene, flow).notes_sent == 1
    assert sync(scene, flow).changed == 0
    assert [row["id"] for row in rows(site, "Note")] == [2]
