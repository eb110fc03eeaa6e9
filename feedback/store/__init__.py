"""The studio's folder: its database, stored files and audit log."""

from feedback.store.connection import Studio

__all__ = ["Studio"]
