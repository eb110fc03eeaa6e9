"""Nobody has to learn a private language: words that only this project used do not come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import words
from tests.words import Use


def lines(uses: list[Use]) -> str:
    return "\n".join(str(use) for use in uses)


@pytest.mark.parametrize(
    "place",
    [words.uses_in_code, words.uses_in_file_names, words.uses_in_database, words.uses_in_recipe, words.uses_in_docs],
    ids=lambda place: place.__name__,
)
def test_no_word_of_our_own_is_left(place: object) -> None:
    uses = list(place())  # type: ignore[operator]
    assert not uses, f"{len(uses)} uses:\n{lines(uses)}"


CODE = '''
def fit_scorer(told, *, liking=1):
    """A docstring may say that the reward is tilted and what was told."""
    said = call(asked=told)
    seed = digest(key, "steepness")
    house_style, NotFound = 1, None
    self.evenness = 2
'''


def test_names_are_found_and_strings_are_not() -> None:
    uses = [
        use for line, name in words.names_in_python(CODE) for use in words.uses_in_name("finetune/x.py", line, name)
    ]
    assert sorted(use.word for use in uses) == ["asked", "evenness", "fit_scorer", "liking", "said", "told"]


def test_a_word_of_the_field_in_its_own_place_is_none_of_ours() -> None:
    for path, name, count in (
        ("benchmarks/synthetic/camera_moves.py", "tilt", 0),
        ("finetune/methods/guided/target.py", "tilt", 1),
        ("finetune/data/examples.py", "off_policy_weight", 0),
        ("finetune/training/loop.py", "policy", 1),
        ("ui/media_route.py", "POLICY", 0),
        ("ui/app.py", "house_of", 1),
        ("benchmarks/house_style/curves.py", "house_style", 0),
    ):
        assert len(list(words.uses_in_name(path, 1, name))) == count, (path, name)


def test_scripts_are_read_without_comments_and_strings() -> None:
    script = 'const said = "told"; // asked\n/* wanted */ let pairs = `not heard: ${found}`;'
    names = words.names_in_javascript(script)
    assert [(line, name) for line, name in names if name in words.LOCALS] == [(1, "said"), (2, "found")]


def test_prose_is_read_and_code_in_it_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("The scorer.\n\n    python -m liking\n\n`foresight`\n\n```sh\nslips\n```\n[x](evenness.md)\n")
    monkeypatch.setattr(words, "doc_pages", lambda: [page])
    monkeypatch.setattr(words, "ROOT", tmp_path)
    assert [str(use) for use in words.uses_in_docs()] == ["page.md:1: scorer -> reward model"]
