"""What is said of tickets that nobody pressed for: what would be raised, what waits, and what a desk would not take."""

from collections.abc import Sequence

from bot.core.digest import Row
from bot.core.message import Block, Heading, Message, Table, Tone, paragraph, quiet
from bot.core.ticket_policy import Due, Left, Plan, TicketPolicy
from bot.wording.incident import whose
from bot.wording.phrases import Voice, count, listed, name, sentence
from bot.wording.row import row_cause

SHOWN_MAX = 30  # rows of `tickets would`
WHY_MAX = 200
ONE = {"have": "has", "are": "is", "were": "was", "fit": "fits", "their": "its"}
MANY = {word: word for word in ONE}
LEFT_WORDS = {
    Left.HAS_ONE: "already {have} a ticket",
    Left.REFUSED: "{were} not taken by {their} desk",
    Left.HELD: "{are} acknowledged, snoozed or muted",
    Left.EXCEPTED: "{are} excepted by a rule",
    Left.NO_RULE: "{fit} no rule",
    Left.BLIND: "{are} of clients that could not be read",
    Left.BASELINE: "{were} found at a client's first reading",
    Left.NO_FAILURE: "{have} no failed run, but a job without a result, a warning or a cancelled run",
}


def would_message(plan: Plan, policy: TicketPolicy, voice: Voice, *, strangers: Sequence[str] = ()) -> Message:
    """Say what the rules would raise now, and why they would not raise the rest.

    Args:
        strangers: clients that rules name and nobody is called.
    """
    if not policy.rules:
        words = "No rule raises tickets by itself. docs/tickets.md shows how to write one under desks.policy.rules."
        return Message(words, (paragraph(words),))
    title = _title(plan, policy)
    blocks: list[Block] = [Heading(title)]
    rows = [_cells(each, "now", voice) for each in plan.due]
    rows += [_cells(each, "waits", voice) for each in plan.waiting]
    if rows:
        head = ("row", "cause", "desk", "rule", "when")
        blocks.append(Table(head, tuple(rows[:SHOWN_MAX]), max(0, len(rows) - SHOWN_MAX)))
    left = [_left(why, plan.left[why]) for why in LEFT_WORDS if plan.left.get(why)]
    if left:
        blocks.append(paragraph(quiet(f"No ticket: {'; '.join(left)}.")))
    if strangers:
        named = listed([name(each) for each in strangers])
        blocks.append(paragraph(f"Rules name clients that nobody here is called: {named}."))
    return Message(title, tuple(blocks))


def _title(plan: Plan, policy: TicketPolicy) -> str:
    more = f", {len(plan.waiting):,} more would wait: the most for one refresh is {policy.most}" if plan.waiting else ""
    if policy.enabled:
        return f"Tickets by policy: {count(len(plan.due), 'is', 'are')} due now{more}"
    return f"Tickets by policy are switched off; {len(plan.due):,} would be raised now{more}"


def _cells(due: Due, when: str, voice: Voice) -> tuple[str, ...]:
    return (f"#{due.row.number}", _cause(due.row, voice), due.rule.desk, due.rule.name, when)


def _cause(row: Row, voice: Voice) -> str:
    return f"{whose(row.incidents, voice)} · {row_cause(row)}"


def _left(why: Left, number: int) -> str:
    return f"{number:,} {LEFT_WORDS[why].format(**(ONE if number == 1 else MANY))}"


def waiting_note(raised: int, waiting: int) -> Message:
    """Say that more causes fit the rules than one reading may raise tickets for."""
    done = f"{count(raised, 'ticket was', 'tickets were')} raised by policy, as many as desks.policy.most allows"
    more = "1 more cause waits" if waiting == 1 else f"{waiting:,} more causes wait"
    words = f"{done}. {more} for the next refresh; “tickets would” lists {'it' if waiting == 1 else 'them'}."
    return Message(words, (paragraph(words),), Tone.WATCH)


def unraised_words(due: Due, why: str) -> str:
    """Say, for `status`, which ticket a rule asks for and a desk did not take."""
    return sentence(f"#{due.row.number} at {due.rule.desk}, by rule {due.rule.name}: {name(why, most=WHY_MAX)}")
