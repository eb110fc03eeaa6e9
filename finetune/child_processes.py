"""Processes that the web server starts, so that torch is never loaded in its own."""

from __future__ import annotations

import subprocess


def end_process(process: subprocess.Popen[bytes] | subprocess.Popen[str], grace: float) -> None:
    """Asks it to end, and ends it where it has not after `grace` seconds."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
