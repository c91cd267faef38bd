"""Reads the settings from app.yaml and the environment: every mistake at once, never a secret in a message."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec
import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource

from bot import own_rules, ticket_rules
from bot.app_yaml import (
    DELIMITER,
    HOST,
    PREFIX,
    SECRETS,
    Mistake,
    Settings,
    describe,
    entry_keys,
    example_of,
    expected_of,
    place_of,
    setting_of,
    shown,
    spoken,
)
from bot.errors import Refused
from classifier.own import OwnRules

__all__ = ["Mistake", "Settings", "SettingsError", "describe", "load"]

FILE_VARIABLE = "FORTRESS_CONFIG"
DEFAULT_FILE = Path("app.yaml")
SECRET_NAME = re.compile(r"secret|token|password|passwd|credential|api_?key|certificate$", re.IGNORECASE)
ONE_WAY = "one way to sign in: the app's client secret, its certificate, or managed_identity: true"
DESK_NEEDS: Mapping[str, tuple[str, ...]] = {
    "email": ("host", "sender"),
    "webhook": ("url", "secret"),
    "halopsa": ("url", "client_id", "secret", "ticket_type"),
}
NOT_SETTINGS = re.compile(  # ours, and what Kubernetes gives a pod beside a service called fortress
    rf"FORTRESS_(CONFIG|REFERENCE|TEST_.*|SERVICE_(HOST|PORT).*|PORT(_\d+_.*)?)|{'|'.join(SECRETS.values())}"
)
LIKE_A_PATH = re.compile(r"\.{0,2}[/\\].*|~.*|[A-Za-z]:[\\/].*|.*\.[A-Za-z]{1,6}|[a-z._ -]+[/\\][a-z._ /\\-]+")
NO_ALIAS = "an alias (*), which is not for settings"
NO_TAG = "a tag (!), which is not for settings"
NO_TEXT = "a character that no text has"
YAML_PROBLEMS = {  # what PyYAML's words begin with, and ours; its own may hold a piece of the file
    NO_ALIAS: NO_ALIAS,
    NO_TAG: NO_TAG,
    "mapping values": "a colon that nothing may follow here; put the text in quotes",
    "could not find expected ':'": "a key without a colon",
    "found unexpected end": "a quote or bracket that is never closed",
    "expected ',' or": "a quote or bracket that is never closed",
    "expected the node content": "a quote or bracket that is never closed",
    "found character": "a sign or a tab that cannot begin anything; put the text in quotes",
    "expected <block end>": "a line that stands too far left or right, or a sign too many",
    NO_TEXT: NO_TEXT,
}


class SettingsError(Refused):
    """The settings cannot be used. Its text is one block a mistake, and holds no secret."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        count = len(self.mistakes)
        super().__init__(
            "1 setting cannot be used" if count == 1 else f"{count} settings cannot be used",
            remedy="correct it in app.yaml or the environment, then start again",
        )

    def __str__(self) -> str:
        return "\n\n".join([f"{self.what}:", *map(str, self.mistakes)])


