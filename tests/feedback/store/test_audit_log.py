"""The audit log's chain of hashes."""

from __future__ import annotations

import pytest

from feedback.errors import Refused
from feedback.store import Studio, audit_log


def test_the_chain_sees_an_edit_and_a_removal(studio: Studio) -> None:
    for k in range(4):
        audit_log.record(studio, "ana", "test", f"thing {k}", {"k": k})
    whole = audit_log.verify(studio)
    assert whole == studio.value("SELECT count(*) FROM events")
    with studio.writing() as db:
        db.execute("UPDATE events SET detail = '{}' WHERE subject = 'thing 1'")
    with pytest.raises(Refused, match="thing 1"):
        audit_log.verify(studio)
    with studio.writing() as db:
        db.execute("UPDATE events SET detail = '{\"k\": 1}' WHERE subject = 'thing 1'")
        assert audit_log.verify(studio) == whole
        db.execute("DELETE FROM events WHERE subject = 'thing 2'")
    with pytest.raises(Refused, match="thing 3"):
        audit_log.verify(studio)
