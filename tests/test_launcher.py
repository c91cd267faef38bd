import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bootstrap

ROOT = Path(__file__).parent.parent
posix = pytest.mark.skipif(os.name == "nt", reason="fortress is for sh; Windows has fortress.cmd")


@pytest.fixture
def place(tmp_path: Path) -> bootstrap.Place:
    """A checkout, in a folder with a space, whose .venv is not made yet."""
    root = tmp_path / "a checkout"
    root.mkdir()
    for name in ("fortress", "bootstrap.py", "pyproject.toml", bootstrap.RUN, bootstrap.TEST):
        shutil.copy(ROOT / name, root / name)
    return bootstrap.Place(str(root))


def finish(place: bootstrap.Place, lock: str = bootstrap.RUN) -> None:
    """Leave .venv as a finished set-up does, with a fortress that says how it was called."""
    Path(place.scripts).mkdir(parents=True, exist_ok=True)
    script = Path(place.fortress)
    script.write_text('#!/bin/sh\nprintf "<%s>" "$@" "$FORTRESS_CONFIG"\nexit 7\n')
    script.chmod(0o755)
    Path(place.python).touch()
    bootstrap.write_stamp(place, lock)


def call(place: bootstrap.Place, *arguments: str, python: str | None = None, cwd: str | None = None):
    """Run ./fortress with a PATH on which there is one Python, or none."""
    tools = Path(place.root).parent / "tools"
    tools.mkdir()
    for name in ("dirname", "readlink"):
        (tools / name).symlink_to(str(shutil.which(name)))
    if python:
        (tools / "python3").write_text(python)
        (tools / "python3").chmod(0o755)
    return subprocess.run(
        ["/bin/sh", str(Path(place.root, "fortress")), *arguments],
        env={"PATH": str(tools)},
        cwd=cwd or place.root,
        capture_output=True,
        text=True,
        check=False,
    )


class Runner:
    """Stands in for the commands of a set-up."""

    def __init__(self, place: bootstrap.Place, *, modules: tuple[str, ...], fails: tuple[str, ...] = ()) -> None:
        self.place, self.modules, self.fails = place, modules, fails
        self.ran: list[str] = []

    def has(self, python: str, module: str) -> bool:
        return module in self.modules

    def try_run(self, command: list[str]) -> bool:
        self.ran.append(" ".join(command[:-1]))
        return self.ran[-1] not in self.fails


# --- finding a Python --------------------------------------------------------------------------------------------


@posix
def test_python_that_is_too_old_gives_one_clear_line(place):
    old = '#!/bin/sh\ncase "$*" in *print*) echo 3.9.2;; *) exit 1;; esac\n'

    done = call(place, "--help", python=old)

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "needs Python 3.11 or newer, and python3 is 3.9.2. Install " in done.stderr


@posix
def test_no_python_at_all_gives_one_clear_line(place):
    done = call(place, "--help")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "there is none here" in done.stderr


# --- nothing to do -----------------------------------------------------------------------------------------------


