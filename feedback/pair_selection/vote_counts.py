"""Votes on each pair, counted in memory. Ballots are append-only, so only the new ones are ever read."""

from __future__ import annotations

from feedback.store import Studio

Pair = int  # take << 32 | take, the smaller id first: whole pairs then compare, sort and go into arrays as numbers
LARGEST_TAKE = 2**31 - 1  # two of them in one whole number of 64 bits
FLIPPED = {"left": "right", "right": "left"}
# By verdict on the pair's own sides: (judgements, votes for or between the two, of which for the first).
COUNTS = {
    "left": (1, 1, 1.0),
    "right": (1, 1, 0.0),
    "tie": (1, 1, 0.5),
    "both_bad": (1, 0, 0.0),
    "skip": (1, 0, 0.0),
}
NONE = (0, 0, 0.0)


def pair_of(a: int, b: int) -> Pair:
    return (a << 32 | b) if a < b else (b << 32 | a)


def takes_of(pair: Pair) -> tuple[int, int]:
    return pair >> 32, pair & 0xFFFFFFFF


class VoteCounts:
    """Each person's current ballot on each pair, and their sums."""

    def __init__(self) -> None:
        self.newest = 0  # id of the last ballot read
        self.ballots = 0  # how many were read
        self.verdicts: dict[int, dict[Pair, tuple[int, str]]] = {}  # person -> pair -> (ballot, verdict)
        self.repeated: dict[int, set[Pair]] = {}  # person -> pairs that they judged again as a check
        self.weights: dict[int, float] = {}  # of ballots that are less than a choice
        self.counts: dict[Pair, tuple[int, float, float]] = {}  # in the order in which pairs were first judged

    def read(self, studio: Studio) -> list[tuple[int, Pair]]:
        """Counts the ballots cast since the last call; returns (person, pair) of each."""
        rows = studio.tuples(
            'SELECT b.id, b.person, b."left", b."right", CASE WHEN b.doubt IS NULL THEN b.verdict ELSE \'skip\' END, b.repeats,'
            " coalesce(w.weight, 1.0) FROM ballots b LEFT JOIN ranking_weights w ON w.ranking = b.ranking"
            " WHERE b.id > ? ORDER BY b.id",
            (self.newest,),
        )
        cast = []
        for ballot, person, left, right, verdict, repeats, weight in rows:
            pair = pair_of(left, right)
            if repeats is not None:  # the verdict that it was given again for goes on to count
                self.note_repeat(person, pair, ballot)
                continue
            if weight != 1:
                self.weights[ballot] = weight
            self.count(person, pair, ballot, verdict if left < right else FLIPPED.get(verdict, verdict))
            cast.append((person, pair))
        return cast

    def count(self, person: int, pair: Pair, ballot: int, verdict: str) -> None:
        """Counts one ballot; the same person's earlier one on the pair no longer counts."""
        own = self.verdicts.get(person)
        if own is None:
            own = self.verdicts[person] = {}
        before = own.get(pair)
        judged, votes, wins = self.counts.get(pair, NONE)
        more, less = self.votes_of(ballot, verdict), self.votes_of(*before) if before else NONE
        votes, wins = votes + more[1] - less[1], wins + more[2] - less[2]
        if self.weights:  # rounded, so that a vote that is taken back leaves nothing
            votes, wins = round(votes, 9), round(wins, 9)
        self.counts[pair] = (judged + more[0] - less[0], votes, wins)
        own[pair] = (ballot, verdict)
        self.newest, self.ballots = ballot, self.ballots + 1

    def votes_of(self, ballot: int, verdict: str) -> tuple[int, float, float]:
        """As COUNTS has them; votes that are pairs of a ranking weigh as its choices."""
        weight = self.weights.get(ballot)
        if weight is None:
            return COUNTS[verdict]
        judged, votes, wins = COUNTS[verdict]
        return judged, weight * votes, weight * wins

    def note_repeat(self, person: int, pair: Pair, ballot: int) -> None:
        self.repeated.setdefault(person, set()).add(pair)
        self.newest = ballot

    def judged(self, pair: Pair) -> int:
        """By how many people."""
        return self.counts.get(pair, NONE)[0]
