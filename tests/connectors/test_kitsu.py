"""Kitsu for real: a Zou with PostgreSQL and Redis, that `make test-kitsu` starts. Skipped where there is none."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from feedback.errors import Invalid, NotFound, Refused
from feedback.exchange.connectors import syncing
from feedback.exchange.connectors.kitsu import Kitsu
from feedback.exchange.connectors.settings import KITSU, ConnectorSettings
from feedback.exchange.connectors.tracker import mark_in
from feedback.judgements.note_threads import list_threads
from feedback.judgements.statuses import status_of
from feedback.models.versions import register_candidate
from feedback.people import accounts, project_members
from feedback.production import render_queue, shots
from feedback.trials import trials
from tests.connectors.studio import TrackedScene
from tests.docs.pages import ROOT
from ui.cli import main

URL = os.environ.get("CIRCLETAKE_KITSU_URL")
pytestmark = [
    pytest.mark.kitsu,
    pytest.mark.skipif(not URL, reason="no Kitsu: `make test-kitsu` starts one, and sets CIRCLETAKE_KITSU_URL"),
]
SETTINGS = ConnectorSettings(KITSU, people={"rita@example.com": "ana"}, account="ben")
numbers = count(1)


def credentials() -> dict[str, str]:
    return {name: os.environ[f"CIRCLETAKE_KITSU_{name.upper()}"] for name in ("url", "email", "password")}


@pytest.fixture(scope="module")
def gazu() -> Any:
    """Kitsu's own client, as somebody else: Rita, who reviews there."""
    import gazu

    account = credentials()
    gazu.set_host(account["url"])
    gazu.log_in(account["email"], account["password"])
    if gazu.person.get_person_by_email("rita@example.com") is None:
        gazu.person.new_person("Rita", "Rev", "rita@example.com", role="manager", password="a long pass phrase")
        gazu.person.new_person("Omar", "Ooo", "omar@example.com", role="manager", password="a long pass phrase")
    return gazu


def as_person(email: str) -> Any:
    import gazu

    client = gazu.client.create_client(gazu.client.get_host())
    gazu.log_in(email, "a long pass phrase", client=client)
    return client


@pytest.fixture
def theirs(gazu: Any) -> dict[str, Any]:
    """A project of 25 frames a second with two shots."""
    project = gazu.project.new_project(f"Show {next(numbers)} {os.getpid()}", "short")
    for email in ("rita@example.com", "omar@example.com"):
        gazu.project.add_person_to_team(project, gazu.person.get_person_by_email(email))
    sequence = gazu.shot.new_sequence(project, "SQ01")
    data = {"fps": "23.976"}
    first = gazu.shot.new_shot(project, sequence, "SH010", nb_frames=48, frame_in=1001, frame_out=1048, data=data)
    second = gazu.shot.new_shot(project, sequence, "SQ01_SH020")
    return {"project": project, "name": project["name"], "shots": [first, second]}


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[TrackedScene]:
    scene = TrackedScene(tmp_path / "studio")
    yield scene
    scene.studio.close()


@pytest.fixture
def kitsu() -> Kitsu:
    return Kitsu(credentials(), "Compositing")


@pytest.fixture
def published(scene: TrackedScene, kitsu: Kitsu, theirs: dict[str, Any]) -> tuple[int, int]:
    """Two takes of SQ01_SH010, of which the first is circled and there."""
    syncing.pull(scene.studio, kitsu, "SHOW", theirs["name"])
    shot = shots.find_shot(scene.studio, "SQ01_SH010", "SHOW")
    scene.shots["SQ01_SH010"] = shot["id"]
    first, second = scene.takes(scene.brief(shot="SQ01_SH010"), 2)
    scene.status("ana", first, "circled")
    report = syncing.publish(scene.studio, kitsu, "SHOW", theirs["name"], SETTINGS)
    assert (report.takes_published, report.left) == (1, [])
    return first, second


def comments(gazu: Any, theirs: dict[str, Any]) -> list[dict[str, Any]]:
    """Of the first shot's task, oldest first."""
    (task,) = gazu.task.all_tasks_for_shot(theirs["shots"][0])
    return list(reversed(gazu.task.all_comments_for_task(task)))


