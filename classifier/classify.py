"""classify: what a failure means. The innermost cause decides, wrappers come last, codes before texts."""

import msgspec

from classifier.facts import NOTHING_KNOWN, JobFacts
from classifier.failure import Cause, Failure
from classifier.rulebook import DEFAULT, RuleBook
from classifier.verdict import Basis, Disposition, Domain, Party, Patience, Verdict

UNKNOWN = "unknown"  # the rule of a verdict that no rule gave
CLEAN_UP_ONLY = "The backup step itself went well; only the clean-up of old backups failed."


def classify(failure: Failure, facts: JobFacts = NOTHING_KNOWN, *, rules: RuleBook = DEFAULT) -> Verdict:
    """Say what a failure means.

    In order: names that tell, innermost first; the chain, innermost first; names that only say where it
    happened; the alert's type; the message; a wrapper's own name. Else the verdict `unknown`, which is
    loud on purpose: the MSP reads the log, now. A leaf that no rule knows is loud too, in `unknown_leaf`,
    when only something half-telling answered.
    """
    verdict = _by_code(failure, rules) or _by_the_rest(failure, rules) or _unknown(failure, rules)
    if verdict.rule == UNKNOWN or verdict.rule in rules.half_telling:
        verdict = _with_unknown_leaf(verdict, failure, rules)
    return verdict if facts is NOTHING_KNOWN else _in_light_of(verdict, facts)


def leaf(failure: Failure, *, rules: RuleBook = DEFAULT) -> Cause | None:
    """Give the innermost link that is no wrapper.

    None when the chain has no such link; a telling name of the failure (see `telling_name`) is then the leaf.
    """
    return next((link for link in reversed(failure.chain) if link.number not in rules.wrappers), None)


def telling_name(failure: Failure, *, rules: RuleBook = DEFAULT) -> str:
    """Give the innermost name that is no wrapper, "" when there is none."""
    names = (*reversed(failure.inner), failure.code)
    return next((name for name in names if name and rules.spelt(name) not in rules.wrapper_names), "")


def _names(failure: Failure, rules: RuleBook) -> tuple[str, ...]:
    """List the failure's names, innermost first, as the rules spell them."""
    return tuple(rules.spelt(name) for name in (*reversed(failure.inner), failure.code) if name)


def _by_code(failure: Failure, rules: RuleBook) -> Verdict | None:
    told = _first_of(_names(failure, rules), rules.names)
    return told or _by_chain(failure.chain, rules)


def _by_chain(chain: tuple[Cause, ...], rules: RuleBook) -> Verdict | None:
    """Ask the links, innermost first; a link that only says where it happened waits for the others."""
    waiting: Verdict | None = None
    for link in reversed(chain):
        if link.number in rules.wrappers:
            continue
        verdict = rules.numbers.get(link.number) or (rules.names.get(rules.spelt(link.name)) if link.name else None)
        if verdict is not None:
            return verdict
        waiting = waiting or rules.yielding_numbers.get(link.number)
    return waiting


def _by_the_rest(failure: Failure, rules: RuleBook) -> Verdict | None:
    names, alert = _names(failure, rules), rules.spelt(failure.alert)
    return (
        _first_of(names, rules.yielding)
        or rules.alerts.get(alert)
        or _by_words(failure, rules)
        or rules.yielding_alerts.get(alert)
        or _first_of(names, rules.last_resort)
    )


def _first_of(names: tuple[str, ...], verdicts: dict[str, Verdict]) -> Verdict | None:
    return next((verdicts[name] for name in names if name in verdicts), None)


def _by_words(failure: Failure, rules: RuleBook) -> Verdict | None:
    texts = (failure.text, *(link.text for link in reversed(failure.chain)))
    return next((verdict for text in texts if text and (verdict := rules.by_words(text))), None)


def _with_unknown_leaf(verdict: Verdict, failure: Failure, rules: RuleBook) -> Verdict:
    innermost = leaf(failure, rules=rules)
    seen = innermost.code if innermost else telling_name(failure, rules=rules)
    is_known = rules.knows(innermost.number, innermost.name) if innermost else rules.knows(name=seen)
    return msgspec.structs.replace(verdict, unknown_leaf=seen) if seen and not is_known else verdict


def _unknown(failure: Failure, rules: RuleBook) -> Verdict:
    innermost = leaf(failure, rules=rules)
    seen = innermost.code if innermost else telling_name(failure, rules=rules)
    wrapper = failure.code or (failure.chain[-1].code if failure.chain else failure.alert)
    if seen:
        cause = f"{seen} is not known to us yet."
    elif wrapper:
        cause = f"Acronis names only {wrapper}, which says that something failed but not what."
    elif failure.text:
        cause = "Acronis gave a message without a code, and we do not know the message yet."
    else:
        cause = "Acronis gave no code and no message with it."
    return Verdict(
        rule=UNKNOWN,
        domain=Domain.UNKNOWN,
        lead=Party.MSP,
        parties=(Party.MSP,),
        disposition=Disposition.ACT_NOW,
        patience=Patience(failed_runs=1),
        cause=cause,
        first_step="Read the log of the failed activity in the console, from its innermost line up.",
        source="no rule of ours knows it",
        basis=Basis.NONE,
        brief=f"code {seen}, not known to us" if seen else "failed without a code that tells",
    )


def _in_light_of(verdict: Verdict, facts: JobFacts) -> Verdict:
    """Add what the job's facts change: a failed clean-up is not a missing backup."""
    if facts.backup_completed and facts.retention_applied is False:
        note = f"{CLEAN_UP_ONLY} {verdict.note}".rstrip()
        return msgspec.structs.replace(verdict, note=note)
    return verdict
