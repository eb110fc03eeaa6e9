"""The walk through a new family quotes code that is there, explains every test, and its commands run."""

from __future__ import annotations

import inspect
import re
import shlex
import subprocess
import sys

import pytest
from diffusers import ZImagePipeline, ZImageTransformer2DModel

from tests import preloaded
from tests.docs.pages import ROOT
from tests.tiny_pipelines.catalogue import ONE_OF_EACH, TINY

PAGE = (ROOT / "docs" / "adding-a-family.md").read_text()
FILES = sorted(set(re.findall(r"\b((?:generation|tests)/[a-z0-9_/]+\.py)\b", PAGE)))
QUOTED = re.findall(r"^```python\n(.*?)^```", PAGE, re.S | re.M)
NAMES = sorted(set(re.findall(r"`([A-Za-z_][\w.]*)`", PAGE)))
COMMANDS = re.findall(r"^ {4}\.venv/bin/python (.+)$", PAGE, re.M)


def sources() -> list[str]:
    """Of the files that the page names, and of what it tells to read."""
    theirs = [inspect.getsource(sys.modules[each.__module__]) for each in (ZImagePipeline, ZImageTransformer2DModel)]
    return [*((ROOT / name).read_text() for name in FILES), *theirs]


@pytest.mark.parametrize("block", QUOTED, ids=lambda block: block.split()[0])
def test_quoted_code_is_in_one_of_the_files_named(block: str) -> None:
    assert len(QUOTED) >= 5
    assert any(block in (ROOT / name).read_text() for name in FILES)


def test_every_name_is_one_of_the_code() -> None:
    text = "\n".join(sources())
    missing = [name for name in NAMES if not re.search(rf"\b{re.escape(name)}\b", text)]
    assert len(NAMES) > 30
    assert not missing, f"no {missing} in {FILES}"


def test_every_test_of_all_families_is_explained() -> None:
    parity = (ROOT / "tests" / "generation" / "families" / "test_parity.py").read_text()
    explained = re.findall(r"^\| `(test_\w+)` \|", PAGE, re.M)
    assert sorted(explained) == sorted(re.findall(r"^def (test_\w+)", parity, re.M))


def test_commands_name_a_tiny_pipeline_that_there_is() -> None:
    assert len(COMMANDS) == 4
    for command in COMMANDS:
        words = shlex.split(command)
        assert words[:3] == ["-m", "pytest", "-q"]
        assert (ROOT / words[4]).is_file()
        assert words[-1] in TINY
        assert words[-1] in ONE_OF_EACH


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_find_tests_as_written(command: str) -> None:
    """What they find is run with all the others."""
    words = [preloaded.python(), *shlex.split(command), "--collect-only"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout[-2000:]
    assert re.search(r"\b[1-9]\d*/\d+ tests collected|\b[1-9]\d* tests? collected", done.stdout)
