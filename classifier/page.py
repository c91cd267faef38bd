"""page: every rule as one Markdown page that a person reads, by error domain, party and what to do."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from classifier.citation import cited
from classifier.rule import NO_CLOCK, PATIENCE, AlertType, Match, Numbers, Rule, Service, Words, basis_of, spelling
from classifier.rulebook import DEFAULT, RuleBook
from classifier.rules import wrappers
from classifier.verdict import Disposition, Domain, Party, Patience, Retry

CODES_SHOWN = 4  # of one rule; the others stand in a list below
LEADS = (Party.MSP, Party.CLIENT, Party.ACRONIS)  # as the digest lists them
ARTICLES = ("a ", "an ", "the ")  # not looked for in an alphabet

DOMAIN_WORDS = {
    Domain.BUG: "The product tripped over itself.",
    Domain.ENVIRONMENT: "Disks, power, space, snapshots, applications and the machine around the agent.",
    Domain.NETWORK: "The way between the agent, its storage and the cloud.",
    Domain.OS_CRASH: "The machine or the agent's process ended under the backup.",
    Domain.CLOUD_PLATFORM: "Acronis' own side answered wrongly, or not at all.",
    Domain.CONFIGURATION: "Credentials, rights and plans; it does not heal by itself.",
    Domain.LICENSING: "Quotas, offering items and licences; somebody has to buy, assign or clean up.",
    Domain.NO_RESULT: "Nothing ran, nothing ended, or nothing was told. Never shown as green.",
    Domain.UNKNOWN: "",
}
RETRY_WORDS = {
    Retry.AT_START: "The agent has tried for up to two hours by then.",
    Retry.WHILE_RUNNING: "The agent has tried 30 times by then, 30 seconds apart.",
    Retry.VM_SNAPSHOT: "The agent has tried 3 times by then, 5 minutes apart.",
}
OPENING = """\
# What the errors mean

Generated from `classifier/rules/` by `python -m classifier --table`; change the rules, not this page.

**Have a code or a message?** Search this page for it, or ask the bot: `error 0x80070005` in chat, `fortress explain …`
in a terminal. Both also read whole messages, logs, JSON, links and any notation of a number. Decimal numbers, and codes
that only their family knows, do not stand here: ask the bot. Texts of messages are known in English only; in another
language go by the code.

**How to read it.** Each table is for one lead party and one thing to do. On the left stand what is wrong, who else may
have to help, and the codes; on the right what happened, the **first step**, and where it is written down. A *family*
answers for every code of its kind that no other rule knows: it tells the direction, not the reason.

The innermost telling code of a failure decides. Codes come before messages; wrappers (at the end) never decide.