@posix
def test_finished_venv_is_handed_over_to_untouched(place, tmp_path):
    finish(place)
    before = {path: path.stat().st_mtime_ns for path in Path(place.venv).rglob("*")}

    done = call(place, "client", "two words", python=f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')

    assert (done.returncode, done.stdout, done.stderr) == (7, "<client><two words><>", "")
    assert {path: path.stat().st_mtime_ns for path in Path(place.venv).rglob("*")} == before


@posix
def test_started_from_elsewhere_it_names_the_checkouts_app_yaml(place, tmp_path):
    finish(place)
    own = Path(place.root, "app.yaml")
    own.write_text("")

    done = call(place, python=f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', cwd=str(tmp_path))

    assert done.stdout.endswith(f"<{own}>")


def test_what_is_enough_for_the_tests_is_enough_to_run_but_not_the_other_way_round(place):
    finish(place, bootstrap.TEST)
    assert bootstrap.is_ready(place, bootstrap.RUN)
    assert bootstrap.is_ready(place, bootstrap.TEST)

    finish(place, bootstrap.RUN)
    assert bootstrap.is_ready(place, bootstrap.RUN)
    assert not bootstrap.is_ready(place, bootstrap.TEST)


@pytest.mark.parametrize("name", [bootstrap.RUN, bootstrap.TEST, "pyproject.toml"])
def test_changed_lock_or_project_asks_for_a_new_set_up(place, name):
    finish(place, bootstrap.TEST)

    with Path(place.file(name)).open("a") as file:
        file.write("# changed\n")

    assert not bootstrap.is_ready(place, bootstrap.TEST)


def test_moved_checkout_asks_for_a_new_set_up(place, tmp_path):
    finish(place)

    shutil.move(place.root, tmp_path / "moved")
    moved = bootstrap.Place(str(tmp_path / "moved"))

    assert not bootstrap.is_ready(moved, bootstrap.RUN)
    assert not bootstrap.can_be_kept(moved)


@pytest.mark.parametrize("half", ["", "requirements.lock", "\0\0", "requirements.lock 123 456"])
def test_damaged_stamp_is_no_stamp(place, half):
    finish(place)

    Path(place.stamp).write_text(half)

    assert not bootstrap.is_ready(place, bootstrap.RUN)


@pytest.mark.parametrize("part", ["python", "fortress"])
def test_venv_without_its_python_or_its_fortress_asks_for_a_new_set_up(place, part):
    finish(place)

    Path(getattr(place, part)).unlink()

    assert not bootstrap.is_ready(place, bootstrap.RUN)


@posix
def test_venv_whose_python_was_removed_asks_for_a_new_set_up(place):
    finish(place)
    Path(place.python).unlink()

    Path(place.python).symlink_to("/removed/python3.11")

    assert not bootstrap.is_ready(place, bootstrap.RUN)


@posix
def test_venv_that_cannot_be_started_after_all_is_set_up_again(place):
    finish(place)
    Path(place.fortress).write_text("#!/removed/python3.11\n")

    def set_up(place: bootstrap.Place, lock: str) -> None:
        assert not bootstrap.is_ready(place, lock)
        raise bootstrap.SetUpError("begun again")

    with pytest.raises(bootstrap.SetUpError, match="begun again"):
        bootstrap.start(place, bootstrap.RUN, [], set_up=set_up)


@posix
def test_whole_venv_is_kept_when_the_system_has_other_troubles(place):
    finish(place)

    with pytest.raises(OSError, match="too long"):
        bootstrap.start(place, bootstrap.RUN, ["x" * 10_000_000], set_up=bootstrap.set_up)

    assert bootstrap.is_ready(place, bootstrap.RUN)


@posix
def test_venv_that_cannot_be_started_even_when_new_gives_one_clear_line(place):
    finish(place)
    Path(place.fortress).write_text("#!/removed/python3.11\n")

    with pytest.raises(bootstrap.SetUpError, match="cannot be started"):
        bootstrap.start(place, bootstrap.RUN, [], set_up=bootstrap.write_stamp)


# --- set-up ------------------------------------------------------------------------------------------------------


def test_venv_brings_its_own_pip_where_python_can(place):
    runner = Runner(place, modules=("ensurepip", "pip"))

    assert bootstrap.ensure_pip(runner, "python3", keep=False) == [place.python, "-m", "pip"]
    assert runner.ran == ["python3 -m venv"]


def test_pip_outside_fills_the_venv_where_ensurepip_is_missing(place):
    runner = Runner(place, modules=("pip",))

    pip = bootstrap.ensure_pip(runner, "python3", keep=False)

    assert pip == ["python3", "-m", "pip", "--python", place.python]
    assert runner.ran == ["python3 -m venv --without-pip"]


def test_pip_outside_also_helps_where_ensurepip_is_there_and_fails(place):
    runner = Runner(place, modules=("ensurepip", "pip"), fails=("python3 -m venv",))

    assert "--python" in bootstrap.ensure_pip(runner, "python3", keep=False)


def test_neither_ensurepip_nor_pip_gives_one_clear_line(place):
    runner = Runner(place, modules=())

    with pytest.raises(bootstrap.SetUpError) as caught:
        bootstrap.ensure_pip(runner, "/usr/bin/python3", keep=False)

    assert "\n" not in str(caught.value)
    assert "apt-get install python3-venv" in str(caught.value)
    assert "dnf install python3-pip" in str(caught.value)


def test_interrupted_set_up_is_begun_again_and_a_finished_one_of_another_python_too(place):
    finish(place)
    Path(place.log).write_text("half")
    Path(place.lock).write_text("")

    assert not bootstrap.can_be_kept(place)

    bootstrap.empty(place)
    assert [path.name for path in Path(place.venv).iterdir()] == [bootstrap.LOCK]


@posix
def test_only_one_set_up_at_a_time(place, tmp_path):
    with bootstrap.Held(str(tmp_path / "lock")) as held, Path(held.path).open() as second:
        assert not bootstrap.lock_file(second.fileno(), wait=False)

    with Path(held.path).open() as third:
        assert bootstrap.lock_file(third.fileno(), wait=False)


@posix
def test_failing_command_is_told_with_its_last_lines_and_what_to_do(place, tmp_path):
    Path(place.venv).mkdir()
    shown = io.StringIO()
    with bootstrap.Held(place.lock) as held:
        work = bootstrap.Work(place, held, bootstrap.Display(shown))
        work.step("packages")
        with pytest.raises(bootstrap.SetUpError) as caught:
            work.run([sys.executable, "-c", "print('no such host'); raise SystemExit(3)"])

    assert shown.getvalue() == "[1/3] packages …\n"
    assert "exit code 3" in str(caught.value)
    assert "    no such host\n" in str(caught.value)
    assert "proxy" in str(caught.value)
    assert "no such host" in Path(place.log).read_text()


def test_wrong_hash_is_told_as_what_it_is(tmp_path):
    log = tmp_path / "log"
    log.write_text("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n")

    assert bootstrap.failure(str(log), 1).endswith(bootstrap.TAMPERED)


def test_progress_counts_up_to_the_packages_of_the_lock(place):
    Path(place.venv).mkdir()
    shown = io.StringIO()
    shown.isatty = lambda: True  # type: ignore[method-assign]
    says = "for name in ('a', 'b'): print('Collecting', name)\nprint('Installing collected packages: a, b')"
    with bootstrap.Held(place.lock) as held:
        work = bootstrap.Work(place, held, bootstrap.Display(shown))
        work.step("packages")
        work.run([sys.executable, "-c", says], total=2)

    ends = [line.rpartition("… ")[2] for line in shown.getvalue().split("\r")]
    assert ends[-3:] == ["1 of 2", "2 of 2", "installing"]


def test_settings_that_would_put_packages_elsewhere_are_dropped_and_mirrors_kept():
    environ = bootstrap.pip_environment({"PIP_TARGET": "x", "PYTHONPATH": "y", "PIP_INDEX_URL": "z", "PATH": "p"})

    assert environ == {"PIP_INDEX_URL": "z", "PATH": "p", **bootstrap.QUIET}


def test_lock_tells_how_many_packages_there_are():
    assert 20 < bootstrap.packages_in(str(ROOT / bootstrap.RUN)) < bootstrap.packages_in(str(ROOT / bootstrap.TEST))
