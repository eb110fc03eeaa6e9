"""Tests, a folder per floor."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: see generation/__init__.py
