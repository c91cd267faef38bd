"""What is read, when, how it is judged, and where fortress answers: sections of app.yaml."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, SecretStr

from bot.app_yaml.forms import Host, Hours, Name, Section, TimesOfDay, WebAddress, Zone, as_clock, lower, number, says
from classifier.facts import Kind

DEFAULT_TIMES = (time(6, 45), time(14, 45), time(22, 45))
DEFAULT_POLICY_TYPES = ("backup", "policy.backup.*", "policy.protection.total")
Level = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(lower)]


class SourceSettings(Section):
    """Where backup results are read."""

    kind: Literal["sandbox", "acronis"] = says("sandbox", "sandbox or acronis", "acronis")
    url: WebAddress = says("", "the address of the account's data centre", "https://eu2-cloud.acronis.com")
    client_id: str = says("", "the id of the API client, in quotes", '"0e6b9bb0-5f0c-4f0e-9d5e-6f0b8a3c1d2e"')
    client_secret_file: str = says("", "a readable file that holds the secret alone", "/run/secrets/acronis")
    client_secret: SecretStr | None = says(
        None, "the API client's secret, from a variable or a file", "FORTRESS_ACRONIS_SECRET=… ./fortress serve"
    )
    page_size: int = number(500, 10, 1000)
    lookback_days: int = number(90, 1, 90, of=" of days")
    policy_types: tuple[Name, ...] = says(
        DEFAULT_POLICY_TYPES, "a list of policy types, as Acronis names them", ["backup"], min_length=1
    )


class RefreshSettings(Section):
    """When results are read. `times` are in the zone."""

    times: TimesOfDay = says(
        DEFAULT_TIMES, "a list of 1 to 24 times of day", ["06:45", "14:45", "22:45"], min_length=1, max_length=24
    )
    zone: Zone = says("UTC", "the name of a time zone, as in the IANA list", "Europe/Lisbon")

    @property
    def tzinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class StoreSettings(Section):
    """Where fortress remembers."""

    kind: Literal["tinydb", "memory"] = says("tinydb", "tinydb or memory")
    folder: Path = says(Path("fortress-data"), "the path of a folder")


class WebSettings(Section):
    """Where `serve` answers. It asks nobody who they are."""

    enabled: bool = says(True, "true or false", "true")
    host: Host = says("127.0.0.1", "an address or name of this machine, without a port", "127.0.0.1")
    port: int = says(8480, "a port from 1 to 65535, or 0 for any that is free", 8480, ge=0, le=65535)


class PolicySettings(Section):
    """When something is worth saying. None: what each rule says itself."""

    monitor_failed_runs: int | None = number(None, 1, 100, example=3)
    self_heal_failed_runs: int | None = number(None, 1, 100, example=5)
    lasting_hours: int = number(12, 0, 720, of=" of hours")
    acknowledgement_days: int = number(3, 1, 90, of=" of days")
    reopen_days: int = number(7, 0, 90, of=" of days")
    keep_ended_days: int = number(90, 1, 730, of=" of days")


class CorrelationSettings(Section):
    """When several failures are one trouble."""

    clients_for_cloud_trouble: int = number(3, 2, 1000, of=" of clients")
    machines_for_destination: int = number(2, 2, 1000, of=" of machines")
    together_hours: int = number(12, 1, 168, of=" of hours")


class RecoveryPointSettings(Section):
    """How old a workload's last good backup may become. The lowest of each: a run, and some time for it."""

    enabled: bool = says(True, "true or false", "true")
    hourly_hours: int = number(6, 2, 48, of=" of hours")
    daily_hours: int = number(36, 26, 720, of=" of hours")
    weekly_hours: int = number(252, 192, 2160, of=" of hours")
    monthly_hours: int = number(1116, 768, 8760, of=" of hours")
    unknown_hours: int = number(192, 26, 8760, of=" of hours")
    by_kind: Mapping[Kind, Hours] = says(
        {},
        f"hours from 1 to 8760, or off, by kind: {', '.join(Kind)}",
        "{SQL: 24, files: off}",
    )
    by_client: Mapping[str, Hours] = says(
        {}, "hours from 1 to 8760, or off, by client id or name", '{"Acme Ltd": 24, "Our own lab": off}'
    )


class ExemptSettings(Section):
    """Workloads of a client that need no backup."""

    client: Name
    workload: Name
    why: Name
    until: date | None = None


class DigestSettings(Section):
    """How long a digest may be."""

    rows: int = number(20, 5, 200)


class LogSettings(Section):
    """What fortress says about itself."""

    level: Level = says("info", "debug, info, warning or error")
    format: Literal["text", "json"] = says("text", "text or json", "json")


def clock_warnings(refresh: RefreshSettings, *, today: date) -> tuple[str, ...]:
    """Name the refresh times that the zone skips or has twice within a year, when clocks change."""
    return tuple(
        f"refresh.times {as_clock(at)}: {what} on {day.isoformat()} in {refresh.zone}"
        for at in refresh.times
        for day in (today + timedelta(days=ahead) for ahead in range(366))
        if (what := _clock_trouble(datetime.combine(day, at, refresh.tzinfo)))
    )


def _clock_trouble(moment: datetime) -> str:
    early, late = moment.replace(fold=0).utcoffset(), moment.replace(fold=1).utcoffset()
    if early == late or early is None or late is None:
        return ""
    return "does not exist" if late > early else "comes twice"
