"""Errors in the shapes Acronis sends them: a named error, and a chain of numbered ones inside it.

Texts and places in source files are invented; numbers are module << 16 | code, wrappers first.
"""

import msgspec

from bot.net.http import JSON

WRAPPER = (0x0135_0016, "TOL: Failed to execute the command. Backing up")
WINDOWS = 0x0000_FFF0  # "a Windows error": its HRESULT stands in fields.code


class Trouble(msgspec.Struct, frozen=True):
    """What went wrong, as the vendor would report it.

    Attributes:
        chain: (number, text) from outermost to innermost, wrappers not included.
        hresult: the Windows error at the bottom; 0 when there is none.
    """

    code: str
    domain: str
    text: str
    chain: tuple[tuple[int, str], ...] = ()
    hresult: int = 0

    @property
    def numbers(self) -> tuple[tuple[int, str], ...]:
        bottom = ((WINDOWS, "Windows error"),) if self.hresult else ()
        return (WRAPPER, WRAPPER, *self.chain, *bottom)

    @property
    def ser_code(self) -> str:
        spelled = [f"0x{number:08X}" for number, _ in self.numbers]
        return "+".join([*spelled, *([f"0x{self.hresult:08X}"] if self.hresult else [])])


DISK_FULL = Trouble(
    "BackupDestinationDiskFullWithPartition",
    "environment",
    "There is not enough free space on the disk 'D:'.",
    (
        (0x00A1_00D4, "Failed to write to the backup location 'D:\\Backups'."),
        (0x0004_0023, "Not enough space on the disk."),
    ),
    0x8007_0070,
)
CORRUPTED = Trouble(
    "BackupCorrupted",
    "environment",
    "The backup is corrupted.",
    ((0x00A1_00D4, "Failed to open the backup archive."), (0x00A1_0123, "The checksum of a slice does not match.")),
)
UNKNOWN = Trouble(
    "", "Common", "The operation ended with an unexpected state.", ((0x01E5_0023, "Unexpected state 35."),)
)
CONSENT = Trouble(
    "",
    "Common",
    "AADSTS65001: The user or administrator has not consented to use the application.",
)
NAS_AWAY = Trouble(
    "CannotConnectToMachineWithBackupDestination",
    "environment",
    "Cannot connect to the machine 'NAS01' with the backup destination.",
    ((0x00A1_00D4, "Failed to open the location '\\\\NAS01\\backup'."),),
    0x8007_0035,
)
CLOUD_AWAY = Trouble(
    "CloudStorageUnavailable",
    "cloud_platform",
    "The cloud storage is temporarily unavailable.",
    (
        (0x00A1_00D4, "Failed to open the archive in the cloud."),
        (0x0127_0100, "Storage client error."),
        (0x0247_000D, "Request failed: 503 Service Unavailable."),
    ),
)
SHUT_DOWN = Trouble(
    "MemoErrorGracefulShutdown",
    "environment",
    "The machine was shut down while the backup was running.",
    ((0x0135_0029, "The activity was interrupted."),),
)
VSS = Trouble(
    "InternalError",
    "Common",
    "An internal error has occurred.",
    ((0x0010_C448, "Failed to create the volume snapshot."), (0x0007_0021, "The shadow copy provider refused.")),
    0x8004_2306,
)
LOCKED = Trouble(
    "FileLockErrorPath",
    "environment",
    "Failed to lock the archive file.",
    ((0x0040_01FB, "Failed to lock the file 'FS1.tibx'."),),
    0x8007_0020,
)
NO_WRITER = Trouble(
    "MemoVssProviderDoesNotSupportVolume",
    "environment",
    "The snapshot provider does not support one of the volumes; it was backed up without a snapshot.",
    ((0x015D_06B1, "A volume was skipped by the snapshot."),),
    0x8007_0032,
)
NO_HOST = Trouble(
    "NetworkConnectionFailedHost",
    "environment",
    "Failed to connect to the host.",
    ((0x0024_0008, "The connection was closed."),),
    0x8007_274C,
)
CRASHED = Trouble(
    "MemoErrorCrashUnknown",
    "environment",
    "The backup agent's service stopped unexpectedly while the backup was running.",
    ((0x0135_0029, "The activity was interrupted."),),
)
QUOTA_FULL = Trouble(
    "ResourceQuotaExceeded",
    "Licensing",
    "The quota of cloud storage is used up.",
    ((0x00A1_00D4, "Failed to write to the archive in the cloud."),),
)
STOPPED = Trouble("OperationCanceledByUser", "environment", "The operation was cancelled by the user.")


def domain_error(trouble: Trouble, *, workload: str, command: str) -> dict[str, JSON]:
    """Spell a trouble as `result.error` does: the name on top, the chain inside `context._src`."""
    return {
        "domain": trouble.domain,
        "code": trouble.code,
        "reason": trouble.code,
        "context": {
            "effect_str": WRAPPER[1],
            "cause_str": trouble.text,
            "operation": command,
            "_src": chained(trouble, workload=workload, command=command),
        },
        "kbLink": kb_link(trouble),
    }


def wrapping_error(*, workload: str) -> dict[str, JSON]:
    """Spell what a plan's root says of its failed step: next to nothing."""
    said = "Step 'Backup' has failed. 2 activities have not succeeded. One of them is displayed."
    wrapper = Trouble("InternalError", "Common", said)
    return {
        "domain": "Common",
        "code": "InternalError",
        "reason": "InternalError",
        "context": {"effect_str": said, "cause_str": said, "MachineName": workload},
        "kbLink": {**kb_link(wrapper), "serCode": "0x01330029+0x01350035"},
    }


def error_message(trouble: Trouble, *, alert: str) -> dict[str, JSON]:
    """Spell a trouble as an alert's `details.errorMessage` does: its own serCode begins with the alert type."""
    link = kb_link(trouble)
    return {
        "code": trouble.code,
        "domain": trouble.domain,
        "reason": trouble.code,
        "serCode": trouble.ser_code,
        "context": {"cause_str": trouble.text, "effect_str": WRAPPER[1]},
        "kbLink": {**link, "serCode": f"{alert}+{trouble.ser_code}"},
    }


def kb_link(trouble: Trouble) -> dict[str, JSON]:
    return {
        "build": 30117,
        "lineTag": _tag(trouble.numbers[-1][0]),
        "os": "Windows",
        "product": "cloud",
        "serCode": trouble.ser_code,
        "version": "15.0",
    }


def chained(trouble: Trouble, *, workload: str, command: str) -> dict[str, JSON]:
    """Nest the chain as `details.error` does, the outermost on top."""
    inner: dict[str, JSON] = {}
    for number, text in reversed(trouble.numbers):
        fields: dict[str, JSON] = {"$module": "disk_bundle_vsa64_30117", "AgentName": workload, "CommandID": command}
        if number == WINDOWS:
            fields = {"$module": "disk_bundle_vsa64_30117", "code": trouble.hresult}
        inner = {
            "code": number,
            "fields": fields,
            "src": {"file": "x:\\sandbox\\invented.cpp", "func": "Sandbox::Invented", "line": 7, "tag": _tag(number)},
            "suberror": inner,
            "text": text,
            "types": dict.fromkeys(fields, "A"),
        }
    return inner


def _tag(number: int) -> str:
    return f"0x{(number * 0x9E37_79B9_7F4A_7C15) & 0xFFFF_FFFF_FFFF_FFFF:016X}"
