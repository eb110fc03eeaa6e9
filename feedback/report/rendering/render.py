"""The report as Markdown, as HTML for pages and for mail, as JSON, and as a whole mail."""

from __future__ import annotations

import json
from dataclasses import asdict
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from feedback.fields import clean_text
from feedback.report.morning import MorningReport
from feedback.report.rendering import parts
from feedback.report.rendering.document import write_document
from feedback.report.rendering.pictures import AttachedPictures, InlinePictures, NoPictures, Pictures
from feedback.report.rendering.words import Words
from feedback.store import Studio

Format = Literal["md", "json", "html", "eml"]
FORMATS: tuple[Format, ...] = ("md", "json", "html", "eml")
FONT = "font-family: Helvetica, Arial, sans-serif; "
# Of mail: each element has its own, since mail programs drop style sheets.
STYLES = {
    "body": f"{FONT}margin: 0; padding: 0; background: #ececec; color: #202020; font-size: 14px; line-height: 1.45",
    "page": f"{FONT}max-width: 700px; margin: 0 auto; padding: 20px 24px 28px; background: #ffffff; color: #202020; font-size: 14px; line-height: 1.45",
    "title": "font-size: 20px; margin: 0 0 12px; color: #101010",
    "headlines": "margin: 0 0 8px; padding: 12px 14px 12px 30px; background: #f2f2f2; font-size: 15px",
    "headline": "margin: 0 0 4px",
    "heading": "font-size: 16px; margin: 26px 0 8px; padding: 0 0 4px; border-bottom: 1px solid #c8c8c8; color: #101010",
    "text": "margin: 0 0 8px",
    "quiet": "margin: 0 0 8px; color: #595959; font-size: 12px",
    "list": "margin: 0 0 8px; padding: 0 0 0 18px",
    "scroll": "overflow-x: auto; margin: 0 0 10px",
    "table": "border-collapse: collapse; width: 100%; font-size: 13px",
    "wide": "border-collapse: collapse; width: 100%; min-width: 520px; font-size: 13px",
    "th": "text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid #808080; color: #505050; font-weight: normal; vertical-align: bottom",
    "row": "text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid #e2e2e2; font-weight: normal; vertical-align: top",
    "td": "padding: 5px 12px 5px 0; border-bottom: 1px solid #e2e2e2; vertical-align: top",
    "short": "padding: 5px 12px 5px 0; border-bottom: 1px solid #e2e2e2; vertical-align: top; white-space: nowrap",
    "plot": "display: block; width: 100%; max-width: 640px; min-width: 440px; height: auto; border: 0",
    "pairs": "margin: 0 0 6px; padding: 0; list-style: none",
    "pair": "display: inline-block; width: 306px; max-width: 100%; margin: 0 10px 12px 0; padding: 0; vertical-align: top; font-size: 12px",
    "sides": "border-collapse: collapse; width: 100%",
    "side": "width: 50%; padding: 0 2px 0 0; vertical-align: top; font-size: 12px; color: #404040",
    "picture": "display: block; width: 100%; height: auto; border: 0",
    "words": "padding: 3px 0 0",
    "caption": "margin: 3px 0 0; color: #595959",
    "foot": "margin: 26px 0 0; color: #595959; font-size: 12px",
}


def _make_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=lambda name: name is not None and ".html" in name,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = markdown_cell
    environment.tests["part"] = lambda part, name: type(part) is getattr(parts, name)
    return environment


def markdown_cell(text: str) -> str:
    """On one line, and no end of a cell; nothing in it is markup."""
    line = " ".join(clean_text(text).split()).replace("\\", "\\\\")
    for sign in "|*`<[":
        line = line.replace(sign, f"\\{sign}")
    return line


_environment = _make_environment()


def render_report(studio: Studio, report: MorningReport, form: Format, words: Words | None = None) -> str:
    """In one of FORMATS, with its pictures inside where the format has any."""
    if form == "json":
        return json.dumps(as_json(report), indent=2, ensure_ascii=False) + "\n"
    if form == "md":
        return to_markdown(report, words)
    return to_mail(studio, report, words) if form == "eml" else to_html(report, InlinePictures(studio), words)


def as_json(report: MorningReport) -> dict[str, object]:
    """With the day by its date and its moments."""
    return {**report, "day": asdict(report["day"])}


def to_markdown(report: MorningReport, words: Words | None = None) -> str:
    return _environment.get_template("report.md.jinja").render(document=write_document(report, words)) + "\n"


def to_html(report: MorningReport, pictures: Pictures | None = None, words: Words | None = None) -> str:
    """A whole document without scripts, links or style sheets, for mail and for files."""
    values = {
        "document": write_document(report, words),
        "pictures": pictures or NoPictures(),
        "look": mail_look,
        "linked": False,
    }
    return _environment.get_template("mail.html.jinja").render(**values)


def to_page(report: MorningReport, pictures: Pictures, words: Words) -> str:
    """The part of a page that holds the report; its looks are those of the page's style sheet."""
    values = {"document": write_document(report, words), "pictures": pictures, "look": page_look, "linked": True}
    return _environment.get_template("page.html.jinja").render(**values)


def to_mail(studio: Studio, report: MorningReport, words: Words | None = None) -> str:
    """A mail without sender and receiver: the report as text and as HTML, its pictures attached."""
    pictures = AttachedPictures(studio)
    html = to_html(report, pictures, words)
    mail = EmailMessage(policy=default.clone(cte_type="7bit"))  # lines end as `sendmail` reads them
    mail["Subject"] = " ".join(write_document(report, words).title.split())
    mail.set_content(to_markdown(report, words))
    mail.add_alternative(html, subtype="html")
    page = mail.get_payload()[1]  # type: ignore[index]
    for name, kind, data in pictures.attached:
        page.add_related(data, "image", kind, cid=f"<{name}>", disposition="inline")  # type: ignore[union-attr]
    return mail.as_string()


def mail_look(name: str) -> Markup:
    return Markup('style="{}"').format(STYLES[name])


def page_look(name: str) -> Markup:
    return Markup('class="ct-report-{}"').format(name)
