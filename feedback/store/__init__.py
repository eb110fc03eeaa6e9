"""The studio's folder: its database, stored files and audit log."""

import feedback.store.sqlite_without_pandas  # noqa: F401 (before anything loads sqlite_utils)

# isort: split
from feedback.store.connection import Studio

__all__ = ["Studio"]
