"""The log: one line for each request and for each failure, as text for people or as JSON for programs, without secrets."""

from __future__ import annotations

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from feedback.fields import clean_text

FORMATS = ("text", "json")
LEVELS = ("debug", "info", "warning", "error")
REMOVED = "[removed]"
# Personal tokens, and what stands after a word that introduces a secret.
VALUE = r"""(?:bearer\s+)?(?:"[^"]*"|'[^']*'|[^\s,;"'}]+)"""
SECRETS = re.compile(
    r"\bct_[A-Za-z0-9_-]{8,}"
    r"|\b(?:(password|passwd|token|secret|authorization|circletake_session)\b[\"']?\s*[:=]|(bearer)\b)\s*" + VALUE,
    re.IGNORECASE,
)
request_id: ContextVar[str] = ContextVar("request_id", default="")


def without_secrets(text: str) -> str:
    """The text with tokens, and what follows a word such as `password=`, taken out."""
    return SECRETS.sub(lambda match: " ".join(filter(None, (match[1], match[2], REMOVED))), text)


class JsonLines(logging.Formatter):
    """{"time", "level", "logger", "message", "request"?, ..., "trace"?}, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
            **getattr(record, "fields", {}),
        }
        if request_id.get():
            fields["request"] = request_id.get()
        if record.exc_info:
            fields["trace"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(fields, ensure_ascii=True, default=str)


class TextLines(logging.Formatter):
    """Time, level, message, and the request's id; a traceback below."""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created).isoformat(sep=" ", timespec="seconds")
        request = f" [{request_id.get()}]" if request_id.get() else ""
        message = " ".join(clean_text(without_secrets(record.getMessage())).split())
        trace = f"\n{clean_text(without_secrets(self.formatException(record.exc_info)))}" if record.exc_info else ""
        return f"{when} {record.levelname.lower()}{request} {message}{trace}"


def set_up_logs(format: str, level: str) -> None:
    """All logs of this process, those of its libraries among them, go to stderr in one format."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if format == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # An HTTP client of Gradio's logs each of its own requests, whose addresses are nobody's business.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
