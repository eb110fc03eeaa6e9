"""What a client says of its own address and scheme is believed from named proxies only."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from feedback.errors import Invalid
from tests.factories import judging_studio
from tests.ui import serving
from ui.security.throttle import PER_NAME
from ui.settings import read_settings

VARIABLE = "CIRCLETAKE_TRUSTED_PROXIES"


@pytest.mark.parametrize(("proxies", "believed"), [("", False), ("10.0.0.0/8, 192.0.2.1", False), ("127.0.0.1", True)])
def test_addresses_are_believed_from_named_proxies_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proxies: str, believed: bool
) -> None:
    judging_studio(tmp_path / "studio", briefs_count=0).close()
    monkeypatch.setenv(VARIABLE, proxies)
    port = serving.free_port()
    process = serving.start(tmp_path / "studio", port, "--no-worker")
    try:
        serving.healthy(port, process)
        headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            hsts = "strict-transport-security" in client.get("/login", headers=headers).headers
            tried = [client.post("/login", data={"name": "ana", "password": "x"}).status_code for _ in range(PER_NAME)]
            elsewhere = client.post("/login", data={"name": "ana", "password": "x"}, headers=headers).status_code
    finally:
        serving.stop(process)
    assert tried == [401] * PER_NAME
    assert (hsts, elsewhere) == (believed, 401 if believed else 429)


@pytest.mark.parametrize("value", ["proxy.example", "10.0.0.0/99", "*", "127.0.0.1;10.0.0.1"])
def test_proxies_are_addresses_or_networks(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(Invalid, match=VARIABLE):
        read_settings()
