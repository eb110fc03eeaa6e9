"""Commands that files of deploy/ start: whether `circletake` takes them as they stand there."""

from __future__ import annotations

from pathlib import Path

from ui.cli import main

DEPLOY = Path(__file__).parents[2] / "deploy"
PROGRAM = "/opt/circletake/.venv/bin/circletake"


def check_command(words: list[str]) -> str:
    """The command's name; click.UsageError for what it does not take."""
    name, *rest = words
    main.commands[name].make_context(name, rest)
    return name
