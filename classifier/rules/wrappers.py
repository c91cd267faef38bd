"""Numbers and names that never decide: they say where a failure surfaced, and the reason lies beneath them."""

from classifier.shapes import ENDINGS

NUMBERS = {
    0x0000_0009: "unknown status",
    0x0000_005C: "server unavailable, reason beneath",
    0x0000_FFF0: "Windows error: the HRESULT follows",
    0x0001_0424: "operations could not be committed",
    0x0001_0425: "no words of its own, between two other links",
    0x0053_008B: "the task ended with errors",
    0x0053_0128: "a method failed",
    0x0072_803B: "backup of virtual machines failed",
    0x0072_804D: "a virtual machine was not backed up",
    0x0072_804E: "not all virtual machines were backed up",
    0x0095_000D: "the requested operation was not performed",
    0x0098_0028: "no words of its own, beneath a file error",
    0x0098_0410: "no words of its own, beneath a file error",
    0x00A1_00FC: "names the archive's file",
    0x00F9_0004: "resolving what to back up",
    0x0133_0029: "a command failed",
    0x0133_002B: "an internal command failed while resolving the items to back up",
    0x0135_0016: "a command failed (20250646, or 22 of module 309)",
    0x0135_0035: "several activities failed, one of them is shown",
    0x014B_002C: "an item failed while it was computed",
    0x0149_0002: "a step of the plan failed",
    0x0149_0003: "the backup failed",
    0x015D_0323: "a task failed",
    0x026F_0067: "an application component failed",
    0x02A1_01F4: "the backup failed",
    0x8000_4005: "Windows' unspecified failure",
}

# Names are looked at only when nothing deeper tells; a rule may still stand behind one (InternalError).
NAMES = ENDINGS | {"InternalError", "internalError", "SystemErrorWindows", "BackupFailed", "ActivityFailed"}
