"""Children of a process that has computed with torch already."""

from __future__ import annotations

import os


def settle_threads_of_children() -> None:
    """Has each child that is forked from now on make its pool of threads before it starts any thread.

    After a fork, torch throws the pool away and makes another at first use, without a lock: while one thread does so, a
    second one finds none and raises "Invalid thread pool!" (transformers reads a model's weights in four threads).
    """
    import torch

    os.register_at_fork(after_in_child=lambda: torch.set_num_threads(torch.get_num_threads()))
