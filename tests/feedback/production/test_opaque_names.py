"""Names that lead back to a take for one person, and tell nobody anything of its number."""

from __future__ import annotations

import hmac
import random
from itertools import pairwise

from feedback.production import opaque_names as names
from feedback.store import Studio, audit_log
from tests.feedback.scene import Scene

NAME_BEFORE = 254683720985501  # of a take, by the first release that had names
IDS = [1, 2, 3, 4, 1000, 200_000, names.LARGEST_ID]


def test_names_lead_back_for_the_person_they_were_given_to(studio: Studio) -> None:
    for take in IDS:
        name = names.name_take(studio, 1, take)
        assert names.find_named_take(studio, 1, name) == take
        assert names.find_named_take(studio, 2, name) != take
        for part in (names.PICTURE, names.POSTER):
            media = names.name_rendition(studio, 1, take, part)
            assert names.find_named_rendition(studio, 1, media) == (take, part)
            assert names.find_named_rendition(studio, 2, media) is None


def test_names_are_made_with_hmac(studio: Studio) -> None:
    """As they were before it was computed from two hashes that are begun once: links and open pages keep their names."""
    for key in (b"k" * 32, b"", bytes(range(64))):
        digest = hmac.digest(key, b"take 3 5 1234", "sha256")
        inners, outer = names._begin_hmac(key, "take 3")
        assert names._mix(inners[5], outer, 1234, 24) == int.from_bytes(digest[:3])
    assert names._permute(b"k" * 32, "take 3", 7, 48) == NAME_BEFORE


def test_names_are_exact_in_javascript_and_no_ids(studio: Studio) -> None:
    every = {names.name_take(studio, person, take) for person in range(1, 20) for take in range(1, 200)}
    assert len(every) == 19 * 199
    assert all(names.LARGEST_ID < name < 2**53 and names.may_be_number(name) for name in every)
    assert not names.may_be_number(names.LARGEST_ID + 1)


def test_what_was_made_up_leads_nowhere(studio: Studio) -> None:
    rng = random.Random(0)
    for _ in range(300):
        assert names.find_named_rendition(studio, 1, f"{rng.getrandbits(256):064x}") is None
    for number in (0, 1, names.FIRST_NAME - 1, 2 * names.FIRST_NAME, 2**63 - 1, -1):
        assert names.find_named_take(studio, 1, number) is None


def test_order_and_neighbourhood_of_ids_are_gone(studio: Studio) -> None:
    """Of consecutive takes about half of the names rise, and no two differ by the same number."""
    given = [names.name_take(studio, 1, take) for take in range(1, 401)]
    steps = [after - before for before, after in pairwise(given)]
    assert 150 < sum(step > 0 for step in steps) < 250
    assert len(set(steps)) == len(steps)


def test_each_studio_has_a_secret_of_its_own_which_no_event_tells(studio: Studio) -> None:
    Scene(studio)
    key = studio.value("SELECT value FROM secrets")
    assert len(key) == 32
    events = "".join(event["detail"] for event in audit_log.list_events(studio))
    assert key.hex() not in events
    assert repr(key) not in events