def load(path: Path | None = None, environ: Mapping[str, str] | None = None, *, today: date | None = None) -> Settings:
    """Read the settings: defaults, then app.yaml, then the environment, then the secrets.

    Relative paths in the result are taken from the folder of the file, so that it does not matter
    from where fortress is started.

    Args:
        path: the file; None: what FORTRESS_CONFIG names, else ./app.yaml when there is one.
        environ: None for an empty one.
        today: what a mute's day is measured against; None: the day it is here.
    Raises:
        SettingsError: everything that cannot be used, in one go.
    """
    environ = environ or {}
    file = _find(path, environ)
    folder = file.parent if file else Path()
    written = _from_file(file, named_by="--config" if path else FILE_VARIABLE) if file else _Read()
    variables = _from_environment(environ)
    places = {**_not_replaced(written.places, variables.places), **variables.places}
    mistakes = [*written.mistakes, *variables.mistakes]

    found = _merged(written.values, variables.values)
    mistakes += _take_secrets(found, environ, folder, places)
    mistakes += _missing_for_acronis(found)
    mistakes += _missing_for_slack(found)
    mistakes += _missing_for_entra(found, "chats.teams", ("app_id", "tenant_id", "channel"))
    mistakes += _missing_for_entra(found, "publishers.sharepoint", ("site", "app_id", "tenant_id"))
    mistakes += _missing_for_desks(found)
    mistakes += _closed_door(found)
    mistakes += _take_rules(found, places, today or date.today())  # noqa: DTZ011 - the operator's own day
    mistakes += _ticket_rules(found, places)
    try:
        settings = Settings.model_validate(found)
    except ValidationError as error:
        mistakes += _refused(error, places)
    if mistakes:
        raise SettingsError(sorted(mistakes, key=_order))
    return _rooted(settings, folder)


