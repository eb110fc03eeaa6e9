"""The morning report over HTTP and on the command line: in every form, for supervisors, and blind."""

from __future__ import annotations

import email
import json
import re
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fastapi.testclient import TestClient

from feedback.clock import now
from feedback.judgements import ballots
from feedback.models import before_after, runs, versions
from feedback.people import accounts
from feedback.report.costs import Rate
from feedback.report.house_style import NewDirection, keep_house_style
from feedback.report.morning import ReportOptions
from feedback.report.rendering.pictures import InlinePictures
from feedback.report.rendering.render import to_html
from feedback.store import Studio
from feedback.store.time_zone import set_time_zone
from feedback.trials import trials
from finetune.jobs.morning_report import report_of_day
from tests.factories import play_trial, png
from tests.ui.api.test_nights import client_of
from ui.cli import main

TODAY = now()[:10]
HOSTILE = "<img src=x onerror=alert(1)> | `code` 日没"


@pytest.fixture
def reported(studio: Studio) -> Studio:
    """A version with pictures of before and after and a direction, and a trial of it that is over."""
    ana = accounts.get_person(studio, "ana")
    ballots.cast_ballot(studio, ana["id"], "one", 1, 2, "left", 900)
    run = runs.start_run(studio, "guided", {}, "0" * 64, "runs/0001", [("ballot", 1, ana["id"], "train")])
    adapter: Any = {"folder": "models/v0001", "sha256": "0" * 64, "weight": 1.0}
    versions.register_candidate(studio, "v0001", "starter", [adapter], run)
    runs.finish_run(studio, run, "v0001", {"judgements": 1, "seconds": 60.0, "device": "cuda", "measured_gain": 0.5})
    keep_house_style(studio, run, [NewDirection("warmth", 0.8, 0.4, [(1, 2)])], takes=40, explained=0.4, accuracy=0.7)
    folder = before_after.folder_of(studio, "v0001")
    assert folder is not None
    folder.mkdir(parents=True)
    shown: Any = {"prompt": HOSTILE, "kind": "still", "width": 32, "height": 32, "before": "0.png", "after": "1.png"}
    drawn: before_after.BeforeAfter = {"version": "v0001", "reference": "starter", "comparisons": [shown]}
    before_after.write_before_after(folder, drawn, {"0.png": png(60), "1.png": png(90)})
    play(studio, close=True)
    return studio


def play(studio: Studio, close: bool) -> list[int]:
    """A trial of one pair that sue judges; its takes."""
    trial, sides = play_trial(studio, accounts.get_person(studio, "sue")["id"], "left")
    if close:
        trials.close_trial(studio, trial, HOSTILE)
    return list(sides)


def ask(client: TestClient, form: str, **query: str) -> str:
    answer = client.get("/api/report", params={"format": form, "date": TODAY, **query})
    assert answer.status_code == 200, answer.text
    return answer.text


def test_supervisors_get_it_in_every_form(reported: Studio) -> None:
    client = client_of(reported, None, "sue", report_options=ReportOptions(Rate(36.0, "EUR")))
    report = json.loads(ask(client, "json"))
    assert (report["day"]["date"], report["judged"]["total"], report["version"]["version"]) == (TODAY, 2, "v0001")
    assert report["costs"]["versions"][0]["tuning"]["money"] == pytest.approx(0.6), "a cent a second"
    markdown, html, page = (ask(client, form) for form in ("md", "html", "page"))
    for text in (markdown, html, page):
        assert "v0001 won 1 of 1 blind pair against starter" in text
        assert "Preferred: warmer rather than cooler, 40 % of the differences." in text
        assert "0.60 EUR" in text
    assert html.count("data:image/jpeg;base64,") == 4, "before and after, and a pair of takes"
    assert page.count('src="/media/') == page.count('<a href="/take?take=') == 2
    assert 'src="/api/versions/v0001/before-after/0/after"' in page
    for address in re.findall(r'src="(/[^"]+)"', page):
        assert client.get(address).status_code == 200


def test_mail_has_no_script_no_style_sheet_and_nothing_that_is_fetched(reported: Studio) -> None:
    html = ask(client_of(reported, None, "sue"), "html")
    assert not re.search(r"<(script|style|link|form|iframe|svg|a)\b|http|javascript:|\bclass=", html)
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "<img src=x" not in html
    assert re.search(r"\\<img src=x onerror=alert\(1\)> \\\| \\`code\\`", ask(client_of(reported, None, "sue"), "md"))


