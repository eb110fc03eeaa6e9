"""Which sequence a shot's code names."""

from __future__ import annotations

import pytest

from feedback.production.shots import sequence_of


@pytest.mark.parametrize(
    ("code", "sequence"),
    [("AGM_104_065_010", "AGM_104_065"), ("LHT_010_010", "LHT_010"), ("A-1", "A"), ("sq.010", "sq"), ("SH010", "")],
)
def test_a_sequence_is_the_code_without_its_last_part(code: str, sequence: str) -> None:
    assert sequence_of(code) == sequence
