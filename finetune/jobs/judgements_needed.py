"""Enough judgements? The night and the open trials together, as the command, the route and the pages answer it."""

from __future__ import annotations

from typing import TypedDict

from feedback.preferences.agreements_waiting import Waiting, waiting_for_agreement
from feedback.preferences.night_needs import NightNeeds, needs_of_night
from feedback.store import Studio
from feedback.trials.needed import TrialNeeds, needs_of_open_trials
from finetune.settings import DataSettings


class JudgementsNeeded(TypedDict):
    night: NightNeeds
    trials: list[TrialNeeds]
    agreement: Waiting


def judgements_needed(studio: Studio, person: int | None = None) -> JudgementsNeeded:
    """What a night by the default recipe and each open trial still need; `person` as `needs_of_open_trials` takes it."""
    return {
        "night": needs_of_night(studio, DataSettings().min_pairs),
        "trials": needs_of_open_trials(studio, person),
        "agreement": waiting_for_agreement(studio),
    }
