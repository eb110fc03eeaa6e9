"""Who may see how a trial stands: nobody who votes in it, until it is over.

A supervisor may look earlier. That is an event in the audit log, and from then on their own ballots do not count in it.
"""

from __future__ import annotations

from feedback.clock import now
from feedback.errors import NotFound
from feedback.models import lineage, versions
from feedback.models.lineage import Lineage
from feedback.models.versions import Version
from feedback.store import Studio, audit_log
from feedback.trials import lifecycle
from feedback.trials.deciders import check_may_decide, decider_name
from feedback.trials.lifecycle import Trial
from feedback.trials.results import TrialResults, describe_results, pooled_results
from feedback.trials.trials import list_trials

BLIND = "a blind trial is open: how it stands is shown when it is over"
UNBLINDING = "From then on your own votes in this trial do not count, and the audit log says that you looked."


class DescribedVersion(Version):
    """A version with what it learned from and what its trials showed."""

    learned_from: Lineage
    trial: TrialResults | None  # against the newest baseline it played; None before a trial, and while it is blind
    trial_sentence: str | None
    trials: list[Trial]  # newest first


def is_blind(studio: Studio, candidate: str, person: int | None = None) -> bool:
    """Whether how the candidate stands is kept from this person: a trial is open, and they have not looked at it."""
    return any(not is_unblinded(studio, trial["id"], person) for trial in lifecycle.open_trials(studio, candidate))


def is_unblinded(studio: Studio, trial: int, person: int | None) -> bool:
    seen = studio.value("SELECT 1 FROM trial_unblindings WHERE trial = ? AND person = ?", (trial, person))
    return seen is not None


def unblind_person(studio: Studio, candidate: str, person: int) -> TrialResults:
    """How the candidate's open trial stands. The look is on record, and ends the person's part in the trial.

    Looking again is fine. NotFound when no trial of the candidate is open, Forbidden below supervisor.
    """
    with studio.writing() as db:
        check_may_decide(studio, person)
        versions.get_version(studio, candidate)
        trials = lifecycle.open_trials(studio, candidate)
        if not trials:
            raise NotFound(f"{candidate} plays no trial: what its trials showed is in `circletake versions show`")
        for trial in trials:
            if not is_unblinded(studio, trial["id"], person):
                last = studio.value("SELECT COALESCE(MAX(id), 0) FROM ballots")
                row = {"trial": trial["id"], "person": person, "last_ballot": last, "created": now()}
                db.table("trial_unblindings").insert(row)
                detail = {"candidate": candidate, "baseline": trial["baseline"], "last_ballot": last}
                audit_log.record(studio, decider_name(studio, person), "trial.unblind", str(trial["id"]), detail)
    return pooled_results(studio, candidate, trials[-1]["baseline"])


def describe_versions(studio: Studio, person: int | None = None) -> list[DescribedVersion]:
    """Every version, oldest first, as `describe_version` has it."""
    return [describe_version(studio, version["name"], person) for version in versions.list_versions(studio)]


def describe_version(studio: Studio, name: str, person: int | None = None) -> DescribedVersion:
    """The version with what it learned from and what its trials showed.

    While a trial of the version is open, `trial` is None for everybody but a `person` (id) who has looked at it.
    """
    version, trials = versions.get_version(studio, name), list_trials(studio, name)
    blind = is_blind(studio, name, person)
    results = pooled_results(studio, name, trials[0]["baseline"]) if trials and not blind else None
    return {
        **version,
        "learned_from": lineage.learned_from(studio, name),
        "trial": results,
        "trial_sentence": describe_results(results) if results else BLIND if blind else None,
        "trials": trials,
    }
