"""Makes .venv from the locks when that is needed, then hands over. The standard library only.

`./fortress` and `fortress.cmd` start it with a Python that is new enough. When .venv is as the locks
want it (a stamp says so), it hands over at once, so nothing heavy is imported above.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TextIO

WINDOWS = os.name == "nt"
STAMP, LOG, LOCK = "fortress.stamp", "setup.log", "setup.lock"
RUN, TEST = "requirements.lock", "requirements-dev.lock"
LOG_LINES_SHOWN = 15
NOT_STARTED = (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.ENOEXEC)  # what a broken .venv gives
UNWANTED = ("PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV")
QUIET = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_ROOT_USER_ACTION": "ignore", "PIP_USER": "0"}
NO_PIP = (
    "{version} at {python} has neither ensurepip nor pip: install one (Debian, Ubuntu: apt-get install python3-venv; "
    "Fedora: dnf install python3-pip), then run ./fortress again."
)
UNREACHABLE = "Is the package index within reach (proxy, PIP_INDEX_URL, PIP_CERT)? Then run ./fortress again."
TAMPERED = "A package is not what the lock says it was, so it was not installed. Find out why before you go on."


class SetUpError(Exception):
    """Set-up cannot go on. Its text says why, and what to do."""


class Place:
    """A checkout and the parts of its .venv."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.venv = os.path.join(root, ".venv")
        self.scripts = os.path.join(self.venv, "Scripts" if WINDOWS else "bin")
        self.python = os.path.join(self.scripts, "python.exe" if WINDOWS else "python")
        self.fortress = os.path.join(self.scripts, "fortress.exe" if WINDOWS else "fortress")
        self.stamp = os.path.join(self.venv, STAMP)
        self.log = os.path.join(self.venv, LOG)
        self.lock = os.path.join(self.venv, LOCK)

    def file(self, name: str) -> str:
        return os.path.join(self.root, name)


def main(arguments: Sequence[str]) -> int:
    place = Place(os.path.dirname(os.path.abspath(__file__)))
    lock = TEST if arguments[:1] == ["test"] else RUN
    try:
        return start(place, lock, arguments, set_up=set_up)
    except SetUpError as error:
        print(f"fortress: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nfortress: set-up was interrupted; the next call begins it again.", file=sys.stderr)
        return 130


def start(place: Place, lock: str, arguments: Sequence[str], *, set_up: Callable[[Place, str], None]) -> int:
    """Hand over to .venv, set up before if need be, and again if it cannot be started after all."""
    if is_ready(place, lock):
        try:
            return hand_over(place, arguments)
        except OSError as error:  # the Python it was made from has gone, perhaps
            if error.errno not in NOT_STARTED:
                raise
            remove(place.stamp)
    set_up(place, lock)
    try:
        return hand_over(place, arguments)
    except OSError as error:
        raise SetUpError(f"{place.venv} cannot be started ({error}). Remove it, then run ./fortress again.") from error


# --- is there anything to do? ----------------------------------------------------------------------------------


def is_ready(place: Place, lock: str) -> bool:
    """Tell whether .venv is whole and what this lock wants. What is enough for the tests is enough to run."""
    stamps = read_stamp(place)
    whole = os.path.exists(place.python) and os.path.exists(place.fortress)  # through symlinks: what is there to run
    return whole and any(stamps.get(one) == wanted_stamp(place, one) for one in {lock, TEST})


def wanted_stamp(place: Place, lock: str) -> str:
    """Sum up all that .venv depends on. It holds absolute paths, so a moved checkout counts too."""
    parts = [place.root, "{}.{}".format(*sys.version_info), sys.platform]
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape"))
    for name in (RUN, lock, "pyproject.toml"):
        with open(place.file(name), "rb") as file:
            digest.update(file.read() + b"\0")
    return digest.hexdigest()


def read_stamp(place: Place) -> dict[str, str]:
    try:
        with open(place.stamp, encoding="utf-8") as file:
            pairs = (line.split() for line in file)
            return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
    except (OSError, UnicodeDecodeError):
        return {}


def write_stamp(place: Place, lock: str) -> None:
    """Write the stamp in one piece, at the very end."""
    half = f"{place.stamp}.new"
    with open(half, "w", encoding="utf-8") as file:
        file.write(f"{lock} {wanted_stamp(place, lock)}\n")
    os.replace(half, place.stamp)


