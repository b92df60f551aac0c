"""AdamW: Adam whose decay shrinks the weights themselves, apart from the gradient."""

from __future__ import annotations

from .adam import Adam
from .optimizer import Params


class AdamW(Adam):
    """Adam with decoupled weight decay: p shrinks by lr * weight_decay each step, whatever its gradient was.

    Loshchilov & Hutter 2019, "Decoupled weight decay regularization", algorithm 2; the rule is adam.py's.
    In Adam decay goes into the gradient, is divided by the same root as it, and so shrinks all weights alike.
    """

    def __init__(
        self, params: Params, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 1e-2, amsgrad: bool = False, *, maximize: bool = False, foreach: bool | None = None,
        capturable: bool = False, differentiable: bool = False, fused: bool | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize,
            capturable=capturable, differentiable=differentiable, fused=fused, decoupled_weight_decay=True,
        )  # fmt: skip
