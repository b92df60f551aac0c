"""The command `check`: run the checks of a lesson on the learner's exercises."""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from .arguments import Refused, number
from .learner import add_command, add_dir, command_for, refusing, solutions_of

if TYPE_CHECKING:
    from ..course.copies import Copy
    from ..course.exercise import Exercise
    from ..course.lessons import Lesson
    from ..course.outcome import Outcome
    from ..course.progress import Progress
    from ..course.runner import Child

FIRST = """Examples:
  tinygrad-optim check 6
  tinygrad-optim check 6.train
  tinygrad-optim check 6.2
  tinygrad-optim check 06_the_optimizers_loop/exercises.py

It works in any folder of the working copy. Without a lesson it takes the first that is not done, with --all every
lesson. With --watch it stays, and checks again each time exercises.py is saved, until Ctrl-C.

Your code runs in a process of its own: one that never ends is stopped, and costs nothing but the time limit. Of a
check that fails are shown: the call, what was expected, what came, where they part, and the lines of yours that ran.
A prediction's answer is never told; when yours is right, you see what was run to know it.

Exit codes: 0 all passed, 1 something did not, 2 bad input."""


def add(commands: Any) -> None:
    """Declare `check` and its arguments."""
    check = add_command(commands, "check", "check your exercises, and show where and why one fails", FIRST, run)
    words = "6, 06_the_optimizers_loop, its path, or 6.train or 6.2 for one exercise (default: the first not done)"
    check.add_argument("what", nargs="?", metavar="LESSON", help=words)
    check.add_argument("--all", action="store_true", help="all lessons, one after the other")
    check.add_argument("--watch", action="store_true", help="check again on each save, until Ctrl-C")
    words = "seconds that one case may take (default: 10)"
    check.add_argument("--limit", type=number(0.1), default=10.0, metavar="N", help=words)
    add_dir(check)


def run(given: Any) -> int:
    """Check; returns 0 if all that was checked passes."""
    from ..course.copies import find_copy
    from ..course.runner import Child

    with refusing():
        if given.all and given.what:
            raise Refused("give a lesson, or --all, not both")
        copy = find_copy(given.dir)
        child = Child(given.limit)  # gets ready meanwhile
        try:
            if given.watch:
                return watch(copy, given, child)
            return check_chosen(copy, chosen(copy, given), given.limit, child)
        finally:
            child.close()


def chosen(copy: Copy, given: Any) -> list[tuple[Lesson, tuple[Exercise, ...]]]:
    """The lessons to check, each with those of its exercises that are meant."""
    from ..course.lessons import find

    if given.what:
        lesson, exercise = find(given.what)
        return [(lesson, (exercise,) if exercise else lesson.exercises())]
    lessons, progress = copy.lessons(), copy.progress()
    if not given.all:
        for lesson in lessons:
            if not done(copy, progress, lesson):
                return [(lesson, lesson.exercises())]
    return [(lesson, lesson.exercises()) for lesson in lessons]


def check_chosen(copy: Copy, lessons: Any, limit: float, child: Child | None) -> int:
    """Check these lessons, a process each; the first may be at work already, and each next one gets ready meanwhile."""
    from ..course.runner import Child

    results = []
    with ExitStack() as closing:
        for place, (lesson, exercises) in enumerate(lessons, 1):
            following = Child(limit) if place < len(lessons) else None
            if following is not None:
                closing.callback(following.close)
            results.append(check_lesson(copy, lesson, exercises, limit, child))
            child = following
    if not all(results):
        return 1
    say_what_is_next(copy, lessons[-1][0])
    return 0


def check_lesson(
    copy: Copy, lesson: Lesson, exercises: tuple[Exercise, ...], limit: float, child: Child | None
) -> bool:
    """Check a lesson's exercises and print how each goes, as it is known; whether all passed."""
    from ..course.checking import Checker

    text, seed, outcomes = copy.text(lesson), copy.progress().seed(lesson), []
    print(f"Lesson {lesson.number}: {lesson.title}", flush=True)
    with Checker(copy.file(lesson), text, seed, limit, child) as checker:
        ready = checker.load()
        if "ready" not in ready:
            show_broken(lesson, ready)
            return False
        try:
            for outcome in checker.check_all(exercises):
                outcome.touched = touched(lesson, text, outcome.exercise)
                outcomes.append(outcome)
                show_outcome(lesson, text, outcome)
        finally:  # what is known is kept, also when the reader has left or pressed Ctrl-C
            note_all(copy, lesson, text, outcomes)
    passed = [one.exercise for one in outcomes if one.passed]
    points, of = sum(one.points for one in outcomes), sum(one.of for one in outcomes)
    print(f"{len(passed)} of {len(exercises)} exercises passed, {points} of {of} points", flush=True)
    missing = [one for one in exercises if one not in passed]
    if missing:
        print(f"Stuck? tinygrad-optim hint {command_for(lesson, missing[0])}")
    return not missing


