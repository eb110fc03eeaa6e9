"""Whatever is typed on the command line: exit code 1 or 2 and a reason, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from feedback.errors import Invalid
from feedback.store import Studio
from tests.factories import judging_studio
from ui.cli import main
from ui.settings import read_settings

DIGITS = "9" * 5000
HALF = "a\udcff"  # how Python hands over a byte that is no UTF-8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bounds") / "studio"
    judging_studio(folder).close()
    return folder


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--studio", str(folder)])


@pytest.mark.parametrize(
    "words",
    [
        ["generate", "--brief", "9223372036854775808"],
        ["generate", "--brief", "-1"],
        ["generate", "--prompt", "x", "--width", "-1"],
        ["generate", "--prompt", "x", "--width", "9" * 4000],
        ["generate", "--prompt", "x", "--frames", "9223372036854775808", "--kind", "clip"],
        ["generate", "--prompt", "x", "--source", "9" * 4000],
        ["generate", "--prompt", "x", "--source", "0"],
        ["generate", "--prompt", "x", "--source", HALF],
        ["generate", "--prompt", "x", "--source", "x" * 5000],
        ["generate", "--prompt", "x", "--source", "."],
        ["generate", "--prompt", "x", "--strength", "nan"],
        ["generate", "--prompt", "x", "--shot", HALF],
        ["generate", "--prompt", "x", "--version", HALF],
        ["user", "token", HALF],
        ["user", "token", "ana", "--label", "x" * 5000],
        ["versions", "reject", "starter", "--reason", HALF, "--by", HALF],
        ["export", "selects", "--project", HALF, "--format", "csv", "--out", "out"],
        ["ledger", HALF],
        ["serve", "--host", "é" * 300],
        ["serve", "--host", "["],
    ],
    ids=lambda words: " ".join(words)[:40].encode("ascii", "replace").decode(),
)
def test_what_cannot_be_right_is_refused_in_one_line(folder: Path, words: list[str]) -> None:
    done = run(folder, *words)
    assert done.exit_code == 1, done.output
    assert done.stderr.count("\n") == 1
    assert len(done.stderr) < 400


@pytest.mark.parametrize("value", ["NaN", "1e400", DIGITS, "1e-20000000", "1.5"], ids=lambda value: value[:12])
def test_what_is_no_number_is_wrong_usage(folder: Path, value: str) -> None:
    for words in (
        ["generate", "--brief", value],
        *(["generate", "--prompt", "x", name, value] for name in ("--width", "--frames", "--seed", "--takes")),
        ["serve", "--port", value],
        ["trial", "open", "v0001", "--pairs", value],
    ):
        assert run(folder, *words).exit_code == 2, words


@pytest.mark.parametrize("value", ["2026-13-01", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00+23:59", DIGITS, HALF])
def test_dates_outside_the_calendar_are_wrong_usage(folder: Path, value: str) -> None:
    done = run(folder, "tune", "--since", value)
    assert done.exit_code == 2
    assert "is not a date such as 2026-11-20" in done.stderr


@pytest.mark.parametrize("hours", ["nan", "inf", "-1", "x", "1e-20000000"])
def test_settings_of_the_environment_have_bounds(hours: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIRCLETAKE_SESSION_HOURS", hours)
    with pytest.raises(Invalid, match=r"CIRCLETAKE_SESSION_HOURS='.*' cannot be used: Input should be") as reason:
        read_settings()
    assert "\n" not in str(reason.value)


def test_the_studios_tags_are_words_as_the_record_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIRCLETAKE_TAGS", " Hands ,, soft  FOCUS,hands")
    assert read_settings().review.tags == ("hands", "soft focus")
    monkeypatch.setenv("CIRCLETAKE_TAGS", f"hands,{'x' * 41}")
    with pytest.raises(Invalid, match=r"CIRCLETAKE_TAGS=.* a tag has 1 to 40 characters, not 41"):
        read_settings()


def test_a_prompt_with_a_byte_that_is_no_text_is_kept_without_it(folder: Path) -> None:
    assert run(folder, "generate", "--prompt", f"a house {HALF}").exit_code == 0
    studio = Studio.open(folder)
    assert studio.value("SELECT prompt FROM briefs ORDER BY id DESC LIMIT 1") == "a house a"
    studio.close()
