"""`serve` with the prompt writer's process and without a worker, which would draw: for tests of the page Briefs."""

from __future__ import annotations

import sys
from pathlib import Path

from feedback.store import Studio
from finetune.prompts.process import WriterProcess
from ui.commands.serving import listen, serve_pages
from ui.settings import read_settings


def main() -> None:
    words = dict(zip(sys.argv[2::2], sys.argv[3::2], strict=False))  # after "serve"
    studio = Studio.open(Path(words["--studio"]))
    writer = WriterProcess(studio)
    try:
        serve_pages(studio, listen("127.0.0.1", int(words["--port"])), False, read_settings(), None, writer)
    finally:
        writer.close()


if __name__ == "__main__":
    main()
