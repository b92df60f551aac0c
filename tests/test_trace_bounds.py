"""Where recording begins and ends: chosen source, other tracers, exceptions, the bound on lines."""

from __future__ import annotations

import bdb
import importlib.util
import subprocess
import sys

import pytest

import tinygrad_optim as torch
from tinygrad_optim import optim
from tinygrad_optim.trace import Recorder, record, tell


def names(recording):
    return [call.name for call in recording.all_calls()]


@pytest.fixture(autouse=True)
def _trace_function_given_back():
    before = sys.gettrace()
    yield
    now = sys.gettrace()
    sys.settrace(before)
    assert now is before


# ---- which source ------------------------------------------------------------------------------------------


def add_one(x):
    return x + 1


def test_by_default_the_programs_own_file_is_not_recorded():
    assert "add_one" not in names(record(add_one, torch.ones(1)))


def test_a_file_can_be_recorded_besides_the_package():
    found = names(record(add_one, torch.ones(1), also=__file__))
    assert found[0] == "add_one"
    assert "apply" in found


def test_the_rest_of_the_block_is_recorded_where_its_own_file_is_chosen():
    with Recorder(also=__file__) as recorder:
        x = 3
        y = x + 1
    (home,) = [call for call in recorder.recording.roots if call.name.startswith("test_")]
    lines = {line.plan.text: line for line in home.lines}
    assert lines["y = x + 1"].values("reads") == {"x": 3}
    assert lines["y = x + 1"].values("writes") == {"y": 4}
    assert y == 4
    assert sys._getframe().f_trace is None


def test_a_package_is_chosen_by_its_dotted_name():
    found = {call.code.co_filename for call in record(add_one, torch.ones(1), only="tinygrad_optim.ops").all_calls()}
    assert {file.replace("\\", "/").split("/")[-2] for file in found} == {"ops"}


def test_what_cannot_be_found_is_refused():
    with pytest.raises(ValueError, match=r"neither a file nor a module 'no\.such\.thing'"):
        Recorder(only="no.such.thing")


def test_what_is_no_source_is_refused():
    with pytest.raises(TypeError, match="a file, a folder, a module or a function"):
        Recorder(also=3)


# ---- its end -----------------------------------------------------------------------------------------------


def test_the_recording_ends_at_max_lines_with_a_note_and_the_program_runs_on():
    result = []

    def program():
        for _ in range(50):
            result.append(torch.ones(1) + 1)

    recording = record(program, max_lines=100)
    assert len(result) == 50
    assert recording.lines == 100
    (note,) = recording.notes
    assert note.startswith("cut after 100 lines, at ")
    assert note in tell(recording).to_text()


@pytest.mark.parametrize("bound", [0, -1, 1.5, "many"])
def test_a_bound_that_is_no_number_of_lines_is_refused(bound):
    with pytest.raises(ValueError, match="max_lines must be a whole number"):
        Recorder(max_lines=bound)


def test_an_exception_ends_the_recording_at_its_line_and_goes_on():
    recorder = Recorder()
    p = torch.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="can be implicitly created only for scalar"), recorder:
        (p * 2).backward()
    recording = recorder.recording
    assert recording.error.startswith("RuntimeError: grad can be implicitly created")
    assert recording.error_place.text.startswith("raise RuntimeError(")
    assert [line.raised for call in recording.all_calls() if call.name == "seed_for" for line in call.lines][-1]
    assert "ended with an exception: RuntimeError" in tell(recording).to_text()


def test_an_exception_that_the_program_handles_does_not_end_it():
    def program():
        try:
            torch.ones(2).backward()
        except RuntimeError:
            return torch.ones(1) + 1

    recording = record(program)
    assert recording.error is None
    assert "apply" in names(recording)


def test_an_exceptions_own_str_is_not_run():
    class Loud(Exception):
        def __str__(self):
            raise AssertionError("the recorder ran the program's __str__")

    recorder = Recorder()
    with pytest.raises(Loud), recorder:
        raise Loud("why")
    assert recorder.recording.error == "Loud: why"


