"""Importing the package: what it loads at once, what at first use; and a name is the same however it is reached."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

import tinygrad_optim

PACKAGE = Path(tinygrad_optim.__file__).parent
ROOMS = ["autograd", "backends", "cuda", "linalg", "nn", "optim", "random", "return_types", "utils"]
LOADED = "print(*(name for name in sys.modules if name.partition('.')[0] == 'tinygrad_optim'))"


def printed_by(program: str, **variables: str) -> str:
    """What a program prints, in a process of its own with these environment variables."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), **variables}
    command = [sys.executable, "-W", "error", "-c", f"import sys\n{program}"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def files_and_rooms() -> list[str]:
    """The names of the package's files, and of its rooms, as modules."""
    names = [path.stem for path in PACKAGE.glob("*.py")] + [path.parent.name for path in PACKAGE.glob("*/__init__.py")]
    return sorted(f"tinygrad_optim.{name}" for name in names if not name.startswith("__"))


def test_importing_the_package_loads_no_file_of_it_but_its_own():
    assert printed_by(f"import tinygrad_optim\n{LOADED}").split() == ["tinygrad_optim"]


def test_importing_the_package_loads_nothing_that_numpy_does_not_load():
    loaded = "print(*sys.modules)"
    by_numpy = set(printed_by(f"import importlib, numpy\n{loaded}").split())  # Python 3.10's numpy can do without
    assert set(printed_by(f"import tinygrad_optim\n{loaded}").split()) - by_numpy <= {"tinygrad_optim", "__future__"}


def test_a_tensor_loads_neither_layers_nor_optimizers():
    loaded = printed_by(f"import tinygrad_optim as torch\ntorch.tensor([1.0]).sum()\n{LOADED}").split()
    assert "tinygrad_optim.tensor" in loaded
    assert {"tinygrad_optim.nn", "tinygrad_optim.optim"}.isdisjoint(loaded)


def test_a_name_once_used_stands_in_the_module_as_if_it_had_been_imported():
    printed = printed_by(
        "import types, tinygrad_optim as torch\nprint('relu' in vars(torch), 'nn' in vars(torch))\n"
        "torch.relu, torch.nn\nprint('relu' in vars(torch), 'nn' in vars(torch), type(torch) is types.ModuleType)"
    )
    assert printed.split() == ["False", "False", "True", "True", "True"]


@pytest.mark.parametrize("name", tinygrad_optim.__all__)
def test_each_public_name_is_one_object_however_it_is_reached(name: str):
    starred: dict[str, object] = {}
    exec("from tinygrad_optim import *", starred)
    one: dict[str, object] = {}
    exec(f"from tinygrad_optim import {name}", one)
    assert starred[name] is one[name] is getattr(tinygrad_optim, name) is vars(tinygrad_optim)[name]
    assert name in dir(tinygrad_optim)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_one_module_by_its_path_and_by_its_name(room: str):
    assert importlib.import_module(f"tinygrad_optim.{room}") is getattr(tinygrad_optim, room)
    assert printed_by(f"import tinygrad_optim\nprint(tinygrad_optim.{room}.__name__)").strip() == (
        f"tinygrad_optim.{room}"
    )


def test_a_file_s_own_names_are_those_that_the_package_has():
    from tinygrad_optim import creation, gradcheck, serialization, tensor
    from tinygrad_optim.gradcheck import gradcheck as in_its_file
    from tinygrad_optim.tensor import Tensor

    assert (tensor, gradcheck, tinygrad_optim.Tensor) == (creation.tensor, in_its_file, Tensor)
    assert tinygrad_optim.save is serialization.save


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each module is imported in a fork of one process")
def test_each_file_may_be_imported_first_and_the_functions_named_as_files_are_still_functions(tmp_path: Path):
    program = """
import importlib, os
import numpy
from types import FunctionType
for name in NAMES:
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            importlib.import_module(name)
            import tinygrad_optim as torch
            good = isinstance(torch.tensor, FunctionType) and isinstance(torch.gradcheck, FunctionType)
            importlib.import_module("tinygrad_optim.tensor"), importlib.import_module("tinygrad_optim.gradcheck")
            good = good and isinstance(torch.tensor, FunctionType) and isinstance(torch.gradcheck, FunctionType)
            os._exit(0 if good and torch.tensor(1.0).item() == 1 else 1)
        except ImportError as error:  # matplotlib, numba and the like, where they are not installed
            os._exit(0 if "tinygrad_optim" not in str(error) else 1)
        except BaseException:
            os._exit(1)
    if os.waitpid(child, 0)[1]:
        print(name)
"""
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path)}
    assert printed_by(program.replace("NAMES", repr(files_and_rooms())), **compiled).split() == []


