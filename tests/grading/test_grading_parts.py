"""The parts of grading, each by itself: what is found and unpacked, whose it is, lateness, the roster, the journal."""

from __future__ import annotations

import io
import json
import lzma
import os
import tarfile
import zipfile
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from tinygrad_optim.course.grading.found import NoSubmission, find_submissions
from tinygrad_optim.course.grading.handed_in import handed_in
from tinygrad_optim.course.grading.journal import Journal, OtherRun
from tinygrad_optim.course.grading.late import BadPolicy, moment, policy_of
from tinygrad_optim.course.grading.report import Run
from tinygrad_optim.course.grading.report_csv import write_csv
from tinygrad_optim.course.grading.report_junit import write_junit
from tinygrad_optim.course.grading.results import nothing_yet
from tinygrad_optim.course.grading.roster import BadRoster, read_roster
from tinygrad_optim.course.grading.secret import VARIABLE, BadSecret, read_secret, seed_of
from tinygrad_optim.course.grading.unpacking import BadArchive, unpack
from tinygrad_optim.course.lessons import Lesson
from tinygrad_optim.course.progress import FILE, Progress

SIX, SEVEN = Lesson(Path("lessons/06_loop")), Lesson(Path("lessons/07_inside"))


def write(path: Path, text: str = "x = 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# ---- found ------------------------------------------------------------------------------------------------


def test_a_working_copy_is_one_submission_and_a_folder_of_them_is_several(tmp_path: Path):
    write(tmp_path / "class" / "ada" / "06_loop" / "exercises.py")
    write(tmp_path / "class" / "ben" / "progress.json", "{}")
    write(tmp_path / "class" / "cyd.tar.gz")
    write(tmp_path / "class" / ".hidden" / "06_loop" / "exercises.py")
    assert [one.name for one in find_submissions([tmp_path / "class"])] == ["ada", "ben", "cyd"]
    assert [one.name for one in find_submissions([tmp_path / "class" / "ada"])] == ["ada"]


def test_two_submissions_of_one_name_are_refused(tmp_path: Path):
    for folder in ("one", "two"):
        write(tmp_path / folder / "ada" / "06_loop" / "exercises.py")
    with pytest.raises(NoSubmission, match="two submissions are called 'ada'"):
        find_submissions([tmp_path / "one", tmp_path / "two"])


# ---- handed in --------------------------------------------------------------------------------------------


def test_links_are_not_followed_wherever_they_are(tmp_path: Path):
    secret = write(tmp_path / "solutions" / "exercises.py", "secret = 1\n")
    folder = tmp_path / "ada"
    (folder / "07_inside").mkdir(parents=True)
    (folder / "06_loop").symlink_to(secret.parent)
    (folder / "07_inside" / "exercises.py").symlink_to(secret)
    (folder / "progress.json").symlink_to(secret)
    found = handed_in(folder, [SIX, SEVEN])
    assert found.texts == {}
    assert "behind a link" in found.problems["06_loop"]
    assert "a link" in found.problems["07_inside"]
    assert "a link" in found.problem


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_file_too_large_or_no_text_is_said_to_be(tmp_path: Path):
    (tmp_path / "06_loop").mkdir()
    os.mkfifo(tmp_path / "06_loop" / "exercises.py")
    write(tmp_path / "07_inside" / "exercises.py", "#" * 100_001)
    found = handed_in(tmp_path, [SIX, SEVEN])
    assert "is no file" in found.problems["06_loop"]
    assert "larger than 100 kB" in found.problems["07_inside"]
    (tmp_path / "07_inside" / "exercises.py").write_bytes(b"\xff\xfe\xfa")
    assert "UTF-8" in handed_in(tmp_path, [SEVEN]).problems["07_inside"]


@pytest.mark.parametrize("name", ["\ud800", "Ada\0", "Ada\n\x1b[31m", "a" * 201])
def test_a_learner_s_name_that_no_report_can_hold_is_none(tmp_path: Path, name: str):
    Progress(tmp_path / FILE, name, "autumn").write()
    found = handed_in(tmp_path, [SIX])
    assert found.whose is None
    assert "is not what `tinygrad-optim start` wrote" in found.problem


def test_lessons_in_a_single_folder_inside_are_found(tmp_path: Path):
    write(tmp_path / "upload" / "course" / "06_loop" / "exercises.py")
    assert handed_in(tmp_path, [SIX]).texts == {"06_loop": "x = 1\n"}


def test_a_single_lessons_exercises_may_lie_outside_its_folder(tmp_path: Path):
    write(tmp_path / "exercises.py")
    assert handed_in(tmp_path, [SIX, SEVEN], alone=SEVEN).texts == {"07_inside": "x = 1\n"}
    assert handed_in(tmp_path, [SIX, SEVEN]).texts == {}


def test_the_digest_is_of_what_was_handed_in_and_not_of_where_or_when(tmp_path: Path):
    for name in ("one", "two"):
        write(tmp_path / name / "06_loop" / "exercises.py")
    os.utime(tmp_path / "two" / "06_loop" / "exercises.py", (0, 0))
    first, second = (handed_in(tmp_path / name, [SIX]).digest for name in ("one", "two"))
    assert first == second
    write(tmp_path / "two" / "06_loop" / "exercises.py", "x = 2\n")
    assert handed_in(tmp_path / "two", [SIX]).digest != first


# ---- unpacked ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../evil.py", "/evil.py", "a/../../evil.py", "C:\\evil.py", "..\\evil.py"])
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_path_that_leads_out_of_the_archive_is_refused(name: str, kind: str, tmp_path: Path):
    archive = tmp_path / f"evil.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr(name, "x")
    else:
        with tarfile.open(archive, "w") as packed:
            packed.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(BadArchive, match="leads out"):
        unpack(archive, tmp_path / "in" / "it")
    assert not list(tmp_path.rglob("evil.py"))


def test_links_and_devices_in_an_archive_are_left_out(tmp_path: Path):
    archive = tmp_path / "links.tar"
    with tarfile.open(archive, "w") as packed:
        for name, kind in (("soft", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("pipe", tarfile.FIFOTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            packed.addfile(member)
        packed.addfile(tarfile.TarInfo("plain"), io.BytesIO())
    unpack(archive, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["plain"]


def test_an_archive_that_grows_without_end_is_stopped(tmp_path: Path):
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("bomb", b"\0" * 60_000_000)
    with pytest.raises(BadArchive, match="more than 50 MB"):
        unpack(archive, tmp_path / "out")


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, b"Z"])  # a header of that length, and a member that is passed over
def test_a_tar_archive_whose_few_bytes_stand_for_very_many_is_refused(tmp_path: Path, kind: bytes):
    member = tarfile.TarInfo("exercises.py")
    member.type, member.size = kind, 1 << 30
    with lzma.open(tmp_path / "it.tar.xz", "wb", preset=0) as file:
        file.write(member.tobuf())
        for _ in range(13):
            file.write(bytes(1 << 24))
    with pytest.raises(BadArchive, match="more than 200 MB"):
        unpack(tmp_path / "it.tar.xz", tmp_path / "out")


@pytest.mark.parametrize("name", ["broken.zip", "broken.tar", "broken.tar.gz"])
@settings(derandomize=True, deadline=None, max_examples=15)
@given(data=st.binary(max_size=200))
def test_whatever_an_archive_holds_it_is_unpacked_or_refused(name: str, data: bytes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("broken")
    (folder / name).write_bytes(data)
    with suppress(BadArchive):
        unpack(folder / name, folder / "out")


# ---- the secret -------------------------------------------------------------------------------------------


def test_a_seed_is_of_the_secret_the_submission_and_the_lesson(tmp_path: Path):
    seed = seed_of(b"s" * 16, "digest", "06_loop")
    others = {seed_of(b"t" * 16, "digest", "06_loop"), seed_of(b"s" * 16, "other", "06_loop")}
    assert seed == seed_of(b"s" * 16, "digest", "06_loop")
    assert seed not in others | {seed_of(b"s" * 16, "digest", "07_inside")}


def test_a_secret_is_read_again_from_its_file_or_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    made, words = read_secret(tmp_path / "secret")
    assert "wrote a new secret" in words
    assert made.decode() not in words
    assert read_secret(tmp_path / "secret") == (made, "")
    monkeypatch.setenv(VARIABLE, "long enough to be a secret")
    assert read_secret(None) == (b"long enough to be a secret", "")
    monkeypatch.setenv(VARIABLE, "short")
    with pytest.raises(BadSecret) as refused:
        read_secret(None)
    assert "short" not in str(refused.value)


# ---- late -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "points", "hours", "lost"),
    [
        ("10%/day", 50, 1, 5),  # a day begun
        ("10%/day", 50, 24, 5),
        ("10%/day", 50, 24.5, 10),
        ("10%/day", 50, 24 * 30, 50),  # never more than there is
        ("10%/day, at most 30%", 50, 24 * 30, 15),
        ("2 points/hour", 50, 2.5, 6),
        ("2 points/hour, at most 5 points", 50, 2.5, 5),
        ("10%/day, max 3 days", 50, 72, 15),
        ("10%/day, max 3 days", 50, 72.1, 50),
        ("10%/day, grace 15 minutes", 50, 0.25, 0),
        ("10%/day, grace 15 minutes", 50, 24.2, 5),  # the grace is taken off
        ("", 50, 100, 0),
        ("10%/day", 50, -1, 0),
        ("10%/day", 0, 100, 0),
    ],
)
def test_what_a_late_submission_loses(policy: str, points: int, hours: float, lost: float):
    assert policy_of(policy).penalty(points, timedelta(hours=hours)) == pytest.approx(lost)


@pytest.mark.parametrize("text", ["10/day", "10%/week", "-10%/day", "10%/day 3 days", "10%/day, 20%/day", "max days"])
def test_a_policy_that_cannot_be_read_is_refused_with_an_example(text: str):
    with pytest.raises(BadPolicy, match="say for example"):
        policy_of(text)


def test_a_time_is_of_its_zone_or_of_this_machines():
    assert moment("2026-01-01T10:00:00Z", "x") == datetime(2026, 1, 1, 10, tzinfo=timezone.utc)
    assert moment("2026-01-01T10:00+02:00", "x") == datetime(2026, 1, 1, 8, tzinfo=timezone.utc)
    assert moment("2026-01-01", "x") == datetime(2026, 1, 1).astimezone()


# ---- the roster -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", r"the columns \(none\)"),
        ("name,mail\nAda,a\n", "needs one called submission"),
        ("learner,learner\nAda,Ada\n", "there twice"),
        ("learner,points\nAda,3\n", "one of the report's"),
        ("learner\nAda\nAda\n", "row 3 needs a learner of its own"),
        ("learner,mail\nAda,a,b\n", "more cells"),
        ('learner\n"Ada\n', "is no CSV"),
    ],
)
def test_a_roster_that_cannot_be_used_is_refused(text: str, reason: str, tmp_path: Path):
    with pytest.raises(BadRoster, match=reason):
        read_roster(write(tmp_path / "roster.csv", text))


def test_a_roster_of_learners_finds_a_result_by_the_learners_name(tmp_path: Path):
    roster = read_roster(write(tmp_path / "roster.csv", "\ufefflearner,mail\n Ada ,a@b\n\n"))
    assert roster.row("folder-7", "Ada") == {"learner": "Ada", "mail": "a@b"}
    assert roster.row("Ada", "Ben") == {}


# ---- the journal ------------------------------------------------------------------------------------------


def test_a_journal_gives_back_what_was_whole_and_drops_what_was_not(tmp_path: Path):
    path = tmp_path / "journal"
    journal = Journal(path, "key")
    for name in ("ben", "ada"):
        journal.add({**nothing_yet(name), "points": len(name)})
    journal.close()
    with open(path, "ab") as file:
        file.write(b'{"submission": "cyd", "poi')  # the power failed
    again = Journal(path, "key", resume=True)
    assert [one["submission"] for one in again.results()] == ["ada", "ben"]
    again.add({**nothing_yet("ben"), "points": 9})
    assert [one["points"] for one in again.results(["ben", "cyd"])] == [9]
    again.close(remove=True)
    assert not path.exists()


def test_a_journal_of_other_terms_is_refused_and_left_as_it_is(tmp_path: Path):
    Journal(tmp_path / "journal", "key").close()
    before = (tmp_path / "journal").read_bytes()
    with pytest.raises(OtherRun, match="run without --resume"):
        Journal(tmp_path / "journal", "another", resume=True)
    assert (tmp_path / "journal").read_bytes() == before


# ---- reports ----------------------------------------------------------------------------------------------


def test_no_name_is_a_formula_in_the_table(tmp_path: Path):
    result = {**nothing_yet("=1+1"), "learner": "@SUM(A1)", "error": "-2+3", "final": -0.5}
    write_csv(tmp_path / "grades.csv", [result], Run(("06_loop",), "plain"))
    assert (tmp_path / "grades.csv").read_text().splitlines()[1] == "'=1+1,'@SUM(A1),,0,0,0,0,-0.5,,'-2+3"


def test_letters_that_xml_does_not_know_are_written_as_escapes(tmp_path: Path):
    result = {**nothing_yet("ada\x00\x1b[31m\ud800"), "error": "bell \x07 & <b>"}
    write_junit(tmp_path / "grades.xml", [result], Run((), "plain"))
    text = (tmp_path / "grades.xml").read_text(encoding="utf-8")
    assert r'name="ada\x00\x1b[31m\xd800"' in text
    assert r"bell \x07 &amp; &lt;b&gt;" in text
    assert json.dumps(text)
