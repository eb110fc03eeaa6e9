"""A watched folder: each file becomes a take once, whole, in the size of its brief, and nothing stops the watch."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from feedback.errors import Invalid, NotFound, Refused
from feedback.exchange.export import export_selects
from feedback.exchange.outside.standings import list_outside_versions
from feedback.exchange.outside.takes import version_of_model
from feedback.judgements.statuses import set_status
from feedback.models import versions
from feedback.people import accounts
from feedback.preferences.dataset import collect
from feedback.production import briefs, render_queue
from feedback.production.takes import get_take, list_takes
from feedback.store import Studio, media
from feedback.trials import promotion, trials
from feedback.wordings.preferences import compare_wordings
from generation.intake.drawable_shapes import undrawable_briefs
from generation.intake.made_with import MadeWith
from generation.intake.taking import Target
from generation.intake.watching import Pass, Watch
from generation.media.decode import read_frames
from generation.media.encode import read_provenance
from tests.feedback.scene import Scene
from tests.generation.intake import files


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(Studio.create(tmp_path / "studio"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "watched"
    made.mkdir()
    return made


def look(scene: Scene, folder: Path, **target: object) -> Pass:
    return Watch(scene.studio, folder, Target(**target), settling=0.01).look()  # type: ignore[arg-type]


def into_shot(scene: Scene, folder: Path, **target: object) -> Pass:
    return look(scene, folder, shot=scene.shots["S_010"], **target)


def test_files_become_takes_once(scene: Scene, folder: Path) -> None:
    (folder / "below").mkdir()
    (folder / "one.png").write_bytes(files.comfyui_png(1))
    (folder / "below" / "two.png").write_bytes(files.comfyui_png(2, seed=7))
    (folder / "the same again.png").write_bytes(files.comfyui_png(1))
    (folder / "notes.txt").write_text("not a picture")
    (folder / ".hidden.png").write_bytes(files.comfyui_png(3))
    outcome = into_shot(scene, folder)
    assert (len(outcome.taken), outcome.known, outcome.refused) == (2, 1, [])
    again = into_shot(scene, folder)
    assert (len(again.taken), again.known, again.refused) == (0, 3, [])
    takes = list_takes(scene.studio, shot="S_010")
    assert sorted(take["seed"] for take in takes) == [7, 42]
    assert {take["version"] for take in takes} == {"elsewhere-sd_model_v1-5"}
    assert len({take["brief"] for take in takes}) == 1, "they ask for the same, and so are compared with each other"
    brief = briefs.get_brief(scene.studio, takes[0]["brief"])
    assert (brief["prompt"], brief["width"], brief["steps"], brief["guidance"]) == ("a house by the sea", 64, 20, 8.0)


def test_making_is_kept_and_no_rater_sees_it(scene: Scene, folder: Path) -> None:
    original = files.comfyui_png(1)
    (folder / "one.png").write_bytes(original)
    taken = into_shot(scene, folder).taken[0]
    take = get_take(scene.studio, taken.take)
    kept = json.loads(take["provenance"] or "")
    assert kept["made"] == "elsewhere"
    assert kept["made_with"]["sampler"] == "euler"
    assert read_provenance(media.path_of(scene.studio, take["media"])) == kept
    rendition = media.path_of(scene.studio, take["rendition"]).read_bytes()
    assert b"KSampler" not in rendition
    assert b"euler" not in rendition
    row = scene.studio.row("SELECT * FROM outside_takes WHERE take = ?", (taken.take,))
    assert row is not None
    assert media.path_of(scene.studio, row["original"]).read_bytes() == original


def test_pictures_get_the_size_of_the_brief(scene: Scene, folder: Path) -> None:
    brief = scene.brief(width=32, height=32)
    (folder / "square.webp").write_bytes(files.webp())
    (folder / "wide.png").write_bytes(files.png(1, 96, 64))
    outcome = look(scene, folder, brief=brief)
    assert [taken.file for taken in outcome.taken] == ["square.webp"]
    assert outcome.refused[0].reason.startswith("wide.png is 96x64 and the brief asks for 32x32: give --cut")
    cut = look(scene, folder, brief=brief, cut=True)
    assert [taken.file for taken in cut.taken] == ["wide.png"]
    for take in list_takes(scene.studio, brief=brief):
        assert media.describe(scene.studio, take["media"])["width"] == 32


def test_clip_shows_what_a_screen_would(scene: Scene, folder: Path) -> None:
    """Twelve frames at 24 a second are six at twelve: every other one."""
    brief = scene.brief(kind="clip", width=64, height=64, frames=6, fps=12)
    files.mp4(folder / "clip.mp4", frames=12, prompt=json.dumps(files.graph()))
    files.mp4(folder / "short.mp4", frames=10)
    (folder / "still.png").write_bytes(files.png())
    outcome = look(scene, folder, brief=brief, model="film model")
    assert [taken.file for taken in outcome.taken] == ["clip.mp4"]
    reasons = sorted(refusal.reason for refusal in outcome.refused)
    assert "too few for 6 at 12" in reasons[0]
    assert "still.png is a still and the brief asks for a clip" in reasons[1]
    take = get_take(scene.studio, outcome.taken[0].take)
    frames = read_frames(media.path_of(scene.studio, take["rendition"]))
    assert len(frames) == 6
    assert np.allclose(frames.mean((1, 2, 3)), [0, 32, 64, 96, 128, 160], atol=3)
    assert take["version"] == "elsewhere-film-model"


def test_clip_makes_a_brief_of_its_own_rate(scene: Scene, folder: Path) -> None:
    files.mp4(folder / "clip.mp4", frames=5, fps=Fraction(24000, 1001))
    taken = into_shot(scene, folder, prompt="waves").taken[0]
    brief = briefs.get_brief(scene.studio, taken.brief)
    shape = brief["kind"], brief["frames"], brief["fps_num"], brief["fps_den"]
    assert shape == ("clip", 5, 24000, 1001)


def test_bad_files_are_refused_and_keep_none_back(scene: Scene, folder: Path) -> None:
    whole = files.comfyui_png(1)
    (folder / "1.png").write_bytes(whole[: len(whole) // 2])
    (folder / "2.jpg").write_bytes(b"\xff\xd8\xff nothing")
    (folder / "3.webp").write_bytes(b"RIFF\x00\x00\x00\x00WEBPVP8 ")
    (folder / "4.mp4").write_bytes(files.mp4(folder / "whole.mp4", prompt="x").read_bytes()[:1500])
    (folder / "5.png").write_bytes(files.png(3))  # says no prompt
    (folder / "6 \x1b[31mred.png").write_bytes(b"text")
    (folder / "whole.mp4").unlink()
    (folder / "9.png").write_bytes(whole)
    os.mkfifo(folder / "pipe.png")
    os.symlink(folder, folder / "loop")
    os.symlink(folder / "gone.png", folder / "link.png")
    outcome = into_shot(scene, folder)
    assert [taken.file for taken in outcome.taken] == ["9.png"]
    assert len(outcome.refused) == 6
    for refusal in outcome.refused:
        assert "\n" not in refusal.reason
        assert "\x1b" not in refusal.reason
        assert refusal.file in refusal.reason


def test_clip_that_was_cut_off_behind_its_header_is_refused(scene: Scene, folder: Path) -> None:
    whole = files.mp4(folder / "clip.mp4", frames=60).read_bytes()
    (folder / "clip.mp4").write_bytes(whole[: int(len(whole) * 0.8)])
    outcome = into_shot(scene, folder, prompt="waves")
    assert not outcome.taken
    assert "clip.mp4" in outcome.refused[0].reason


def test_picture_beyond_the_limits_is_refused(scene: Scene, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generation.media.measuring.MOST_STILL", 1000)
    (folder / "large.png").write_bytes(files.comfyui_png())
    assert "scale it to at most 1000 pixels" in into_shot(scene, folder).refused[0].reason


class Written:
    """A file that is written on while the watch waits."""

    def __init__(self, write: Callable[[], object]) -> None:
        self.write, self.stopped = write, threading.Event()

    def wait(self, seconds: float) -> bool:
        self.write()
        return False

    def is_set(self) -> bool:
        return False


def test_file_that_is_being_written_waits(scene: Scene, folder: Path) -> None:
    whole, path = files.comfyui_png(1), folder / "slow.png"
    path.write_bytes(whole[:400])
    watch = Watch(scene.studio, folder, Target(shot=scene.shots["S_010"]))
    watch.stop = Written(lambda: path.write_bytes(whole[:800]))  # type: ignore[assignment]
    outcome = watch.look()
    assert (outcome.taken, outcome.refused, outcome.waiting) == ([], [], ["slow.png"])
    watch.stop = Written(lambda: None)  # type: ignore[assignment]
    assert watch.look().refused, "it stands still and is half a picture"
    assert not watch.look().refused, "nothing changed since it was refused"
    path.write_bytes(whole)
    assert [taken.file for taken in watch.look().taken] == ["slow.png"]
    assert not watch.look().taken


def test_two_watches_of_one_folder_take_a_file_once(scene: Scene, folder: Path) -> None:
    for number in range(6):
        (folder / f"{number}.png").write_bytes(files.comfyui_png(number))
    outcomes: list[Pass] = []
    threads = [threading.Thread(target=lambda: outcomes.append(into_shot(scene, folder))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(len(outcome.taken) for outcome in outcomes) == 6
    assert len(list_takes(scene.studio, shot="S_010")) == 6


def test_name_that_is_no_text(scene: Scene, folder: Path) -> None:
    """Other machines write names in encodings of their own."""
    for name, content in ((b"caf\xe9.png", files.comfyui_png(1)), (b"caf\xe8.png", b"no picture")):
        with open(os.fsencode(folder) + b"/" + name, "wb") as file:
            file.write(content)
    outcome = into_shot(scene, folder)
    assert ([taken.file for taken in outcome.taken], len(outcome.refused)) == (["caf.png"], 1)
    json.dumps([outcome.taken[0].file, outcome.refused[0].reason]).encode()


def test_circled_take_is_exported_as_all_are(scene: Scene, folder: Path, tmp_path: Path) -> None:
    (folder / "one.png").write_bytes(files.comfyui_png(1))
    take = into_shot(scene, folder).taken[0].take
    set_status(scene.studio, accounts.get_person(scene.studio, "ana"), "circled once", take, "circled")
    made = export_selects(scene.studio, "SHOW", "csv", tmp_path / "out")
    assert made["count"] == 1
    assert "elsewhere-sd_model_v1-5" in Path(made["path"]).read_text()


def test_folder_that_is_not_there(scene: Scene, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is no folder"):
        into_shot(scene, tmp_path / "nowhere")


def test_version_elsewhere_draws_and_learns_nothing(scene: Scene, folder: Path) -> None:
    (folder / "one.png").write_bytes(files.comfyui_png(1))
    taken = into_shot(scene, folder).taken[0]
    name = get_take(scene.studio, taken.take)["version"] or ""
    for forbidden in (
        lambda: promotion.promote(scene.studio, name, force=True, reason="why not"),
        lambda: trials.check_candidate(scene.studio, name),
        lambda: render_queue.queue_takes(scene.studio, taken.brief, [1], version=name),
    ):
        with pytest.raises(NotFound, match="drew its takes elsewhere"):
            forbidden()
    with pytest.raises(Invalid, match="models outside"):
        versions.register_candidate(scene.studio, name, "starter", [])


def test_verdicts_are_data_and_are_counted(scene: Scene, folder: Path) -> None:
    (folder / "one.png").write_bytes(files.comfyui_png(1))
    taken = into_shot(scene, folder).taken[0]
    (own,) = scene.takes(taken.brief, 1)
    scene.judge("ben", taken.take, own, "left")
    scene.judge("cas", own, taken.take, "left")
    assert [pair["brief"] for pair in collect(scene.studio).pairs] == [taken.brief]
    assert not collect(scene.studio, without={taken.take}).pairs
    (standing,) = list_outside_versions(scene.studio)
    assert (standing["takes"], standing["judged"], standing["wins"]) == (1, 2, 1.0)


def test_takes_of_other_words_say_nothing_of_their_briefs_words(scene: Scene, folder: Path) -> None:
    """A circled take of the same words does."""
    (folder / "other.png").write_bytes(files.comfyui_png(1, prompt="a castle"))
    (folder / "same.png").write_bytes(files.comfyui_png(2))
    into_shot(scene, folder, prompt="a boat")
    scene.takes(scene.brief("a tree", width=64, height=64), 1)
    same = into_shot(scene, copied(folder, "same.png")).taken[0]
    ana = accounts.get_person(scene.studio, "ana")
    for take in list_takes(scene.studio, shot="S_010"):
        if take["prompt"] == "a boat":
            set_status(scene.studio, ana, f"circled {take['id']}", take["id"], "circled")
    assert compare_wordings(scene.studio) == []
    set_status(scene.studio, ana, "circled at last", same.take, "circled")
    assert {row["one"] for row in compare_wordings(scene.studio)} | {
        row["other"] for row in compare_wordings(scene.studio)
    } >= {"a house by the sea", "a tree"}


def copied(folder: Path, name: str) -> Path:
    """A folder with another picture that says the same of its making."""
    other = folder.parent / "other"
    other.mkdir()
    (other / name).write_bytes(files.comfyui_png(9))
    return other


def test_brief_that_production_cannot_encode_is_known(scene: Scene, folder: Path) -> None:
    """The starter draws and encodes 256x256 alone."""
    (folder / "small.png").write_bytes(files.comfyui_png(1))
    (folder / "right.png").write_bytes(files.png(2, 256, 256, parameters=files.PARAMETERS))
    small, right = sorted(into_shot(scene, folder).taken, key=lambda taken: taken.file, reverse=True)
    assert undrawable_briefs(scene.studio, "starter") == {small.brief} - {right.brief}


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (None, "elsewhere"),
        ("///", "elsewhere"),
        ("some model 2.safetensors", "elsewhere-some-model-2"),
        ("models\\x\\y.gguf", "elsewhere-models-x-y"),
        ("x" * 200, "elsewhere-" + "x" * 54),
    ],
)
def test_name_of_a_model(model: str | None, name: str) -> None:
    assert version_of_model(model) == name
    assert versions.NAME.fullmatch(name)


def test_described_leaves_out_what_is_not_known() -> None:
    assert MadeWith(tool="A1111", seed=0).described() == {"tool": "A1111", "seed": 0}
