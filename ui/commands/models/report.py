"""`report`: the morning report, for people, for mail and for scripts."""

from __future__ import annotations

from pathlib import Path

import click

from ui.commands.shared import answer, open_studio, with_studio


@click.command()
@click.option(
    "--date", metavar="D", help="The day whose judgements it is about, such as 2026-11-27.  [default: yesterday]"
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["md", "json", "html", "eml"]),
    help="Markdown, JSON, HTML for mail, or a whole mail.  [default: md, or json with --json]",
)
@click.option("--project", metavar="CODE", help="Judgements, cost and pictures of this project alone.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it there.  [default: stdout]"
)
@with_studio
def report(
    date: str | None, form: str | None, project: str | None, out: Path | None, folder: Path, as_json: bool
) -> None:
    """What was judged on a day, what the model learned in the night after it, and what that cost."""
    from feedback.durable_files import write_text
    from feedback.report.rendering.render import render_report
    from finetune.jobs.morning_report import report_of_day
    from ui.settings import read_settings

    studio = open_studio(folder)
    made = report_of_day(studio, date, project=project, options=read_settings().report)
    text = render_report(studio, made, form or ("json" if as_json else "md"))  # type: ignore[arg-type]
    if out is None:
        click.echo(text, nl=False)
    else:
        write_text(out, text)
        answer({"file": str(out), "date": made["day"].date}, as_json, f"the report of {made['day'].date} is in {out}")
