"""Loads sqlite_utils, but not pandas, which it loads wherever that is installed only to know pandas' times by name.

That was half of the second that a short command takes. No table of a studio is made from such times.
"""

from __future__ import annotations

import sys

if "pandas" not in sys.modules:
    sys.modules["pandas"] = None  # type: ignore[assignment]  # whoever imports it meanwhile finds that there is none
    try:
        import sqlite_utils  # noqa: F401
    finally:
        del sys.modules["pandas"]