# --- handing over ----------------------------------------------------------------------------------------------


def hand_over(place: Place, arguments: Sequence[str]) -> int:
    """Become fortress, or pytest. `test` runs in the checkout, all else where it was started."""
    if arguments[:1] == ["test"]:
        os.chdir(place.root)
        return become([place.python, "-m", "pytest", *arguments[1:]], dict(os.environ))
    return become([place.fortress, *arguments], with_app_yaml(place, os.environ))


def with_app_yaml(place: Place, environ: Mapping[str, str]) -> dict[str, str]:
    """Name the checkout's app.yaml where none is nearer, so that cron and systemd need no `cd`."""
    own = place.file("app.yaml")
    if environ.get("FORTRESS_CONFIG") or os.path.exists("app.yaml") or not os.path.exists(own):
        return dict(environ)
    return {**environ, "FORTRESS_CONFIG": own}


def become(command: list[str], environ: dict[str, str]) -> int:
    sys.stdout.flush()
    if not WINDOWS:
        os.execve(command[0], command, environ)
    import subprocess

    try:
        return subprocess.run(command, env=environ, check=False).returncode
    except KeyboardInterrupt:
        return 130


# --- set-up ----------------------------------------------------------------------------------------------------


def set_up(place: Place, lock: str) -> None:
    """Make .venv what a lock wants. One process at a time; the others wait, and find it done."""
    os.makedirs(place.venv, exist_ok=True)
    with Held(place.lock) as held:
        if is_ready(place, lock):
            return
        python = base_python()
        work = Work(place, held, Display(sys.stderr))
        keep = can_be_kept(place)
        remove(place.stamp)
        if not keep:
            empty(place)
        with open(place.log, "w", encoding="utf-8"):
            pass
        work.step(f"{python_version()} gets its own place in .venv")
        pip = ensure_pip(work, python, keep=keep)
        count = packages_in(place.file(lock))
        work.step(f"{count} packages, each checked against its hashes in {lock}")
        work.run([*pip, "install", "--require-hashes", "-r", place.file(lock)], total=count)
        work.step("fortress itself")
        work.run([*pip, "install", "--no-deps", "--no-build-isolation", "--no-index", "-e", place.root])
        write_stamp(place, lock)
        work.done()


def can_be_kept(place: Place) -> bool:
    """Tell whether what is in .venv may be built upon: a finished set-up, or a person's own .venv, made here."""
    finished = bool(read_stamp(place)) or not os.path.exists(place.log)
    return finished and made_here(place) and same_python(place)


def made_here(place: Place) -> bool:
    """Tell whether the scripts in .venv hold this very path; a moved or copied one is of no use."""
    try:
        with open(os.path.join(place.scripts, "activate"), encoding="utf-8", errors="replace") as file:
            return place.venv in file.read()
    except OSError:
        return False


