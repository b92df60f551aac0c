"""What a confined process is given, what it may use, how it ends, and that nothing of it stays."""

from __future__ import annotations

import os
import stat
import struct
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tinygrad_optim.course.answers import is_an_answer
from tinygrad_optim.course.checking import Checker
from tinygrad_optim.course.codec import MOST, TooMuch, from_text, to_text, value_to_text
from tinygrad_optim.course.exercise import Check, Exercise
from tinygrad_optim.course.grading import calls, confinement as confining, folders, processes, system
from tinygrad_optim.course.grading.confinement import CannotConfine, ConfinedChild, Confinement
from tinygrad_optim.course.grading.limits import Limits
from tinygrad_optim.course.grading.view import is_inside, without
from tinygrad_optim.course.grading.workers import Workers
from tinygrad_optim.course.lessons import PACKAGE
from tinygrad_optim.course.runner import Child

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="namespaces, Landlock and /proc are Linux's")
FILE = Path("/submission/exercises.py")
FEW = Limits(seconds=60.0)  # a slow machine is no attack
CALL = "def call(exercises):\n    return exercises.f()\n"


@pytest.fixture(scope="module")
def confinement():
    """The strictest that this machine allows, once for all."""
    with Confinement.best() as best:
        yield best


def ask(child: Child, body: str) -> dict[str, Any]:
    """What comes of f(), which has this body."""
    text = "def f():\n" + "".join(f"    {line}\n" for line in body.splitlines())
    ready = child.load(FILE, text)
    if "ready" not in ready:
        return ready
    return child.ask({"call": CALL, "name": "f", "inputs": {}, "trace": False})


def value_of(confinement: Confinement, body: str, limits: Limits = FEW) -> Any:
    with confinement.child(limits) as child:
        answer = ask(child, body)
    assert "value" in answer, answer
    return answer["value"]


# ---- what it is given --------------------------------------------------------------------------------------


