"""What a failure means: whose it is, what to do, by when, and how sure we are."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Domain(StrEnum):
    """Error domains. The first four are named by the source document, the others are ours."""

    BUG = "Bug"
    ENVIRONMENT = "Environment"
    NETWORK = "Network"
    OS_CRASH = "Operating System Crash"
    CLOUD_PLATFORM = "Cloud Platform"
    CONFIGURATION = "Configuration"
    LICENSING = "Licensing"
    NO_RESULT = "No Result"
    UNKNOWN = "Unknown"


class Party(StrEnum):
    """Who can act. An outside cause (Microsoft, VMware, an ISP) is a note; the MSP chases it."""

    ACRONIS = "Acronis"
    MSP = "MSP"
    CLIENT = "Client"


class Disposition(StrEnum):
    """What to do with it now."""

    ACT_NOW = "act now"
    MONITOR = "monitor"
    SELF_HEAL = "self-heal"
    IGNORE = "ignore for now"


URGENCY = {Disposition.IGNORE: 0, Disposition.SELF_HEAL: 1, Disposition.MONITOR: 2, Disposition.ACT_NOW: 3}


class Basis(StrEnum):
    """What the verdict rests on, the surest first."""

    EXACT_CODE = "exact code"
    NUMERIC_CHAIN = "numeric chain"
    HRESULT = "HRESULT"
    ALERT_TYPE = "alert type"
    PATTERN = "pattern"
    FAMILY = "family"
    CORRELATION = "correlation"
    NONE = "none"


class Concern(StrEnum):
    """What is broken: the one workload, or something that others share with it."""

    WORKLOAD = "workload"
    DESTINATION = "destination"
    CLOUD_STORAGE = "cloud storage"


class Retry(StrEnum):
    """What the agent does by itself before such an error reaches anybody.

    Source:
        Acronis user guide 26.02, Error handling (the presets; a plan may say otherwise)
    """

    AT_START = "tried for up to two hours at the start"
    WHILE_RUNNING = "tried 30 times, 30 seconds apart"
    VM_SNAPSHOT = "tried 3 times, 5 minutes apart"


class Patience(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """How long a failure may last before somebody must act. None: that clock does not count; both: none does.

    Attributes:
        failed_runs: runs of the same backup that failed in a row, the first included.
        refreshes: complete scheduled reads of the client (only for a job without a result).
    """

    failed_runs: int | None = None
    refreshes: int | None = None


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """The answer to "whose is it, and what now?".

    Attributes:
        rule: name of the rule that answered; "unknown" when none did.
        lead: the one party the digest counts it under.
        parties: everybody who may have to act, the lead first.
        brief: what is wrong in a few words, to stand in the middle of a line ("backup destination full").
        inferred: True when an engineer's judgement stands behind it, not a published source.
        note: an outside cause or caveat worth one sentence; "" when none.
        concerns: what is broken, so that many failures with one cause can be told as one.
        source: where it is written down.
        unknown_leaf: the innermost code, when no rule knows it and only something half-telling answered; else "".
        retried: what the agent had tried by itself when this was reported; None when nothing, or not known.
        own: True when the operator's own rule answered, or changed what ours says.
        muted_until: the operator wants no word of it before this; None when it is not muted.
        muted_why: their reason; "" when they gave none.
    """

    rule: str
    domain: Domain
    lead: Party
    parties: tuple[Party, ...]
    disposition: Disposition
    patience: Patience
    cause: str
    first_step: str
    source: str
    basis: Basis
    inferred: bool = False
    note: str = ""
    brief: str = ""
    concerns: Concern = Concern.WORKLOAD
    unknown_leaf: str = ""
    retried: Retry | None = None
    own: bool = False
    muted_until: datetime | None = None
    muted_why: str = ""

    @property
    def how_sure(self) -> str:
        """Name the basis, and say when it is our judgement ("exact code, inferred")."""
        return f"{self.basis}, inferred" if self.inferred else str(self.basis)
