"""Muon: momentum, turned into the nearest matrix whose directions all count alike."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .optimizer import Optimizer, Params


def bfloat16(x):
    """float32 numbers rounded to bfloat16: the nearest with 8 significant bits, ties to even."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    rounded = bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    return (rounded & np.uint32(0xFFFF0000)).view(np.float32)


def orthogonalized(g, coefficients, eps, steps):
    """About the nearest matrix to g with all singular values near 1, by Newton and Schulz's iteration.

    Each round puts every singular value s through a*s + b*s**3 + c*s**5. In bfloat16, as PyTorch does it.
    """
    a, b, c = coefficients
    x = bfloat16(g.T if g.shape[0] > g.shape[1] else g)
    x = bfloat16(x / np.maximum(bfloat16(np.linalg.norm(x)), bfloat16(np.float32(eps))))
    for _ in range(steps):
        gram = bfloat16(x @ x.T)
        polynomial = bfloat16(np.float32(b) * gram + np.float32(c) * (gram @ gram))
        x = bfloat16(np.float32(a) * x + polynomial @ x)
    return x.T if g.shape[0] > g.shape[1] else x


def length_for(shape, adjust_lr_fn):
    """The factor on lr for a matrix of this shape."""
    rows, columns = shape
    if adjust_lr_fn == "match_rms_adamw":
        return 0.2 * math.sqrt(max(rows, columns))
    return math.sqrt(max(1, rows / columns))


def muon(
    p, g, momentum_buffer, *,
    lr, weight_decay, momentum, nesterov, ns_coefficients, eps, ns_steps, adjust_lr_fn,
):  # fmt: skip
    """p := p * (1 - lr * weight_decay) - lr * factor * orthogonalized(momentum).

    Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"; the second factor on lr:
    Liu et al. 2025, "Muon is scalable for LLM training", section 2.2. Not elementwise.
    """
    v = momentum * momentum_buffer + (1 - momentum) * g
    update = (1 - momentum) * g + momentum * v if nesterov else v
    update = orthogonalized(update, ns_coefficients, eps, ns_steps).astype(p.dtype)
    return p * (1 - lr * weight_decay) - (lr * length_for(p.shape, adjust_lr_fn)) * update, v


class Muon(Optimizer):
    """For the weight matrices inside a net (ValueError for others): momentum with its directions made equally strong.

    lr: the step's length. weight_decay: shrinks p itself by lr * weight_decay each step.
    momentum: how much of the running mean of gradients stays at each step. nesterov: look one step ahead.
    ns_coefficients, ns_steps, eps: of Newton and Schulz's iteration.
    adjust_lr_fn: "original" (None) or "match_rms_adamw": how the length depends on the matrix's shape.
    """

    rule = staticmethod(muon)
    elementwise = False

    def __init__(
        self, params: Params, lr: float = 1e-3, weight_decay: float = 0.1, momentum: float = 0.95,
        nesterov: bool = True, ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
        eps: float = 1e-7, ns_steps: int = 5, adjust_lr_fn: str | None = None,
    ) -> None:  # fmt: skip
        defaults = dict(
            lr=lr, weight_decay=weight_decay, momentum=momentum, nesterov=nesterov,
            ns_coefficients=ns_coefficients, eps=eps, ns_steps=ns_steps, adjust_lr_fn=adjust_lr_fn,
        )  # fmt: skip
        super().__init__(params, defaults)

    def check_together(self, options: dict[str, Any], where: str) -> None:
        if options["adjust_lr_fn"] not in (None, "original", "match_rms_adamw"):
            raise ValueError(
                f"Adjust learning rate function {options['adjust_lr_fn']!r} in {where} is not supported: use None, "
                "'original' or 'match_rms_adamw'"
            )
        if len(options["ns_coefficients"]) != 3:
            raise ValueError(f"ns_coefficients in {where} must be 3 numbers, not {options['ns_coefficients']!r}")
        if options["ns_steps"] >= 100:
            raise ValueError(f"ns_steps in {where} must be less than 100, not {options['ns_steps']}")
        for p in options.get("params", ()):
            if len(p.shape) != 2:
                raise ValueError(
                    f"Muon only supports 2D parameters whereas we found a parameter with size: {p.shape} in {where} "
                    f"({p.name or 'unnamed'}). Give biases and embeddings to AdamW."
                )

    def start_state(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        return {"momentum_buffer": p.state_like(0.0)}
