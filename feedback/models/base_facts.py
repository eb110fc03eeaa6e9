"""The base model of a version, as a ledger tells it."""

from __future__ import annotations

from typing import TypedDict


class BaseFacts(TypedDict):
    base: str  # "starter", or the folder
    here: bool  # whether the folder is on this machine
    sha256: str | None  # over its weights, as they are
    licence: str | None  # as its folder says
    files: dict[str, str]  # sha256 by name, as they were when the version was brought; empty for the starter
