"""Writes ten_questions.md beside this file: questions to a reader of the page alone, with answers from the run.

python tests/data/ten_questions.py [PAGE.html]    also writes the page, to give to the reader

The answers are worked out from the run itself, with numpy, and not from the page.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from trace_program import write_program  # noqa: E402

from tinygrad_optim import optim  # noqa: E402
from tinygrad_optim.trace import tell  # noqa: E402
from tinygrad_optim.trace.script import run_script  # noqa: E402


def watched_run(path: Path, steps: int = 4) -> tuple[list[dict[str, Any]], Any]:
    """What the second layer's weight and the groups were at each step, by a hook; and the script's recording."""
    seen: list[dict[str, Any]] = []

    def before(optimizer: Any, args: Any, kwargs: Any) -> None:
        w = optimizer.param_groups[1]["params"][0]
        velocity = optimizer.state[w]["momentum_buffer"].array.copy() if w in optimizer.state else None
        lrs = [group["lr"] for group in optimizer.param_groups]
        seen.append({"w": w.array.copy(), "g": w.gradient.copy(), "v": velocity, "lr": lrs})

    def after(optimizer: Any, args: Any, kwargs: Any) -> None:
        w = optimizer.param_groups[1]["params"][0]
        seen[-1].update(w_after=w.array.copy(), v_after=optimizer.state[w]["momentum_buffer"].array.copy())

    handles = [optim.optimizer.register_optimizer_step_pre_hook(before)]
    handles.append(optim.optimizer.register_optimizer_step_post_hook(after))
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            run_script(path, ["--steps", str(steps)])
    finally:
        for handle in handles:
            handle.remove()
    with contextlib.redirect_stdout(io.StringIO()):
        return seen, run_script(path, ["--steps", str(steps)]).recording


def numbers(array: Any) -> str:
    return "[" + ", ".join(f"{one:.4g}" for one in np.asarray(array).ravel()) + "]"


def loss_of(recording: Any, step: int) -> float:
    """The loss before a step (counted from 0): the mean square of what the last op was given."""
    runs = [one for one in recording.all_calls() if one.name == "mse_loss_forward"]
    first, second = [value.numbers for value in runs[step].args.values() if hasattr(value, "numbers")][:2]
    return float(np.mean((first.astype(np.float64) - second) ** 2))


def questions(path: Path) -> list[tuple[str, str]]:
    """Ten questions with their answers."""
    seen, recording = watched_run(path)
    second, third = seen[1], seen[2]
    momentum, lr = 0.9, second["lr"][1]
    without = -lr * (momentum * second["v"] + second["g"])
    change = second["w_after"].astype(np.float64) - second["w"]
    ratio = np.linalg.norm(change) / np.linalg.norm(second["w"])
    return [
        (
            "Which group is `second.weight` in, and which option does that group alone set?",
            "Group 1; `weight_decay` 0.1 was given in this group.",
        ),
        (
            "What learning rate does `first.weight` have in step 1, and where did it come from?",
            f"{seen[0]['lr'][0]:g}; it was given in its group (group 0), not the default of 0.1.",
        ),
        (
            "What is the learning rate of group 1 in step 3, and who changed it?",
            f"{third['lr'][1]:g}; `StepLR` changed it (from {second['lr'][1]:g}).",
        ),
        (
            "Which rule made the gradient of `second.weight` in step 1, of which op, on which line of train.py?",
            "`linear_vjp_weight`, of the second `linear`; the line `return self.second(hidden)`.",
        ),
        (
            "By how much would `second.weight` have moved in step 2 without weight decay?",
            f"By {numbers(without)}: it did move by {numbers(change)}.",
        ),
        (
            "What was the momentum buffer of `second.weight` before step 1, and before and after step 2?",
            f"None before step 1; {numbers(second['v'])} before step 2, {numbers(second['v_after'])} after it.",
        ),
        ("Which parameter never moved, and why?", "`unused`, in group 2: it never got a gradient."),
        (
            "Which line computed the new value of `second.weight`, in which file?",
            "`return p - lr * g, v`, in tinygrad_optim/optim/sgd.py.",
        ),
        (
            "How large was step 2 of `second.weight` relative to the weight?",
            f"{100 * ratio:.3g} % (norm {np.linalg.norm(change):.4g} of {np.linalg.norm(second['w']):.4g}).",
        ),
        (
            "What was the loss in step 1, and in step 4?",
            f"{loss_of(recording, 0):.4g}, and {loss_of(recording, 3):.4g}.",
        ),
    ]


def as_markdown(asked: list[tuple[str, str]]) -> str:
    """The questions first, so that they can be given away without the answers."""
    lines = ["# Ten questions to a reader of the page", "", "Made by ten_questions.py from the run itself.", ""]
    lines += [f"{number}. {question}" for number, (question, _) in enumerate(asked, 1)]
    lines += ["", "## Answers", ""] + [f"{number}. {answer}" for number, (_, answer) in enumerate(asked, 1)]
    return "\n".join(lines) + "\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_program(Path(folder))
        (HERE / "ten_questions.md").write_text(as_markdown(questions(path)), encoding="utf-8")
        if len(sys.argv) > 1:
            with contextlib.redirect_stdout(io.StringIO()):
                story = tell(run_script(path, ["--steps", "4"]).recording)
            print("wrote", story.save_html(sys.argv[1]))


if __name__ == "__main__":
    main()
