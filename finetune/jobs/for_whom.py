"""For whom a run tunes: the studio, one person, or one project; and what it found of people on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from feedback.agreement.standings import PairRow, StandingRow, keep_standings
from feedback.errors import Refused
from feedback.exchange.outside.takes import takes_made_elsewhere, takes_of_briefs
from feedback.models.versions import production_version
from feedback.people import accounts
from feedback.preferences.dataset import Preferences, collect
from feedback.store import Studio
from finetune.data.dataset import Dataset
from finetune.errors import TooFewJudgements
from finetune.methods.guided.reward_method import RewardMethod
from finetune.methods.registry import method_named
from finetune.reward.people.summary import PeopleSummary
from finetune.reward.people.votes import FEWEST
from finetune.settings import Recipe
from generation.intake.drawable_shapes import undrawable_briefs


def collect_for(studio: Studio, recipe: Recipe, since: str | None = None) -> Preferences:
    """The judgements of the recipe's project, or all. NotFound or Refused for a person or project that cannot be meant."""
    if recipe.data.person is not None:
        accounts.get_person(studio, recipe.data.person)
        if not issubclass(method_named(recipe.method), RewardMethod):
            raise Refused(
                f"method {recipe.method} tunes for the studio: leave data.person out, or take guided or ranked"
            )
    return collect(studio, since, recipe.data.project, not_to_learn_from(studio, recipe))


def not_to_learn_from(studio: Studio, recipe: Recipe) -> set[int]:
    """Takes made elsewhere where the recipe leaves them out; in any case those of shapes that production cannot encode."""
    if not recipe.data.outside_takes:
        return takes_made_elsewhere(studio)
    return takes_of_briefs(studio, undrawable_briefs(studio, production_version(studio)))


def refuse_too_little_of(studio: Studio, recipe: Recipe, dataset: Dataset) -> None:
    """TooFewJudgements where the person for whom is tuned chose too rarely."""
    if recipe.data.person is None:
        return
    person = accounts.get_person(studio, recipe.data.person)
    votes = [vote for example in dataset.examples for vote in example.votes]
    choices = round(sum(each.weight for each in votes if each.person == person["id"] and each.p_left != 0.5))
    if choices < FEWEST:
        raise TooFewJudgements(
            f"{person['name']} preferred one take in {choices} pairs only: judge at least {FEWEST}, or tune for the studio"
        )


def is_for_all(recipe: Recipe) -> bool:
    return recipe.data.person is None and recipe.data.project is None


def keep_people(studio: Studio, run: int, recipe: Recipe, dataset: Dataset, people: PeopleSummary | None) -> None:
    """How each person judges beside the studio, where this run was for the studio and could tell."""
    if people is None or not is_for_all(recipe):
        return
    take_of = takes_of_pairs(dataset.snapshot)
    pairs = []
    for each in people.pairs:
        ids = take_of.get((each.brief, frozenset((each.chosen, each.passed))))
        if ids is not None:
            chosen, passed = ids[each.chosen], ids[each.passed]
            pairs.append(PairRow(each.person, chosen, passed, each.like_others, each.like_own, each.gap))
    keep_standings(studio, run, [StandingRow(each.person, each.kind, each.along) for each in people.standings], pairs)


def takes_of_pairs(snapshot: Mapping[str, Any]) -> dict[tuple[int, frozenset[str]], dict[str, int]]:
    """The takes (ids by sha256) of each compared pair, by its brief and the two sha256."""
    sha256 = snapshot["takes"]
    return {
        (pair["brief"], frozenset(sha256[str(pair[side])] for side in ("left", "right"))): {
            sha256[str(pair[side])]: pair[side] for side in ("left", "right")
        }
        for pair in snapshot["pairs"]
    }
