"""Where the knowledge comes from. A code without a public page never points at a vendor address."""

OVERVIEW = "4TRESS Use Case Overview 3.0"
ALERT_GUIDE = (
    "Acronis user guide 26.02, Alert types: "
    "https://www.acronis.com/en/support/documentation/CyberProtectionService/#alert-types-categories.html"
)
ERROR_HANDLING = (
    "Acronis user guide 26.02, Error handling: "
    "https://www.acronis.com/en/support/documentation/CyberProtectionService/#error-handling.html"
)
SIEM_SAMPLE = (
    "Acronis user guide 26.02, the alert of the SIEM chapter: "
    "https://www.acronis.com/en/support/documentation/CyberProtectionService/#siem-examples-cefalert.html"
)
ACCOUNT_API = "https://developer.acronis.com/doc/outbound/apis/api-library/account/error-codes.html"
POLICY_API = "https://developer.acronis.com/doc/outbound/apis/api-library/resource-policy/error-codes.html"
SEEN_LIVE = (
    "the code was seen in a live account by a public report tool "
    "(github.com/oness24/acronis_report_tool, automation/config/error_codes_pt.json); the advice is ours"
)
SEEN_LIVE_ALERT = (
    "the alert type was seen in a live account by a public report tool "
    "(github.com/oness24/acronis_report_tool, automation/config/alert_types_pt.json); the advice is ours"
)
TASK_API = "Acronis Task Manager API v2 (OpenAPI), result codes"

WIN32 = "https://learn.microsoft.com/en-us/windows/win32/debug/system-error-codes"
WININET = "https://learn.microsoft.com/en-us/windows/win32/wininet/wininet-errors"
HTTP = "https://www.rfc-editor.org/rfc/rfc9110#name-status-codes"
VSS = "Microsoft Windows SDK, header vsserror.h"
VSS_WRITER = (
    "https://learn.microsoft.com/en-us/windows/desktop/api/vswriter/nf-vswriter-cvsswriterex2-setwriterfailureex"
)


def forum(*topics: str) -> str:
    """Point at threads of the Acronis forum where the number or message was met."""
    return "; ".join(f"https://forum.acronis.com/forum/{topic}" for topic in topics)


def kb(number: int) -> str:
    """Point at an article of Acronis' knowledge base."""
    return f"https://kb.acronis.com/content/{number}"
