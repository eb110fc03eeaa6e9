"""From judgements to a candidate version: snapshot, cache, train, evaluate, refuse or register."""

import os

# Before torch is imported, for the reason that generation/__init__.py gives.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