def test_a_recorder_records_once():
    recorder = Recorder()
    with recorder:
        torch.ones(1) + 1
    with pytest.raises(RuntimeError, match="make a new one"), recorder:
        pass


def test_a_recorder_within_a_recording_is_refused():
    with Recorder(), pytest.raises(RuntimeError, match="cannot record within a recording"), Recorder():
        pass


# ---- other tracers -----------------------------------------------------------------------------------------


def test_another_tracer_is_set_aside_noted_and_given_back():
    def tracer(frame, event, arg):
        return None

    sys.settrace(tracer)
    try:
        recording = record(lambda: torch.ones(1) + 1)
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(None)
    assert "apply" in names(recording)
    (note,) = recording.notes
    assert "tracer was tracing this thread: it was set aside" in note


def test_a_tracer_is_given_back_where_the_bound_was_reached():
    def tracer(frame, event, arg):
        return None

    sys.settrace(tracer)
    try:
        record(lambda: torch.ones(1) + 1, max_lines=3)
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(None)


def test_beside_a_debugger_recording_is_refused():
    debugger = bdb.Bdb()
    debugger.reset()
    sys.settrace(debugger.trace_dispatch)
    try:
        with pytest.raises(RuntimeError, match=r"while a debugger is at work.*bdb\.Bdb.*take the Recorder out"):
            Recorder().__enter__()
    finally:
        sys.settrace(None)


if hasattr(sys, "monitoring"):  # from Python 3.12 on

    def test_beside_a_debugger_that_monitors_recording_is_refused():
        sys.monitoring.use_tool_id(sys.monitoring.DEBUGGER_ID, "some debugger")
        try:
            with pytest.raises(RuntimeError, match="Found: some debugger"):
                Recorder().__enter__()
        finally:
            sys.monitoring.free_tool_id(sys.monitoring.DEBUGGER_ID)


def test_after_the_bound_was_reached_the_tracer_is_given_back_at_the_blocks_end():
    seen = []

    def tracer(frame, event, arg):
        seen.append(frame.f_code.co_name)
        return tracer

    def inner():
        return 1

    sys.settrace(tracer)
    try:
        record(lambda: (torch.ones(1) + 1, inner()), max_lines=3)
        inside, after = "inner" in seen, inner()
    finally:
        sys.settrace(None)
    assert not inside
    assert after == 1
    assert "inner" in seen


def test_an_optimizers_rule_is_recorded_wherever_it_stands():
    def rule(p, g, *, lr):
        return (p - lr * g,)

    class Plain(optim.Optimizer):
        def __init__(self, params, lr=0.1):
            super().__init__(params, {"lr": lr})

    Plain.rule = staticmethod(rule)
    Plain.option_keys = ("lr",)
    p = torch.ones(2, requires_grad=True)
    p.sum().backward()
    assert "rule" in names(record(Plain([p]).step))


if importlib.util.find_spec("coverage"):

    def test_coverage_goes_on_where_it_was_set_aside(tmp_path):
        script = tmp_path / "script.py"
        script.write_text(
            "import tinygrad_optim as torch\n"
            "from tinygrad_optim.trace import record\n"
            "record(lambda: torch.ones(1) + 1)\n"
            "x = 1\n"
            "def after():\n"
            "    return x\n"
            "after()\n"
        )
        import coverage

        program = f"import coverage, runpy; c = coverage.Coverage(data_file={str(tmp_path / 'data')!r}); c.start()\n"
        program += f"runpy.run_path({str(script)!r}); c.stop(); c.save()"
        subprocess.run([sys.executable, "-c", program], check=True)
        data = coverage.CoverageData(str(tmp_path / "data"))
        data.read()
        assert {4, 5, 6, 7} <= set(data.lines(str(script)))
