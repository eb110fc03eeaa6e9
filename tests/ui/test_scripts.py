"""The browser's scripts by node: each is well-formed, and the modules that hold rules pass tests of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ui.languages.catalogues import LANGUAGES, SOURCE, read_catalogue
from ui.rendering import render
from ui.static_files import FOLDER

HERE = Path(__file__).parent / "js"
MODULES = sorted(FOLDER.rglob("*.js"))
PARSE = """
const { readFileSync } = require("fs"), { SourceTextModule } = require("vm");
for (const path of process.argv.slice(1)) new SourceTextModule(readFileSync(path, "utf8"), { identifier: path });
"""


@pytest.fixture(scope="module")
def node() -> str:
    path = shutil.which("node")
    if not path:
        reason = "no node on this machine; install it with: apt-get install nodejs"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, timeout=120)


def parse(node: str, *paths: Path) -> subprocess.CompletedProcess[str]:
    """All by one process, each as a module, without running it."""
    return run(node, "--experimental-vm-modules", "-e", PARSE, *map(str, paths))


def test_every_module_is_well_formed(node: str, tmp_path: Path) -> None:
    assert len(MODULES) > 15
    parsed = parse(node, *MODULES)
    assert parsed.returncode == 0, parsed.stderr
    broken = tmp_path / "broken.js"
    broken.write_text("export const half = (;\n")
    parsed = parse(node, *MODULES, broken)
    assert parsed.returncode != 0
    assert "broken.js" in parsed.stderr


def test_the_catalogue_of_each_language_is_a_module(node: str, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"type": "module"}')
    for language in set(LANGUAGES) - {SOURCE}:
        (tmp_path / f"{language}.js").write_text(read_catalogue(language).as_module())
        (tmp_path / "forms.js").write_text(
            f'import {{ formOf, messages }} from "./{language}.js"; console.log(formOf(1), formOf(2), messages["Sign in"]);'
        )
        printed = run(node, str(tmp_path / "forms.js"))
        forms = [read_catalogue(language).form_of(number) for number in (1, 2)]
        assert printed.stdout.split()[:2] == [str(form) for form in forms], printed.stderr
        assert read_catalogue(language).messages["Sign in"] in printed.stdout


def test_the_scripts_that_gradio_is_given_are_well_formed(node: str, tmp_path: Path) -> None:
    question = 'Put {name} in place of {production}? </script> "quoted"\n'
    scripts = {
        "on_load.js": render("on_load.js", module="board/main.js"),
        "ask_first.js": render("ask_first.js", question=question, needs="name"),
    }
    for name, text in scripts.items():
        (tmp_path / name).write_text(text)
        checked = run(node, "--check", str(tmp_path / name))
        assert checked.returncode == 0, checked.stderr
        assert "</script>" not in text


def test_modules_that_hold_rules(node: str) -> None:
    """Outbox, order of pairs, keyboard, in whose name a page writes, what people are told."""
    tests = sorted(str(path) for path in HERE.glob("*.test.js"))
    done = run(node, "--test", *tests)
    assert done.returncode == 0, done.stdout[-8000:]