def _not_replaced(places: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """Forget where the entries of a list stood that a variable replaces as a whole."""
    is_replaced = any(_section(name) == "rules" for name in variables)
    return {name: place for name, place in places.items() if not (is_replaced and _section(name) == "rules")}


def _find(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    if path:
        return path
    if environ.get(FILE_VARIABLE):
        return Path(environ[FILE_VARIABLE])
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


class _Read(msgspec.Struct, frozen=True):
    """What one place said. `places`: where each dotted name stands."""

    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    mistakes: tuple[Mistake, ...] = ()


class _Loader(yaml.SafeLoader):
    """YAML without its traps: 14:45 is no number in base sixty, 007 no octal, a key always text, no aliases or tags."""

    def check_printable(self, data: str) -> None:
        if found := self.NON_PRINTABLE.search(data):
            before = data[: found.start()]
            mark = yaml.Mark("", 0, before.count("\n"), len(before) - before.rfind("\n") - 1, None, 0)
            raise yaml.MarkedYAMLError(problem=NO_TEXT, problem_mark=mark)

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        problem = NO_ALIAS if self.check_event(yaml.AliasEvent) else NO_TAG if getattr(event, "tag", None) else ""
        if problem:
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                key.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith((":bool", ":null"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"(0|-?[1-9][0-9]{0,17})$"), list("-0123456789"))


def _from_file(file: Path, *, named_by: str) -> _Read:
    try:
        root = yaml.compose(file.read_text(encoding="utf-8-sig"), Loader=_Loader)
        values = _Loader("").construct_document(root) if root else {}
    except (yaml.YAMLError, RecursionError) as error:
        raise SettingsError([_no_yaml(error, file)]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([_unreadable(error, file, named_by)]) from None
    if not isinstance(values, dict):
        whole = Mistake(str(file), _shown_instead(values), "sections with keys", "refresh: {zone: UTC}")
        raise SettingsError([whole])
    places: dict[str, str] = {}
    mistakes = []
    for name, line in _lines(root):
        where = f"{file}, line {line}"
        if name in places:
            key = spoken(_shown_name(name))
            example = f"{_shown_name(name).rpartition('.')[2]}: …"
            mistakes.append(Mistake(key, f"given before, {places[name]}", "each key once", example, where))
        places[name] = where
    mistakes += [_secret_in_file(name, places[name]) for name in SECRETS if _without(values, name)]
    return _Read(values, places, tuple(mistakes))


def _without(values: dict[str, Any], name: str) -> bool:
    """Take a key out, and tell whether it was there."""
    section, _, key = name.rpartition(".")
    at = _at(values, section)
    return at is not None and at.pop(key, None) is not None


def _at(values: Mapping[str, Any], section: str) -> dict[str, Any] | None:
    """Find a section within sections; {} when nobody gave it, None when what was given is no section."""
    at: Any = values
    for part in section.split("."):
        at = at.get(part) if isinstance(at, Mapping) else at
        at = {} if at is None else at
    return at if isinstance(at, dict) else None


def _lines(node: yaml.Node | None, above: str = "") -> Iterator[tuple[str, int]]:
    """Give every key's dotted name and line, in order; an entry of a list is named by its place, from 0."""
    items = enumerate(node.value) if isinstance(node, yaml.SequenceNode) else ()
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    named = [*((str(at), item, item) for at, item in items), *((key.value, key, value) for key, value in pairs)]
    for name, here, value in named:
        yield f"{above}{name}", here.start_mark.line + 1
        yield from _lines(value, f"{above}{name}.")


class _Variables(EnvSettingsSource):
    """The environment as it was given. Lists and sections are written as in app.yaml."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._given = {name.lower(): text for name, text in environ.items() if text}
        super().__init__(cast(type[BaseSettings], Settings), env_prefix=PREFIX, env_nested_delimiter=DELIMITER)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return dict(self._given)

    def field_is_complex(self, field: FieldInfo) -> bool:
        return field.annotation is OwnRules or super().field_is_complex(field)

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:  # noqa: ARG002
        try:
            return yaml.load(value, Loader=_Loader)  # noqa: S506 - a SafeLoader
        except (yaml.YAMLError, RecursionError):
            return value


def _from_environment(environ: Mapping[str, str]) -> _Read:
    given = [name for name, text in environ.items() if text and name.upper().startswith(PREFIX)]
    places = {_dotted(name): name for name in given}
    strangers = [name for name in given if _section(_dotted(name)) not in Settings.model_fields]
    mistakes = tuple(_unknown_variable(name) for name in strangers if not NOT_SETTINGS.fullmatch(name))
    return _Read(_Variables(environ)(), places, mistakes)


def _dotted(variable: str) -> str:
    return variable[len(PREFIX) :].lower().replace(DELIMITER, ".")


def _section(name: str) -> str:
    return name.partition(".")[0]


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _take_secrets(
    found: dict[str, Any], environ: Mapping[str, str], folder: Path, places: Mapping[str, str]
) -> Iterator[Mistake]:
    """Put each secret in its place: from its variable, or else from its file."""
    for name, variable in SECRETS.items():
        section, _, key = name.rpartition(".")
        at = _at(found, section)
        if at is None:
            continue
        file = at.get(f"{key}_file")
        if environ.get(variable):
            _put(found, name, environ[variable])
        elif isinstance(file, str) and file and key not in at:
            try:
                _put(found, name, _secret_in(file, folder))
            except ValueError as error:
                yield _mistake(f"{name}_file", str(error), places)


def _put(found: dict[str, Any], name: str, value: str) -> None:
    """Put a value in its section; the sections of the file itself stay as they were read."""
    above, _, below = name.partition(".")
    inner = dict(found.get(above) or {})
    if "." in below:
        _put(inner, below, value)
    else:
        inner[below] = value
    found[above] = inner


def _secret_in(file: str, folder: Path) -> str:
    """Read a secret. When there is no such file, its name may be the secret itself."""
    try:
        text = (folder / file).read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise ValueError(f"{file}: not text in UTF-8") from None
    except (OSError, ValueError) as error:  # ValueError: no file can have such a name
        named = file if LIKE_A_PATH.fullmatch(file) else "a value that is no path"
        raise ValueError(f"{named}: {(getattr(error, 'strerror', '') or 'unreadable').lower()}") from None
    if not text:
        raise ValueError(f"{file}: empty")
    return text


def _take_rules(found: dict[str, Any], places: Mapping[str, str], today: date) -> tuple[Mistake, ...]:
    """Put the operator's own rules in their place, and give what is wrong with them."""
    found["rules"], mistakes = own_rules.read(found.get("rules"), places, today=today)
    return mistakes


def _ticket_rules(found: Mapping[str, Any], places: Mapping[str, str]) -> Iterator[Mistake]:
    """Read what the rules that raise tickets say together with the rest."""
    desks = _at(found, "desks") or {}
    switched_on = {name for name in desks if _is_on((_at(desks, name) or {}).get("enabled"))}
    return ticket_rules.check(desks, found["rules"], places, switched_on=switched_on)


def _missing_for_acronis(found: Mapping[str, Any]) -> Iterator[Mistake]:
    source = found.get("source")
    if not isinstance(source, dict) or source.get("kind") != "acronis":
        return
    for key in ("url", "client_id", "client_secret"):
        if not source.get(key) and not source.get(f"{key}_file"):
            yield _mistake(f"source.{key}", "nothing, and source.kind is acronis", {})


def _missing_for_slack(found: Mapping[str, Any]) -> Iterator[Mistake]:
    slack = _at(found, "chats.slack")
    if not slack or not _is_on(slack.get("enabled")):
        return
    by_http = str(slack.get("transport", "")).lower() == "http"
    for key in ("channel", "bot_token", "signing_secret" if by_http else "app_token"):
        if not slack.get(key) and not slack.get(f"{key}_file"):
            why = f"nothing, and chats.slack.transport is {'http' if by_http else 'socket'}"
            is_common = key in ("channel", "bot_token")
            yield _mistake(f"chats.slack.{key}", "nothing, and chats.slack.enabled is true" if is_common else why, {})


def _missing_for_entra(found: Mapping[str, Any], section: str, keys: Iterable[str]) -> Iterator[Mistake]:
    """Name what a section lacks whose app signs in to Microsoft, and that in one way only."""
    given = _at(found, section)
    if not given or not _is_on(given.get("enabled")):
        return
    on = f"{section}.enabled is true"
    for key in keys:
        if not given.get(key):
            yield _mistake(f"{section}.{key}", f"nothing, and {on}", {})
    ways = [key for key in ("secret", "certificate") if given.get(key) or given.get(f"{key}_file")]
    ways += ["managed_identity"] if _is_on(given.get("managed_identity")) else []
    if len(ways) != 1:
        told = f"no way to sign in, and {on}" if not ways else f"{' and '.join(ways)} together"
        yield _mistake(f"{section}.secret", told, {}, expected=ONE_WAY)


def _missing_for_desks(found: Mapping[str, Any]) -> Iterator[Mistake]:
    for name, keys in DESK_NEEDS.items():
        desk = _at(found, f"desks.{name}")
        if not desk or not _is_on(desk.get("enabled")):
            continue
        for key in (*keys, *_more_for_mail(desk)) if name == "email" else keys:
            if not desk.get(key) and not desk.get(f"{key}_file"):
                yield _mistake(f"desks.{name}.{key}", f"nothing, and desks.{name}.enabled is true", {})


def _more_for_mail(desk: Mapping[str, Any]) -> Iterator[str]:
    """Name what mail needs beside a way: somebody to write to, and the password of whoever signs in."""
    if not desk.get("own"):
        yield "clients"
    if desk.get("user"):
        yield "password"


def _closed_door(found: Mapping[str, Any]) -> Iterator[Mistake]:
    """Name a web door that is switched off while a platform has to come through it."""
    web, slack, teams = (_at(found, section) or {} for section in ("web", "chats.slack", "chats.teams"))
    if _is_on(web.get("enabled", True)):
        return
    by_http = _is_on(slack.get("enabled")) and str(slack.get("transport", "")).lower() == "http"
    callers = [
        *(["Slack calls it (chats.slack.transport is http)"] if by_http else []),
        *(["Teams calls it (chats.teams.enabled is true)"] if _is_on(teams.get("enabled")) else []),
    ]
    if callers:
        yield _mistake("web.enabled", f"false, and {' and '.join(callers)}", {})


def _is_on(value: object) -> bool:
    """Read true as pydantic does: a variable gives a word, a file a truth."""
    try:
        return TypeAdapter(bool).validate_python(value)
    except ValidationError:
        return False


def _rooted(settings: Settings, folder: Path) -> Settings:
    store = settings.store.model_copy(update={"folder": folder / settings.store.folder})
    filed = settings.publishers.folder
    path = folder / filed.path if filed.path is not None else None
    publishers = settings.publishers.model_copy(update={"folder": filed.model_copy(update={"path": path})})
    halo = settings.desks.halopsa
    desks = settings.desks.model_copy(
        update={"halopsa": halo.model_copy(update={"companies": folder / halo.companies})}
    )
    return settings.model_copy(update={"store": store, "publishers": publishers, "desks": desks})


# --- wording a mistake -----------------------------------------------------------------------------------------


def _refused(error: ValidationError, places: Mapping[str, str]) -> list[Mistake]:
    """Word what pydantic refused, once a setting: its first complaint is enough."""
    told: dict[str, Mistake] = {}
    for problem in error.errors(include_url=False):
        given = ".".join(str(part) for part in problem["loc"])
        name = setting_of(given)
        if problem["type"] == "extra_forbidden":
            told.setdefault(name, _unknown(name, places))
        else:
            why = str(problem["ctx"]["error"]) if problem["type"] == "value_error" else ""
            is_section = problem["type"] in ("model_type", "dict_type")
            found = _shown_instead(problem["input"]) if is_section else _shown(given, problem["input"])
            found = "nothing" if problem["type"] == "missing" else found
            told.setdefault(name, _mistake(name, found, places, expected=why))
    return list(told.values())


def _mistake(name: str, found: str, places: Mapping[str, str], *, expected: str = "") -> Mistake:
    return Mistake(spoken(name), found, expected or expected_of(name), example_of(name), place_of(name, places))


def _unknown(name: str, places: Mapping[str, str]) -> Mistake:
    if entry_keys(name):
        return _unknown_in_entry(name, places)
    near = _nearest(name)
    known = _siblings(name)
    expected = f"a known key; the nearest is {near}" if near else f"one of {', '.join(known)}"
    example = example_of(near or known[0])
    return Mistake(_shown_name(name), "a key fortress does not know", expected, example, place_of(name, places))


def _unknown_in_entry(name: str, places: Mapping[str, str]) -> Mistake:
    above, _, key = name.rpartition(".")
    known = entry_keys(name)
    near = next(iter(difflib.get_close_matches(key, known, n=1)), "")
    expected = f"a known key; the nearest is {near}" if near else f"one of {', '.join(known)}"
    example = example_of(f"{above}.{near or known[0]}")
    return Mistake(spoken(_shown_name(name)), "a key fortress does not know", expected, example, place_of(name, places))


def _unknown_variable(name: str) -> Mistake:
    near = _nearest_variable(name)
    made = f"{PREFIX}, a section of app.yaml, two underscores and a key"
    expected = f"a known variable; the nearest is {near}" if near else made
    return Mistake(name, "a variable fortress does not know", expected, f"{near or f'{PREFIX}REFRESH__ZONE'}=…")


def _nearest_variable(name: str) -> str | None:
    """Find the variable that was meant, however its underscores are: by section and key, or by one of them."""
    known = {FILE_VARIABLE: FILE_VARIABLE, **{variable: variable for variable in SECRETS.values()}}
    known |= {f"{PREFIX}{section}".upper(): f"{PREFIX}{section}".upper() for section in Settings.model_fields}
    for key in describe():
        known[PREFIX + key.name.replace(".", "_").upper()] = key.variable
        known.setdefault(PREFIX + key.name.rpartition(".")[2].upper(), key.variable)
    bare = {one.removeprefix(PREFIX): variable for one, variable in known.items()}
    near = difflib.get_close_matches(name[len(PREFIX) :].upper().replace(DELIMITER, "_"), bare, n=1)
    return bare[near[0]] if near else None


def _nearest(name: str) -> str | None:
    """Find the key that was meant: misspelt, in another section, or both the section and the key misspelt."""
    known = [key.name for key in describe()]
    above, _, last = name.rpartition(".")
    beside = {one.rpartition(".")[2]: one for one in _siblings(name)}
    misspelt = [beside[one] for one in difflib.get_close_matches(last, beside, n=1)]
    elsewhere = [one for one in known if one.rpartition(".")[2] == last]
    both = difflib.get_close_matches(name, known, n=1, cutoff=0.8) if above not in Settings.model_fields else []
    return next(iter([*misspelt, *elsewhere, *both]), None)


def _siblings(name: str) -> list[str]:
    """List the keys and sections that could stand where a name does."""
    above = name.rpartition(".")[0]
    below = [key.name.removeprefix(f"{above}.") for key in describe() if above and key.name.startswith(f"{above}.")]
    beside = dict.fromkeys(f"{above}.{one.partition('.')[0]}" for one in below)
    return list(beside) or [*Settings.model_fields]


def _secret_in_file(name: str, where: str) -> Mistake:
    expected = f"no secret in this file: the variable {SECRETS[name]}, or a file named by {name}_file"
    return Mistake(name, "a secret (not shown)", expected, example_of(name), where)


def _no_yaml(error: yaml.YAMLError | RecursionError, file: Path) -> Mistake:
    """Say where YAML stops being YAML, without the words found there: they may be a secret."""
    mark = getattr(error, "problem_mark", None)
    where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else str(file)
    said = getattr(error, "problem", None) or ""
    found = next((ours for theirs, ours in YAML_PROBLEMS.items() if said.startswith(theirs)), "no YAML")
    if isinstance(error, RecursionError):
        found = "brackets or levels nested too deep"
    return Mistake(where, found, "YAML: a colon and a space after a key, spaces for levels, no tabs", "zone: UTC")


def _unreadable(error: OSError | UnicodeDecodeError, file: Path, named_by: str) -> Mistake:
    why = (error.strerror or "unreadable").lower() if isinstance(error, OSError) else "not text in UTF-8"
    example = "--config app.yaml" if named_by == "--config" else f"{named_by}=app.yaml"
    return Mistake(named_by, f"{file}: {why}", "a readable file in YAML", example)


def _shown(name: str, value: object) -> str:
    """Show what was found, short, and never a secret."""
    if SECRET_NAME.search(name):
        return "a value (not shown)"
    if isinstance(value, str) and value and name.endswith(("url", "address")):
        return _shown_address(value)
    return shown(value)


def _shown_name(name: str) -> str:
    """Cut a key where words end: `{client_secret:…}`, without a space, is one long key."""
    return re.sub(r"[^\w. -].*", "…", name, flags=re.DOTALL)


def _shown_instead(value: object) -> str:
    """Show what stands where a section belongs: `client_secret:…`, without a space, perhaps."""
    return f"a list of {len(value)}" if isinstance(value, list) else "text, not a section"


def _shown_address(value: str) -> str:
    """Show scheme and host; a secret can be in all the rest."""
    if not re.match("https?://", value, re.IGNORECASE):
        return "text without https://"
    try:
        parts = urlsplit(value)
    except ValueError:
        return "an address without a host"
    if not HOST.fullmatch(parts.hostname or ""):
        return "an address without a host"
    address = f"{parts.scheme}://{parts.hostname}"
    return address if value.lower().rstrip("/") == address else f"{address}/…"


def _order(mistake: Mistake) -> tuple[int, int, str]:
    """Order by section, then by name; the rules by their place in the list, and what is wrong with one as it came."""
    sections = list(Settings.model_fields)
    rule = re.match(r"rules, the (\d+)", mistake.name)
    section = "rules" if rule else _section(mistake.name)
    at = sections.index(section) if section in sections else len(sections)
    return (at, int(rule[1]), "") if rule else (at, 0, mistake.name)
