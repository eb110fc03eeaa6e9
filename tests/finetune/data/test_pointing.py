"""Where people pointed, from a note to the weights of a take's places."""

from __future__ import annotations

import pytest
import torch

from feedback.judgements import notes
from feedback.people import accounts
from feedback.preferences import dataset, snapshot
from feedback.store import Studio
from finetune.data.dataset import make_dataset
from finetune.data.pointing import Place, coverage, mean_coverage, weights_over
from finetune.settings import DataSettings
from tests.finetune.judged import add_brief, add_takes, cast, judge_briefs

QUARTER = {"x": 0.5, "y": 0.5, "w": 0.5, "h": 0.5}
LOWER_RIGHT = Place(0.5, 0.5, 0.5, 0.5, 0.0, 1.0)


def point(studio: Studio, take: int, name: str = "ada", **where: object) -> int:
    person = accounts.get_person(studio, name)["id"]
    uid = f"{name}-{take}-{sorted(where)}"
    return notes.write_note(studio, person, uid, take, "the hand", **where)[0]["id"]  # type: ignore[arg-type]


def learned_from(studio: Studio, **settings: float):
    return make_dataset(snapshot.freeze(dataset.collect(studio))[0], DataSettings(**settings))


def test_cells_are_covered_by_their_share() -> None:
    assert coverage([LOWER_RIGHT], (1, 2, 2)).tolist() == [[[0, 0], [0, 1]]]
    half = coverage([Place(0.0, 0.0, 0.25, 1.0, 0.5, 1.0)], (2, 1, 2))
    torch.testing.assert_close(half, torch.tensor([[[0.0, 0.0]], [[0.5, 0.0]]]))


def test_a_line_covers_something_wherever_it_is() -> None:
    for at in (0.0, 0.4, 0.999):
        covered = coverage([Place(at, at, 0.001, 0.001, 0.0, 1.0)], (1, 8, 8))
        assert covered.sum() == pytest.approx(0.06**2 * 64, rel=1e-4)


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_weights_are_1_on_average_and_people_count_alike(share: float) -> None:
    one = weights_over(((LOWER_RIGHT,),), (1, 4, 4), share)
    assert float(one.mean()) == pytest.approx(1)
    assert float(one[0, 3, 3]) == pytest.approx(share * 4 + 1 - share)
    assert float(one[0, 0, 0]) == pytest.approx(1 - share)
    with_another = weights_over(((LOWER_RIGHT,), ()), (1, 4, 4), share)
    torch.testing.assert_close(with_another, (one + 1) / 2)
    assert torch.equal(weights_over((), (1, 4, 4), share), torch.ones(1, 4, 4))


def test_notes_reach_the_pairs_that_their_writer_judged(empty: Studio) -> None:
    brief = add_brief(empty, "a hand")
    first, second, third = add_takes(empty, brief, [0.0, 0.5, 1.0])
    cast(empty, second, first, "left")
    cast(empty, third, first, "left", name="ben")
    note = point(empty, first, region=QUARTER)
    point(empty, first)  # about the whole
    point(empty, third, region=QUARTER)  # of a take that ada did not judge
    learned = learned_from(empty)
    assert [example.pointed for example in learned.examples] == [True, False]
    assert learned.examples[0].pointed_left == ((LOWER_RIGHT,),)
    assert learned.examples[0].pointed_right == ()
    assert learned.notes_used() == {note: accounts.get_person(empty, "ada")["id"]}
    assert learned.pointed_judgements() == 1
    without = learned_from(empty, region_weight=0.0)
    assert not any(example.pointed for example in without.examples)
    assert without.notes_used() == {}


def test_two_people_of_whom_one_points_are_both_heard(empty: Studio) -> None:
    first, second = add_takes(empty, add_brief(empty, "a hand"), [0.0, 1.0])
    for name in ("ada", "ben"):
        cast(empty, second, first, "left", name=name)
    point(empty, second, region=QUARTER)
    (example,) = learned_from(empty).examples
    assert example.pointed_right == ((LOWER_RIGHT,), ())
    assert mean_coverage(example.pointed_right, (1, 2, 2)).tolist() == [[[0, 0], [0, 1]]]


def test_a_note_that_was_taken_back_points_nowhere(studio: Studio) -> None:
    example = learned_from(studio).examples[0]
    take = next(int(take) for take, media in learned_from(studio).snapshot["takes"].items() if media == example.left)
    note = point(studio, take, region=QUARTER)
    assert any(example.pointed for example in learned_from(studio).examples)
    notes.take_back(studio, accounts.get_person(studio, "ada")["id"], note)
    assert not any(example.pointed for example in learned_from(studio).examples)


def test_frames_of_a_clip_are_a_share_of_its_length(empty: Studio) -> None:
    judge_briefs(empty, count=1, takes_each=2, frames=9)
    take = empty.value("SELECT id FROM takes ORDER BY id")
    point(empty, take, frame_in=6, frame_out=8)
    (example,) = learned_from(empty).examples
    ((place,),) = example.pointed_left
    assert (place.w, place.h) == (1, 1)
    assert (place.begin, place.end) == pytest.approx((6 / 9, 1))
    weights = weights_over(example.pointed_left, (3, 2, 2), 1.0)
    assert weights.flatten(1).mean(1).tolist() == pytest.approx([0, 0, 3])
