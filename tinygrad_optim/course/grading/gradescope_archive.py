"""The archive that Gradescope makes an autograder of: this package, the lessons without solutions, and two scripts.

What must be in it: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from ...saving import written_whole
from ..lessons import PACKAGE, Lesson

REQUIRED = ("numpy>=2.0,<3",)  # all that grading needs besides Python
LEFT_OUT = ("__pycache__", "lessons")
SETUP = """#!/usr/bin/env bash
# Makes the environment that the autograder runs in. Gradescope runs it once, as root.
set -euo pipefail
root=${{AUTOGRADER:-/autograder}}
apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3 python3-venv
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
    echo "choose an image with Python 3.10 or newer"
    exit 1
fi
python3 -m venv "$root/environment"
"$root/environment/bin/pip" install {required}
# Submissions run as a user of their own, who needs the package, and gets neither the checks nor the secret.
chmod -R go-rwx "$root/source"
chmod go+x "$root/source"
chmod -R go+rX "$root/source/tinygrad_optim" "$root/environment"
"""
RUN = """#!/usr/bin/env bash
# Grades /autograder/submission, and writes /autograder/results/results.json, whatever happens.
root=${{AUTOGRADER:-/autograder}}
python=${{AUTOGRADER_PYTHON:-$root/environment/bin/python}}
results="$root/results/results.json"
mkdir -p "$root/results"
chmod 600 "$root/source/secret"
rm -f "$results"
export PYTHONPATH="$root/source" TINYGRAD_OPTIM_LESSONS="$root/source/lessons"
"$python" -m tinygrad_optim grade "$root/submission" --lessons {lessons} --secret "$root/source/secret" \\
    --gradescope "$results" --timeout {timeout:g} --longest {longest:g} --jobs 1
if [ ! -s "$results" ]; then
    words="The grader failed, through no fault of yours: tell your instructor."
    printf '{{"score": 0, "output": "%s", "stdout_visibility": "hidden"}}\\n' "$words" >"$results"
fi
"""


def write_archive(path: Path, lessons: list[Lesson], secret: bytes, timeout: float, longest: float) -> None:
    """Write the archive, whole or not at all. The same lessons and secret give the same archive."""
    numbers = ",".join(str(lesson.number) for lesson in lessons)
    required = " ".join(f"'{one}'" for one in REQUIRED)
    with written_whole(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        put(archive, "setup.sh", SETUP.format(required=required).encode(), 0o755)
        put(archive, "run_autograder", RUN.format(lessons=numbers, timeout=timeout, longest=longest).encode(), 0o755)
        put(archive, "secret", secret + b"\n", 0o600)
        for name, source in sources(lessons):
            put(archive, name, source.read_bytes(), 0o644)


def put(archive: zipfile.ZipFile, name: str, data: bytes, mode: int) -> None:
    """A file of the archive, with its permissions."""
    about = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    about.external_attr = (0o100000 | mode) << 16
    about.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(about, data)


def sources(lessons: list[Lesson]) -> Iterator[tuple[str, Path]]:
    """The package's own files, and those of the lessons that grading needs: no solutions."""
    for source in sorted(PACKAGE.rglob("*")):
        inside = source.relative_to(PACKAGE)
        if source.is_file() and not set(inside.parts) & set(LEFT_OUT):
            yield f"tinygrad_optim/{inside.as_posix()}", source
    for lesson in lessons:
        for name in ("lesson.py", "exercises.py", "checks.py"):
            yield f"lessons/{lesson.name}/{name}", lesson.folder / name
