"""The command `trace`: it runs a script as Python would, and tells of it what was asked for."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys

import pytest
from trace_program import write_program

from tinygrad_optim.cli import main

SHORT = """\
import tinygrad_optim as torch
w = torch.ones(2, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.5)
for step in range({steps}):
    optimizer.zero_grad()
    (w * w).sum().backward()
    optimizer.step()
"""


def python(*arguments, cwd=None, stdin=None):
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")}
    environment["PYTHONPATH"] = os.getcwd()
    command = [sys.executable, "-W", "error", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, input=stdin, env=environment, timeout=120)


def trace_alone(*arguments, **more):
    """The command in a process of its own."""
    return python("-m", "tinygrad_optim", "trace", *arguments, **more)


def trace(*arguments):
    """The command in this process, which is quicker."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(["trace", *map(str, arguments)])
        except SystemExit as ended:
            code = ended.code
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def script(folder, text, name="script.py"):
    path = folder / name
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The program traced whole, with all files: the finished process, and the folder."""
    folder = tmp_path_factory.mktemp("told")
    files = [part for kind in ("html", "json", "out") for part in (f"--{kind}", folder / "new" / f"story.{kind}")]
    done = trace_alone(*files, write_program(folder), "--steps", "4")
    assert (done.returncode, done.stderr) == (0, "")
    return done, folder / "new"


# ---- the story ---------------------------------------------------------------------------------------------


def test_the_script_prints_what_it_prints_and_then_comes_its_story(told):
    lines = told[0].stdout.splitlines()
    assert lines[0].startswith("loss 0.")
    chapters = [line.split()[1].rstrip(":") for line in lines if re.match(r"\d+\. ", line)]
    assert chapters == ["CONSTRUCT", *["FORWARD", "BACKWARD", "STEP"] * 4]


def test_lines_of_the_script_and_of_the_library_are_told_with_their_values(told):
    text = told[0].stdout
    assert "loss = nn.functional.mse_loss(net(x), y)" in text
    assert "hidden = self.first(x).relu()" in text
    assert "g = g + weight_decay * p" in text
    assert "reads weight_decay = 0.1" in text


def test_what_is_alike_is_told_once(told):
    text = told[0].stdout
    assert text.count("g = g + weight_decay * p") == 1
    assert text.count("by the same ops as before") == 3
    assert text.count("unused  stays as it is: it has no gradient") == 4


def test_the_files_are_written_and_named(told):
    done, folder = told
    assert sorted(path.name for path in folder.iterdir()) == ["story.html", "story.json", "story.out"]
    assert done.stdout.splitlines()[-1].startswith("wrote ")
    assert (folder / "story.out").read_text() in done.stdout
    assert (folder / "story.html").read_text().startswith("<!doctype html>")


def test_without_a_terminal_there_are_no_colours(told):
    assert "\x1b" not in told[0].stdout


def test_json_holds_the_whole_story_and_exact_numbers(told):
    story = json.loads((told[1] / "story.json").read_text())
    assert (story["version"], story["first_step"]) == (1, 1)
    steps = [chapter for chapter in story["chapters"] if chapter["kind"] == "step"]
    assert len(steps) == 4
    for step in steps:
        for group in step["groups"]:
            for update in group["updates"]:
                changed = [new - old for new, old in zip(flat(update["new"]), flat(update["old"]))]
                assert changed == flat_list(update["change"])


def flat(value):
    return flat_list(value.get("array", value)["numbers"])


def flat_list(value):
    return [number for one in value for number in flat_list(one)] if isinstance(value, list) else [value]


def test_every_line_is_told_where_that_is_asked_for(tmp_path):
    text = trace("--lines", script(tmp_path, SHORT.format(steps=2))).stdout
    assert text.count("return p - lr * g, v") == 2
    assert text.index("Step 1, loss 2") < text.index("back through 2 sum") < text.index("Step 2, loss 0")


def test_one_parameter_alone_is_told_in_full(told, tmp_path):
    text = trace("--param", "second.w*", write_program(tmp_path)).stdout
    assert text.count("return p - lr * g, v") == 3
    assert "second.weight" in text
    assert "first.bias" not in text
    assert "second.bias.grad" not in text


def test_one_group_alone_is_told(tmp_path):
    text = trace("--group", "0", write_program(tmp_path)).stdout
    assert "first.bias.grad" in text
    assert "second.weight.grad" not in text


def test_quiet_prints_nothing_of_its_own_but_what_was_written(tmp_path):
    done = trace("--quiet", "--json", tmp_path / "s.json", script(tmp_path, SHORT.format(steps=1)))
    assert done.stdout == f"wrote {tmp_path / 's.json'}\n"


# ---- which steps -------------------------------------------------------------------------------------------


def steps_in(path):
    story = json.loads(path.read_text())
    return story, [chapter for chapter in story["chapters"] if chapter["kind"] == "step"]


def test_steps_from_the_middle_are_recorded_alone_with_the_numbers_they_have(tmp_path):
    path = write_program(tmp_path)
    trace("--quiet", "--json", tmp_path / "all.json", path)
    done = trace("--from-step", "2", "--steps", "1", "--json", tmp_path / "one.json", path)
    story, steps = steps_in(tmp_path / "one.json")
    assert [chapter["kind"] for chapter in story["chapters"]] == ["construct", "forward", "backward", "step"]
    assert story["first_step"] == 2
    assert "step 2 of the 3 that the program took" in story["notes"][0]
    second = steps_in(tmp_path / "all.json")[1][1]
    numbers = [
        [flat(one["new"]) for group in step["groups"] for one in group["updates"]] for step in (steps[0], second)
    ]
    assert numbers[0] == numbers[1]
    assert "loss = nn.functional.mse_loss(net(x), y)" in done.stdout


def test_by_default_ten_steps_are_recorded_and_it_is_said_that_there_were_more(tmp_path):
    trace("--quiet", "--json", tmp_path / "s.json", script(tmp_path, SHORT.format(steps=12)))
    story, steps = steps_in(tmp_path / "s.json")
    assert len(steps) == 10
    assert "steps 1 to 10 of the 12" in story["notes"][0]


def test_a_first_step_that_never_came_is_said(tmp_path):
    assert (
        "the program took 2 steps, and not 5"
        in trace("--from-step", "5", script(tmp_path, SHORT.format(steps=2))).stdout
    )


def test_a_recording_that_is_cut_says_where_and_the_script_runs_on(tmp_path):
    path = script(tmp_path, SHORT.format(steps=3) + "print('the end')\n")
    done = trace("--max-lines", "300", path)
    assert done.stdout.startswith("the end\nNote: cut after 300 lines, at ")
    assert done.returncode == 0


def test_a_long_loop_of_the_scripts_own_is_not_followed_to_its_end(tmp_path):
    loop = "total = 0\nfor i in range(5000):\n    total += i\n"
    done = trace("--json", tmp_path / "s.json", script(tmp_path, loop + SHORT.format(steps=1) + "print(total)\n"))
    story, steps = steps_in(tmp_path / "s.json")
    assert done.stdout.startswith("12497500\n")
    assert story["lines"] < 1500
    assert len(steps) == 1
    told = [one["line"]["place"]["text"] for one in story["own"]]
    assert "optimizer.step()" in told
    assert any("lines are left out" in note for note in story["notes"])


# ---- the script notices nothing ----------------------------------------------------------------------------


def test_the_script_finds_what_it_would_find_under_python(tmp_path):
    seen = "__name__, __file__, sys.argv, sys.path[0], sys.stdin.read(), sys.modules[__name__].__file__"
    text = f"import sys\nprint({seen})\n"
    path = script(tmp_path, text)
    alone = python(path, "a", "--steps", "3", "--", "-x", stdin="from stdin")
    traced = trace_alone("--quiet", path, "a", "--steps", "3", "--", "-x", stdin="from stdin")
    assert traced.stdout == alone.stdout


def test_annotations_are_what_the_script_makes_them(tmp_path):
    path = script(tmp_path, "def f(x: 1 + 1): pass\nprint(f.__annotations__)\n")
    assert trace("--quiet", path).stdout == "{'x': 2}\n"


@pytest.mark.parametrize("ending", ["sys.exit(7)", "sys.exit('bye')", "sys.exit()", "1 / 0"])
def test_exit_code_and_last_words_are_the_scripts(tmp_path, ending):
    path = script(tmp_path, f"import sys\ndef end():\n    {ending}\nend()\n")
    alone, traced = python(path), trace_alone("--quiet", path)
    assert traced.returncode == alone.returncode
    assert traced.stderr == alone.stderr


def test_an_exception_ends_the_story_at_the_scripts_line_that_raised(tmp_path):
    done = trace(script(tmp_path, SHORT.format(steps=1) + "w.grad = torch.ones(5)\nprint('never')\n"))
    assert done.returncode == 1
    assert "never" not in done.stdout.splitlines()
    assert "at script.py:8 in <module>: w.grad = torch.ones(5)" in done.stdout
    assert "! raised here" in done.stdout


def test_ctrl_c_ends_the_script_and_its_story_is_told(tmp_path):
    # A shell's background jobs are started deaf to Ctrl-C, and so are the tests if they are one.
    hearing = "import os, signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    text = SHORT.format(steps=1) + hearing + "os.kill(os.getpid(), signal.SIGINT)\n"
    done = trace_alone(script(tmp_path, text))
    assert done.returncode == 128 + signal.SIGINT
    assert "STEP: SGD.step()" in done.stdout
    assert "KeyboardInterrupt" in done.stderr.splitlines()[-1]


def test_a_script_without_an_optimizer_is_told_and_that_is_said(tmp_path):
    done = trace(script(tmp_path, "import tinygrad_optim as torch\nx = torch.ones(3) * 2\n"))
    assert "no optimizer was made or took a step while script.py was recorded" in done.stdout
    assert "op 1  mul" in done.stdout


# ---- refusals ----------------------------------------------------------------------------------------------


def refused(*arguments):
    """What is said where the command refuses: one line, code 2."""
    done = trace(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_a_missing_script_a_folder_and_what_is_no_python_are_refused(tmp_path):
    assert "cannot read" in refused(tmp_path / "none.py")
    assert "cannot read" in refused(tmp_path)
    assert "script.py, line 2 is not Python" in refused(script(tmp_path, "x = 1\nprint('x'\n"))


def test_files_that_cannot_be_written_are_refused_before_the_script_runs(tmp_path):
    path = script(tmp_path, "print('ran')\n")
    assert "cannot write to" in refused("--html", tmp_path, path)
    assert "cannot write to" in refused("--json", path / "x.json", path)


def test_flags_that_make_no_sense_are_refused(tmp_path):
    path = script(tmp_path, "print('ran')\n")
    assert "must be a whole number, at least 1, not '0'" in refused("--steps", "0", path)
    assert "not allowed with" in refused("--lines", "--story", path)
    assert "'no.such.package'" in refused("--package", "no.such.package", path)


def test_a_parameter_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    done = trace("--param", "third", write_program(tmp_path))
    assert done.returncode == 2
    assert "no parameter named like third. There are: first.weight in group 0" in done.stderr


def test_beside_a_debugger_it_refuses_and_the_script_does_not_run(tmp_path):
    path = script(tmp_path, "print('ran')\n")
    code = (
        "import bdb, sys\nfrom tinygrad_optim.cli import main\n"
        f"b = bdb.Bdb()\nb.reset()\nb.stop_here = b.break_here = lambda f: False\nsys.settrace(b.trace_dispatch)\n"
        f"sys.exit(main(['trace', {str(path)!r}]))"
    )
    done = python("-c", code)
    assert (done.returncode, done.stdout) == (1, "")
    assert "a debugger is at work" in done.stderr


def test_coverage_gets_the_thread_back(tmp_path):
    code = (
        "import sys\nfrom tinygrad_optim.cli import main\ndef mine(*event): return None\nsys.settrace(mine)\n"
        f"main(['trace', '--quiet', {str(script(tmp_path, SHORT.format(steps=1)))!r}])\nprint(sys.gettrace() is mine)"
    )
    assert python("-c", code).stdout == "True\n"


# ---- on a terminal -----------------------------------------------------------------------------------------


def on_terminal(*arguments, **environment):
    """What the command prints where its output is a terminal."""
    pty = pytest.importorskip("pty", reason="pseudo-terminals are POSIX")
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    kept |= {"PYTHONPATH": os.getcwd(), "TERM": "xterm", **environment}
    command = [sys.executable, "-m", "tinygrad_optim", "trace", *map(str, arguments)]
    with subprocess.Popen(command, stdout=theirs, stdin=subprocess.DEVNULL, env=kept) as process:
        os.close(theirs)
        printed = b""
        with contextlib.suppress(OSError):  # Linux's way to say that the other side is closed
            while got := os.read(ours, 65536):
                printed += got
    os.close(ours)
    assert process.returncode == 0
    return printed.decode()


def test_a_terminal_gets_colours_and_no_color_takes_them_away(tmp_path):
    path = script(tmp_path, SHORT.format(steps=1))
    assert "\x1b[" in on_terminal(path)
    assert not re.search(r"\x1b\[[\d;]*3\d", on_terminal(path, NO_COLOR="1"))
