"""`python -m generation.workers --studio DIR`: `circletake worker` without the command line's other libraries."""

from __future__ import annotations

import argparse
import logging
import os
import sys

from feedback.errors import Refused
from feedback.store import Studio
from generation.workers.entrance import work


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="generation.workers", description="Draws a studio's queued takes.")
    parser.add_argument("--studio", default=os.environ.get("CIRCLETAKE_STUDIO", "studio"), help="the studio's folder")
    parser.add_argument("--once", action="store_true", help="end when the queue is empty")
    parser.add_argument("--lease", type=float, help="seconds after which a dead worker's takes are free")
    chosen = parser.parse_args(arguments)
    lease = {} if chosen.lease is None else {"lease_seconds": chosen.lease}
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        work(Studio.open(chosen.studio), once=chosen.once, **lease)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
