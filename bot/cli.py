"""The command line: what an operator types. Every command ends with one clear line when it cannot go on."""

import getpass
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot import logs
from bot import settings as reading
from bot.adapters import COMPANIES, DOCTORS, MANIFESTS, PROVISIONS, load
from bot.app import App, build, examine
from bot.app import provision as set_up
from bot.app_yaml import Settings, describe
from bot.chats.console.chat import ConsoleChat, talk
from bot.commands import BY_VERB, COMMANDS, read_intent
from bot.core.company import proposed, sheet_of
from bot.core.intent import Actor, Form
from bot.core.memory import Run
from bot.core.message import clean
from bot.errors import Refused, Unavailable
from bot.jobs.announce import digest_of
from bot.wording.company import companies_lines

FAILED, MISUSED = 1, 2  # exit codes
SIGNS = {"fine": "ok   ", "wrong": "WRONG", "unknown": "look "}  # what a doctor found; "look": only a person can see it
MISDEEDS = "429, 500, cut, slow, renamed, empty, forbidden, half or down"  # named here: help needs no simulated MSP

cli = typer.Typer(
    name="fortress",
    help="Tells an MSP every morning which Acronis backups are broken, who has to move, and what can wait.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
config = typer.Typer(help="Look at the configuration.", no_args_is_help=True)
cli.add_typer(config, name="config")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

ConfigFile = Annotated[Path | None, typer.Option("--config", help="The configuration file [default: ./app.yaml].")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


class What(StrEnum):
    """What can be exported, by the name of its sheet."""

    INCIDENTS = "incidents"
    JOBS = "jobs"
    CLIENTS = "clients"
    REFRESHES = "refreshes"


class FileFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


def main() -> None:
    """Run the command line. What a person can mend is one line, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a screen that cannot show “ shows ?
    try:
        cli()
    except reading.SettingsError as error:
        err.print(str(error), markup=False, soft_wrap=True)
        sys.exit(MISUSED)
    except (Refused, Unavailable) as error:
        err.print(f"fortress: {error}", markup=False, soft_wrap=True)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(130)


@cli.command()
def demo(
    seed: Annotated[int, typer.Option(help="Another seed is another MSP.")] = 4,
    refreshes: Annotated[int, typer.Option(min=1, max=60, help="How many refreshes to play.")] = 9,
    once: Annotated[bool, typer.Option("--once", help="Leave after the last digest instead of asking.")] = False,
    misbehave: Annotated[str, typer.Option(help=f"How Acronis misbehaves in the last refresh: {MISDEEDS}.")] = "",
) -> None:
    """Play some days of a simulated MSP, then take questions. Needs no account."""
    from bot.demo import Demo

    with Demo(seed=seed, console=out, misbehave=misbehave) as played:
        for at in played.slots(refreshes):
            with watching(f"{at:%a %H:%M} refresh") as progress:
                run = played.app.refresh(progress=progress)
            if run is not None:
                played.app.announce(run)
        if not once:
            _show_reports(played.app)
            _talk(played.app)


@cli.command()
def refresh(config_file: ConfigFile = None, as_json: AsJson = False) -> None:
    """Read everything now, write it down, tell it."""
    with _app(config_file, screen=err if as_json else out) as app:
        app.catch_up()
        with watching("refresh", hidden=as_json) as progress:
            run = app.refresh(progress=progress)
        if run is None:
            raise Unavailable("somebody else is reading right now")
        if run.scheduled:
            app.announce(run)
        else:
            _say(app, run)
        app.file()
        found = digest_of(app.keeping.store.memory(), run, zone=app.voice.zone, policy=app.policy)
        if as_json:
            _print_json(found)
    if found.gaps and not found.clients_read:
        raise typer.Exit(FAILED)


@cli.command()
def serve(config_file: ConfigFile = None) -> None:
    """Run for good: read at the refresh times, tell, answer on the web door. SIGHUP reads app.yaml anew."""
    from bot.serve import Service, Signals

    def settings() -> Settings:
        return reading.load(config_file, os.environ)

    with Signals() as signals:
        first = settings()
        logs.start(first.log.level, as_json=first.log.format == "json")
        with build(first, console=out) as app:
            ended = Service(app, load=settings).run(signals)
    if not ended.is_clean:  # the interpreter would wait for a reading that hangs in the network
        sys.stdout.flush()
        os._exit(ended.code)
    raise typer.Exit(ended.code)


@cli.command()
def digest(config_file: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show the last digest again. Changes nothing and may run beside the bot."""
    with _app(config_file, read_only=True) as app:
        runs = app.keeping.store.memory().runs
        if not runs:
            raise Refused("nothing was ever read", remedy="run `fortress refresh` first")
        if as_json:
            _print_json(digest_of(app.keeping.store.memory(), runs[-1], zone=app.voice.zone, policy=app.policy))
        else:
            _say(app, runs[-1])


@cli.command(context_settings={"ignore_unknown_options": True})  # -2147024784 is a number, not an option
def explain(
    what: Annotated[list[str], typer.Argument(help="A code, HRESULT, number, alert type or message.")],
    config_file: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Say what an error means, whose it is, which rule answered, and who has it now."""
    from classifier import find
    from classifier.own import book_with

    if as_json:
        settings = reading.load(config_file, os.environ)
        found = find(" ".join(what), rules=book_with(settings.rules, zone=settings.refresh.tzinfo))
        _print_json(found)
        raise typer.Exit(0 if any(answer.exact for answer in found) else FAILED)
    _ask(f"error {' '.join(what)}", config_file)


@cli.command()
def ask(
    words: Annotated[list[str], typer.Argument(help="As in a chat: client acme, open msp, ack 12, status, help.")],
    config_file: ConfigFile = None,
) -> None:
    """Ask what can be asked in a chat. Questions may run beside the bot; what changes something may not."""
    _ask(" ".join(words), config_file)


@cli.command("audit")
def audit_of(
    who: Annotated[list[str] | None, typer.Argument(help="A person, an action, or a row's #number.")] = None,
    last: Annotated[int, typer.Option(min=1, help="How many of the newest entries to look through.")] = 100,
    config_file: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show who did what, and who was refused, the newest last. May run beside the bot."""
    from bot.commands.audit import narrowed

    with _app(config_file, read_only=True) as app:
        entries = narrowed(app.keeping.audit.entries(last=last), " ".join(who or ()))
        zone = app.voice.zone
    if as_json:
        _print_json(entries)
        return
    for entry in entries:
        changed = " -> ".join(each for each in (entry.before, entry.after) if each)
        told = "  ".join(each for each in (entry.actor, entry.action, entry.target, changed) if each)
        line = f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M}  {clean(told)}"
        out.print(line, markup=False, soft_wrap=True)
    if not entries:
        err.print("No entry of that kind.")


@cli.command()
def export(
    what: Annotated[What, typer.Option(help="Which rows.")],
    form: Annotated[FileFormat, typer.Option("--format", help="json: one object a line.")] = FileFormat.CSV,
    client: Annotated[str, typer.Option(help="Only this client: its name, alias or id.")] = "",
    to: Annotated[Path | None, typer.Option("--out", help="The file to write [default: the screen].")] = None,
    config_file: ConfigFile = None,
) -> None:
    """Write what is known after the last refresh as CSV, XLSX or JSON lines. May run beside the bot."""
    from bot.publishers.folder import write_file, write_out

    if form is FileFormat.XLSX and to is None:
        raise Refused("a spreadsheet cannot be shown on a screen", remedy="name a file with --out")
    if client and what is What.REFRESHES:
        raise Refused("a refresh is of all clients", remedy="leave --client out")
    with _app(config_file, read_only=True) as app:
        filing = app.report(client=client)
    sheet = next(each for each in (*filing.sheets, filing.jobs) if each.name == what)
    if to is None:
        write_out(sys.stdout.buffer, sheet, form, filing.at)
        return
    write_file(to, (sheet,), form, filing.at)
    err.print(f"{to} is written, as read at {filing.at:%Y-%m-%d %H:%M} UTC.", markup=False, soft_wrap=True)


@cli.command("talk")
def talk_here(config_file: ConfigFile = None) -> None:
    """Talk with the bot in this terminal."""
    with _app(config_file) as app:
        _talk(app)


@config.command("check")
def check(config_file: ConfigFile = None) -> None:
    """Name every mistake in the configuration at once."""
    found = reading.load(config_file, os.environ)
    for warning in _warnings(found):
        err.print(f"mind: {warning}", markup=False, soft_wrap=True)
    out.print("The configuration can be used.")


@config.command("keys")
def keys() -> None:
    """List every key, what it should be, and its default."""
    table = Table("key", "what it should be", "default", box=None)
    for key in describe():
        table.add_row(key.name, key.expected, str(key.default))
    out.print(table)


def _warnings(found: Settings) -> tuple[str, ...]:
    from datetime import date

    from bot.app_yaml import clock_warnings

    return clock_warnings(found.refresh, today=date.today())  # noqa: DTZ011 - the operator's own day


@cli.command()
def manifest(
    chat: Annotated[str, typer.Argument(help=" or ".join(MANIFESTS))],
    http: Annotated[str, typer.Option("--http", help="The address under which it reaches the web door.")] = "",
    to: Annotated[Path | None, typer.Option("--to", help="The file to write [default: fortress-CHAT.zip].")] = None,
    config_file: ConfigFile = None,
) -> None:
    """Make what a chat platform has to be told of fortress, from app.yaml: text is printed, a package written."""
    settings = reading.load(config_file, os.environ)
    make = load(MANIFESTS, _known(chat, MANIFESTS))
    commands = [(each.verb, each.usage, each.summary) for each in COMMANDS]
    made = make(getattr(settings.chats, chat), url=http, commands=commands, version=version("fortress-chatops"))
    if not isinstance(made, bytes):
        _print_json(made)
        return
    path = to or Path(f"fortress-{chat}.zip")
    try:
        path.write_bytes(made)
    except OSError as error:
        raise Refused(f"{path} cannot be written ({error.strerror})", remedy="name another file with --to") from None
    out.print(f"{path} is ready to be uploaded.", markup=False, soft_wrap=True)


@cli.command()
def provision(
    place: Annotated[str, typer.Argument(help=" or ".join(PROVISIONS))],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before doing it.")] = False,
    as_app: Annotated[
        bool, typer.Option("--as-app", help="Sign in as the app, which was given more rights for a while.")
    ] = False,
    by: Annotated[str, typer.Option("--with", help="The id of another app, with which a person may sign in.")] = "",
    config_file: ConfigFile = None,
) -> None:
    """Set up, once, what reports are filed in. It says what is missing, asks, and takes nothing away."""
    settings = reading.load(config_file, os.environ)
    name = _known(place, PROVISIONS)

    def agree() -> bool:
        return yes or typer.confirm("Do it?")

    if not set_up(name, settings, tell=_line, agree=agree, as_app=as_app, by=by):
        raise typer.Exit(FAILED)
    _line(f"Next: fortress doctor {name}")


def _line(words: str) -> None:
    out.print(words, markup=False, soft_wrap=True)


@cli.command()
def doctor(place: Annotated[str, typer.Argument(help=" or ".join(DOCTORS))], config_file: ConfigFile = None) -> None:
    """Look whether a platform lets fortress do what app.yaml asks for. Nobody there sees it."""
    settings = reading.load(config_file, os.environ)
    wrong = 0
    for finding in examine(_known(place, DOCTORS), settings):
        wrong += finding.state == "wrong"
        out.print(f"{SIGNS[finding.state]} {finding.says}", markup=False, soft_wrap=True)
        if finding.remedy:
            out.print(f"      {finding.remedy}", markup=False, soft_wrap=True)
    if wrong:
        raise typer.Exit(FAILED)


@cli.command()
def companies(
    desk: Annotated[str, typer.Argument(help=" or ".join(COMPANIES))], config_file: ConfigFile = None
) -> None:
    """Propose which client of Acronis is which client of a desk, by name, for a person to confirm in a file."""
    from bot.publishers.folder import write_file

    with _app(config_file, read_only=True) as app:
        clients = [each.client for each in app.keeping.store.memory().clients.values()]
        section = getattr(app.settings.desks, _known(desk, COMPANIES))
        now = app.clock()
    if not section.enabled:
        raise Refused(f"desks.{desk} is switched off", remedy=f"set desks.{desk}.enabled: true in app.yaml")
    if not clients:
        raise Refused("no client of Acronis is known yet", remedy="run `fortress refresh` first")
    file, theirs = load(COMPANIES, desk)(section)
    rows = proposed(clients, theirs, file.known())
    try:
        write_file(file.path, (sheet_of(rows),), FileFormat.CSV, now)
    except Refused as error:
        raise Refused(error.what, remedy=f"check desks.{desk}.companies") from None
    for line in companies_lines(rows, str(file.path)):
        _line(line)


def _known(name: str, table: Mapping[str, str]) -> str:
    if name not in table:
        raise Refused(f"nothing here is called {name}", remedy=f"one of: {', '.join(table)}")
    return name


@contextmanager
def _app(config_file: Path | None, *, read_only: bool = False, screen: Console = out) -> Iterator[App]:
    settings = reading.load(config_file, os.environ)
    quiet = settings.log.level == "info" and err.is_terminal  # a person sees what happens; logs are for files
    logs.start("warning" if quiet else settings.log.level, as_json=settings.log.format == "json")
    with build(settings, console=screen, read_only=read_only) as app:
        yield app


@contextmanager
def watching(what: str, *, hidden: bool = False) -> Iterator[Callable[[int], None]]:
    """Show how many activities were read so far, where somebody can see it move."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=20), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=hidden or not err.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda read: progress.update(task, description=f"{what}: {read:,} backups read")


def _ask(words: str, config_file: Path | None) -> None:
    intent = read_intent(words, _me())
    command = BY_VERB.get(intent.verb)
    with _app(config_file, read_only=not (command is not None and command.writes)) as app:
        given = app.answer(intent)
    if isinstance(given.body, Form):
        raise Refused(f"{given.body.title} needs more words", remedy="for example: fortress ask snooze 12 tomorrow")
    ConsoleChat(out).say(given.body)
    if given.refused:
        raise typer.Exit(FAILED)


def _say(app: App, run: Run) -> None:
    _console_of(app).say(app.digest(run))


def _console_of(app: App) -> ConsoleChat:
    chat = app.chats.get("console")
    return chat if isinstance(chat, ConsoleChat) else ConsoleChat(out)


def _show_reports(app: App) -> None:
    """File the last reading, as a refresh does, and say where."""
    app.file()
    for each in app.cabinet.publishers.values():
        words = f"The same as tables, until you leave: {each.place} (fortress.xlsx, and .csv for tools)"
        out.print(words, markup=False, soft_wrap=True)


def _talk(app: App) -> None:
    out.print("Ask away: client acme, open msp, ack and a row's number, a button's number, help; quit leaves.")
    talk(_console_of(app), actor=_me(), read=read_intent, answer=app.answer)


def _me() -> Actor:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container user without a name
        name = f"uid {os.getuid()}" if hasattr(os, "getuid") else "somebody"
    return Actor(id=f"os:{name}", name=clean(name), chat="console")


def _print_json(value: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")
