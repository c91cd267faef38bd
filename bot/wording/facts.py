"""The eleven facts of a job, as names with values. What is not known says so, and why."""

from bot.wording.phrases import listed, name, size
from classifier.facts import Destination, JobFacts

ORDER = (
    ("trigger", "Started"),
    ("rhythm", "Rhythm"),
    ("method", "Full or incremental"),
    ("bytes", "Bytes"),
    ("kind", "Kind"),
    ("steps", "All steps complete"),
    ("policy_applied", "Plan applied"),
    ("backup_completed", "Backup completed"),
    ("retention_applied", "Retention applied"),
    ("cloud_only", "Cloud only"),
    ("destinations", "Destination"),
)
FIELDS_OF = {"bytes": "bytes_processed"}  # where one fact is more than one field


def eleven(facts: JobFacts) -> tuple[tuple[str, str], ...]:
    """List the eleven facts in the order the source document asks them."""
    return tuple((label, said(fact, facts)) for fact, label in ORDER)


def said(fact: str, facts: JobFacts) -> str:
    """Say one of them, by its name in ORDER."""
    return _value(fact, facts) or _unknown(fact, facts)


def known(facts: JobFacts) -> tuple[tuple[str, str], ...]:
    """List those of the eleven facts that are known."""
    return tuple((label, value) for fact, label in ORDER if (value := _value(fact, facts)))


def _unknown(fact: str, facts: JobFacts) -> str:
    why = facts.why.get(FIELDS_OF.get(fact, fact), "") or facts.why.get(fact, "")
    return f"unknown ({why})" if why else "unknown"


def _value(fact: str, facts: JobFacts) -> str:
    match fact:
        case "bytes":
            return _bytes(facts)
        case "steps":
            return _steps(facts)
        case "destinations":
            return listed([destination(d) for d in facts.destinations])
        case _:
            value = getattr(facts, fact)
            return {True: "yes", False: "no", None: ""}.get(value, str(value or ""))


def _bytes(facts: JobFacts) -> str:
    parts = []
    if facts.bytes_processed is not None:
        parts.append(f"{size(facts.bytes_processed)} processed")
    if facts.bytes_saved is not None:
        parts.append(f"{size(facts.bytes_saved)} saved")
    return ", ".join(parts)


def _steps(facts: JobFacts) -> str:
    complete = facts.all_steps_complete
    if complete is None:
        return ""
    if complete:
        return f"yes ({len(facts.steps)} steps)"
    return f"no: {listed([name(step) for step in facts.failed_steps])} failed"


def destination(where: Destination) -> str:
    """Name a destination: its path if there is one, else what kind it is."""
    kind = "Acronis cloud" if where.is_cloud else where.kind.replace("_", " ")
    return f"{name(where.name)} ({kind})" if where.name else kind
