"""The checks as JUnit's XML, which continuous integration and many platforms show: a suite a submission."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from ...saving import written_whole
from .. import outcome as how
from .report import Run, lines
from .results import CheckResult, ExerciseResult, LessonResult, SubmissionResult


def write_junit(path: Path, results: Iterable[SubmissionResult], run: Run) -> None:
    """Write the report, whole or not at all, a suite at a time."""
    with written_whole(path) as file:
        file.write(b'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="tinygrad-optim grade">\n')
        for result in results:
            file.write(tostring(suite(result), encoding="utf-8", xml_declaration=False) + b"\n")
        file.write(b"</testsuites>\n")


def suite(result: SubmissionResult) -> Element:
    """A submission: a case for each check."""
    cases = [case for lesson in result["lessons"] for case in cases_of(lesson)]
    if result["error"]:
        cases.append(failed_case("grade", "the grader", "error", result["error"], result["error"]))
    counts = {kind: sum(1 for case in cases if case.find(kind) is not None) for kind in ("failure", "error", "skipped")}
    found = Element(
        "testsuite",
        name=lines(result["submission"]),
        tests=str(len(cases)),
        failures=str(counts["failure"]),
        errors=str(counts["error"]),
        skipped=str(counts["skipped"]),
        time=f"{result['seconds']:.3f}",
    )
    properties = SubElement(found, "properties")
    for name, value in (("points", result["points"]), ("of", result["of"]), ("final", f"{result['final']:g}")):
        SubElement(properties, "property", name=name, value=str(value))
    for flag in result["flags"]:
        SubElement(properties, "property", name="flag", value=lines(flag))
    found.extend(cases)
    return found


def cases_of(lesson: LessonResult) -> Iterator[Element]:
    """A case for each check of a lesson."""
    for exercise in lesson["exercises"]:
        for check in exercise["checks"]:
            yield case_of(lesson, exercise, check)


def case_of(lesson: LessonResult, exercise: ExerciseResult, check: CheckResult) -> Element:
    """One check: passed, failed, or skipped because of one before."""
    name = f"{lesson['lesson']}.{exercise['name']}"
    if check["how"] == how.PASSED:
        return Element("testcase", classname=name, name=check["says"], time="0")
    if check["how"] == how.NOT_RUN and not lesson["problem"]:
        return failed_case(name, check["says"], "skipped", exercise["told"].split("\n")[0] or "not run", "")
    why = lesson["problem"] or check["difference"] or check["how"]
    return failed_case(name, check["says"], "failure", why, lesson["problem"] or exercise["told"])


def failed_case(classname: str, name: str, kind: str, message: str, text: str) -> Element:
    """A case that did not pass."""
    case = Element("testcase", classname=classname, name=name, time="0")
    inner = SubElement(case, kind, message=lines(message.split("\n")[0][:300]))
    if kind != "skipped":
        inner.set("type", kind)
    inner.text = lines(text) or None
    return case
