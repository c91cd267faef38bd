"""What a backup failure means. Pure: values in, values out; knows nothing of the bot around it."""

from classifier.classify import classify, leaf, telling_name
from classifier.facts import JobFacts
from classifier.failure import Cause, Failure
from classifier.found import Found
from classifier.lookup import find
from classifier.rule import Rule
from classifier.rulebook import RuleBook
from classifier.shapes import read_failure
from classifier.verdict import Basis, Concern, Disposition, Domain, Party, Patience, Verdict

__all__ = [
    "Basis",
    "Cause",
    "Concern",
    "Disposition",
    "Domain",
    "Failure",
    "Found",
    "JobFacts",
    "Party",
    "Patience",
    "Rule",
    "RuleBook",
    "Verdict",
    "classify",
    "find",
    "leaf",
    "read_failure",
    "telling_name",
]
