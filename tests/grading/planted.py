"""A class of learners made up: right, half right, broken and hostile submissions, each with the score it must get."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

from tinygrad_optim.course.exercise import Exercise
from tinygrad_optim.course.lessons import Lesson, all_lessons
from tinygrad_optim.course.progress import FILE, Progress
from tinygrad_optim.course.source import put_back, text_of

# What may stand in the place of a right answer: it raises, or gives a value that no check expects.
WRONG = (
    "def {name}(*args, **kwargs):\n    raise NotImplementedError('not yet')\n",
    "def {name}(*args, **kwargs):\n    raise LookupError('no idea')\n",
    "def {name}(wrong, signature, of, seven, or_, more, arguments):\n    return wrong\n",
    "def {name}(*args, **kwargs):\n    return {name}(*args, **kwargs)\n",
    "class {name}:\n    def __init__(self, *args, **kwargs):\n        raise SystemExit('done')\n",
    "def {name}(*args, **kwargs):\n    return 'no idea'\n",
    "def {name}(*args, **kwargs):\n    return float('nan')\n",
    "def {name}(*args, **kwargs):\n    return [float('inf')] * 100_000\n",
    "def {name}(*args, **kwargs):\n    return object()\n",
)
# What a file may begin with so that nothing in it can earn anything, though all its answers are right.
BROKEN = (
    "def broken(:\n",
    "import no_such_module_anywhere\n",
    "raise RuntimeError('at import')\n",
    "import os; os._exit(0)\n",
    "import sys; sys.exit('thank you')\n",
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)\n",
    "import os; os.kill(os.getppid(), 9); os._exit(0)\n",
    "import os\nfor n in range(64):\n    try: os.write(n, b'{\"value\":1}\\n')\n    except OSError: n\n1 / 0\n",
    "import os, time; os.fork() or (os.setsid(), time.sleep(60)); os._exit(3)\n",
    "import ctypes; ctypes.string_at(1)\n",
    "import json; json.loads = json.dumps = None\n",
)
# What a file may begin with that earns nothing and costs nothing: the answers after it are right, and get their points.
HARMLESS = (
    "import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n",
    "import os; os.chdir('/'); os.umask(0)\n",
    "import math; math.isclose = lambda *a, **k: True\n",
    "import warnings; warnings.simplefilter('error'); print('x' * 10_000)\n",
    "import atexit, os; atexit.register(os._exit, 7)\n",
)


def write_class(folder: Path, count: int, seed: int = 0) -> dict[str, int]:
    """Write so many submissions of the course there is; the score of each, by its name."""
    random = Random(seed)
    lessons = [(lesson, lesson.exercises(), text_of(lesson.folder / "solutions.py")) for lesson in all_lessons()]
    kinds = ("right", "half", "half", "half", "broken", "hostile", "missing", "odd")
    scores = {}
    for number in range(count):
        kind = kinds[number % len(kinds)]
        name = f"{number:03d}-{kind}"
        scores[name] = sum(write_lesson(folder / name, *lesson, kind, random) for lesson in lessons)
        Progress(folder / name / FILE, name, "planted").write()
    return scores


def write_lesson(
    folder: Path, lesson: Lesson, exercises: tuple[Exercise, ...], text: str, kind: str, random: Random
) -> int:
    """Write what a submission of a kind has of a lesson; the points that this must earn."""
    place = folder / lesson.name
    place.mkdir(parents=True)
    if kind == "missing" and random.random() < 0.5:
        shutil.rmtree(place)
        return 0
    points, first = 0, ""
    for exercise in exercises:
        if kind == "right" or random.random() < 0.6:
            points += sum(check.points for check in exercise.checks)
        else:
            wrong = random.choice(WRONG)
            text = put_back(text, exercise.name, wrong.format(name=exercise.name))
    if kind in ("broken", "hostile") and random.random() < 0.3:
        first, points = random.choice(BROKEN[:3] if kind == "broken" else BROKEN), 0
    elif kind == "odd":
        first = random.choice(HARMLESS)
    future = "from __future__ import annotations\n"
    text = text.replace(future, future + first, 1) if future in text else first + text
    (place / "exercises.py").write_text(text, encoding="utf-8")
    return points
