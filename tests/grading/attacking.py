"""Grades every hostile submission of a folder, each beside an honest one, and writes down what became of it.

    python attacking.py MODE FOLDER...      a line of JSON for each submission, and one with what all of them left

Started as root it becomes, for the modes of an ordinary user, one: with a number that no one else has, in a mount
namespace where that user can read the Python that root has. PYTHONPATH leads to the package and to the tests.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import socket
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import small_course

from tinygrad_optim.course.checking import Checker
from tinygrad_optim.course.grading import processes, system, view
from tinygrad_optim.course.grading.confinement import Confinement
from tinygrad_optim.course.grading.limits import Limits
from tinygrad_optim.course.grading.workers import Workers, hold
from tinygrad_optim.course.lessons import all_lessons

SECONDS = 1.0  # a case of a hostile submission may take
PATIENCE = 60.0  # and one of an honest one, on a slow machine
USERS = (
    210_000  # and above, a hundred for each run: the first for modes that need no root, the others for those that do
)
MODES = {
    "root": {"user": True, "namespaces": True, "filtered": True},
    "user": {"user": True, "landlock": True, "filtered": True},
    "namespace": {"namespaces": True, "filtered": True},
    "landlock": {"landlock": True, "filtered": True},
    "plain": {},
}
LONG = "\n" + "# nothing\n" * 1_000_000


def main() -> None:
    mode, *hostile = sys.argv[1:]
    wanted = MODES[mode]
    uids, held = users()
    alone = os.geteuid() == 0  # and all processes and files of these users are this run's
    if alone and mode != "root":
        open_to_all()
    if alone and "user" not in wanted:
        become(uids[0])
    os.environ["SECRET"] = "the grader's own"
    folder = Path(tempfile.mkdtemp(prefix="tinygrad-attacked-"))
    folder.chmod(0o711)
    tempfile.tempdir = str(folder / "private")
    os.mkdir(tempfile.tempdir, 0o711)
    try:
        os.environ["TINYGRAD_OPTIM_LESSONS"] = str(small_course.write_course(folder / "lessons"))
        with Confinement(workers=Workers(uids[1]), **wanted) as confinement:
            reason = confinement.fails()
            say({"mode": mode, "fails": reason, "cannot": confinement.cannot})
            if not reason:
                attack(confinement, [Path(path) for path in hostile])
        left = os.listdir(tempfile.tempdir)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    left += left_files(uids) if alone else []
    say({"processes": left_processes(uids) if alone else [], "files": left})
    held.close()


def users() -> tuple[range, socket.socket]:
    """Users that no other run has, and what holds them."""
    for first in range(USERS, USERS + 100_000, 100):
        with contextlib.suppress(FileExistsError):
            held = hold(first)
            assert held is not None, "only Linux has names of this kind"
            return range(first, first + 100), held
    raise RuntimeError("all users are taken")


def say(told: dict) -> None:
    print(json.dumps(told), flush=True)


def open_to_all() -> None:
    """Let every user read what this Python and these tests consist of: from this process, and those it starts."""
    system.unshare(system.NEW_MOUNTS)
    system.mount("none", "/", "", system.RECURSIVE | system.PRIVATE)
    open_the_way([*view.shown(), str(Path(__file__).parents[1])])


def become(uid: int) -> None:
    """Be an ordinary user."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    system.set_process(system.DUMPABLE, 1)  # as for anyone who has not been root
    os.environ["HOME"] = "/tmp"


def open_the_way(paths: list[str]) -> None:
    """Let everybody get to these paths, through folders that are otherwise closed to them."""
    closed = {top for path in paths if (top := first_closed(path))}
    for top in closed:
        stash = tempfile.mkdtemp()
        inside = [path for path in paths if view.is_inside(path, top)]
        for number, path in enumerate(inside):
            os.mkdir(f"{stash}/{number}")
            system.mount(path, f"{stash}/{number}", "", system.BIND | system.RECURSIVE)
        system.mount("tmpfs", top, "tmpfs", 0, "mode=755")
        for number, path in enumerate(inside):
            os.makedirs(path)
            system.mount(f"{stash}/{number}", path, "", system.BIND | system.RECURSIVE)
            system.call("umount2", f"{stash}/{number}".encode(), system.DETACH)
        shutil.rmtree(stash)


def first_closed(path: str) -> str:
    """The topmost folder on the way to a path that others cannot go through; "" if none."""
    for folder in reversed(Path(path).parents):
        if not folder.stat().st_mode & 1:
            return str(folder)
    return ""


def attack(confinement: Confinement, hostile: list[Path]) -> None:
    """Each of these submissions, four at a time; beside them the honest one, over and over."""
    over = threading.Event()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    honest: list[dict] = []

    def go_on_being_honest() -> None:
        while not over.wait(0.3):
            honest.append(graded(confinement, small_course.SOLUTIONS, Limits(seconds=PATIENCE)))

    beside = threading.Thread(target=go_on_being_honest)
    beside.start()
    with ThreadPoolExecutor(4) as pool:
        for path, found in zip(hostile, pool.map(lambda path: attacked(confinement, path), hostile)):
            say({"name": path.stem, **found})
    over.set()
    beside.join()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    say({"honest": honest, "grown": grown >> 10})


def attacked(confinement: Confinement, path: Path) -> dict:
    """What became of one hostile submission."""
    text = path.read_bytes().decode("utf-8", "replace")
    limits = Limits(seconds=SECONDS, cpu=20, memory=1 << 30, disk=16 << 20, files=2_000, file=8 << 20)
    return graded(confinement, text + LONG * path.stem.endswith("ten_megabytes"), limits)


def graded(confinement: Confinement, text: str, limits: Limits) -> dict:
    """The points of a submission for the small course's first lesson, and how each check went."""
    start = time.monotonic()
    exercises = all_lessons()[0].exercises()

    def child():
        return confinement.child(limits)

    try:
        with Checker(Path("/submission/exercises.py"), text, "seed", limits.seconds, start=child) as checker:
            outcomes = list(checker.check_all(exercises))
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    hows = {one.exercise.name: [check.how for check in one.checks] for one in outcomes}
    points = {one.exercise.name: one.points for one in outcomes}
    return {"points": points, "hows": hows, "seconds": round(time.monotonic() - start, 2)}


def left_processes(uids: range) -> list[str]:
    """Processes of these users, but for this one and for those that have ended."""
    found = []
    for pid in processes.numbers():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
            if os.stat(f"/proc/{pid}").st_uid in uids and pid != os.getpid() and ") Z " not in stat:
                found.append(stat)
        except OSError:
            continue
    return found


def left_files(uids: range) -> list[str]:
    """Files of these users in the folders that everybody may write to."""
    found = []
    for place in ("/tmp", "/var/tmp", "/dev/shm"):
        for entry in os.scandir(place):
            if entry.stat(follow_symlinks=False).st_uid in uids:
                found.append(entry.path)
    return found


if __name__ == "__main__":
    main()