def comment(gazu: Any, theirs: dict[str, Any], email: str, status: str | None, text: str) -> dict[str, Any]:
    (task,) = gazu.task.all_tasks_for_shot(theirs["shots"][0])
    given = gazu.task.get_task_status_by_short_name(status) if status else {"id": task["task_status_id"]}
    return dict(gazu.task.add_comment(task, given, comment=text, client=as_person(email)))


def task_status(gazu: Any, theirs: dict[str, Any]) -> str:
    (task,) = gazu.task.all_tasks_for_shot(theirs["shots"][0])
    return str(gazu.task.get_task_status(gazu.task.get_task(task["id"])["task_status_id"])["short_name"])


def test_shots_come_with_sequence_rate_and_frames(
    scene: TrackedScene, kitsu: Kitsu, theirs: dict[str, Any], gazu: Any
) -> None:
    report = syncing.pull(scene.studio, kitsu, "SHOW", theirs["name"])
    assert (report.shots_made, report.left) == (2, [])
    first, second = [shots.find_shot(scene.studio, code, "SHOW") for code in ("SQ01_SH010", "SQ01_SH020")]
    assert (first["sequence"], first["fps_num"], first["fps_den"]) == ("SQ01", 24000, 1001)
    assert second["fps_num"] == 25, "the project's"
    row = next(shot for shot in report.shots if shot["code"] == "SQ01_SH010")
    assert (row["frame_in"], row["frame_out"], row["frames"]) == (1001, 1048, 48)
    assert syncing.pull(scene.studio, kitsu, "SHOW", theirs["name"]).changed == 0
    shots.set_shot(scene.studio, second["id"], fps=30)
    gazu.shot.update_shot_data(theirs["shots"][0], {"fps": "24"})
    again = syncing.pull(scene.studio, kitsu, "SHOW", theirs["name"])
    assert again.shots_changed == 1
    assert shots.get_shot(scene.studio, first["id"])["fps_den"] == 1
    assert shots.get_shot(scene.studio, second["id"])["fps_num"] == 30, "changed here, and not there"


def test_take_is_a_preview_once(
    scene: TrackedScene, kitsu: Kitsu, theirs: dict[str, Any], gazu: Any, published: tuple[int, int]
) -> None:
    (made,) = comments(gazu, theirs)
    assert made["task_status"]["short_name"] == "done"
    (preview,) = made["previews"]
    assert preview["original_name"] == f"SHOW_SQ01_SH010_take{published[0]:04d}"
    assert (preview["extension"], preview["width"], preview["status"]) == ("png", 16, "ready")
    again = syncing.publish(scene.studio, kitsu, "SHOW", theirs["name"], SETTINGS)
    assert again.changed == 0
    assert len(comments(gazu, theirs)) == 1