def test_a_whole_mail_has_its_text_its_page_and_its_pictures(reported: Studio) -> None:
    text = ask(client_of(reported, None, "sue"), "eml")
    assert text.isascii()
    assert "\r" not in text
    mail = email.message_from_string(text, policy=default)
    assert isinstance(mail, EmailMessage)
    assert mail["Subject"] == f"Morning report of studio: {TODAY}"
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds[:4] == ["multipart/alternative", "text/plain", "multipart/related", "text/html"]
    assert kinds[4:] == ["image/jpeg"] * 4
    html = next(part for part in mail.walk() if part.get_content_type() == "text/html").get_content()
    assert "日没" in html
    named = re.findall(r'src="cid:([^"]+)"', html)
    attached = [part["Content-ID"].strip("<>") for part in mail.walk() if part["Content-ID"]]
    assert sorted(named) == sorted(attached)


def test_pictures_end_where_the_mail_would_be_too_large(reported: Studio) -> None:
    report = report_of_day(reported, TODAY)
    large = to_html(report, InlinePictures(reported))
    pictures = InlinePictures(reported, 2000)
    small = to_html(report, pictures)
    assert pictures.left_out > 0
    assert small.count("data:image") + pictures.left_out == large.count("data:image")


def test_raters_get_none_of_it(reported: Studio) -> None:
    client = client_of(reported, None, "ana")
    for form in ("json", "md", "html", "eml", "page"):
        assert client.get("/api/report", params={"format": form}).status_code == 403


def test_nothing_of_an_open_trial_is_in_any_form(reported: Studio) -> None:
    takes = play(reported, close=False)
    renditions = [reported.value("SELECT rendition FROM takes WHERE id = ?", (take,)) for take in takes]
    for name in ("sue", "ada"):
        client = client_of(reported, None, name)
        report = json.loads(ask(client, "json"))
        assert (report["trials"], report["open"]) == ([], ["v0001"])
        assert report["compared"] == {"version": "v0001", "blind": True, "drawn": None}
        assert report["needed"]["trials"][0]["as_judged"] is None
        for form in ("md", "html", "page"):
            text = ask(client, form)
            assert "blind pair against" not in text, "neither how it stands nor what it won before"
            assert "A blind trial of v0001 is open" in text
            assert "before-after" not in text
            assert not any(rendition in text for rendition in renditions)
            assert not re.search(rf"\btakes? ({takes[0]}|{takes[1]})\b", text)
    assert before_after.people_who_saw(reported, "v0001") == []


def test_whoever_is_shown_before_and_after_is_on_record(reported: Studio) -> None:
    client = client_of(reported, None, "sue")
    ask(client, "md")
    assert before_after.people_who_saw(reported, "v0001") == []
    ask(client, "page")
    assert before_after.people_who_saw(reported, "v0001") == ["sue"]


def test_what_cannot_be_used_is_refused_in_one_line(reported: Studio) -> None:
    client = client_of(reported, None, "sue")
    assert client.get("/api/report?date=2026-13-1").status_code == 422
    assert "write a day such as" in client.get("/api/report?date=2026-13-1").json()["error"]
    assert client.get("/api/report?project=NONE").status_code == 404
    assert client.get("/api/report?format=pdf").status_code == 422


def run(studio: Studio, *words: str, **environment: str) -> Result:
    variables = {f"CIRCLETAKE_{name.upper()}": value for name, value in environment.items()}
    return CliRunner().invoke(main, ["report", "--studio", str(studio.folder), *words], env=variables)


def test_the_command_writes_it_for_people_for_mail_and_for_scripts(reported: Studio, tmp_path: Path) -> None:
    text = run(reported, "--date", TODAY)
    assert text.output.startswith(f"# Morning report of studio: {TODAY}\n")
    report = json.loads(run(reported, "--date", TODAY, "--json", cost_per_hour="7.2", currency="CHF").output)
    assert (report["costs"]["per_hour"], report["costs"]["currency"]) == (7.2, "CHF")
    file = tmp_path / "report.html"
    done = run(reported, "--date", TODAY, "--format", "html", "--out", str(file), "--json")
    assert json.loads(done.output) == {"file": str(file), "date": TODAY}
    assert file.read_text().startswith("<!doctype html>")
    set_time_zone(reported, "Pacific/Kiritimati")
    yesterday = json.loads(run(reported, "--json").output)
    assert (yesterday["zone"], yesterday["day"]["date"] <= TODAY) == ("Pacific/Kiritimati", True)


@pytest.mark.parametrize(
    ("words", "environment", "line"),
    [
        (("--date", "tomorrow"), {}, "date 'tomorrow' is not known: write a day such as 2026-11-27"),
        (("--date", ""), {}, "date '' is not known: write a day such as 2026-11-27"),
        (("--project", "NONE"), {}, "NONE"),
        ((), {"cost_per_hour": "-1"}, "CIRCLETAKE_COST_PER_HOUR='-1' cannot be used"),
    ],
)
def test_the_command_refuses_in_one_line(
    reported: Studio, words: tuple[str, ...], environment: dict[str, str], line: str
) -> None:
    refused = run(reported, *words, **environment)
    assert refused.exit_code == 1
    assert line in refused.output
    assert len(refused.output.strip().split("\n")) == 1
