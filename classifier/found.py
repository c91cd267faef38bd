"""Found: one answer of a look-up, and the words for how sure it is."""

import msgspec

from classifier.classify import UNKNOWN
from classifier.rulebook import DEFAULT
from classifier.verdict import Basis, Verdict

SURE = {
    Basis.EXACT_CODE: "known by its exact code",
    Basis.NUMERIC_CHAIN: "known by its number",
    Basis.HRESULT: "known by its Windows code",
    Basis.ALERT_TYPE: "known by its alert alone",
    Basis.PATTERN: "known by its words alone",
    Basis.FAMILY: "known by its family alone",
    Basis.CORRELATION: "known by how many have it",
    Basis.NONE: "no rule knows it",
}
NO_RULE = "No rule knows it. Write one: docs/own-rules.md"
_OURS = frozenset(rule.name for rule in DEFAULT.rules)


class Found(msgspec.Struct, frozen=True):
    """One answer.

    Attributes:
        matched: what in the question matched, spelt as Acronis does.
        verdict: what it means, whose rule says so and how sure it is; None for what means nothing by itself:
            a wrapper, a step, a line tag.
        note: what the bare match does not say: how a number was read, that only its family is known; without a
            verdict the whole answer, in words that stand by themselves.
        exact: False for a suggestion, something that only looks alike.
        by: what it was found by, when that is nothing the rule matches (`the rule's name`); else "".
    """

    matched: str
    verdict: Verdict | None = None
    note: str = ""
    exact: bool = True
    by: str = ""

    @property
    def rule(self) -> str:
        """Name the rule that answered; what means nothing by itself answers for itself."""
        return self.verdict.rule if self.verdict else self.matched

    def noted(self, how: str) -> "Found":
        """Say first how the question was read; "" leaves it as it is."""
        joint = "; " if self.verdict else ": "
        return msgspec.structs.replace(self, note=joint.join(part for part in (how, self.note) if part))

    @property
    def by_family(self) -> bool:
        """Tell an answer for the whole family, given because the thing itself is not known."""
        return self.exact and self.verdict is not None and self.verdict.basis is Basis.FAMILY


def how_sure(verdict: Verdict, by: str = "") -> str:
    """Say what an answer rests on, and when it is our judgement; an operator's own rule is theirs."""
    ours = "; who acts is our judgement" if verdict.inferred and not verdict.own else ""
    return f"found by {by}{ours}" if by else f"{SURE[verdict.basis]}{ours}"


def whose_rule(verdict: Verdict) -> str:
    """Name the rule that answered, and say when it is the operator's, or one of ours that they changed."""
    if not verdict.own:
        return f"rule {verdict.rule}"
    is_ours = verdict.rule in _OURS
    return f"our rule {verdict.rule}, as you changed it in app.yaml" if is_ours else f"your own rule {verdict.rule}"


def is_unknown(verdict: Verdict) -> bool:
    return verdict.rule == UNKNOWN
