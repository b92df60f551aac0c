"""The process of the learner's code: it is given calls and inputs, and gives back values. It knows nothing else.

A request a line comes in on what was standard input, an answer a line goes out on what was standard output; both are
codec's text behind a token and a space: the answer to a request has the request's token. What the learner's code
prints goes to standard error, which the other side reads apart.

requests   {"load": path, "text": text}                            run exercises.py
           {"call": source, "name": name, "inputs": {...}, "trace": bool}     one case of one check
           {"end": True}                                       give way to another file; unanswered, see main
answers    {"started": True} unasked, {"ready": True}, {"value": data}; {"broken": {...}} if the file does not run,
           {"missing": name}, {"odd": {...}}, {"raised": {...}}, {"slice": {...}}: see Learner
"""

from __future__ import annotations

import gc
import linecache
import os
import sys
import traceback
import warnings
from types import ModuleType
from typing import Any

from .alone import CHECK, from_source
from .codec import NotPlain, TooMuch, from_text, to_text, value_to_text

LONGEST = 2000  # letters of a message
GIVES_WAY = 96  # the exit code of a process that was told to end


def main(again: bool = False) -> None:
    """Answer requests until there are no more.

    again: a file runs in a process forked from this one, and {"end": True} ends that, for the next file to be run in
    another: none finds what one before it has left. (Not on Windows.)
    """
    requests, answers = private_pipes()
    from tinygrad_optim import Tensor, mistakes, nn, optim  # noqa: F401  # all of it, while the other side gets ready

    warnings.showwarning = show_warning
    gc.freeze()  # what is loaded stays, and the memory that it lies in is shared with those that are forked
    while again and (pid := os.fork()):
        wait_for(pid)
    send(answers, b"", to_text({"started": True}))
    serve(requests, answers)


def wait_for(pid: int) -> None:
    """Wait until a forked process gives way to the next. If it ends in any other way, so does this one."""
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code != GIVES_WAY:
        os._exit(code if code >= 0 else 128 - code)


def serve(requests: Any, answers: Any) -> None:
    """Answer requests until there are no more, or until one says so."""
    learner = Learner()
    for line in requests:
        token, _, text = line.partition(b" ")
        request = from_text(text)
        if "end" in request:
            flush_prints()
            os._exit(GIVES_WAY)
        if "load" in request:
            answer = to_text(learner.load(request["load"], request["text"]))
        else:
            answer = learner.answer(request)
        send(answers, token, answer)


def send(answers: Any, token: bytes, answer: str) -> None:
    """An answer goes out at once, and what was printed goes before it."""
    flush_prints()
    answers.write(token + b" " + answer.encode("ascii") + b"\n")
    answers.flush()


def private_pipes() -> tuple[Any, Any]:
    """The two pipes, taken away from where `print` and `input` would find them."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    return requests, answers


def show_warning(message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None) -> None:
    """A warning goes to where prints go; not one about the check's own lines, which the learner did not write."""
    if filename != CHECK:
        print(warnings.formatwarning(message, category, filename, lineno, line), end="", file=sys.stderr)


def flush_prints() -> None:
    """What was printed leaves this process before the answer does."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # the learner's code has closed it, or put something else in its place
            continue


class Learner:
    """The learner's file, run, and what its functions give."""

    def __init__(self) -> None:
        self.path = ""
        self.module = ModuleType("exercises")

    def load(self, path: str, text: str) -> dict[str, Any]:
        """Run the file, which has this text."""
        self.path = path
        linecache.cache[path] = len(text), None, text.splitlines(keepends=True), path  # None: never read again
        module = self.module
        module.__file__ = path
        sys.modules["exercises"] = module
        sys.path.append(os.path.dirname(path))
        try:
            exec(compile(text, path, "exec", dont_inherit=True), module.__dict__)
        except SyntaxError as error:
            if error.filename == path:
                return {"broken": syntax_told(error)}
            return {"broken": self.told(error)}
        except BaseException as error:
            return {"broken": self.told(error)}
        return {"ready": True}

    def answer(self, request: dict[str, Any]) -> str:
        """What a check's call gives on these inputs, as text; or what came in its way."""
        name = request["name"]
        if not hasattr(self.module, name):
            return to_text({"missing": name})
        call = from_source(request["call"])
        if request["trace"]:
            from .slices import traced

            return to_text({"slice": traced(call, self.module, request["inputs"], self.path)})
        try:
            with warnings.catch_warnings():  # what the check's own lines do on purpose is no error of the learner's
                warnings.filterwarnings("ignore", module="^(check|<check>)$")
                return value_to_text(call(self.module, **request["inputs"]))
        except NotPlain as error:
            return to_text({"odd": odd_told(error)})
        except TooMuch as error:
            says = f"returned {error}, which is too much"
            return to_text({"odd": {"type": "", "place": "", "says": says, "shown": ""}})
        except BaseException as error:
            return to_text({"raised": self.told(error)})

    def told(self, error: BaseException) -> dict[str, Any]:
        """An exception as data: with the lines of the learner's file that it came through, and no others."""
        frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename == self.path]
        last = traceback.extract_tb(error.__traceback__)[-1:]
        return {
            "type": type(error).__name__,
            "message": said(error),
            "lines": [(one.lineno or 0, one.name, one.line or "") for one in frames],
            "own": bool(frames) and bool(last) and last[0].filename == self.path,
            "unwritten": isinstance(error, NotImplementedError),
            "ends": isinstance(error, SystemExit | KeyboardInterrupt | GeneratorExit),
        }


def said(error: BaseException) -> str:
    """An exception's message; a message may itself fail."""
    try:
        return str(error)[:LONGEST]
    except BaseException:
        return "(its message cannot be shown)"


def syntax_told(error: SyntaxError) -> dict[str, Any]:
    """Where the file is no Python: the line, and the column in it."""
    line = error.lineno or 0
    text = error.text if error.text is not None else linecache.getline(str(error.filename), line)
    return {"type": type(error).__name__, "message": error.msg, "line": line, "column": error.offset, "text": text}


def odd_told(error: NotPlain) -> dict[str, Any]:
    """A thing that is not plain data, by what can be said of it."""
    kind = type(error.value)
    try:
        shown = repr(error.value)[:200]
    except BaseException:
        shown = ""
    return {"type": kind.__name__, "module": str(kind.__module__), "place": error.place, "shown": shown}


if __name__ == "__main__":
    main()
