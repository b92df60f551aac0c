"""The process that grades: what it takes off while it does, since nobody looks, changes no number."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from random import Random

import pytest

from tinygrad_optim import mistakes
from tinygrad_optim.course.alone import quiet
from tinygrad_optim.course.grading.serving import about_warnings
from tinygrad_optim.course.lessons import Lesson, all_lessons


def asked(lesson: Lesson) -> Iterator[tuple]:
    """The inputs of each check's first case, and what is expected."""
    for exercise in lesson.exercises():
        for check in exercise.checks:
            with quiet():
                inputs = check.draw(Random("a seed"))
                yield exercise.name, check.says, repr(inputs), repr(check.expected(**deepcopy(inputs)))


@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.name)
def test_what_is_asked_and_expected_is_the_same_without_the_package_s_warnings(lesson: Lesson):
    assert not about_warnings([lesson])
    with_them = list(asked(lesson))
    mistakes.off()
    try:
        assert list(asked(lesson)) == with_them
    finally:
        mistakes.on()


@pytest.mark.parametrize(
    "line",
    [
        "from tinygrad_optim import TeachingWarning",
        "from tinygrad_optim import mistakes",
        "import tinygrad_optim.mistakes",
        "torch.mistakes.strict()",
        "with warnings.catch_warnings(record=True) as given:",
        'warnings.simplefilter("error")',
    ],
)
def test_where_checks_look_at_what_the_package_warns_of_it_goes_on_warning(tmp_path: Path, line: str):
    (tmp_path / "checks.py").write_text(f'"""Checks."""\n{line}\n')
    assert about_warnings([Lesson(tmp_path)])
