"""What is said of clients that are looked for in a ticket system."""

from collections.abc import Sequence

from bot.core.company import Company
from bot.wording.phrases import count


def companies_lines(companies: Sequence[Company], path: str) -> tuple[str, ...]:
    """Say what stands in the file now, and what a person has to do with it."""
    done = sum(each.is_confirmed and each.theirs is not None for each in companies)
    found = sum(not each.is_confirmed and each.theirs is not None for each in companies)
    lines = [
        f"{path} is written: {count(len(companies), 'client')}, {done:,} confirmed, {found:,} proposed by name "
        f"or given by hand, {len(companies) - done - found:,} without one."
    ]
    if done < len(companies):
        lines.append("Compare the names, correct the ids, and put yes under Confirmed: only such rows count.")
    return tuple(lines)
