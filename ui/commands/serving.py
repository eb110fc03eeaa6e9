"""`serve`: one web process, and one worker process that lives and dies with it."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedback.errors import Forbidden, Refused
from feedback.fields import shown
from ui.commands.shared import answer, open_studio, with_studio

if TYPE_CHECKING:
    from feedback.store import Studio
    from finetune.jobs.night_process import NightProcess
    from finetune.prompts.process import WriterProcess
    from ui.settings import Settings

DEMO_RECIPE = Path(__file__).parent.parent / "demo_recipe.yaml"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=7860, show_default=True)
@click.option("--demo", is_flag=True, help="Make a demo studio if there is none; sign everybody in; loopback only.")
@click.option("--no-worker", is_flag=True, help="Draw nothing here; workers run elsewhere on this machine.")
@with_studio
def serve(host: str, port: int, demo: bool, no_worker: bool, folder: Path, as_json: bool) -> None:
    """Serve the pages and the HTTP routes of one studio, with one worker."""
    calculate_in_one_thread()
    if demo and not is_loopback_address(host):
        raise Forbidden(f"--demo signs everybody in, so it is refused on {host}; leave --demo or --host out")
    listener = listen(host, port)
    from feedback.people.accounts import anybody_can_sign_in

    studio = open_demo(folder) if demo else open_studio(folder)
    if not is_loopback_address(host) and not anybody_can_sign_in(studio):
        raise Forbidden(f"nobody has an account, so {host} would be closed to all; see `circletake user add NAME`")
    announce(listener, as_json)
    run_server(studio, listener, demo=demo, with_worker=not no_worker)


def is_loopback_address(host: str) -> bool:
    """Whether `host` can only be reached from this machine."""
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str, port: int) -> socket.socket:
    """A bound socket, before anything slow or lasting is done; raises Refused when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named so that asyncio turns Nagle's algorithm off: without it each answer takes 40 ms longer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except (OSError, TypeError, UnicodeError) as reason:  # the last two are names that no host can have
        listener.close()
        problem = reason.strerror if isinstance(reason, OSError) else "this is no host name"
        raise Refused(f"cannot listen on {shown(host)}:{port}: {problem}; choose another --host or --port") from None
    return listener


def open_demo(folder: Path) -> Studio:
    """The studio in `folder`, made and filled with the demo project where it is not there yet."""
    from feedback.rights.project_rules import begin_rights
    from feedback.store import Studio
    from feedback.trials import promotion
    from ui.demo import fill_demo

    made = not (folder / "studio.db").exists()
    studio = Studio.create(folder) if made else open_studio(folder)
    if made:
        begin_rights(studio)
    promotion.ensure_starter(studio)
    fill_demo(studio)
    return studio


def run_server(studio: Studio, listener: socket.socket, *, demo: bool, with_worker: bool) -> None:
    """Serves until SIGTERM or SIGINT, then closes the pages, a night, the prompt writer, the worker and the studio, in that order."""
    import signal

    from finetune.jobs.night_process import NightProcess
    from finetune.prompts.process import WriterProcess
    from generation.workers.supervisor import WorkerSupervisor
    from ui.settings import read_settings

    # uvicorn raises the signal again when it has closed the pages: as an exception, the worker can be closed too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    keeper = WorkerSupervisor(studio) if with_worker else None
    settings = read_settings()
    nights = NightProcess(studio, night_options(settings.tune_recipe, demo)) if with_worker else None
    writer = WriterProcess(studio) if with_worker else None
    try:
        if keeper:
            keeper.start()
        serve_pages(studio, listener, demo, settings, nights, writer)
    except KeyboardInterrupt:
        click.echo("Circletake has closed", err=True)
    finally:
        for each in (nights, writer):
            if each:
                each.close()
        if keeper:
            keeper.stop()
        studio.close()


def night_options(recipe: str, demo: bool) -> list[str]:
    """Of nights that are started from the pages: a newcomer is alone, and has a few minutes."""
    if not demo:
        return ["--recipe", recipe] if recipe else []
    return ["--recipe", recipe or str(DEMO_RECIPE), "--pairs", "24", "--people", "1"]


def announce(listener: socket.socket, as_json: bool) -> None:
    """Says where the pages are, and what is unsafe about it. Whoever comes before they are ready waits in line."""
    host, port = listener.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    if as_json:
        answer({"address": address}, as_json, "")
    click.echo(f"Circletake is at {address}", err=True)
    if not is_loopback_address(host):
        click.echo("Passwords travel readably over plain HTTP: put a TLS proxy in front of this address.", err=True)


def calculate_in_one_thread() -> None:
    """For numpy, before it is loaded, unless somebody has set it.

    Choosing the next pair multiplies matrices of some thousand rows. OpenBLAS shares that among as many threads as there are
    processors, each of which waits for the others while they are busy drawing or answering: three times as long.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def serve_pages(
    studio: Studio,
    listener: socket.socket,
    demo: bool,
    settings: Settings,
    nights: NightProcess | None,
    writer: WriterProcess | None,
) -> None:
    import uvicorn

    from ui.app import create_app
    from ui.monitoring.logs import set_up_logs
    from ui.monitoring.stopping import Server

    set_up_logs(settings.log_format, settings.log_level)
    app = create_app(
        studio,
        demo,
        session_hours=settings.session_hours,
        public_origin=settings.public_origin,
        limits=settings.limits,
        metrics_token=settings.metrics_token,
        review=settings.review,
        promotion_rule=settings.promotion_rule,
        report_options=settings.report,
        night_process=nights,
        writer_process=writer,
    )
    # What a client says of its own address and scheme is believed from named proxies only; uvicorn would believe it from
    # this machine. What is under way gets three seconds to end.
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
    )
    Server(config, app.state.streams).run(sockets=[listener])
