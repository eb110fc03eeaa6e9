"""Accounts without a terminal, and the doors of tokens: the command line's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from feedback.people import tokens
from feedback.store import Studio
from tests.factories import judging_studio
from ui.cli import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    judging_studio(tmp_path / "studio", briefs_count=0).close()
    return tmp_path / "studio"


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["user", *words, "--studio", str(folder)])


@pytest.mark.parametrize(
    ("words", "fix"),
    [
        (["add", "ben"], "send it as one line with --password-stdin, or use --no-password"),
        (["password", "ana"], "send it as one line with --password-stdin"),
    ],
)
def test_without_a_terminal_a_password_is_asked_for_in_one_line(folder: Path, words: list[str], fix: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "user", *words, "--studio", str(folder)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,  # or the terminal of whoever runs the tests would be asked
        env={**os.environ},
        timeout=120,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == f"there is no terminal to type the password of {words[1]} in: {fix}\n"


def test_people_without_a_password_are_added_without_a_question(folder: Path) -> None:
    assert run(folder, "add", "ben", "--no-password").exit_code == 0
    assert run(folder, "add", "kim", "--no-password", "--password-stdin").exit_code == 2
    studio = Studio.open(folder)
    assert studio.value("SELECT password_hash FROM people WHERE name = 'ben'") is None
    studio.close()


def test_tokens_are_made_listed_and_revoked(folder: Path) -> None:
    token = run(folder, "token", "ana", "--days", "30", "--label", "a script").stdout.strip()
    (listed,) = json.loads(run(folder, "tokens", "ana", "--json").stdout)["tokens"]
    assert (listed["label"], listed["state"], listed["ended"]) == ("a script", "valid", None)
    assert token not in str(listed)
    studio = Studio.open(folder)
    assert tokens.person_of_token(studio, token)
    done = run(folder, "token", "--revoke", str(listed["id"]), "--json")
    assert json.loads(done.stdout) == {"id": listed["id"], "name": "ana", "label": "a script", "state": "revoked"}
    assert tokens.person_of_token(studio, token) is None
    studio.close()
    assert "revoked" in run(folder, "tokens", "ana").stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["token"], 2),
        (["token", "ana", "--revoke", "1"], 2),
        (["token", "ana", "--days", "0"], 2),
        (["token", "--revoke", "9223372036854775808"], 1),
        (["token", "--revoke", "99"], 1),
        (["tokens", "nobody"], 1),
    ],
)
def test_what_cannot_be_done_with_tokens(folder: Path, words: list[str], code: int) -> None:
    done = run(folder, *words)
    assert done.exit_code == code, done.output
    assert code == 2 or done.stderr.count("\n") == 1
