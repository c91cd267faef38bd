"""in_light_of: what is known of the job changes what its failure means. Only where a source says so."""

import msgspec

from classifier.facts import JobFacts, Trigger
from classifier.verdict import Disposition, Patience, Retry, Verdict

CLEAN_UP_ONLY = "The backup step itself went well; only the clean-up of old backups failed."
BY_HAND = "It was started by hand, and such a run is not repeated by itself: start it again, or wait for the schedule."
FINAL_AT_ONCE = "A backup to a local folder that fails at its start is not tried again before the next run."
LOCAL_FOLDERS = frozenset({"local_folder", "removable", "removable_drive"})  # policies', then the Vault Manager's words
CLEAN_UP_STEPS = frozenset({"Applying retention rules", "Backup workflow", "Backup plan"})  # it, and what wraps it
LOCAL_PATIENCE = 2  # failed runs: nothing was tried in between, so the second one tells


def in_light_of(verdict: Verdict, facts: JobFacts) -> Verdict:
    """Add what the job's facts change.

    - A failed clean-up is not a missing backup.
    - A run started by hand is not repeated by the plan's own task failure handling, so it does not heal by itself.
    - At the start of a backup to a local folder nothing is tried again; towards a network or cloud storage it
      may be, for up to two hours.

    What an operator's own rule says of urgency stays as they said it.

    Source:
        Acronis user guide 26.02, Error handling and Task failure handling
    """
    if verdict.retried is Retry.AT_START and _is_local(facts) and not verdict.own:
        verdict = _final_at_once(verdict)
    if facts.trigger is Trigger.MANUAL and verdict.disposition is Disposition.SELF_HEAL and not verdict.own:
        verdict = _noted(msgspec.structs.replace(verdict, disposition=Disposition.MONITOR), BY_HAND)
    if facts.backup_completed and facts.retention_applied is False and set(facts.failed_steps) <= CLEAN_UP_STEPS:
        verdict = _noted(verdict, CLEAN_UP_ONLY)
    return verdict


def _is_local(facts: JobFacts) -> bool:
    """Tell whether every copy goes to a folder of the machine itself."""
    return bool(facts.destinations) and all(each.kind in LOCAL_FOLDERS for each in facts.destinations)


def _final_at_once(verdict: Verdict) -> Verdict:
    runs = verdict.patience.failed_runs
    heals = verdict.disposition is Disposition.SELF_HEAL
    return _noted(
        msgspec.structs.replace(
            verdict,
            retried=None,
            disposition=Disposition.MONITOR if heals else verdict.disposition,
            patience=Patience(failed_runs=min(runs, LOCAL_PATIENCE)) if runs is not None else verdict.patience,
        ),
        FINAL_AT_ONCE,
    )


def _noted(verdict: Verdict, note: str) -> Verdict:
    return msgspec.structs.replace(verdict, note=f"{note} {verdict.note}".rstrip())
