"""/metrics: for Prometheus and admins, in Prometheus' own format, and no slower in a large studio."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from feedback.judgements.ballots import cast_ballot
from feedback.judgements.counts import count_judgements
from feedback.people import accounts
from feedback.store import Studio
from tests.ui.conftest import ADDRESS, with_token
from ui.app import create_app

TOKEN = "a secret of Prometheus"


def values(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.parametrize(("name", "status"), [("ana", 403), ("sue", 403), ("ada", 200)])
def test_metrics_are_for_admins(client: TestClient, studio: Studio, name: str, status: int) -> None:
    assert with_token(client, studio, name).get("/metrics").status_code == status


@pytest.mark.parametrize("sent", [None, "Bearer ", "Bearer wrong", "Basic a secret of Prometheus", "Bearer é"])
@pytest.mark.parametrize("expected", ["", TOKEN])
def test_nobody_else_reads_them(studio: Studio, sent: str | None, expected: str) -> None:
    app = create_app(studio, pages=False, metrics_token=expected)
    headers = {"Authorization": sent.encode("latin-1")} if sent else {}
    answer = TestClient(app, base_url=ADDRESS).get("/metrics", headers=headers)
    assert answer.status_code == 403
    assert list(answer.json()) == ["error"]


def test_prometheus_reads_them_with_its_token(studio: Studio) -> None:
    app = create_app(studio, pages=False, metrics_token=TOKEN)
    prometheus = TestClient(app, base_url=ADDRESS, headers={"Authorization": f"Bearer {TOKEN}"})
    assert prometheus.get("/api/me").status_code == 401, "its token opens nothing else"
    cast_ballot(studio, accounts.get_person(studio, "ana")["id"], "u", 1, 2, "left")
    answer = prometheus.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    sampled = values(answer.text)
    assert sampled["circletake_takes", "done"] == 9
    assert sampled["circletake_judgements_total", "ballots"] == 1
    assert sampled["circletake_production_info", "starter"] == 1
    assert sampled["circletake_queue_blocked",] == 0
    assert sampled["circletake_disk_free_bytes",] > 0
    assert sampled["circletake_http_requests_total", "GET", "other", "401"] == 1
    assert values(prometheus.get("/metrics").text)["circletake_http_requests_total", "GET", "/metrics", "200"] == 1


def test_strangers_cannot_fill_the_memory_with_names(client: TestClient, studio: Studio) -> None:
    for number in range(30):
        client.get(f"/nothing/{number}")
        client.request(f"VERB{number}", "/healthz")
    ada = with_token(client, studio, "ada")
    routes = {key for key in values(ada.get("/metrics").text) if key[0] == "circletake_http_requests_total"}
    assert len(routes) < 6


def test_counts_read_no_table(studio: Studio) -> None:
    for kind in count_judgements(studio):
        (row,) = studio.rows(f"EXPLAIN QUERY PLAN SELECT coalesce(max(id), 0) FROM {kind}")
        assert row["detail"].startswith("SEARCH"), row