def test_its_environment_has_nothing_of_the_grader_s(confinement: Confinement, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TINYGRAD_SECRET", "x")
    found = value_of(confinement, "import os\nreturn sorted(os.environ)")
    expected = ["HOME", "LANG", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PATH", "TMPDIR"]
    assert [name for name in found if name != "LC_CTYPE"] == expected  # Python itself may add that one


@LINUX
def test_it_has_no_descriptors_but_its_pipes(confinement: Confinement):
    body = """import os
found = []
for number in range(200):
    try:
        found.append(os.fstat(number).st_mode & 0o170000)
    except OSError:
        pass
return found"""
    found = value_of(confinement, body)
    assert found.count(stat.S_IFIFO) == 2
    assert len(found) <= 6  # these two, the three of every process, and what it reads instead of input
    assert stat.S_IFSOCK not in found


def test_it_may_write_in_its_own_folder_where_temporary_files_go_too(confinement: Confinement):
    body = """import os, tempfile
with tempfile.NamedTemporaryFile() as file:
    inside = os.path.dirname(file.name) == os.getcwd() == os.environ["HOME"]
with open("mine", "w") as file:
    file.write("x")
return [inside, os.listdir(), os.stat(".").st_mode & 0o777]"""
    assert value_of(confinement, body) == [True, ["mine"], 0o700]


def test_numpy_and_the_package_work_in_it(confinement: Confinement):
    body = """import tinygrad_optim as tg, numpy as np, json, decimal, statistics
x = tg.tensor([1.0, 2.0], requires_grad=True)
(x * x).sum().backward()
return [x.grad.tolist(), float(np.linalg.norm(np.ones((300, 300)) @ np.ones(300)) > 0)]"""
    assert value_of(confinement, body) == [[2.0, 4.0], 1.0]


@LINUX
@pytest.mark.skipif("os.geteuid() != 0", reason="only root can let each submission be a user of its own")
def test_as_root_each_child_at_work_is_another_user_and_is_free_again_afterwards(confinement: Confinement):
    body = "import os\nreturn [os.getresuid(), os.getresgid(), os.getgroups()]"
    with confinement.child(FEW) as first, confinement.child(FEW) as second:
        one, other = (ask(child, body)["value"] for child in (first, second))
        assert confinement.workers.taken == {one[0][0], other[0][0]}
    assert one[0][0] == one[0][1] == one[0][2] != other[0][0]
    assert one[0][0] >= 50_000
    assert one[2] == []
    assert confinement.workers.taken == set()  # free again; another grader on this machine may have it by now


@LINUX
@pytest.mark.parametrize("strict", [True, False], ids=["the strictest", "Landlock alone"])
def test_what_is_hidden_inside_what_is_shown_cannot_be_read(strict: bool):
    if not strict and not system.landlock_version():
        pytest.skip("this kernel has no Landlock")
    hidden = [PACKAGE / "data", PACKAGE / "py.typed"]
    body = """import os, tinygrad_optim
found = []
for name in ("data/iris.csv", "py.typed", "__init__.py"):
    try:
        with open(os.path.join(os.path.dirname(tinygrad_optim.__file__), name), "rb") as file:
            found.append(len(file.read()) > 0)
    except OSError as error:
        found.append(type(error).__name__)
return found"""
    with Confinement.best(hidden) if strict else Confinement(landlock=True, hidden=hidden) as confinement:
        data, typed, shown = value_of(confinement, body)
    assert data in ("FileNotFoundError", "PermissionError")
    assert typed in (False, "PermissionError")
    assert shown is True


# ---- what it may use ---------------------------------------------------------------------------------------


def test_memory_is_limited(confinement: Confinement):
    body = "try:\n    len(bytearray(900 << 20))\nexcept MemoryError:\n    return True\nreturn False"
    assert value_of(confinement, body, replace(FEW, memory=800 << 20)) is (sys.platform == "linux")


@LINUX
def test_processor_time_is_limited(confinement: Confinement):
    with confinement.child(replace(FEW, cpu=2)) as child:
        assert ask(child, "while True:\n    pass") == {"ended": -9}


@LINUX
def test_processes_are_limited(confinement: Confinement):
    body = """import os, time
count = 0
try:
    while count < 200:
        if os.fork() == 0:
            time.sleep(100)
        count += 1
except OSError:
    pass
return count"""
    assert 1 <= value_of(confinement, body, replace(FEW, processes=12)) < 200


def test_files_are_limited(confinement: Confinement):
    body = """try:
    with open("long", "wb") as file:
        file.write(bytes(3 << 20))
except OSError:
    return True
return False"""
    assert value_of(confinement, body, replace(FEW, file=1 << 20)) is (os.name == "posix")


def test_an_answer_longer_than_allowed_is_none(confinement: Confinement):
    with confinement.child(replace(FEW, answer=1000)) as child:
        assert ask(child, "return 'x' * 2000") == {"tampered": "wrote what was not asked for"}


# ---- how it ends -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("body", "code"), [("os._exit(3)", 3), ("os.kill(os.getpid(), 9)", -9), ("os._exit(0)", 0)])
def test_how_a_process_ended_is_told(confinement: Confinement, body: str, code: int):
    with confinement.child(FEW) as child:
        assert ask(child, f"import os\n{body}") == {"ended": code}


def test_a_case_that_takes_too_long_is_late_and_over_at_once(confinement: Confinement):
    with confinement.child(replace(FEW, seconds=0.5)) as child:
        child.limit = 20.0  # for the file
        child.load(FILE, "def f():\n    while True:\n        pass\n")
        child.limit = 0.5
        start = time.monotonic()
        assert child.ask({"call": CALL, "name": "f", "inputs": {}, "trace": False}) == {"late": 0.5}
        assert time.monotonic() - start < 15
        assert not child.alive


def test_its_folder_is_gone_afterwards(confinement: Confinement):
    with confinement.child(FEW) as child:
        ask(child, "import os\nos.makedirs('a/b')\nos.chmod('a', 0)\nreturn None")
        folder = Path(child.folder.name)
        assert folder.exists()
    assert not folder.exists()


def test_a_request_that_is_never_read_lets_nobody_wait(confinement: Confinement):
    stops = "import os, signal, threading\nthreading.Timer(0.1, os.kill, (os.getpid(), signal.SIGSTOP)).start()\n"
    with confinement.child(FEW) as child:
        assert child.load(FILE, stops) == {"ready": True}
        time.sleep(0.5)
        child.limit = 1.0
        request = {"call": CALL, "name": "f", "inputs": {"x": "y" * 1_000_000}, "trace": False}
        assert child.ask(request) == {"late": 1.0}


@LINUX
def test_where_the_nursery_has_ended_another_takes_its_place(confinement: Confinement):
    value_of(confinement, "return 1")
    confinement.nursery.process.kill()
    confinement.nursery.process.wait()
    assert value_of(confinement, "return 2") == 2


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can become another user")
def test_as_root_no_learner_s_code_runs_where_its_user_may_not_read_python(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """Rather than as root, which would work."""
    closed = tmp_path / "numpy.py"
    closed.write_text("")
    closed.chmod(0o600)
    monkeypatch.setattr(confining, "needed", lambda: [str(closed)])
    monkeypatch.setattr(confining, "possible", lambda hidden: iter([Confinement(user=True), Confinement()]))
    with pytest.raises(CannotConfine, match=r"must not run as root.*may not read Python itself.*numpy\.py"):
        Confinement.best()


def test_another_copy_of_the_lessons_that_python_would_find_is_hidden_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    other = tmp_path / "site-packages" / "tinygrad_optim" / "lessons" / "01_first"
    other.mkdir(parents=True)
    (other / "checks.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    assert other.parent in Confinement().hidden


@LINUX
def test_a_process_that_cannot_be_confined_is_no_fault_of_the_learner_s(confinement: Confinement):
    class Impossible(ConfinedChild):
        def task(self, shown):
            return replace(super().task(shown), folder="/no/such/folder")

    with Impossible(confinement, FEW) as child, pytest.raises(CannotConfine, match="No such file"):
        child.load(FILE, "")


@LINUX
def test_a_file_that_ends_with_the_code_of_a_failed_confinement_has_only_ended(confinement: Confinement):
    with confinement.child(FEW) as child:
        assert child.load(FILE, "import os\nos._exit(97)\n") == {"ended": 97}


def test_an_answer_written_before_it_is_asked_for_is_none(confinement: Confinement):
    body = """import sys
frame = sys._getframe()
while "token" not in frame.f_locals:
    frame = frame.f_back
frame.f_locals["answers"].write(frame.f_locals["token"] + b' {"d":[["value",2]]}\\n' * 2)
return 1"""
    with confinement.child(FEW) as child:
        assert ask(child, body) == {"value": 2}  # the learner's own, in the place of the learner's own
        request = {"call": CALL, "name": "f", "inputs": {}, "trace": False}
        assert child.ask(request) == {"tampered": "wrote what was not asked for"}
        assert not child.alive


def test_what_it_prints_is_kept_apart(confinement: Confinement):
    with confinement.child(FEW) as child:
        assert ask(child, "print('hello')\nreturn 1") == {"value": 1}
        assert child.printed() == "hello\n"


def test_a_file_that_breaks_off_gives_no_function_a_chance(confinement: Confinement):
    text = "def f():\n    return 1\n\n\nraise ValueError\n"
    check = Check("it is 1", lambda random: {}, call_f, lambda: 1)
    exercise = Exercise("f", "write", (check,), (), ())
    with Checker(FILE, text, "seed", 60.0, start=lambda: confinement.child(FEW)) as checker:
        outcomes = list(checker.check_all([exercise, exercise]))
    assert [one.points for one in outcomes] == [0, 0]


def call_f(exercises):
    return exercises.f()


GRADER = """import sys, time
from pathlib import Path
from tinygrad_optim.course.grading.confinement import Confinement
with Confinement.best() as confinement, confinement.child() as child:
    child.load(Path("/submission/exercises.py"), "import os\\nos.fork()\\nopen('left', 'w').close()")
    print(child.folder.name, confinement.nursery.process.pid, flush=True)
    time.sleep(1000)
"""


@LINUX
def test_when_the_grader_is_killed_all_that_it_has_started_ends_and_its_folders_go():
    with subprocess.Popen([sys.executable, "-c", GRADER], stdout=subprocess.PIPE, text=True) as grader:
        assert grader.stdout is not None
        folder, nursery = grader.stdout.readline().split()
        assert Path(folder).exists()
        assert processes.fields(int(nursery))
        grader.kill()
    until = time.monotonic() + 60
    while (Path(folder).exists() or processes.fields(int(nursery))[:1] not in ([], ["Z"])) and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(folder).exists()
    assert processes.fields(int(nursery))[:1] in ([], ["Z"])  # ended, at least


# ---- users, paths, folders ---------------------------------------------------------------------------------


@LINUX
def test_two_graders_on_one_machine_take_different_users():
    one, other = Workers(70_000), Workers(70_000)
    first, second = one.take(), other.take()
    assert {first.uid, second.uid} == {70_000, 70_001}
    one.give_back(first)
    third = other.take()
    assert third.uid == 70_000
    for worker in (second, third):
        other.give_back(worker)


def test_what_is_hidden_is_left_out_of_what_is_shown_and_all_beside_it_is_kept(tmp_path: Path):
    for name in ("a/lessons/x", "a/other", "b"):
        (tmp_path / name).mkdir(parents=True)
    paths = [str(tmp_path / "a"), str(tmp_path / "b")]
    assert without(paths, [str(tmp_path / "a" / "lessons")]) == [str(tmp_path / "a" / "other"), str(tmp_path / "b")]
    assert without(paths, [str(tmp_path)]) == []
    assert not is_inside("/usr/local", "/usr/loc")


def test_removing_a_folder_follows_no_link_and_needs_no_rights_in_it(tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    folder = tmp_path / "private"
    (folder / "closed" / "deeper").mkdir(parents=True)
    (folder / "closed" / "deeper" / "file").write_text("x")
    (folder / "closed" / "raised-0").mkdir()
    (folder / "raised-0").mkdir()
    (folder / "link").symlink_to(outside)
    (folder / "loop").symlink_to("loop")
    os.link(outside / "kept", folder / "hard")
    for path in (folder / "closed" / "deeper", folder / "closed"):
        path.chmod(0)
    folders.remove(str(folder))
    assert not folder.exists()
    assert (outside / "kept").read_text() == "x"
    assert outside.stat().st_mode & 0o777 == 0o777 & ~umask()


def umask() -> int:
    found = os.umask(0)
    os.umask(found)
    return found


def test_a_folder_is_full_by_its_bytes_and_by_its_files(tmp_path: Path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "file").write_bytes(bytes(100_000))
    assert not folders.is_full(str(tmp_path), 1_000_000, 10)
    assert folders.is_full(str(tmp_path), 50_000, 10)
    assert folders.is_full(str(tmp_path), 1_000_000, 1)


def test_what_a_check_s_own_lines_warn_of_is_no_error_of_a_file_that_makes_errors_of_warnings(confinement: Confinement):
    call = "def call(exercises):\n    import warnings\n    warnings.warn('on purpose')\n    return exercises.f()\n"
    with confinement.child(FEW) as child:
        child.load(FILE, "import warnings\nwarnings.simplefilter('error')\ndef f():\n    return 1\n")
        assert child.ask({"call": call, "name": "f", "inputs": {}, "trace": False}) == {"value": 1}


# ---- calls -------------------------------------------------------------------------------------------------


REFUSED = """
import os, socket
def refused(call, *arguments):
    try:
        call(*arguments)
    except PermissionError:
        return True
    return False
found = [refused(socket.socket, family) for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)]
return [*found, refused(os.memfd_create, "memory")]
"""
ALLOWED = """
import os, socket, subprocess, sys, threading
thread = threading.Thread(target=print)
thread.start()
thread.join()
ours, theirs = socket.socketpair()
if not os.fork():
    theirs.send(b"heard")
    os._exit(0)
os.wait()
return ours.recv(5).decode()
"""


@pytest.mark.skipif(not calls.can_be_refused(), reason="this kernel takes no filters of calls")
@pytest.mark.parametrize("strict", [True, False])
def test_sockets_and_uncounted_memory_are_refused_and_what_programs_need_is_not(strict: bool):
    with Confinement.best() if strict else Confinement(filtered=True) as confinement:
        assert value_of(confinement, REFUSED) == [True] * 4
        assert value_of(confinement, ALLOWED) == "heard"


def test_the_filter_s_instructions_lead_to_one_of_its_ends(monkeypatch: pytest.MonkeyPatch):
    """On either machine: each skip stays inside, and each number that is refused skips to the last."""
    for name in calls.KINDS:
        monkeypatch.setattr(calls, "machine", lambda name=name: name)
        steps = list(struct.iter_unpack("=HBBI", calls.program()))
        ends = [place for place, step in enumerate(steps) if step[0] == calls.RETURN]
        assert [steps[place][3] for place in ends] == [calls.END, calls.ALLOW, calls.REFUSE]
        for place, (code, taken, other, number) in enumerate(steps):
            if code == calls.EQUAL and number in calls.KINDS.values():
                assert (place + 1 + taken, other) == (ends[0] + 1, 0)
            elif code in (calls.EQUAL, calls.AT_LEAST):
                assert (place + 1 + taken, other) == (ends[2], 0)


# ---- answers -----------------------------------------------------------------------------------------------


def test_what_is_too_deep_or_too_long_is_refused_before_it_is_read():
    for text in (b"[" * 10_000 + b"]" * 10_000, b"[" + b"0," * (5 * MOST) + b"0]", b"[[]"):
        with pytest.raises(TooMuch):
            from_text(text)


def deep(times: int) -> list:
    value: list = []
    for _ in range(times):
        value = [value]
    return value


@pytest.mark.parametrize("value", [None, 1.5, float("nan"), (1, [2, {"three": "vier"}]), "\ud800", deep(57)])
def test_the_text_of_a_value_is_that_of_an_answer(value: Any):
    assert value_to_text(value) == to_text({"value": value})
    assert repr(from_text(value_to_text(value))) == repr({"value": value})


def test_a_value_too_long_or_too_deep_to_be_an_answer_is_said_to_be_so(confinement: Confinement):
    for body in ("return 'x' * 1_000_001", "x = []\nfor _ in range(70):\n    x = [x]\nreturn x"):
        with confinement.child(FEW) as child:
            assert "which is too much" in ask(child, body)["odd"]["says"]


def test_brackets_and_commas_in_a_text_count_for_nothing():
    value = ["[" * 1000, '{,"]\\' * 1000, {"[[": '"'}]
    assert from_text(to_text(value)) == value


def test_a_dict_whose_many_keys_could_be_made_to_collide_is_refused_and_one_of_texts_is_not():
    texts = {str(n): n for n in range(20_000)}
    assert from_text(to_text(texts)) == texts
    with pytest.raises(TooMuch):
        from_text(to_text({n: n for n in range(20_000)}))


RAISED = {"type": "E", "message": "", "lines": [(1, "f", "x")], "own": True, "unwritten": False, "ends": False}


@pytest.mark.parametrize(
    "answer", [{"ready": True}, {"value": None}, {"missing": "f"}, {"raised": RAISED}, {"slice": {}}]
)
def test_the_forms_of_answers(answer: Any):
    assert is_an_answer(answer)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"late": 1.0},
        {"ended": 0},
        {"raised": 5},
        {"raised": {**RAISED, "own": 1}},
        {"raised": {**RAISED, "lines": [(1, "f")]}},
        {"raised": {**RAISED, "more": 1}},
        {"slice": {"lines": [[1, 2]], "returned": ""}},
        {"value": 1, "ready": True},
        {1: 2},
    ],
)
def test_what_has_no_form_of_an_answer_is_none(answer: Any):
    assert not is_an_answer(answer)