def test_the_room_trace_is_still_pytorch_s_function_too():
    program = (
        "import tinygrad_optim.trace\nimport tinygrad_optim as t\nprint(t.trace(t.eye(3)).item(), t.trace.Recorder)"
    )
    assert printed_by(program).startswith("3.0 <class")


def test_a_name_that_is_not_there_is_told_with_the_one_that_was_meant():
    with pytest.raises(AttributeError, match="module 'tinygrad_optim' has no attribute 'tensr'") as caught:
        tinygrad_optim.tensr  # noqa: B018
    assert (caught.value.name, caught.value.obj) == ("tensr", tinygrad_optim)
    with pytest.raises(ImportError, match="cannot import name 'tensr'"):
        exec("from tinygrad_optim import tensr")
    assert not hasattr(tinygrad_optim, "__wrapped__")


def test_what_a_program_puts_into_the_package_before_the_names_are_loaded_stays():
    printed = printed_by("import tinygrad_optim as t\nt.relu = 'mine'\nt.tensor([1.0])\nprint(t.relu)")
    assert printed.strip() == "mine"


def test_threads_that_use_a_name_first_at_the_same_time_all_get_it():
    program = """
import threading
import tinygrad_optim as torch
start, found = threading.Barrier(8), []
def use():
    start.wait()
    found.append((torch.tensor, torch.nn.Linear, torch.float32))
threads = [threading.Thread(target=use) for _ in range(8)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
print(len(found), len(set(found)))
"""
    assert printed_by(program).split() == ["8", "1"]


def test_under_a_debugger_all_is_loaded_at_the_import_and_nothing_is_stepped_through_later():
    program = """
calls = []
def tracer(frame, event, argument):
    calls.append(frame.f_code.co_filename)
sys.settrace(tracer)
import tinygrad_optim as torch
del calls[:]
torch.tensor, torch.nn, torch.optim
sys.settrace(None)
print(calls)
"""
    assert printed_by(program).strip() == "[]"


def test_a_debugger_that_monitors_finds_all_loaded_too():
    program = """
if not hasattr(sys, "monitoring"):  # it is there from Python 3.12 on: before, something that answers like it
    import types
    tools = {}
    sys.monitoring = types.SimpleNamespace(DEBUGGER_ID=0, use_tool_id=tools.__setitem__, get_tool=tools.get)
sys.monitoring.use_tool_id(sys.monitoring.DEBUGGER_ID, 'debugger')
import tinygrad_optim as torch
print({'tensor', 'nn', 'optim'} <= set(vars(torch)))
"""
    assert printed_by(program).strip() == "True"


def test_a_recorder_loads_all_before_it_watches():
    program = (
        "from tinygrad_optim.trace import Recorder\nimport tinygrad_optim\nprint('tensor' in vars(tinygrad_optim))"
    )
    there, loaded = printed_by(f"{program}\n{LOADED}").splitlines()
    assert there == "True"
    assert {"tinygrad_optim.names", "tinygrad_optim.nn", "tinygrad_optim.optim"} <= set(loaded.split())


def test_help_and_inspect_see_a_module_like_any_other():
    import inspect
    import pydoc

    assert isinstance(tinygrad_optim, ModuleType)
    assert dict(inspect.getmembers(tinygrad_optim))["relu"] is tinygrad_optim.relu
    assert isinstance(tinygrad_optim.relu, FunctionType)
    shown = pydoc.plain(pydoc.render_doc(tinygrad_optim))
    assert "relu(" in shown
    assert "class Tensor" in shown
