"""The image and the services of it: linted always, built where a builder is at hand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.commands import DEPLOY, check_command

ROOT = DEPLOY.parent
CONTAINERFILE = DEPLOY / "container" / "Containerfile"
COMPOSE = DEPLOY / "container" / "compose.yaml"
PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
HADOLINT = shutil.which("hadolint", path=PATH)
INSTRUCTIONS = [
    "FROM",
    "ARG",
    "ENV",
    "RUN",
    "COPY",
    "WORKDIR",
    "USER",
    "VOLUME",
    "EXPOSE",
    "STOPSIGNAL",
    "ENTRYPOINT",
    "CMD",
]


def builder() -> str | None:
    """A program that builds images here: one that is there, and whose service answers."""
    for name in ("podman", "buildah", "docker"):
        program = shutil.which(name)
        if program and subprocess.run([program, "info"], capture_output=True, timeout=60).returncode == 0:
            return program
    return None


def instructions() -> list[tuple[str, str]]:
    """(instruction, its words) of the Containerfile, continued lines joined."""
    lines = [line for line in CONTAINERFILE.read_text().splitlines() if line.strip() and not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ").splitlines()
    return [tuple(line.split(maxsplit=1)) for line in joined]  # type: ignore[misc]


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is not installed (it is in the extra dev)")
def test_hadolint_has_nothing_to_say() -> None:
    done = subprocess.run([str(HADOLINT), CONTAINERFILE], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_is_pinned_and_runs_as_nobody_special() -> None:
    lines = instructions()
    assert {name for name, _ in lines} == set(INSTRUCTIONS)
    for name, words in lines:
        if name == "FROM":
            assert re.match(r"docker\.io/library/python:3\.12\.\d+-slim-\w+( AS build)?$", words), words
    assert [words for name, words in lines if name == "USER"] == ["1000:1000"]
    (command,) = (words for name, words in lines if name == "CMD")
    assert check_command(yaml.safe_load(command)) == "serve"


def test_what_is_copied_is_in_the_context_and_nothing_else() -> None:
    copied = {
        word
        for name, words in instructions()
        if name == "COPY" and "--from" not in words
        for word in words.split()[:-1]
    }
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == kept
    assert all((ROOT / name).exists() for name in copied)


def services() -> dict[str, dict[str, Any]]:
    return yaml.safe_load(COMPOSE.read_text())["services"]


@pytest.mark.parametrize("name", ["web", "worker", "night"])
def test_each_service_starts_what_circletake_has_with_few_rights(name: str) -> None:
    service = services()[name]
    check_command(service["command"])
    assert (service["read_only"], service["cap_drop"], service["user"]) == (True, ["ALL"], "1000:1000")
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {volume["target"] for volume in service["volumes"]} == {"/studio", "/backups"}
    build = service["build"]
    assert (COMPOSE.parent / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()


def test_only_the_server_is_reached_and_from_this_machine_alone() -> None:
    published = {name: service["ports"] for name, service in services().items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:7860:7860"]}
    assert [name for name, service in services().items() if not service.get("profiles")] == ["web"]


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_image_is_built_and_runs() -> None:
    program = builder()
    if program is None:
        pytest.skip("no podman, buildah or docker answers on this machine")
    words = [
        "bud" if program.endswith("buildah") else "build",
        "--file",
        str(CONTAINERFILE),
        "--tag",
        "circletake",
        ".",
    ]
    built = subprocess.run([program, *words], cwd=ROOT, capture_output=True, text=True)
    if built.returncode and re.search(r"no such host|i/o timeout|connection refused|dial tcp", built.stderr):
        pytest.skip("the registry of the base image is not reached from this machine")
    assert built.returncode == 0, built.stderr[-2000:]
    if not program.endswith("buildah"):
        version = subprocess.run([program, "run", "--rm", "circletake", "--version"], capture_output=True, text=True)
        assert version.stdout.startswith("circletake, version "), version.stderr