def same_python(place: Place) -> bool:
    """Tell whether .venv starts, has pip, and is of the version of Python that runs now."""
    import subprocess

    ask = "import pip, sys; print(*sys.version_info[:2], sep='.')"
    try:
        answer = subprocess.run([place.python, "-I", "-c", ask], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == "{}.{}".format(*sys.version_info)


def base_python() -> str:
    """Find the Python outside .venv: ./fortress may have started us with the one inside."""
    found = getattr(sys, "_base_executable", "") or sys.executable
    return os.path.realpath(found) if found.startswith(os.path.dirname(os.path.abspath(__file__))) else found


def python_version() -> str:
    return "Python {}.{}.{}".format(*sys.version_info)


def ensure_pip(work: Work, python: str, *, keep: bool) -> list[str]:
    """Make .venv if it is to be made, and give the way to call pip for it."""
    venv = work.place.venv
    inside = [work.place.python, "-m", "pip"]
    if keep:
        return inside
    if work.has(python, "ensurepip") and work.try_run([python, "-m", "venv", venv]):
        return inside
    if not work.try_run([python, "-m", "venv", "--without-pip", venv]) or not work.has(python, "pip"):
        raise SetUpError(NO_PIP.format(version=python_version(), python=python))
    return [python, "-m", "pip", "--python", work.place.python]


def packages_in(lock: str) -> int:
    with open(lock, encoding="utf-8") as file:
        return sum("==" in line and not line.startswith((" ", "#")) for line in file)


def remove(path: str) -> None:
    import contextlib

    with contextlib.suppress(FileNotFoundError):
        os.remove(path)


def empty(place: Place) -> None:
    """Take everything out of .venv but the lock that is being held."""
    import shutil

    for entry in os.scandir(place.venv):
        if entry.name == LOCK:
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.remove(entry.path)


class Held:
    """A lock the system lets go of when its last holder dies. pip inherits it: it may outlive us."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.number = -1

    def __enter__(self) -> Held:
        self.number = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        if not lock_file(self.number, wait=False):
            print("fortress: another set-up of .venv is running; waiting for it …", file=sys.stderr)
            lock_file(self.number, wait=True)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.number)


def lock_file(number: int, *, wait: bool) -> bool:
    """Lock it, and tell whether it worked. Where files cannot be locked, go on without."""
    try:
        if WINDOWS:
            import msvcrt

            msvcrt.locking(number, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(number, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
    return True


# --- showing it ------------------------------------------------------------------------------------------------


class Display:
    """One line a step; on a terminal its end moves."""

    def __init__(self, out: TextIO, steps: int = 3) -> None:
        import time

        self.out, self.steps, self.number, self.title = out, steps, 0, ""
        self.live = out.isatty()
        self.now = time.monotonic
        self.began = self.started = self.now()

    def step(self, title: str) -> None:
        self.finish()
        self.number, self.title, self.started = self.number + 1, title, self.now()
        self._write("" if self.live else "\n")

    def moving(self, words: str) -> None:
        if self.live:
            self._write(f" {words}")

    def finish(self) -> None:
        if self.title and self.live:
            self._write(f" {self.now() - self.started:.0f} s\n")
        self.title = ""

    def done(self) -> None:
        self.finish()
        self.out.write(f"Ready in {self.now() - self.began:.0f} s.\n\n")

    def broken(self) -> None:
        if self.title and self.live:
            self.out.write("\n")
        self.title = ""

    def _write(self, end: str) -> None:
        start = "\r\x1b[K" if self.live else ""
        self.out.write(f"{start}[{self.number}/{self.steps}] {self.title} …{end}")
        self.out.flush()


class Work:
    """Runs the commands of a set-up: their output goes to the log, their progress to the display."""

    def __init__(self, place: Place, held: Held, display: Display) -> None:
        self.place, self.held, self.display = place, held, display
        self.step, self.done = display.step, display.done

    def has(self, python: str, module: str) -> bool:
        find = f"import importlib.util, sys; sys.exit(importlib.util.find_spec('{module}') is None)"
        return self.try_run([python, "-c", find])

    def try_run(self, command: Sequence[str]) -> bool:
        return self._output(command, lambda _: None) == 0

    def run(self, command: Sequence[str], *, total: int = 0) -> None:
        """Run it, or raise with the end of what it said."""
        collected = 0

        def look(line: str) -> None:
            nonlocal collected
            if line.startswith(("Collecting ", "Requirement already satisfied", "Ignoring ")):
                collected += 1
                self.display.moving(f"{min(collected, total)} of {total}" if total else "")
            elif line.startswith("Installing collected packages"):
                self.display.moving("installing")

        code = self._output(command, look)
        if code != 0:
            self.display.broken()
            raise SetUpError(failure(self.place.log, code))

    def _output(self, command: Sequence[str], look: Callable[[str], None]) -> int:
        import subprocess

        with open(self.place.log, "a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(command)}\n")
            log.flush()
            with subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=pip_environment(os.environ),
                cwd=self.place.root,
                text=True,
                encoding="utf-8",
                errors="replace",
                pass_fds=() if WINDOWS else (self.held.number,),
            ) as child:
                try:
                    for line in child.stdout or ():
                        log.write(line)
                        log.flush()
                        look(line.strip())
                except BaseException:
                    child.terminate()
                    raise
            return child.returncode


def pip_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Keep what says where packages come from; drop what says where else to put them."""
    return {name: text for name, text in environ.items() if name not in UNWANTED} | QUIET


def failure(log: str, code: int) -> str:
    """Say what went wrong: the end of what pip said, and what to do."""
    with open(log, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()[-LOG_LINES_SHOWN:]
    said = "\n".join(f"    {line}" for line in lines)
    return (
        f"set-up stopped (exit code {code}). The last lines of {log}:\n{said}\n"
        f"{TAMPERED if 'DO NOT MATCH THE HASHES' in said else UNREACHABLE}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