def say_what_is_next(copy: Copy, lesson: Lesson) -> None:
    """Print, where nothing is left to do of this lesson, which is to be read next, and where the solutions are."""
    progress, lessons = copy.progress(), copy.lessons()
    if not done(copy, progress, lesson):
        return
    last = [one.number for one in lessons].index(lesson.number)
    ahead = [one for one in (*lessons[last + 1 :], *lessons[:last]) if not done(copy, progress, one)]
    after = f"Read {ahead[0].name}/lesson.py next." if ahead else "It was the last: the course is done."
    print(f"Lesson {lesson.number} is done. {after}")
    if solutions_of(progress, lesson) is not None:
        print(f"The solutions beside yours: tinygrad-optim diff {lesson.number}")


def done(copy: Copy, progress: Progress, lesson: Lesson) -> bool:
    """Whether all exercises of a lesson have passed as they are now."""
    text = copy.text_or_nothing(lesson)
    return all(progress.stands(lesson, text, one) for one in lesson.exercises())


def show_broken(lesson: Lesson, answer: dict[str, Any]) -> None:
    """Print why the file does not run."""
    from ..course.telling_answers import tell_broken
    from ..trace.text import show_page
    from ..trace.text_page import Page

    page = Page()
    tell_broken(page, answer, f"{lesson.name}/exercises.py")
    show_page(page)


def touched(lesson: Lesson, text: str, exercise: Exercise) -> bool:
    """Whether code that is to be mended is no longer as it was given; stubs, which raise, tell that by themselves."""
    from ..course.source import code_of, text_of

    if exercise.kind != "find":
        return True
    return code_of(text, exercise.name) != code_of(text_of(lesson.folder / "exercises.py"), exercise.name)


def show_outcome(lesson: Lesson, text: str, outcome: Outcome) -> None:
    """Print how one exercise went."""
    from ..course.source import rows_of, source_of, text_of
    from ..course.telling import WIDE, parameters_of, tell
    from ..trace.text import show_page

    name = outcome.exercise.name
    line = (rows_of(text, name) or (1, 1))[0]
    parameters = parameters_of(source_of(text_of(lesson.folder / "exercises.py"), name))
    width = shutil.get_terminal_size((WIDE, 24)).columns
    show_page(tell(outcome, (f"{lesson.name}/exercises.py", line), parameters, width))


def note_all(copy: Copy, lesson: Lesson, text: str, outcomes: list[Outcome]) -> None:
    """Keep how exercises went, in the progress file as it is now: a hint may have been given meanwhile."""
    progress = copy.progress()
    for outcome in outcomes:
        progress.note(lesson, text, outcome)
    progress.write()


def watch(copy: Copy, given: Any, child: Child | None) -> int:
    """Check now and on each save, until Ctrl-C. A process is kept ready for the next time."""
    from ..course.runner import Child

    try:
        while True:
            lessons = chosen(copy, given)
            files = [copy.file(lesson) for lesson, _ in lessons]
            before = stamps(files)
            check_chosen(copy, lessons, given.limit, child)
            child = Child(given.limit)
            print(
                f"\nwatching {', '.join(str(file) for file in files)}: save to check again, Ctrl-C to end", flush=True
            )
            wait_for_save(files, before)
            print(f"\n---- {time.strftime('%H:%M:%S')} ----", flush=True)
    except KeyboardInterrupt:
        print()
        return 0
    finally:
        if child is not None:
            child.close()


def wait_for_save(files: Any, before: Any) -> None:
    """Return once files have changed and stand still: an editor may empty a file before it writes it anew."""
    last = before
    while True:
        time.sleep(0.2)
        now = stamps(files)
        if now == last != before:
            return
        last = now


def stamps(files: Any) -> list[tuple[int, int]]:
    """What changes when a file is saved; an editor may take it away for a moment."""
    found = []
    for file in files:
        try:
            about = file.stat()
            found.append((about.st_mtime_ns, about.st_size))
        except OSError:
            found.append((0, 0))
    return found
