"""Cloud Platform: Acronis' own side answered wrongly or not at all."""

from functools import partial

from classifier.failure import Cause, Failure
from classifier.rule import NO_CLOCK, Code, Number, Words, row
from classifier.rules.sources import ERROR_HANDLING, HTTP, POLICY_API, SIEM_SAMPLE, forum, kb
from classifier.verdict import Concern, Disposition, Domain, Party, Patience, Retry

ACT_NOW, MONITOR, SELF_HEAL = Disposition.ACT_NOW, Disposition.MONITOR, Disposition.SELF_HEAL
ACRONIS, MSP = Party.ACRONIS, Party.MSP
TWICE = Patience(failed_runs=2)

rule = partial(row, Domain.CLOUD_PLATFORM)

RULES = (
    rule(
        "storage-not-discovered",
        Code("MemoFailedToDiscoverFesUri"),
        brief="cloud storage address not found",
        who=ACRONIS,
        act=ACT_NOW,
        concerns=Concern.CLOUD_STORAGE,
        inferred=False,
        cause="Acronis' storage manager does not know where this account's cloud storage is: it answered that it was not found.",
        first_step="Open a case with Acronis; give the line tag, the chain of codes, the tenant and the data centre.",
        source=SIEM_SAMPLE,
        example=Failure(
            code="MemoFailedToDiscoverFesUri",
            module="cloud_platform",
            chain=(
                Cause(0x01350016),
                Cause(0x01350016),
                Cause(0x00A100D4),
                Cause(0x01270100, name="CANotFoundErr", module="STORAGE_MANAGER"),
                Cause(0x0247000D),
            ),
        ),
    ),
    rule(
        "authority-not-found",
        Code("CANotFoundErr"),
        brief="authority id not known to the cloud storage",
        who=ACRONIS,
        act=ACT_NOW,
        concerns=Concern.CLOUD_STORAGE,
        cause="Acronis' storage manager says that it does not know this authority id (CANotFoundErr).",
        first_step="Open a case with Acronis; give the line tag, the chain of codes, the tenant and the data centre.",
        source=SIEM_SAMPLE,
        example=Failure(
            chain=(
                Cause(0x01350016),
                Cause(0x01270100, name="CANotFoundErr", module="STORAGE_MANAGER"),
                Cause(0x0247000D),
            )
        ),
    ),
    rule(
        "cloud-service-refused",
        Number(0x0247000D),
        Number(0x01270100),
        Number(0x02470001),
        who=(ACRONIS, MSP),
        act=MONITOR,
        patience=TWICE,
        yields=True,
        cause="A service of Acronis' cloud answered with an error.",
        first_step="Read the answer's number in the log: with 5xx the fault is at Acronis, with 401 or 403 it is the agent's registration.",
        source=SIEM_SAMPLE,
    ),
    rule(
        "archive-registry-failed",
        Number(0x02470017),
        Number(0x02900003),
        Code("ReasonConflict"),
        brief="cloud's archive list failed",
        who=ACRONIS,
        act=MONITOR,
        patience=TWICE,
        cause="Acronis' archive registry failed while it noted the backup.",
        first_step="Watch the next run; if it fails too, open a case with Acronis with the line tag.",
        source=forum("acronis-cyber-protect-cloud-forum/acronis-cpanel-plugin-compatible-almalinux-84"),
    ),
    rule(
        "front-end-not-found",
        Number(0x02710001),
        Number(0x02720136),
        Number(0x02720133),
        who=(ACRONIS, MSP),
        act=MONITOR,
        concerns=Concern.CLOUD_STORAGE,
        patience=TWICE,
        retried=Retry.AT_START,
        cause="The agent did not get from Acronis' registration or certification server what it needs to find its storage.",
        first_step="Check that machine's way to the cloud; if others at this data centre fail alike, the fault is at Acronis.",
        source=forum("acronis-backup-cloud-forum/backup-failed-error"),
    ),
    rule(
        "front-end-certificate-refused",
        Number(0x02710003),
        Number(0x02030010),
        who=(MSP, ACRONIS),
        act=ACT_NOW,
        cause="The cloud's front-end server does not accept the agent's certificate.",
        first_step="Restart the agent's services so that it fetches a new certificate, or register the agent again.",
        source=forum("acronis-backup-cloud-forum/backups-fail-certificate-not-accepted-front-end-server-after-ssl"),
    ),
    rule(
        "cloud-storage-slow",
        Words("[Archive Server]: storage request timeout"),
        Words("Cloud storage is temporarily unavailable"),
        who=(ACRONIS, MSP),
        act=MONITOR,
        concerns=Concern.CLOUD_STORAGE,
        retried=Retry.AT_START,
        cause="Acronis' storage reports that it is busy or did not answer in time.",
        first_step="Watch the next run; if several clients of one data centre fail, open one case with Acronis.",
        source=f"{kb(70619)}; {forum('acronis-cyber-protect-cloud-forum/acronis-cyber-protect-cloud-backups-fail-cloud-storage-temporarily-unavailable-eu2-and-eu8-dcs')}",
    ),
    rule(
        "cloud-service-overloaded",
        Code("HTTP 503"),
        Code("HTTP 429"),
        Code("HTTP 502"),
        Code("HTTP 504"),
        brief="Acronis service did not serve the agent",
        who=(ACRONIS, MSP),
        act=SELF_HEAL,
        yields=True,
        retried=Retry.AT_START,
        cause="A service of Acronis' cloud was overloaded, or a gateway on the way to it did not get an answer.",
        first_step="Leave it to the next run; if several clients of one data centre fail, look at Acronis' status page.",
        source=ERROR_HANDLING,
    ),
    rule(
        "cloud-service-broke",
        Code("HTTP 500"),
        brief="Acronis service failed inside",
        who=(ACRONIS, MSP),
        act=MONITOR,
        patience=Patience(failed_runs=2),
        yields=True,
        cause="A service of Acronis' cloud answered that it failed inside.",
        first_step="Watch the next run; if it fails too, open a case with Acronis with the answer and the data centre.",
        source=HTTP,
    ),
    rule(
        "archive-server-internal-error",
        Words("[Archive Server]: internal error"),
        who=ACRONIS,
        act=MONITOR,
        concerns=Concern.CLOUD_STORAGE,
        patience=TWICE,
        cause="Acronis' archive server failed inside.",
        first_step="Watch the next run; if it fails too, open a case with Acronis and name the data centre.",
        source=kb(70333),
    ),
    rule(
        "cloud-api-internal-error",
        Code("InternalServerError"),
        who=ACRONIS,
        act=MONITOR,
        patience=NO_CLOCK,
        cause="A service of Acronis' cloud met something it did not expect.",
        first_step="Repeat the request after a while; if it lasts, look at the status page and open a case with Acronis.",
        source=POLICY_API,
    ),
)
