"""GET /metrics in the format of Prometheus: requests by route, the queue, judgements, the disk."""

from __future__ import annotations

import hmac
import shutil
from collections.abc import Iterator

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from feedback.errors import Forbidden
from feedback.judgements import counts
from feedback.models import versions
from feedback.production import render_queue
from feedback.store import Studio
from ui.context import context_of
from ui.security.access import bearer_token, find_person

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """Those of one app."""

    def __init__(self, studio: Studio) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "circletake_http_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "circletake_http_request_seconds",
            "From a request's head to its answer's end.",
            ["route"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.in_progress = Gauge(
            "circletake_http_requests_in_progress", "Requests that are being answered.", registry=self.registry
        )
        self.registry.register(StudioCollector(studio))

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)


class StudioCollector:
    """What the record says now. Nothing in it grows with the number of takes."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    def describe(self) -> list[Metric]:
        return []  # or the registry would read the studio once to learn the names

    def collect(self) -> Iterator[Metric]:
        takes = GaugeMetricFamily("circletake_takes", "Takes by state.", labels=["state"])
        for state, number in render_queue.queue_state(self.studio).items():
            takes.add_metric([state], number)
        judgements = CounterMetricFamily("circletake_judgements", "Judgements kept, by kind.", labels=["kind"])
        for kind, number in counts.count_judgements(self.studio).items():
            judgements.add_metric([kind], number)
        production = GaugeMetricFamily("circletake_production_info", "The version in production.", labels=["version"])
        production.add_metric([versions.production_version(self.studio)], 1)
        blocked = render_queue.obstacle(self.studio) is not None
        free = shutil.disk_usage(self.studio.folder).free
        yield from (takes, judgements, production)
        yield GaugeMetricFamily("circletake_queue_blocked", "1 while something keeps takes from being drawn.", blocked)
        yield GaugeMetricFamily("circletake_disk_free_bytes", "Free space where the studio lies.", free)


def routes(metrics: Metrics) -> APIRouter:
    router = APIRouter(tags=["service"])

    @router.get("/metrics", response_class=Response, responses={403: {}})
    def show_metrics(request: Request) -> Response:
        """For Prometheus: with the token of CIRCLETAKE_METRICS_TOKEN, or for a signed-in admin."""
        check_reader(request)
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return router


def check_reader(request: Request) -> None:
    expected, sent = context_of(request).metrics_token, bearer_token(request) or ""
    if expected and hmac.compare_digest(sent.encode(), expected.encode()):
        return
    person = find_person(request)
    if person is None or not person.at_least("admin"):
        raise Forbidden("metrics are for admins, and for whoever has the token of CIRCLETAKE_METRICS_TOKEN")
