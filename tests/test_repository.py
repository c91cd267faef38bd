"""What every committed file must hold to: no address of a package registry, no path of one machine, fresh locks."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCKS = {"requirements.lock": ("install",), "requirements-dev.lock": ("install", "dev")}
NOT_OURS = {
    ".git",
    ".venv",
    ".hypothesis",
    ".env",
    "fortress-data",
    "fortress-reports",
    "dist",
    "node_modules",
    "__pycache__",
}
FORBIDDEN = (  # in parts, so that this file holds none of them
    "pypi" + ".org",
    "python" + "hosted.org",
    "registry.npm" + "js.org",
    "registry.yarn" + "pkg.com",
    "deb." + "debian.org",
    "security." + "debian.org",
    "archive." + "ubuntu.com",
    "file:" + "//",
    "--index" + "-url",
    "--extra-index" + "-url",
    "--find" + "-links",
    "/" + "work/main",
    "/" + "work/shared",
    "/ro" + "ot/",
    "/opt/" + "wheels",
)
PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^ ;]+)( ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")
NOTE = re.compile(r"^    # +(via( .+)?|[a-z0-9A-Z._()\[\] -]+)$")
NOW = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}


def files() -> list[Path]:
    """Give what is committed; without git, all that is not made by tools."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and not is_made(path.relative_to(ROOT))]


def is_made(path: Path) -> bool:
    return any(part in NOT_OURS or part.endswith(("_cache", ".egg-info", ".pyc")) for part in path.parts)


def texts() -> Iterator[tuple[Path, str]]:
    for path in files():
        content = path.read_bytes()
        if b"\0" not in content:
            yield path.relative_to(ROOT), content.decode("utf-8", "replace")


def pins(lock: str) -> dict[str, tuple[str, int]]:
    """Give each package's version and how many hashes it has, and refuse any line of another kind."""
    found: dict[str, tuple[str, int]] = {}
    name = ""
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if pin := PIN.match(line):
            name = canonicalize_name(pin["name"])
            assert name not in found, line
            found[name] = (pin["version"], 0)
        elif HASH.match(line):
            found[name] = (found[name][0], found[name][1] + 1)
        else:
            assert NOTE.match(line), line
    return found


def test_no_committed_file_names_a_registry_or_a_path_of_one_machine():
    hits = [f"{path}: {word}" for path, text in texts() for word in FORBIDDEN if word in text.lower()]

    assert hits == []


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_no_address_of_any_kind(lock):
    assert "://" not in (ROOT / lock).read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_in_a_lock_has_its_hashes(lock):
    assert [name for name, (_, hashes) in pins(lock).items() if not hashes] == []


@pytest.mark.parametrize(("lock", "extras"), LOCKS.items())
def test_lock_is_fresh(lock, extras):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(one for extra in extras for one in project["optional-dependencies"][extra])]
    locked = pins(lock)

    for requirement in map(Requirement, wanted):
        version, _ = locked.get(canonicalize_name(requirement.name), ("none", 0))
        assert version != "none", f"{requirement} is not in {lock}: run tools/lock"
        assert requirement.specifier.contains(version, prereleases=True), f"{requirement}: {lock} has {version}"


def test_lock_for_tests_holds_the_very_versions_that_run():
    run, dev = (pins(lock) for lock in LOCKS)

    assert {name: dev.get(name, ("none", 0))[0] for name in run} == {
        name: version for name, (version, _) in run.items()
    }


def test_imports_flow_one_way():
    """The arrows stand in pyproject.toml."""
    pytest.importorskip("importlinter", reason="import-linter comes with `./fortress test`, not with a plain install")
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def pure_files() -> Iterator[Path]:
    for folder in ("bot/core", "bot/wording", "classifier"):
        yield from (path for path in (ROOT / folder).rglob("*.py") if path.name != "__main__.py")
    for name in ("render.py", "parse.py", "records.py"):
        yield from (ROOT / "bot").rglob(name)


def test_deciding_and_wording_ask_no_clock_and_open_no_file():
    hits = [
        f"{path.relative_to(ROOT)}:{node.lineno} {called}"
        for path in pure_files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and (called := impure_call(node))
    ]

    assert hits == []


def impure_call(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id="open" | "print" | "input" | "exec" | "eval" as name):
            return name
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if (owner, name) in NOW:
            return f"{owner}.{name}"
        case _:
            return ""
