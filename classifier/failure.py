"""What went wrong, as Acronis reported it. Values only: nothing here judges."""

import msgspec

HRESULT_MIN = 0x8000_0000  # a number this large is a Windows HRESULT; Acronis' own are module << 16 | code


class Cause(msgspec.Struct, frozen=True, gc=False):
    """One link of the cause chain.

    Attributes:
        number: 32 bits: module << 16 | code, or an HRESULT.
        text: Acronis' words for this link, in the language of its agent; "" when none was given.
        name: a name that a service or library gave at this depth (`CANotFoundErr`); "" when none.
        module: that service's own name (`STORAGE_MANAGER`); "" when none.
    """

    number: int
    text: str = ""
    name: str = ""
    module: str = ""

    @property
    def is_hresult(self) -> bool:
        return self.number >= HRESULT_MIN

    @property
    def code(self) -> str:
        """Spell the number as Acronis does: eight hex digits."""
        return f"0x{self.number:08X}"


class Failure(msgspec.Struct, frozen=True, gc=False):
    """A failed, warned or missing backup run, in the vendor's words.

    Attributes:
        code: the vendor's name for it (`CloudStorageUnavailable`); "" when it gave none.
        module: what the vendor calls the error's domain (`cloud_platform`, `Common`); "" when none.
        chain: causes, outermost to innermost.
        text: the sentence Acronis shows for it; "" when none.
        tag: the vendor's line tag, which its support asks for; "" when none.
        alert: the type of the alert that carried it (`BackupFailed`); "" when none did.
        inner: names found beneath the top one, outermost to innermost.
        build: the agent build that reported it; "" when unknown.
        others: what else failed in the same run, beside it and not beneath it.
    """

    code: str = ""
    module: str = ""
    chain: tuple[Cause, ...] = ()
    text: str = ""
    tag: str = ""
    alert: str = ""
    inner: tuple[str, ...] = ()
    build: str = ""
    others: tuple["Failure", ...] = ()

    @property
    def says_nothing(self) -> bool:
        """True when there is nothing to judge by: no name, no number, no text, no alert."""
        return not (self.code or self.chain or self.text or self.alert or self.inner)
