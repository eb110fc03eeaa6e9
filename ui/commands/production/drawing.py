"""`generate`, `cancel`, `retry` and `worker`: takes, drawn by a worker process or, when nobody else would, by the command itself."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feedback.errors import Forbidden, Refused
from ui.commands.options.brief import brief_options, refuse_settings_of_brief
from ui.commands.shared import answer, open_studio, table, with_studio

if TYPE_CHECKING:
    from feedback.production.briefs import Brief
    from feedback.production.shots import Shot
    from feedback.store import Studio

AUTHOR = "command line"  # who wrote a brief that nobody signed in for
SCRATCH = "SCRATCH"  # the project, and unless --shot names one the shot, of prompts on the command line
PLATE = "plate"  # what --source calls that of the shot
POLL = 0.25  # seconds between two looks at takes that somebody else draws
ORPHAN_POLL = 0.5  # seconds between two looks at whether the parent still lives
ORPHAN_GRACE = 20.0  # seconds that a worker without a parent has to give its takes back


@click.command()
@click.option("--once", is_flag=True, help="Leave when the queue is empty.")
@click.option("--name", help="The worker's name in the record.  [default: host and process id]")
@click.option("--project", "projects", multiple=True, help="Draw only for this project (code); may be repeated.")
@click.option(
    "--ray", "address", metavar="ADDRESS", help="Draw on the machines of this Ray cluster, such as HOST:6379."
)
@click.option(
    "--actors", type=click.IntRange(1), help="With --ray: how many draw at once.  [default: as many as its GPUs carry]"
)
@click.option(
    "--gpus-per-actor",
    type=click.FloatRange(0),
    help="With --ray: of each, 0.5 for two on a GPU.  [default: 1 if there is one]",
)
@click.option("--parent", type=int, hidden=True, help="Leave when this process is no longer the parent.")
@with_studio
def worker(
    once: bool,
    name: str | None,
    projects: tuple[str, ...],
    address: str | None,
    actors: int | None,
    gpus_per_actor: float | None,
    parent: int | None,
    folder: Path,
    as_json: bool,
) -> None:
    """Draw queued takes until told to stop (SIGTERM or Ctrl-C gives unfinished takes back)."""
    if address is None and (actors or gpus_per_actor is not None):
        raise click.UsageError("--actors and --gpus-per-actor need --ray ADDRESS")
    from generation.workers.entrance import work, work_on_ray
    from ui.monitoring.logs import set_up_logs
    from ui.settings import read_settings

    set_up_logs(read_settings().log_format, "info")
    studio, stop = open_studio(folder), threading.Event()
    if parent is not None:
        threading.Thread(target=leave_with_parent, args=(parent, stop), daemon=True).start()
    options: dict[str, Any] = {"stop": stop, "once": once, "projects": projects, "worker_name": name}
    if address is None:
        work(studio, **options)
    else:
        work_on_ray(studio, address, actors=actors, gpus_per_actor=gpus_per_actor, **options)
    from feedback.production import render_queue

    state = render_queue.queue_state(studio)
    refuse_obstacle(studio, state["queued"])
    answer(
        {"queue": state}, as_json, f"{state['done']} takes done, {state['failed']} failed, {state['queued']} waiting"
    )


def refuse_obstacle(studio: Studio, waiting: int) -> None:
    """Refused when takes wait for something other than a worker; they stay in the queue."""
    from feedback.production import render_queue

    reason = render_queue.obstacle(studio)
    if waiting and reason:
        raise Refused(f"{waiting} takes wait in the queue: {reason}")


def leave_with_parent(parent: int, stop: threading.Event) -> None:
    """Ends this process when `parent` has died, however it died: a killed server must not leave a worker behind."""
    while os.getppid() == parent:
        time.sleep(ORPHAN_POLL)
    stop.set()
    time.sleep(ORPHAN_GRACE)
    os._exit(1)


@click.command()
@click.option("--prompt", help="What is asked for; makes a brief in the project SCRATCH.")
@click.option("--brief", "brief_id", type=int, help="An existing brief's number.")
@click.option("--takes", "count", type=click.IntRange(1, 1000), default=2, show_default=True, help="How many takes.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="The first take's seed.  [default: drawn]")
@brief_options
@click.option("--version", "version", help="The version that draws.  [default: the one in production]")
@click.option(
    "--priority",
    type=click.Choice(["ordinary", "urgent"]),
    default="ordinary",
    show_default=True,
    help="Urgent takes are drawn before all others.",
)
@click.option("--wait", is_flag=True, help="Leave when the takes are done; draws them here if no worker is alive.")
@with_studio
def generate(
    prompt: str | None,
    brief_id: int | None,
    count: int,
    seed: int | None,
    settings: dict[str, Any],
    version: str | None,
    priority: str,
    wait: bool,
    folder: Path,
    as_json: bool,
) -> None:
    """Queue takes of a prompt or a brief."""
    if (prompt is None) == (brief_id is None):
        raise click.UsageError("give either --prompt TEXT or --brief ID")
    if prompt is None:
        refuse_settings_of_brief(settings)
    from feedback.production import render_queue

    studio = open_studio(folder)
    brief = existing_brief(studio, brief_id) if prompt is None else prompt_brief(studio, prompt, settings, version)
    first = seed if seed is not None else secrets.randbelow(2**31 - count)
    seeds = [first + k for k in range(count)]
    urgency = render_queue.PRIORITIES[priority]
    ids = render_queue.queue_takes(studio, brief["id"], seeds, version=version, priority=urgency)
    if wait:
        wait_for_takes(studio, folder, ids)
    data: dict[str, Any] = {"brief": brief["id"], "takes": [describe_take(studio, take_id) for take_id in ids]}
    failed = [take for take in data["takes"] if take["state"] == "failed"]
    if failed and wait:
        raise Refused(f"{len(failed)} of {count} takes failed: {failed[0]['error']}")
    rows = [[t["id"], t["seed"], t["state"], t["version"] or "", t["path"] or ""] for t in data["takes"]]
    answer(data, as_json, table(rows, ["take", "seed", "state", "version", "file"]))


@click.command()
@click.argument("ids", nargs=-1, type=click.IntRange(1), metavar="[TAKE]...")
@click.option("--brief", "brief_id", type=int, help="Instead of takes: all of this brief's that are not drawn yet.")
@click.option("--by", "person", help="Who cancels.  [default: whoever has this command line]")
@with_studio
def cancel(ids: tuple[int, ...], brief_id: int | None, person: str | None, folder: Path, as_json: bool) -> None:
    """Withdraw takes that are queued or being drawn; they stay in the record."""
    if bool(ids) == (brief_id is not None):
        raise click.UsageError("give either the numbers of takes or --brief ID")
    from feedback.production import cancellation

    studio = open_studio(folder)
    actor, own_only = person or AUTHOR, person is not None and not is_supervisor(studio, person)
    if brief_id is not None:
        outcome = cancellation.cancel_brief(studio, brief_id, actor=actor, own_only=own_only)
    else:
        outcome = cancellation.cancel_takes(studio, ids, actor=actor, own_only=own_only)
    late = "".join(f"; too late for take {take}" for take in outcome["too_late"])
    answer(outcome, as_json, f"{len(outcome['cancelled'])} takes are cancelled{late}")


@click.command()
@click.argument("ids", nargs=-1, type=click.IntRange(1), metavar="[TAKE]...")
@click.option("--brief", "brief_id", type=int, help="Instead of takes: all of this brief's that have failed.")
@click.option("--all", "everything", is_flag=True, help="Instead of takes: all that have failed.")
@click.option("--by", "person", help="Who queues them.  [default: whoever has this command line]")
@with_studio
def retry(
    ids: tuple[int, ...], brief_id: int | None, everything: bool, person: str | None, folder: Path, as_json: bool
) -> None:
    """Queue failed takes again, with the seeds and versions that they had."""
    if [bool(ids), brief_id is not None, everything].count(True) != 1:
        raise click.UsageError("give either the numbers of takes, --brief ID or --all")
    from feedback.production import retrying

    studio = open_studio(folder)
    actor, own_only = person or AUTHOR, person is not None and not is_supervisor(studio, person)
    if everything and own_only:
        raise Forbidden(f"{person} is no supervisor: only they queue everybody's takes; give --brief ID")
    if everything:
        outcome = retrying.retry_all(studio, actor=actor)
    elif brief_id is not None:
        outcome = retrying.retry_brief(studio, brief_id, actor=actor, own_only=own_only)
    else:
        outcome = retrying.retry_takes(studio, ids, actor=actor, own_only=own_only)
    others = "".join(f"; take {take} has not failed" for take in outcome["not_failed"])
    answer(outcome, as_json, f"{len(outcome['queued'])} takes are queued again{others}")


def is_supervisor(studio: Studio, name: str) -> bool:
    from feedback.people import accounts

    return accounts.at_least(accounts.get_person(studio, name), "supervisor")


def existing_brief(studio: Studio, brief_id: int | None) -> Brief:
    from feedback.production import briefs

    assert brief_id is not None
    return briefs.get_brief(studio, brief_id)


def media_named(studio: Studio, name: str | None, shot: str | None = None, is_mask: bool = False) -> str | None:
    """The sha256 of what --source or --mask names: a take by its number, the plate of the shot (code), or a file, which
    the studio keeps."""
    from feedback.fields import check_whole
    from generation.media.sources import media_of_take, store_source

    if name is None:
        return None
    if name == PLATE:
        return plate_named(studio, shot)
    if name.isdecimal():
        return media_of_take(studio, check_whole("take", name, 1))
    return store_source(studio, Path(name), is_mask)


def license_source(studio: Studio, settings: Mapping[str, Any], source: str | None) -> None:
    from feedback.rights.licences import license_media

    if (licence := settings.get("licence")) is None:
        return
    if source is None or str(settings["source"]).isdecimal():
        raise click.UsageError("--licence is for a --source FILE or plate: a take has what it was made from")
    license_media(studio, source, licence)


def plate_named(studio: Studio, code: str | None) -> str:
    """The media that the cut has where the shot will be."""
    from feedback.errors import NotFound
    from feedback.exchange.edit.shot_ranges import plate_of
    from feedback.production import shots

    if code is None:
        raise click.UsageError("--source plate is for --shot: the plate is the shot's")
    plate = plate_of(studio, shots.find_shot(studio, code)["id"])
    if plate is None:
        raise NotFound(f"shot {code} has no plate: import a cut that names one, or give --source FILE")
    return plate


def prompt_brief(studio: Studio, prompt: str, settings: Mapping[str, Any], version: str | None) -> Brief:
    """The same prompt and settings again are the same brief, so that its takes compare.

    `settings`: fields of a brief, and `shot`; what is missing is what the version usually draws.
    """
    from feedback.production import briefs

    fields = complete(studio, settings, version)
    with studio.writing():  # a refused brief leaves no shot behind
        shot = place(studio, settings.get("shot"))
        requested = briefs.check_fields(studio, shot, prompt, **fields)
        for brief in briefs.list_briefs(studio, project=shot["project_code"], shot=shot["code"]):
            if requested.items() <= brief.items():
                return brief
        return briefs.write_brief(studio, shot["id"], prompt, author=AUTHOR, **fields)


def complete(studio: Studio, settings: Mapping[str, Any], version: str | None) -> dict[str, Any]:
    """Size, frame rate, steps and guidance filled in, of the version that draws."""
    from generation.models.base_models import complete_fields

    shot = settings.get("shot")
    media = {
        f"{name}_media": media_named(studio, settings.get(name), shot, name == "mask") for name in ("source", "mask")
    }
    license_source(studio, settings, media["source_media"])
    fields = {name: value for name, value in settings.items() if name not in ("shot", "source", "mask", "licence")}
    fields = {**fields, **length_in_the_cut(studio, shot, fields, version)}
    return {**complete_fields(studio, fields, version), **media}


def length_in_the_cut(
    studio: Studio, code: str | None, fields: Mapping[str, Any], version: str | None
) -> dict[str, int]:
    """The frames of a clip that names none, where a cut has so many of its shot, or the nearest that can be drawn."""
    from feedback.errors import NotFound
    from feedback.production import shots
    from generation.models.lengths import frames_for_cut

    if code is None or "frames" in fields or fields.get("kind") != "clip":
        return {}
    try:
        shot = shots.find_shot(studio, code)
    except NotFound:
        return {}
    length = frames_for_cut(studio, shot, fields, version)
    if length is None:
        return {}
    drawn = "" if length.drawn == length.wished else f"; the model draws {length.drawn}"
    click.echo(f"the cut has {length.wished} frames of {code}{drawn}", err=True)
    return {"frames": length.drawn}


def place(studio: Studio, code: str | None) -> Shot:
    """The shot to write into: an existing one, or one made in the project SCRATCH."""
    from feedback.errors import NotFound
    from feedback.production import projects, shots

    try:
        return shots.find_shot(studio, code) if code else shots.find_shot(studio, SCRATCH, SCRATCH)
    except NotFound:
        with studio.writing():
            if not any(project["code"] == SCRATCH for project in projects.list_projects(studio, archived=True)):
                projects.add_project(studio, SCRATCH, "Written on the command line", open_to_all=True)
            return shots.add_shot(studio, SCRATCH, code or SCRATCH)


def describe_take(studio: Studio, take_id: int) -> dict[str, Any]:
    """A take as scripts see it: its state, its file's hash and path, the version that drew it."""
    from feedback.production import takes
    from feedback.store import media

    take = takes.get_take(studio, take_id)
    path = str(media.path_of(studio, take["media"])) if take["media"] else None
    kept = {key: take[key] for key in ("id", "seed", "state", "media", "version", "error")}
    return {**kept, "path": path}


