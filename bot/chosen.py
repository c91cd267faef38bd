"""What app.yaml says, as the values that decisions are made with."""

from datetime import datetime, time, timedelta, tzinfo
from typing import Any
from urllib.parse import urlsplit

from bot.app_yaml import ExemptSettings, Settings, TicketRuleSettings
from bot.core.exposure import Exemption
from bot.core.policy import Policy, RecoveryPoints
from bot.core.ticket_policy import TicketPolicy, TicketRule
from bot.jobs.hearing import Hearing
from bot.wording.phrases import Voice
from classifier import RuleBook
from classifier.own import book_with
from classifier.verdict import Disposition


def hearing_of(name: str, section: Any) -> Hearing:
    """Read from a chat's settings who hears what; the console has one place, and nobody else to tell."""
    if name == "console":
        return Hearing(name, main=("main",))
    return Hearing(
        name,
        main=(section.channel,) if section.channel else (),
        clients=dict(section.clients),
        fallback=section.fallback,
        owner=section.owner,
        on_duty=section.on_duty,
        posts=section.posts,
    )


def data_centre_of(settings: Settings) -> str:
    """Name the host of the account; "" for the sandbox, which has none."""
    return urlsplit(settings.source.url).netloc if settings.source.kind == "acronis" else ""


def voice_of(settings: Settings) -> Voice:
    return Voice(settings.refresh.tzinfo, dict(settings.aliases))


def rules_of(settings: Settings) -> RuleBook:
    return book_with(settings.rules, zone=settings.refresh.tzinfo)


def policy_of(settings: Settings) -> Policy:
    """Turn the plain numbers of app.yaml into thresholds."""
    points = settings.recovery_point
    own = {
        Disposition.MONITOR: settings.policy.monitor_failed_runs,
        Disposition.SELF_HEAL: settings.policy.self_heal_failed_runs,
    }
    return Policy(
        patience={disposition: runs for disposition, runs in own.items() if runs is not None},
        lasting_for=timedelta(hours=settings.policy.lasting_hours),
        acknowledgement_lasts=timedelta(days=settings.policy.acknowledgement_days),
        reopen_within=timedelta(days=settings.policy.reopen_days),
        keep_ended=timedelta(days=settings.policy.keep_ended_days),
        cloud_clients=settings.correlation.clients_for_cloud_trouble,
        together=timedelta(hours=settings.correlation.together_hours),
        group_from=settings.correlation.machines_for_destination,
        zone=settings.refresh.tzinfo,
        recovery=RecoveryPoints(
            on=points.enabled,
            hourly=timedelta(hours=points.hourly_hours),
            daily=timedelta(hours=points.daily_hours),
            weekly=timedelta(hours=points.weekly_hours),
            monthly=timedelta(hours=points.monthly_hours),
            unknown=timedelta(hours=points.unknown_hours),
            by_kind={kind: _hours(hours) for kind, hours in points.by_kind.items()},
            by_client={client: _hours(hours) for client, hours in points.by_client.items()},
        ),
        exempt=tuple(_exemption(each, settings.refresh.tzinfo) for each in settings.no_backup_needed),
    )


def ticket_policy_of(settings: Settings) -> TicketPolicy:
    """Turn the plain words of app.yaml into rules that raise tickets."""
    policy = settings.desks.policy
    return TicketPolicy(policy.enabled, policy.most, tuple(_ticket_rule(each) for each in policy.rules))


def _ticket_rule(given: TicketRuleSettings) -> TicketRule:
    return TicketRule(
        name=given.name,
        desk=given.desk,
        leads=given.lead,
        dispositions=given.act,
        clients=given.clients,
        causes=given.causes,
        failed_runs=given.failed_runs,
        lasting=timedelta(hours=given.hours),
        also=given.also,
        one_client=given.desk == "email",  # the one desk whose reader is a client
    )


def _exemption(given: ExemptSettings, zone: tzinfo) -> Exemption:
    until = datetime.combine(given.until, time(), zone) if given.until is not None else None
    return Exemption(given.client, given.workload, given.why, until)


def _hours(given: int | str) -> timedelta | None:
    """Read a limit; None for "off"."""
    return timedelta(hours=given) if isinstance(given, int) else None
