"""classify: what a failure means. The innermost cause decides, wrappers come last, codes before texts."""

from collections.abc import Mapping

import msgspec

from classifier.facts import NOTHING_KNOWN, JobFacts
from classifier.failure import Cause, Failure
from classifier.light import in_light_of
from classifier.rulebook import DEFAULT, RuleBook
from classifier.verdict import URGENCY, Basis, Disposition, Domain, Party, Patience, Verdict

UNKNOWN = "unknown"  # the rule of a verdict that no rule gave
HALF_TOLD = frozenset({Basis.FAMILY, Basis.ALERT_TYPE})  # the leaf itself may still be unknown


def classify(failure: Failure, facts: JobFacts = NOTHING_KNOWN, *, rules: RuleBook = DEFAULT) -> Verdict:
    """Say what a failure means.

    In order: the operator's own words; names that tell, innermost first; the chain, innermost first; names
    that only say where it happened; the alert's type; the family of the code; the message; the vendor's own
    domain; a wrapper's own name. Else the verdict `unknown`, which is loud on purpose: the MSP reads the
    log, now. A leaf that no rule knows is loud too, in `unknown_leaf`, when only something half-telling
    answered.

    Where several things failed in one run, the most urgent one leads. What is known of the job may
    change the urgency; a mute of the operator's is told, and changes nothing else.
    """
    verdict = _of(failure, rules)
    if failure.others:
        verdict = _most_urgent(verdict, failure, rules)
    return verdict if facts is NOTHING_KNOWN else in_light_of(verdict, facts)


def _of(failure: Failure, rules: RuleBook) -> Verdict:
    own = _by_words(failure, rules, own=True) if rules.own_patterns else None
    verdict = own or _by_code(failure, rules) or _by_the_rest(failure, rules) or _unknown(failure, rules)
    if verdict.basis in HALF_TOLD or verdict.rule == UNKNOWN or verdict.rule in rules.half_telling:
        verdict = _with_unknown_leaf(verdict, failure, rules)
    return _with_mute(verdict, failure, rules) if rules.mutes else verdict


def _most_urgent(verdict: Verdict, failure: Failure, rules: RuleBook) -> Verdict:
    """Let the worst of several failures lead, the first of equals, and name another one beside it.

    What is muted leads only when all of it is.
    """
    told = {verdict.rule: verdict}
    for other in failure.others:
        found = _of(other, rules)
        if found.rule != UNKNOWN or leaf(other, rules=rules) or telling_name(other, rules=rules):
            told.setdefault(found.rule, found)
    first, *rest = sorted(told.values(), key=lambda each: (each.muted_until is not None, -URGENCY[each.disposition]))
    if not rest:
        return first
    more = f" and {len(rest) - 1} more" if len(rest) > 1 else ""
    return msgspec.structs.replace(
        first,
        note=f"Also reported in this run: {rest[0].brief}{more}. {first.note}".rstrip(),
        unknown_leaf=next((each.unknown_leaf for each in (first, *rest) if each.unknown_leaf), ""),
    )


def _with_mute(verdict: Verdict, failure: Failure, rules: RuleBook) -> Verdict:
    """Tell that the operator wants to hear nothing of it."""
    mute = rules.muted(verdict, failure)
    return msgspec.structs.replace(verdict, muted_until=mute.until, muted_why=mute.why) if mute else verdict


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
    told = rules.names_of.get((failure.module, failure.code)) if failure.module else None
    if not told and not failure.inner:
        told = rules.names.get(failure.code)  # the common case, without asking how it is spelt
    return told or _first_of(_names(failure, rules), rules.names) or _by_chain(failure.chain, rules)


def _by_chain(chain: tuple[Cause, ...], rules: RuleBook) -> Verdict | None:
    """Ask the links, innermost first; a link that only says where it happened waits for the others."""
    waiting: Verdict | None = None
    for link in reversed(chain):
        verdict = rules.numbers.get(link.number) if link.number not in rules.wrappers else None
        if verdict is None and link.name:
            verdict = rules.names_of.get((link.module, link.name)) or rules.names.get(rules.spelt(link.name))
        if verdict is not None:
            return verdict
        if link.number not in rules.wrappers:
            waiting = waiting or rules.yielding_numbers.get(link.number)
    return waiting


def _by_the_rest(failure: Failure, rules: RuleBook) -> Verdict | None:
    names, alert = _names(failure, rules), rules.alert(failure.alert)
    return (
        _first_of(names, rules.yielding)
        or rules.alerts.get(alert)
        or rules.family(failure.module, leaf(failure, rules=rules))
        or _by_words(failure, rules)
        or rules.yielding_services.get(failure.module)
        or rules.yielding_alerts.get(alert)
        or _first_of(names, rules.last_resort)
    )


def _first_of(names: tuple[str, ...], verdicts: Mapping[str, Verdict]) -> Verdict | None:
    return next((verdicts[name] for name in names if name in verdicts), None)


def _by_words(failure: Failure, rules: RuleBook, *, own: bool = False) -> Verdict | None:
    """Ask the message, then what the links say; the operator's own words are not asked of a wrapper's sentence."""
    links = (link for link in reversed(failure.chain) if not own or link.number not in rules.wrappers)
    texts = (failure.text, *(link.text for link in links))
    return next((verdict for text in texts if text and (verdict := rules.by_words(text, own=own))), None)


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
