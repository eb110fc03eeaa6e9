"""Where the clips of a cut of several rates begin, and how many of its frames each lasts."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import example, given, settings
from hypothesis import strategies as st

from feedback.exchange.edit.cut import with_clips
from feedback.exchange.edit.timecode import RATES
from tests.feedback.exchange.cuts import Given, make_cut

ANY_RATE = st.sampled_from([*RATES, Fraction(12), Fraction(16), Fraction(120)])
CLIPS = st.lists(st.tuples(st.integers(1, 40), ANY_RATE), min_size=1, max_size=30)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(RATES), CLIPS)
@example(Fraction(24), [(8, Fraction(120)), (1, Fraction(24)), (8, Fraction(120)), (8, Fraction(120))])
@example(Fraction(24), [(1, Fraction(48)), (1, Fraction(24)), (24, Fraction(24))])
def test_clips_follow_each_other_without_a_gap_and_none_drifts(
    rate: Fraction, clips: list[tuple[int, Fraction]]
) -> None:
    cut = make_cut(rate, True, [Given("clip", 0, count - 1, count) for count, _ in clips])
    cut = with_clips(cut, [replace(clip, rate=own) for clip, (_, own) in zip(cut.clips, clips, strict=True)])
    ends = [clip.start + clip.length for clip in cut.clips]
    assert [clip.start for clip in cut.clips] == [0, *ends[:-1]]
    assert cut.count == ends[-1]
    assert all(clip.length >= 1 for clip in cut.clips)
    assert all(clip.length == clip.count for clip in cut.clips if clip.rate == rate)
    lasts = [clip.count * rate / clip.rate for clip in cut.clips]
    if min(lasts) >= 1:  # what is shorter than a frame of the cut has one nevertheless
        assert abs(cut.count - sum(lasts)) <= Fraction(1, 2)
