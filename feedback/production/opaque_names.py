"""Names of takes and renditions that say nothing of their order, other ones for each person.

A take's id tells when it was queued, and a file's hash is the same for everybody. So whoever is blind to a take gets it
under a name that only they can use: its id, sent through a permutation that is keyed by the studio's secret and the
person. It needs no table, and a name that was made up leads nowhere. The permutation is a Feistel network (Luby and
Rackoff, 1988) of ten rounds with HMAC-SHA256, as many as NIST SP 800-38G asks of small ones.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from feedback.store import Studio

ROUNDS = 10
TAKE_BITS = 48
FIRST_NAME = 1 << TAKE_BITS  # names lie above every id, and below 2**53, up to which JavaScript counts exactly
MEDIA_BITS = 256  # a rendition's name looks like the hash of a file, and fits wherever one does
LARGEST_ID = 2**31 - 1
PEOPLE = 1024  # whose first hashes are remembered
REMEMBERED = 65_536  # names: a board that is sorted anew has the same ones
PICTURE, POSTER = 0, 1

_keys: WeakKeyDictionary[Studio, bytes] = WeakKeyDictionary()


def name_take(studio: Studio, person_id: int, take_id: int) -> int:
    """The number by which this person knows the take."""
    return FIRST_NAME + _permute(_key(studio), f"take {person_id}", take_id, TAKE_BITS)


def may_be_number(number: int) -> bool:
    """Whether a take can have this id or this name."""
    return number <= LARGEST_ID or FIRST_NAME <= number < 2 * FIRST_NAME


def find_named_take(studio: Studio, person_id: int, name: int) -> int | None:
    """The id of the take that this person knows by the name; None for a name that was never given to them."""
    if not FIRST_NAME <= name < 2 * FIRST_NAME:
        return None
    take_id = _permute_back(_key(studio), f"take {person_id}", name - FIRST_NAME, TAKE_BITS)
    return take_id if 0 < take_id <= LARGEST_ID else None


def name_rendition(studio: Studio, person_id: int, take_id: int, part: int = PICTURE) -> str:
    """The 64 hexadecimal digits by which this person gets the take's picture or clip, or its POSTER."""
    number = _permute(_key(studio), f"media {person_id}", take_id << 1 | part, MEDIA_BITS)
    return f"{number:064x}"


def find_named_rendition(studio: Studio, person_id: int, name: str) -> tuple[int, int] | None:
    """(id of the take, PICTURE or POSTER); None for a name that was never given to this person."""
    number = _permute_back(_key(studio), f"media {person_id}", int(name, 16), MEDIA_BITS)
    return (number >> 1, number & 1) if 0 < number >> 1 <= LARGEST_ID else None


def _key(studio: Studio) -> bytes:
    if studio not in _keys:
        _keys[studio] = studio.value("SELECT value FROM secrets WHERE name = 'opaque names'")
    return _keys[studio]


@lru_cache(REMEMBERED)
def _permute(key: bytes, purpose: str, number: int, bits: int) -> int:
    half, mask = bits // 2, (1 << bits // 2) - 1
    left, right = number >> half, number & mask
    inners, outer = _begin_hmac(key, purpose)
    for inner in inners:
        left, right = right, left ^ _mix(inner, outer, right, half)
    return left << half | right


def _permute_back(key: bytes, purpose: str, number: int, bits: int) -> int:
    half, mask = bits // 2, (1 << bits // 2) - 1
    left, right = number >> half, number & mask
    inners, outer = _begin_hmac(key, purpose)
    for inner in reversed(inners):
        left, right = right ^ _mix(inner, outer, left, half), left
    return left << half | right


def _mix(inner: Any, outer: Any, number: int, bits: int) -> int:
    inner, outer = inner.copy(), outer.copy()
    inner.update(b"%d" % number)
    outer.update(inner.digest())
    return int.from_bytes(outer.digest()[: bits // 8])


@lru_cache(PEOPLE)
def _begin_hmac(key: bytes, purpose: str) -> tuple[list[Any], Any]:
    """Both hashes of HMAC-SHA256 (RFC 2104) of `PURPOSE ROUND NUMBER`, by round, as far as they are without the number.

    The key has up to 64 bytes. `hmac.digest` begins anew each time, which takes five times as long: a board names ten
    thousand takes.
    """
    block = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
    inners = [inner.copy() for _ in range(ROUNDS)]
    for number, each in enumerate(inners):
        each.update(f"{purpose} {number} ".encode())
    return inners, hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