| what to do | means |
|---|---|
| act now | it will not go away; start today |
| monitor | look again at the next run; *act now* after 3 failed runs in a row, or as many as the row says |
| self-heal | the next run mostly mends it; else *act now* after 3 failed runs in a row, or as many as the row says |
| ignore for now | there is no result yet; wait for one complete refresh, or as many as the row says |
"""


def page(rules: RuleBook = DEFAULT) -> str:
    """Write every rule as one Markdown page."""
    parts = (OPENING, *_contents(rules.rules), *_sections(rules.rules), *_more_codes(rules.rules), *_wrappers())
    return "\n".join([*parts, ""])


# --- what the page holds ----------------------------------------------------------------------------------------


def _contents(rules: Iterable[Rule]) -> Iterator[str]:
    by_domain = _by_domain(rules)
    yield "## Contents\n"
    yield f"| error domain | rules | {' | '.join(Disposition)} |"
    yield f"|---|{'--:|' * (1 + len(Disposition))}"
    for domain, inside in by_domain.items():
        counts = Counter(rule.disposition for rule in inside)
        cells = " | ".join(str(counts[each] or "") for each in Disposition)
        yield f"| [{domain}](#{_anchor(domain)}) | {len(inside)} | {cells} |"
    yield f"| [Wrappers](#wrappers) | {len(wrappers.NUMBERS) + len(wrappers.NAMES)} |{' |' * len(Disposition)}"
    yield f"\n{_grounds([rule for inside in by_domain.values() for rule in inside])}\n"


def _grounds(rules: list[Rule]) -> str:
    """Say what the rules rest on."""
    public = sum("http" in rule.source for rule in rules)
    given = sum("4TRESS" in rule.source for rule in rules)
    sure = sum(not rule.inferred for rule in rules)
    codes = sum(len(rule.matches) for rule in rules)
    return (
        f"**What they rest on.** {len(rules)} rules know {codes:,} codes, titles and phrases. {public} rest on public "
        f"pages, linked in the row; {given} on the document this bot was made from; the others on what was seen, as "
        f"the row says. Such a source tells what happened. Who acts, and when, it says itself for {sure} rules, marked "
        f"*as the source says*; for the other {len(rules) - sure} that is our judgement."
    )


def _by_domain(rules: Iterable[Rule]) -> dict[Domain, list[Rule]]:
    found: dict[Domain, list[Rule]] = {domain: [] for domain in Domain}
    for rule in sorted(rules, key=_alphabetically):
        found[rule.domain].append(rule)
    return {domain: inside for domain, inside in found.items() if inside}


def _anchor(title: str) -> str:
    return title.casefold().replace(" ", "-")


def _sections(rules: Iterable[Rule]) -> Iterator[str]:
    for domain, inside in _by_domain(rules).items():
        yield f"## {domain}\n\n{DOMAIN_WORDS[domain]}\n"
        for disposition in Disposition:
            for party in LEADS:
                group = [rule for rule in inside if (rule.lead, rule.disposition) == (party, disposition)]
                if group:
                    yield f"### {party}: {disposition} ({len(group)})\n"
                    yield "| what is wrong | what happened, and the first step |"
                    yield "|---|---|"
                    yield from (f"| {'<br>'.join(_left(rule))} | {'<br>'.join(_right(rule))} |" for rule in group)
                    yield ""


# --- one rule ---------------------------------------------------------------------------------------------------


def brief(rule: Rule) -> str:
    return rule.verdicts[basis_of(rule.matches[0])].brief


def _alphabetically(rule: Rule) -> tuple[str, str]:
    words = brief(rule).casefold()
    article = next((each for each in ARTICLES if words.startswith(each)), "")
    return words.removeprefix(article), rule.name


def _left(rule: Rule) -> Iterator[str]:
    marks = ", *family*" if any(isinstance(match, Service | Numbers) for match in rule.matches) else ""
    others = f", with {' and '.join(rule.parties[1:])}" if len(rule.parties) > 1 else ""
    yield f"**{_cell(brief(rule))}**{others}{marks}"
    codes = _codes(rule)
    is_folded = len(codes) > CODES_SHOWN + 1
    shown = codes[:CODES_SHOWN] if is_folded else codes
    numbers = " ".join(code for code in shown if code.startswith("`0x"))
    lines = [line for line in (numbers, *(code for code in shown if not code.startswith("`0x"))) if line]
    if is_folded:
        lines.append(f"[and {len(codes) - CODES_SHOWN} more](#codes-{rule.name})")
    yield from lines


def _codes(rule: Rule) -> list[str]:
    """Spell the matches of a rule, each once."""
    return list(dict.fromkeys(_spelt(match) for match in rule.matches))


def _spelt(match: Match) -> str:
    if isinstance(match, Words):
        return _cell(spelling(match))
    if isinstance(match, AlertType) and " " in match.name:
        return f"alert “{_cell(match.name)}”"
    return f"`{spelling(match)}`"


def _right(rule: Rule) -> Iterator[str]:
    yield _cell(rule.cause)
    yield f"**First:** {_cell(rule.first_step)}"
    notes = [_cell(rule.note), _when(rule), RETRY_WORDS[rule.retried] if rule.retried else ""]
    if any(notes):
        yield f"*{' '.join(note for note in notes if note)}*"
    given = "" if rule.inferred else " · *as the source says*"
    yield f"<sub>{_linked(rule.source)}{given} · rule `{rule.name}`</sub>"


def _when(rule: Rule) -> str:
    """Say after how much it becomes act now, when that is not what the page's opening says."""
    patience = rule.patience
    if patience == PATIENCE[rule.disposition]:
        return ""
    if patience == NO_CLOCK:
        return "Not a backup run, so it never becomes act now by itself."
    return f"Act now after {_span(patience)}."


def _span(patience: Patience) -> str:
    if patience.refreshes is not None:
        return f"{patience.refreshes} {'refresh' if patience.refreshes == 1 else 'refreshes'}"
    return f"{patience.failed_runs} failed {'run' if patience.failed_runs == 1 else 'runs in a row'}"


# --- the lists at the end ---------------------------------------------------------------------------------------


def _more_codes(rules: Iterable[Rule]) -> Iterator[str]:
    folded = [rule for rule in rules if len(_codes(rule)) > CODES_SHOWN + 1]
    if not folded:
        return
    yield "## All codes of the rules that have many\n"
    for rule in sorted(folded, key=_alphabetically):
        where = f"[{rule.domain}](#{_anchor(rule.domain)}), {rule.lead}: {rule.disposition}"
        yield f'<a id="codes-{rule.name}"></a>**{_cell(brief(rule))}** ({where}): {" ".join(_codes(rule))}\n'


def _wrappers() -> Iterator[str]:
    yield "## Wrappers\n\nThey say where a failure surfaced, never why. Look beneath them.\n"
    yield "| number | says only that |"
    yield "|---|---|"
    yield from (f"| `0x{number:08X}` | {_cell(words)} |" for number, words in sorted(wrappers.NUMBERS.items()))
    yield f"\nNames that wrap: {', '.join(f'`{name}`' for name in sorted(wrappers.NAMES))}."


# --- Markdown ---------------------------------------------------------------------------------------------------


def _cell(text: str) -> str:
    return re.sub(r"([|<>*_\[\]`\\])", r"\\\1", " ".join(text.split()))


def _linked(source: str) -> str:
    """Write a source with its addresses as links."""
    links = (f"[{_cell(words)}]({address})" if address else _cell(words) for words, address in cited(source))
    return "; ".join(links)
