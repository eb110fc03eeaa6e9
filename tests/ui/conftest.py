"""One judging studio, one app and one client per test, without the pages unless a test asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from feedback.people import tokens
from feedback.store import Studio
from tests.factories import judging_studio
from ui.app import create_app

ADDRESS = "http://127.0.0.1:7860"


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    studio = judging_studio(tmp_path / "studio")
    yield studio
    studio.close()


@pytest.fixture
def client(studio: Studio) -> TestClient:
    """Nobody is signed in yet."""
    return TestClient(create_app(studio, pages=False), base_url=ADDRESS, follow_redirects=False)


@pytest.fixture
def ana(client: TestClient, studio: Studio) -> TestClient:
    """A creative, with a token."""
    return with_token(client, studio, "ana")


@pytest.fixture
def sue(client: TestClient, studio: Studio) -> TestClient:
    """A supervisor, with a token."""
    return with_token(client, studio, "sue")


def with_token(client: TestClient, studio: Studio, name: str) -> TestClient:
    headers = {"Authorization": f"Bearer {tokens.issue_token(studio, name, 'test')}"}
    return TestClient(client.app, base_url=ADDRESS, headers=headers, follow_redirects=False)
