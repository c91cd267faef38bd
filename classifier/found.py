"""Found: one answer of a look-up."""

import msgspec

from classifier.verdict import Basis, Verdict


class Found(msgspec.Struct, frozen=True):
    """One answer.

    Attributes:
        matched: what in the question matched, spelt as Acronis does.
        verdict: what it means, whose rule says so and how sure it is; None for what means nothing by itself:
            a wrapper, a step, a line tag.
        note: what the bare match does not say: that it is a wrapper, how a number was read, that only its
            family is known.
        exact: False for a suggestion, something that only looks alike.
    """

    matched: str
    verdict: Verdict | None = None
    note: str = ""
    exact: bool = True

    @property
    def rule(self) -> str:
        """Name the rule that answered; what means nothing by itself answers for itself."""
        return self.verdict.rule if self.verdict else self.matched

    def noted(self, how: str) -> "Found":
        """Say first how the question was read; "" leaves it as it is."""
        return msgspec.structs.replace(self, note="; ".join(part for part in (how, self.note) if part))

    @property
    def by_family(self) -> bool:
        """Tell an answer for the whole family, given because the thing itself is not known."""
        return self.exact and self.verdict is not None and self.verdict.basis is Basis.FAMILY
