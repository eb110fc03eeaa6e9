"""A studio's settings for a connector, and whom a tracker knows us as: what can be wrong is one line, without secrets."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from feedback.errors import Invalid, NotFound, Refused
from feedback.exchange.connectors.credentials import read_credentials
from feedback.exchange.connectors.settings import FLOW, KITSU, read_settings
from feedback.exchange.connectors.shots import code_of
from feedback.exchange.connectors.tracker import Mark, TheirShot, mark_in, marked
from feedback.judgements.statuses import STATUSES
from feedback.store import Studio
from tests.docs.pages import ROOT
from tests.feedback.scene import Scene
from ui.cli import main

NAMES = ("url", "email", "password")
SECRET = "the secret word"


def test_every_status_has_a_meaning_there_or_none() -> None:
    for statuses in (KITSU, FLOW):
        assert tuple(statuses) == STATUSES


def test_studio_says_what_statuses_mean(tmp_path: Path) -> None:
    path = tmp_path / "kitsu.yaml"
    path.write_text("statuses: {approved: ok, discarded: null}\nback: {cbb: needs_retake}\npublish: [circled]\n")
    settings = read_settings(path, KITSU)
    assert (settings.theirs("approved"), settings.theirs("circled")) == ("ok", "done")
    assert settings.theirs("discarded") is None
    assert (settings.ours("ok"), settings.ours("cbb"), settings.ours("todo")) == ("approved", "needs_retake", None)
    assert settings.publish == ("circled",)


WRONG = {
    "statuses: {perfect: done}": "no status 'perfect' here",
    "back: {done: perfect}": "no status 'perfect' here",
    "publish: circled": "is no list",
    "publish: [loved]": "no status 'loved' here",
    "people: [ana]": "is no mapping of texts",
    "people: {12: ana}": "is no mapping of texts",
    "account: 3": "is no text",
    "name: '{nobody}'": "names no file",
    "name: '../{take}'": "names no file",
    "name: '{take.__class__}{'": "names no file",
    "colour: red": "no setting 'colour'",
    "[1": "cannot be read as YAML",
    "just words": "is no mapping of settings",
    "a: &a [*a]": "no setting 'a'",
}


@pytest.mark.parametrize(("text", "reason"), WRONG.items())
def test_wrong_settings_are_one_line(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(text)
    with pytest.raises(Invalid, match=reason) as refusal:
        read_settings(path, KITSU)
    assert "\n" not in str(refusal.value)


def private(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_credentials_come_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFound, match="CIRCLETAKE_KITSU_URL and no CIRCLETAKE_KITSU_EMAIL and no"):
        read_credentials("kitsu", NAMES, None)
    for name, value in zip(NAMES, ("https://k.example", "a@b.example", SECRET), strict=True):
        monkeypatch.setenv(f"CIRCLETAKE_KITSU_{name.upper()}", value)
    assert read_credentials("kitsu", NAMES, None)["password"] == SECRET
    file = private(tmp_path / "kitsu", "url: https://other.example\nemail: c@d.example\npassword: other words\n")
    assert read_credentials("kitsu", NAMES, file)["password"] == "other words"
    monkeypatch.setenv("CIRCLETAKE_KITSU_CREDENTIALS", str(file))
    assert read_credentials("kitsu", NAMES, None)["url"] == "https://other.example"


def test_token_will_do_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIRCLETAKE_KITSU_URL", "https://k.example")
    with pytest.raises(NotFound, match="EMAIL"):
        read_credentials("kitsu", NAMES, None, ("url", "token"))
    monkeypatch.setenv("CIRCLETAKE_KITSU_TOKEN", SECRET)
    assert read_credentials("kitsu", NAMES, None, ("url", "token")) == {"url": "https://k.example", "token": SECRET}


def test_file_that_others_read_is_refused(tmp_path: Path) -> None:
    file = private(tmp_path / "kitsu", f"password: {SECRET}\n")
    file.chmod(0o640)
    with pytest.raises(Refused, match="chmod 600"):
        read_credentials("kitsu", NAMES, file)


@pytest.mark.parametrize(
    "text", [f"password: [{SECRET}", f"- {SECRET}", f"password: {{a: {SECRET}}}", f"1: {SECRET}", ""]
)
def test_refusal_of_a_file_does_not_repeat_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_credentials("kitsu", NAMES, private(tmp_path / "kitsu", text))
    assert SECRET not in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "url", [f"https://me:{SECRET}@k.example", f"https://k.example/?key={SECRET}", "k.example", "http://[", "ftp://k"]
)
def test_address_that_is_none_or_holds_a_secret(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    for name, value in zip(NAMES, (url, "a@b.example", SECRET), strict=True):
        monkeypatch.setenv(f"CIRCLETAKE_KITSU_{name.upper()}", value)
    with pytest.raises(Invalid) as refusal:
        read_credentials("kitsu", NAMES, None)
    assert SECRET not in str(refusal.value)


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["connect", *words, "--studio", str(folder)])


@pytest.mark.parametrize("tracker", ["kitsu", "flow"])
@pytest.mark.parametrize("verb", [["check"], ["pull"], ["publish", "--take", "1"], ["sync"]])
def test_commands_without_credentials_are_refused_in_one_line(tmp_path: Path, tracker: str, verb: list[str]) -> None:
    Scene(Studio.create(tmp_path / "studio")).studio.close()
    project = [] if verb == ["check"] else ["--project", "SHOW"]
    refused = run(tmp_path / "studio", tracker, *verb, *project)
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert f"CIRCLETAKE_{tracker.upper()}_URL" in refused.stderr


def test_marks() -> None:
    mark = Mark("0a1b2c3d", "note", 12)
    assert mark_in(marked("a text", mark)) == mark
    assert mark_in("circletake:0a1b2c3d/note/123") != mark
    assert mark_in("a text of somebody else") is None
    assert mark_in(None) is None


@pytest.mark.parametrize(
    ("sequence", "name", "code"),
    [
        ("SQ01", "SH010", "SQ01_SH010"),
        ("SQ01", "SQ01_SH010", "SQ01_SH010"),
        ("", "010", "010"),
        ("Séq 1", "a/b", "S_q_1_a_b"),
    ],
)
def test_code_of_a_shot(sequence: str, name: str, code: str) -> None:
    assert code_of(TheirShot("1", sequence, name)) == code


DOCS = [
    line
    for block in re.findall(r"^```text\n(.*?)^```", (ROOT / "docs" / "connectors.md").read_text(), re.S | re.M)
    for line in block.splitlines()
    if line.startswith("circletake ")
]


@pytest.mark.parametrize("line", DOCS)
def test_commands_of_the_page_are_right_up_to_where_a_server_is_needed(
    tmp_path: Path, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong usage ends with 2. What they do with a server is in test_kitsu.py and test_flow.py."""
    Scene(Studio.create(tmp_path / "studio")).studio.close()
    monkeypatch.chdir(tmp_path)
    for name in ("kitsu", "flow"):
        (tmp_path / f"{name}.yaml").write_text("account: ben\n")
        monkeypatch.delenv(f"CIRCLETAKE_{name.upper()}_URL", raising=False)
    refused = run(tmp_path / "studio", *shlex.split(line)[2:])
    assert refused.exit_code == 1, refused.output
    assert "_URL" in refused.stderr


def test_settings_of_the_page_are_read(tmp_path: Path) -> None:
    (block, _) = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "docs" / "connectors.md").read_text(), re.S | re.M)
    (tmp_path / "settings.yaml").write_text(block)
    settings = read_settings(tmp_path / "settings.yaml", KITSU)
    assert dict(settings.statuses) == dict(KITSU), "the page shows the defaults"
    assert settings.ours("rejected") == "discarded"
