"""L-BFGS: Newton's direction, estimated from the last few steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine import new_tensor
from ..grad_mode import enable_grad
from .group_checks import check_number
from .line_search import Point, strong_wolfe
from .optimizer import Optimizer, Params


def direction(gradient, old_dirs, old_stps, ro, h_diag):
    """-H @ gradient, with H the estimated inverse Hessian: the two-loop recursion.

    Nocedal 1980, "Updating quasi-Newton matrices with limited storage"; Nocedal & Wright 2006, algorithm 7.4.
    old_dirs: changes of the gradient (y); old_stps: changes of the parameters (s); ro: 1 / (y @ s), oldest first.
    """
    q, shares = -gradient, []
    for y, s, r in zip(reversed(old_dirs), reversed(old_stps), reversed(ro)):
        share = (s @ q) * r
        q = q - share * y
        shares.append(share)
    d = q * h_diag
    for y, s, r, share in zip(old_dirs, old_stps, ro, reversed(shares)):
        d = d + s * (share - (y @ d) * r)
    return d


class LBFGS(Optimizer):
    """For smooth losses over full batches: step(closure) calls the closure many times, and goes far.

    lr: the first trial's length along the direction.
    max_iter, max_eval: iterations, and calls of the closure, in one step (default: 1.25 * max_iter calls).
    tolerance_grad, tolerance_change: stop when the largest gradient, or the step or the gain, is below it.
    history_size: how many past steps the estimate rests on.
    line_search_fn: None, or "strong_wolfe" to search each step's length.
    One group only (ValueError), and all its parameters are moved as one long vector.
    """

    def __init__(
        self, params: Params, lr: float = 1, max_iter: int = 20, max_eval: int | None = None,
        tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9, history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:  # fmt: skip
        check_number(lr, 0.0, math.inf, "learning rate", "'lr' of LBFGS")
        if line_search_fn not in (None, "strong_wolfe"):
            raise RuntimeError(f"only 'strong_wolfe' is supported as line_search_fn, not {line_search_fn!r}")
        defaults = dict(
            lr=lr, max_iter=max_iter, max_eval=max_iter * 5 // 4 if max_eval is None else max_eval,
            tolerance_grad=tolerance_grad, tolerance_change=tolerance_change, history_size=history_size,
            line_search_fn=line_search_fn,
        )  # fmt: skip
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError(
                f"LBFGS doesn't support per-parameter options (parameter groups), and got {len(self.param_groups)}: "
                "all parameters move as one vector. Put them into one group."
            )

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Up to max_iter iterations; returns the closure's first loss. The closure runs backward() itself."""
        group = self.param_groups[0]
        state = self.state[group["params"][0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first_loss, loss, gradient = self.evaluate(closure)
        calls = 1
        state["func_evals"] += 1
        if np.abs(gradient).max() <= group["tolerance_grad"]:
            return first_loss
        memory = Memory(state)
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            d = memory.next_direction(gradient, group["history_size"])
            slope = float(gradient @ d)
            first = state["n_iter"] == 1
            length = min(1.0, 1.0 / float(np.abs(gradient).sum())) * group["lr"] if first else group["lr"]
            memory.gradient, memory.loss, memory.d, memory.t = gradient.copy(), loss, d, length
            if slope > -group["tolerance_change"]:
                break
            start = Point(0.0, loss, gradient, slope)
            there, more = self.go(closure, d, length, start, iteration, group["max_eval"] - calls)
            memory.t, loss, gradient = there.t, there.loss, there.gradient
            calls += more
            state["func_evals"] += more
            if self.is_done(group, iteration, calls, gradient, d * there.t, loss - memory.loss):
                break
        memory.keep()
        return first_loss

    def go(
        self, closure: Callable[[], Any], d: Any, length: float, start: Point, iteration: int, calls_left: int
    ) -> tuple[Point, int]:
        """Move along d; returns where that led, and the closure's calls it took."""
        group = self.param_groups[0]
        if group["line_search_fn"] is None:
            self.move(d, length)
            if iteration == group["max_iter"]:  # the last point is not looked at again
                return start._replace(t=length), 0
            _, loss, gradient = self.evaluate(closure)
            return Point(length, loss, gradient, 0.0), 1
        here = [p.array.copy() for p in group["params"]]

        def loss_at(t: float) -> tuple[float, Any]:
            self.move(d, t)
            _, loss, gradient = self.evaluate(closure)
            for p, array in zip(group["params"], here):
                p.write(array)
            return loss, gradient

        there, calls = strong_wolfe(loss_at, length, d, start, most=calls_left)
        self.move(d, there.t)
        return there, calls

    @staticmethod
    def is_done(group: Any, iteration: int, calls: int, gradient: Any, moved: Any, gained: float) -> bool:
        """Whether to stop: out of calls, the gradient is flat, or the last move did next to nothing."""
        return (
            iteration == group["max_iter"]
            or calls >= group["max_eval"]
            or np.abs(gradient).max() <= group["tolerance_grad"]
            or np.abs(moved).max() <= group["tolerance_change"]
            or abs(gained) < group["tolerance_change"]
        )

    def evaluate(self, closure: Callable[[], Any]) -> tuple[Any, float, Any]:
        """The closure's loss, as it is and as a number, and all gradients as one vector."""
        with enable_grad():
            loss = closure()
        parameters = self.param_groups[0]["params"]
        zeros_or = [
            np.zeros(p.array.size, p.dtype) if p.gradient is None else p.gradient.reshape(-1) for p in parameters
        ]
        return loss, float(loss), np.concatenate(zeros_or)

    def move(self, d: Any, length: float) -> None:
        """Add length * d to the parameters."""
        end = 0
        for p in self.param_groups[0]["params"]:
            start, end = end, end + p.array.size
            p.write(p.array + length * d[start:end].reshape(p.shape))


class Memory:
    """What L-BFGS keeps from iteration to iteration, under PyTorch's keys in the state."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.state = state
        numbers = {key: state[key].array for key in ("d", "prev_flat_grad") if key in state}
        self.d: Any = None
        self.t: Any = None
        self.d, self.gradient = numbers.get("d"), numbers.get("prev_flat_grad")
        self.t, self.loss = state.get("t"), state.get("prev_loss")
        self.dirs = [one.array for one in state.get("old_dirs", [])]
        self.stps = [one.array for one in state.get("old_stps", [])]
        self.ro = [float(getattr(one, "array", one)) for one in state.get("ro", [])]
        self.h_diag = float(getattr(state.get("H_diag", 1), "array", state.get("H_diag", 1)))

    def next_direction(self, gradient: Any, history_size: int) -> Any:
        """The direction from here, after the last step was taken into account."""
        if self.state["n_iter"] == 1:
            self.dirs, self.stps, self.ro, self.h_diag = [], [], [], 1.0
            return -gradient
        y, s = gradient - self.gradient, self.d * self.t
        curvature = float(y @ s)
        if curvature > 1e-10:  # else the step says nothing about the curvature
            if len(self.dirs) == history_size:
                del self.dirs[0], self.stps[0], self.ro[0]
            self.dirs.append(y)
            self.stps.append(s)
            self.ro.append(1.0 / curvature)
            self.h_diag = curvature / float(y @ y)
        return direction(gradient, self.dirs, self.stps, self.ro, self.h_diag)

    def keep(self) -> None:
        """Put it all into the state."""
        self.state.update(
            d=new_tensor(self.d),
            t=self.t,
            old_dirs=[new_tensor(y) for y in self.dirs],
            old_stps=[new_tensor(s) for s in self.stps],
            ro=list(self.ro),
            H_diag=self.h_diag,
            prev_flat_grad=new_tensor(self.gradient),
            prev_loss=self.loss,
        )