@pytest.mark.parametrize("killed", ["create_preview", "upload_preview_file", "get_preview_file", "add_link"])
def test_publishing_goes_on_after_a_kill(
    scene: TrackedScene, kitsu: Kitsu, theirs: dict[str, Any], gazu: Any, killed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever stage the run ended at, there is one comment with one whole preview in the end."""
    syncing.pull(scene.studio, kitsu, "SHOW", theirs["name"])
    scene.shots["SQ01_SH010"] = shots.find_shot(scene.studio, "SQ01_SH010", "SHOW")["id"]
    (take,) = scene.takes(scene.brief(shot="SQ01_SH010"), 1)
    scene.status("ana", take, "approved")

    def die(*words: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        places = {
            "get_preview_file": kitsu.gazu.files,
            "add_link": __import__("feedback.exchange.connectors.publishing", fromlist=["x"]),
        }
        patched.setattr(places.get(killed, kitsu.gazu.task), killed, die)
        with pytest.raises(KeyboardInterrupt):
            syncing.publish(scene.studio, kitsu, "SHOW", theirs["name"], SETTINGS)
    assert len(comments(gazu, theirs)) == 1
    fresh = Kitsu(credentials(), "Compositing")
    assert syncing.publish(scene.studio, fresh, "SHOW", theirs["name"], SETTINGS).takes_published == 1
    (made,) = comments(gazu, theirs)
    assert [preview["status"] for preview in made["previews"]] == ["ready"]
    assert syncing.publish(scene.studio, fresh, "SHOW", theirs["name"], SETTINGS).changed == 0


@pytest.mark.timeout(600)
def test_publishing_is_killed_at_random_instants(
    scene: TrackedScene, kitsu: Kitsu, theirs: dict[str, Any], gazu: Any
) -> None:
    """SIGKILL to the command, again and again; then each take is there once, whole."""
    syncing.pull(scene.studio, kitsu, "SHOW", theirs["name"])
    scene.shots["SQ01_SH010"] = shots.find_shot(scene.studio, "SQ01_SH010", "SHOW")["id"]
    takes = scene.takes(scene.brief(shot="SQ01_SH010"), 8)
    for take in takes:
        scene.status("ana", take, "approved")
    words = [sys.executable, "-m", "ui.cli", "connect", "kitsu", "publish", "--project", "SHOW", "--theirs"]
    words += [theirs["name"], "--studio", str(scene.studio.folder)]
    chance, killed = random.Random(3), 0
    for _ in range(40):
        process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        before = scene.studio.value("SELECT count(*) FROM connector_links WHERE kind = 'take'")
        until = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < until:  # into the work, and then a little on
            (task,) = gazu.task.all_tasks_for_shot(theirs["shots"][0]) or [None]
            if task and len(gazu.task.all_comments_for_task(task)) > before:
                time.sleep(chance.uniform(0, 0.2))
                break
            time.sleep(0.02)
        killed += process.poll() is None
        process.kill()
        process.wait()
        if before == len(takes):
            break
    assert killed >= 3
    assert CliRunner().invoke(main, words[3:]).exit_code == 0
    made = comments(gazu, theirs)
    assert sorted(mark.number for comment in made if (mark := mark_in(comment["text"]))) == takes
    assert [len(comment["previews"]) for comment in made] == [1] * len(takes)
    previews = [gazu.files.get_preview_file(comment["previews"][0]["id"]) for comment in made]
    assert all(preview["status"] == "ready" and preview["file_size"] for preview in previews)


def test_statuses_go_both_ways_once(
    scene: TrackedScene, kitsu: Kitsu, theirs: dict[str, Any], gazu: Any, published: tuple[int, int]
) -> None:
    first, _ = published
    assert syncing.sync(scene.studio, kitsu, "SHOW", theirs["name"], SETTINGS).changed == 0, (
        "sent when it was published"
    )
    comment(gazu, theirs, "rita@example.com", "retake", "")
    report = syncing.sync(scene.studio, Kitsu(credentials(), "Compositing"), "SHOW", theirs["name"], SETTINGS)
    assert (report.statuses_received, report.statuses_sent, report.left) == (1, 0, [])
    assert status_of(scene.studio, first) == "needs_retake"
    row = scene.studio.row("SELECT person FROM statuses ORDER BY id DESC LIMIT 1")
    assert row is not None
    assert row["person"] == scene.people["ana"]
    assert (
        syncing.sync(scene.studio, Kitsu(credentials(), "Compositing"), "SHOW", theirs["name"], SETTINGS).changed == 0
    )
    scene.status("ana", first, "approved")
    report = syncing.sync(scene.studio, Kitsu(credentials(), "Compositing"), "SHOW", theirs["name"], SETTINGS)
    assert (report.statuses_sent, report.statuses_received) == (1, 0)
    assert task_status(gazu, theirs) == "approved"
    assert (
        syncing.sync(scene.studio, Kitsu(credentials(), "Compositing"), "SHOW", theirs["name"], SETTINGS).changed == 0
    )
    assert scene.studio.value("SELECT count(*) FROM statuses WHERE take = ?", (first,)) == 3


def test_what_was_decided_here_stays(
    scene: TrackedScene, kitsu: Kitsu, theirs: dict[str, Any], gazu: Any, published: tuple[int, int]
) -> None:
    comment(gazu, theirs, "rita@example.com", "retake", "")
    scene.status("ana", published[0], "approved")
    report = syncing.sync(scene.studio, Kitsu(credentials(), "Compositing"), "SHOW", theirs["name"], SETTINGS)
    assert (report.statuses_sent, report.statuses_received, len(report.left)) == (1, 0, 1)
    assert status_of(scene.studio, published[0]) == "approved"
    assert task_status(gazu, theirs) == "approved"
    assert (
        syncing.sync(scene.studio, Kitsu(credentials(), "Compositing"), "SHOW", theirs["name"], SETTINGS).changed == 0
    )


def test_an_older_take_does_not_give_the_task_its_status(
    scene: TrackedScene, kitsu: Kitsu, theirs: dict[str, Any], gazu: Any, published: tuple[int, int]
) -> None:
    first, second = published
    syncing.publish(scene.studio, kitsu, "SHOW", theirs["name"], SETTINGS, [second])
    assert task_status(gazu, theirs) == "wfa"
    scene.status("ana", first, "needs_retake")
    assert syncing.sync(scene.studio, kitsu, "SHOW", theirs["name"], SETTINGS).statuses_sent == 1
    assert task_status(gazu, theirs) == "wfa"
    comment(gazu, theirs, "rita@example.com", "approved", "this one")
    syncing.sync(scene.studio, Kitsu(credentials(), "Compositing"), "SHOW", theirs["name"], SETTINGS)
    assert (status_of(scene.studio, first), status_of(scene.studio, second)) == ("needs_retake", "approved")


def test_notes_go_both_ways_once(
    scene: TrackedScene, kitsu: Kitsu, theirs: dict[str, Any], gazu: Any, published: tuple[int, int]
) -> None:
    first, _ = published
    own = scene.note("cas", first, "the sea is too calm", frame_in=0, frame_out=0)
    comment(gazu, theirs, "rita@example.com", None, "softer light")
    comment(gazu, theirs, "omar@example.com", None, "and less fog")
    report = syncing.sync(scene.studio, kitsu, "SHOW", theirs["name"], SETTINGS, first_frame=1001)
    assert (report.notes_sent, report.notes_received, report.statuses_received, report.left) == (1, 2, 0, [])
    sent = comments(gazu, theirs)[-1]
    assert sent["text"].startswith(f"Take {first}, cas, frame 1001: the sea is too calm")
    texts = [(thread["author"], thread["text"]) for thread in list_threads(scene.studio, first)]
    assert texts == [("cas", "the sea is too calm"), ("ana", "softer light"), ("ben", "Omar Ooo: and less fog")]
    answer = gazu.task.reply_to_comment(
        sent["object_id"], sent, "calm is what the script says", client=as_person("rita@example.com")
    )
    assert answer
    fresh = Kitsu(credentials(), "Compositing")
    assert syncing.sync(scene.studio, fresh, "SHOW", theirs["name"], SETTINGS).notes_received == 1
    assert (
        syncing.sync(scene.studio, Kitsu(credentials(), "Compositing"), "SHOW", theirs["name"], SETTINGS).changed == 0
    )
    scene.note("cas", first, "the sea is much too calm", supersedes=own)
    assert (
        syncing.sync(scene.studio, Kitsu(credentials(), "Compositing"), "SHOW", theirs["name"], SETTINGS).notes_sent
        == 1
    )
    edited = next(each for each in comments(gazu, theirs) if each["id"] == sent["id"])
    assert "much too calm" in edited["text"]
    assert mark_in(edited["text"]) == mark_in(sent["text"])
    assert len(comments(gazu, theirs)) == 4


def test_note_of_nobody_here_stays_there_and_is_named(
    scene: TrackedScene, kitsu: Kitsu, theirs: dict[str, Any], gazu: Any, published: tuple[int, int]
) -> None:
    comment(gazu, theirs, "omar@example.com", None, "hello")
    alone = ConnectorSettings(KITSU)
    report = syncing.sync(scene.studio, kitsu, "SHOW", theirs["name"], alone)
    assert report.notes_received == 0
    assert "nobody here is 'omar@example.com'" in report.left[0]
    accounts.add_person(scene.studio, "omar@example.com", "creative")
    project_members.add_member(scene.studio, "SHOW", "omar@example.com")
    assert syncing.sync(scene.studio, kitsu, "SHOW", theirs["name"], alone).notes_received == 1


def test_takes_of_an_open_trial_are_not_published(
    scene: TrackedScene, kitsu: Kitsu, theirs: dict[str, Any], gazu: Any, published: tuple[int, int]
) -> None:
    brief = scene.studio.value("SELECT brief FROM takes WHERE id = ?", (published[0],))
    register_candidate(scene.studio, "v0001", "starter", [])
    trials.open_trial(scene.studio, "v0001", [brief], 1)
    scene.draw()
    hidden = [row["id"] for row in scene.studio.rows("SELECT id FROM takes WHERE purpose = 'trial'")]
    assert len(hidden) == 2
    for take in hidden:
        scene.status("ana", take, "circled")
    assert syncing.publish(scene.studio, kitsu, "SHOW", theirs["name"], SETTINGS).changed == 0
    with pytest.raises(Refused, match="compared blindly"):
        syncing.publish(scene.studio, kitsu, "SHOW", theirs["name"], SETTINGS, hidden)
    assert len(comments(gazu, theirs)) == 1


def test_nothing_that_is_refused_is_a_traceback(scene: TrackedScene, kitsu: Kitsu, theirs: dict[str, Any]) -> None:
    with pytest.raises(NotFound, match="has no project 'NONE'"):
        syncing.pull(scene.studio, kitsu, "SHOW", "NONE")
    with pytest.raises(Refused, match="does not know that account"):
        Kitsu({**credentials(), "password": "wrong words here"}, "Compositing")
    with pytest.raises(Refused, match="cannot be reached"):
        Kitsu({**credentials(), "url": "http://127.0.0.1:9"}, "Compositing")
    odd = ConnectorSettings({**KITSU, "wip": "nonsense"})
    with pytest.raises(Invalid, match="wip is 'nonsense' there"):
        syncing.publish(scene.studio, kitsu, "SHOW", theirs["name"], odd)
    scene.status("ana", scene.takes(scene.brief(), 1)[0], "approved")
    report = syncing.publish(scene.studio, kitsu, "SHOW", theirs["name"], SETTINGS)
    assert "shot S_010 is none of theirs" in report.left[0]


def test_bot_signs_in_by_its_token(gazu: Any, theirs: dict[str, Any]) -> None:
    bot = gazu.person.new_bot(f"Circletake {next(numbers)} {os.getpid()}", "bot@example.com", role="manager")
    gazu.project.add_person_to_team(theirs["project"], bot)
    tracker = Kitsu({"url": credentials()["url"], "token": bot["access_token"]}, "Compositing")
    assert theirs["name"] in tracker.list_projects()
    assert len(tracker.list_shots(tracker.find_project(theirs["name"]))) == 2
    with pytest.raises(Refused) as refusal:
        Kitsu({"url": credentials()["url"], "token": "secret.of.nobody"}, "Compositing")
    assert "secret" not in str(refusal.value)


def test_commands(scene: TrackedScene, theirs: dict[str, Any], gazu: Any, tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("account: ben\npeople: {rita@example.com: ana}\n")
    common = ["--studio", str(scene.studio.folder), "--settings", str(tmp_path / "settings.yaml")]
    project = ["--project", "SHOW", "--theirs", theirs["name"]]

    def run(*words: str) -> str:
        done = CliRunner().invoke(main, ["connect", "kitsu", *words, *common])
        assert done.exit_code == 0, done.output
        return done.stdout

    assert theirs["name"] in run("check")
    assert run("pull", *project) == "2 shots made\n"
    scene.shots["SQ01_SH010"] = shots.find_shot(scene.studio, "SQ01_SH010", "SHOW")["id"]
    (take,) = scene.takes(scene.brief(shot="SQ01_SH010"), 1)
    assert run("publish", *project) == "nothing new\n"
    assert run("publish", *project, "--take", str(take)) == "1 takes published\n"
    comment(gazu, theirs, "rita@example.com", "approved", "good")
    assert run("sync", *project) == "1 statuses received, 1 notes received\n"
    assert run("sync", *project) == "nothing new\n"
    assert render_queue.queue_state(scene.studio)["done"] == 1
