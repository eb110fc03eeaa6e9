"""A real Zou (Kitsu's server) for a test run: PostgreSQL, Redis and Zou as processes of their own in a folder of their own.

`python -m tests.connectors.zou_server --zou .zou/bin -- COMMAND` runs COMMAND with the server's address and an account in
the environment, as `circletake connect kitsu` reads them, and ends all three processes afterwards. `make test-kitsu` does it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.ui.serving import free_port

EMAIL, PASSWORD = "admin@example.com", "a long pass phrase"
STARTS_WITHIN = 120.0  # seconds


def programs_of_postgres() -> Path:
    """The newest of Debian's, which are not on the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not folders:
        raise SystemExit("no PostgreSQL: apt-get install postgresql redis-server")
    return folders[-1]


@contextmanager
def running(
    words: Sequence[str], log: Path, stop: signal.Signals = signal.SIGTERM, **options: object
) -> Iterator[None]:
    """A process that is ended with the block, and its children with it."""
    with log.open("wb") as sink:
        process = subprocess.Popen(words, stdout=sink, stderr=sink, start_new_session=True, **options)  # type: ignore[call-overload]
    try:
        yield
        if process.poll() is not None:
            raise SystemExit(f"{words[0]} ended by itself:\n{log.read_text()[-2000:]}")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, stop)
            process.wait(30)


def wait_until(is_ready: object, what: str, log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while not is_ready():  # type: ignore[operator]
        if time.monotonic() > until:
            raise SystemExit(f"{what} did not start in {STARTS_WITHIN:g} s:\n{log.read_text()[-2000:]}")
        time.sleep(0.2)


def as_postgres(words: Sequence[str]) -> list[str]:
    """PostgreSQL refuses to be root."""
    return ["runuser", "-u", "postgres", "--", *words] if os.geteuid() == 0 else list(words)


@contextmanager
def postgres(folder: Path) -> Iterator[int]:
    """An empty cluster with the database `zoudb`; yields its port."""
    programs, data, port = programs_of_postgres(), folder / "data", free_port()
    folder.mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    run(as_postgres([str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "postgres", "-N"]))
    settings = ["-p", str(port), "-k", str(folder), "-c", "fsync=off", "-c", "listen_addresses=127.0.0.1"]
    # SIGINT: without waiting for those who are connected.
    with running(
        as_postgres([str(programs / "postgres"), "-D", str(data), *settings]),
        folder.parent / "postgres.log",
        signal.SIGINT,
    ):
        question = [str(programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-q"]
        wait_until(lambda: subprocess.run(question).returncode == 0, "PostgreSQL", folder.parent / "postgres.log")
        run([str(programs / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "zoudb"])
        yield port


@contextmanager
def redis(folder: Path) -> Iterator[int]:
    port, log = free_port(), folder / "redis.log"
    words = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with running(words, log):
        ping = ["redis-cli", "-p", str(port), "ping"]
        wait_until(lambda: subprocess.run(ping, capture_output=True).returncode == 0, "Redis", log)
        yield port


def run(words: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(words, env=environment, capture_output=True, text=True, cwd="/")
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


@contextmanager
def serving_zou(programs: Path, folder: Path) -> Iterator[str]:
    """Zou with an admin; yields the address of its API. `programs`: the bin folder of its environment."""
    with ExitStack() as stack:
        database, store = stack.enter_context(postgres(folder / "postgres")), stack.enter_context(redis(folder))
        port, log = free_port(), folder / "zou.log"
        environment = {
            **os.environ,
            "DB_HOST": "127.0.0.1", "DB_PORT": str(database), "DB_USERNAME": "postgres", "DB_PASSWORD": "",
            "KV_HOST": "127.0.0.1", "KV_PORT": str(store), "SECRET_KEY": "of a test that ends with it",
            "PREVIEW_FOLDER": str(folder / "previews"), "TMP_DIR": str(folder / "tmp"), "BCRYPT_LOG_ROUNDS": "4",
            "MAIL_CHECK_DELIVERABILITY": "false",
        }  # fmt: skip
        for words in (["init-db"], ["init-data"], ["create-admin", EMAIL, "--password", PASSWORD]):
            run([str(programs / "zou"), *words], environment)
        gunicorn = [
            str(programs / "gunicorn"),
            "-b",
            f"127.0.0.1:{port}",
            "-k",
            "gthread",
            "--threads",
            "4",
            "zou.app:app",
        ]
        stack.enter_context(running(gunicorn, log, env=environment, cwd=folder))
        address = f"http://127.0.0.1:{port}/"
        wait_until(lambda: answers(address), "Zou", log)
        yield address.rstrip("/")


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as reply:
            return reply.status == 200
    except (urllib.error.URLError, OSError):
        return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--zou", type=Path, required=True, help="bin folder of the environment in which Zou is installed"
    )
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    with TemporaryDirectory(prefix="circletake-zou-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL's own user has to pass
        with serving_zou(options.zou.absolute(), folder) as address:
            account = {
                "CIRCLETAKE_KITSU_URL": address,
                "CIRCLETAKE_KITSU_EMAIL": EMAIL,
                "CIRCLETAKE_KITSU_PASSWORD": PASSWORD,
            }
            return subprocess.run(options.command[1:], env={**os.environ, **account}).returncode


if __name__ == "__main__":
    sys.exit(main())