def wait_for_takes(studio: Studio, folder: Path, ids: list[int]) -> None:
    """Returns when none of `ids` is queued or being drawn; draws them here whenever no worker is alive."""
    from tqdm import tqdm

    from feedback.production.render_queue import count_unfinished
    from generation.workers.liveness import worker_is_alive

    with tqdm(total=len(ids), desc="takes", unit="take") as bar:
        while update(bar, ids, count_unfinished(studio, ids)):
            if worker_is_alive(folder):
                time.sleep(POLL)
            else:
                draw_here(studio, ids)
                refuse_obstacle(studio, count_unfinished(studio, ids))


def update(bar: Any, ids: list[int], left: int) -> int:
    bar.update(len(ids) - left - bar.n)
    return left


def draw_here(studio: Studio, ids: list[int]) -> None:
    """Draws in this process until these takes are done; other people's takes before them in the queue are drawn too."""
    from generation.workers.entrance import work

    stop = threading.Event()
    watcher = threading.Thread(target=stop_when_done, args=(studio, ids, stop), daemon=True)
    watcher.start()
    work(studio, stop=stop, once=True)
    stop.set()
    watcher.join()


def stop_when_done(studio: Studio, ids: list[int], stop: threading.Event) -> None:
    from feedback.production.render_queue import count_unfinished

    while not stop.wait(POLL):
        if not count_unfinished(studio, ids):
            stop.set()
