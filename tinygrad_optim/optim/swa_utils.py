"""Averages of a model's weights along its training, and the schedule that goes with them."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable
from typing import Any, Literal

import numpy as np

from ..engine import new_tensor
from ..grad_mode import no_grad
from ..nn.module import Module
from ..tensor import Tensor
from .lr_scheduler.driver import LRScheduler
from .lr_scheduler.group_options import check_is_optimizer, number, per_group, set_option, unchanged_on_error

__all__ = [
    "AveragedModel",
    "SWALR",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]


# ---- how an average takes in one more ------------------------------------------------------------------------


def running_mean(averaged: Any, current: Any, num_averaged: Any) -> Any:
    """The mean of num_averaged + 1, from that of num_averaged: a + (p - a) / (n + 1)

    Izmailov et al. 2018, "Averaging weights leads to wider optima and better generalization", algorithm 1.
    """
    return averaged + (current - averaged) / (num_averaged + 1)


def moving_mean(averaged: Any, current: Any, decay: float) -> Any:
    """An exponential moving average: decay * a + (1 - decay) * p

    Polyak & Juditsky 1992, "Acceleration of stochastic approximation by averaging", is where averaging comes from.
    """
    return decay * averaged + (1 - decay) * current


def get_swa_avg_fn() -> Callable[[Any, Any, Any], Any]:
    """avg_fn(averaged, current, num_averaged) -> their equal-weighted mean."""
    return running_mean


def get_ema_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], Any]:
    """avg_fn(averaged, current, num_averaged) -> the exponential moving average. ValueError unless 0 <= decay <= 1."""
    check_decay(decay)

    def ema_update(averaged: Any, current: Any, num_averaged: Any) -> Any:
        return moving_mean(averaged, current, decay)

    return ema_update


def get_swa_multi_avg_fn() -> Callable[[Any, Any, Any], None]:
    """multi_avg_fn(averaged list, current list, num_averaged): as get_swa_avg_fn(), written into the first list."""

    def swa_update(averaged: Any, current: Any, num_averaged: Any) -> None:
        for one, other in zip(averaged, current):
            one.write(running_mean(one.array, other.array, int(num_averaged)))

    return swa_update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], None]:
    """multi_avg_fn(averaged list, current list, num_averaged): as get_ema_avg_fn(), written into the first list."""
    check_decay(decay)

    def ema_update(averaged: Any, current: Any, num_averaged: Any) -> None:
        for one, other in zip(averaged, current):
            one.write(moving_mean(one.array, other.array, decay))

    return ema_update


def check_decay(decay: float) -> None:
    """ValueError unless it is a share."""
    if not 0.0 <= decay <= 1.0:
        raise ValueError(
            f"Invalid decay value {decay} provided. Please provide a value in [0,1] range: the share of the average "
            "that stays at each update"
        )


class AveragedModel(Module):
    """A copy of a model, whose weights are the average of those that the model had at each update_parameters().

    avg_fn: computes one parameter's average anew; multi_avg_fn: writes those of a whole list. Default: their mean.
    use_buffers: average the buffers too; otherwise they are the model's present ones. AssertionError if both
    functions are given.
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Callable[[Any, Any, Any], Any] | None = None,
        multi_avg_fn: Callable[[Any, Any, Any], None] | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided, but got both: leave one out")
        self.module = copy.deepcopy(model)
        if device is not None:
            self.module = self.module.to(device=device)
        self.register_buffer("n_averaged", new_tensor(np.array(0, np.int64)))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the model's present weights into the average; the first time, they are the average.

        RuntimeError, with nothing changed, if they are not as many or not of the same shapes.
        """
        averaged, current = self.counted(self.module), self.counted(model)
        buffers, present = list(self.module.buffers()), list(model.buffers())
        check_alike(averaged + buffers, current + present)
        with no_grad():
            if self.n_averaged.item() == 0:
                write_all(averaged, current)
            elif self.multi_avg_fn is not None:
                for mine, theirs in of_each_type(averaged, current):
                    self.multi_avg_fn(mine, theirs, self.n_averaged)
            else:
                avg_fn = self.avg_fn or running_mean
                write_all(averaged, [avg_fn(a, p, self.n_averaged) for a, p in zip(averaged, current)])
            if not self.use_buffers:
                write_all(buffers, present)
        self.n_averaged.write(self.n_averaged.array + 1)

    def counted(self, model: Module) -> list[Tensor]:
        """What of a model is averaged, without history."""
        buffers = list(model.buffers()) if self.use_buffers else []
        return [tensor.detach() for tensor in [*model.parameters(), *buffers]]


def check_alike(averaged: list[Any], current: list[Any]) -> None:
    """RuntimeError unless the tensors of two models have the same shapes."""
    if [p.shape for p in averaged] != [p.shape for p in current]:
        raise RuntimeError(
            f"the model's parameters and buffers have the shapes {[p.shape for p in current]}, and the averaged ones "
            f"{[p.shape for p in averaged]}: give the model that was copied, or one built alike"
        )


def write_all(tensors: list[Any], values: list[Any]) -> None:
    """Overwrite each tensor, once all values are there."""
    for tensor, value in zip(tensors, values):
        tensor.write(value.array)


def of_each_type(averaged: list[Any], current: list[Any]) -> list[tuple[list[Any], list[Any]]]:
    """The two lists, apart for each type of numbers."""
    types = dict.fromkeys(tensor.dtype for tensor in averaged)
    pairs = [[(a, p) for a, p in zip(averaged, current) if a.dtype == dtype] for dtype in types]
    return [([a for a, _ in pair], [p for _, p in pair]) for pair in pairs]


def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute batch-norm statistics anew, for weights that were averaged: one pass over the loader.

    A batch that is a list or tuple has its input first. A model without such layers is left as it is, and the
    loader is not read.
    """
    layers = [m for m in model.modules() if hasattr(m, "reset_running_stats") and hasattr(m, "momentum")]
    if not layers:
        return
    momenta, was_training = [layer.momentum for layer in layers], model.training
    model.train()
    try:
        for layer in layers:
            layer.reset_running_stats()
            layer.momentum = None  # None: the mean of all batches, not a moving one
        with no_grad():
            for batch in loader:
                input = batch[0] if isinstance(batch, list | tuple) else batch
                model(input if device is None else input.to(device=device))
    finally:
        for layer, momentum in zip(layers, momenta):
            layer.momentum = momentum
        model.train(was_training)


# ---- the schedule ----------------------------------------------------------------------------------------------


def straight(share: float) -> float:
    """How far a straight way has come: its share."""
    return share


def cosine(share: float) -> float:
    """How far half a cosine has come: (1 - cos(pi share)) / 2"""
    return (1 - math.cos(math.pi * share)) / 2


def towards(lr: float, swa_lr: float, before: float, now: float) -> float:
    """lr_t = swa_lr * now + lr_0 * (1 - now), with lr_0 found from lr_(t-1) = swa_lr * before + lr_0 * (1 - before)"""
    first = swa_lr if before == 1 else (lr - before * swa_lr) / (1 - before)
    return swa_lr * now + first * (1 - now)


class SWALR(LRScheduler):
    """From the lr that is there to swa_lr in anneal_epochs steps, and then it stays.

    swa_lr: one for all groups, or a list of one for each. anneal_strategy: "cos" or "linear".
    ValueError for a list of another length, another strategy, or anneal_epochs below 0 or not whole.
    """

    def __init__(
        self,
        optimizer: Any,
        swa_lr: float,
        anneal_epochs: int = 10,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        last_epoch: int = -1,
    ) -> None:
        check_is_optimizer(self, optimizer)
        swa_lrs = per_group("swa_lr", optimizer, swa_lr)
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy!r}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(
                f"anneal_epochs must be equal or greater than 0, got {anneal_epochs!r}: the number of steps to swa_lr"
            )
        self._anneal_strategy, self.anneal_epochs = anneal_strategy, anneal_epochs
        with unchanged_on_error(optimizer):
            for group, lr in zip(optimizer.param_groups, swa_lrs):
                group.set("swa_lr", lr, type(self).__name__)
            super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Each group's next lr."""
        self.warn_outside_step()
        self.take_in_new_groups()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        way, length = cosine if self._anneal_strategy == "cos" else straight, max(1, self.anneal_epochs)
        before, now = way(max(0, min(1, (step - 1) / length))), way(max(0, min(1, step / length)))
        groups = self.optimizer.param_groups
        return [towards(number(group["lr"]), number(group["swa_lr"]), before, now) for group in groups]

    def take_in_new_groups(self) -> None:
        """A new group gets the swa_lr that all the others have, unless it brought its own; KeyError if they differ."""
        groups = self.optimizer.param_groups
        for place in range(len(self.base_lrs), len(groups)):
            if "swa_lr" not in groups[place]:
                if any(group["swa_lr"] != groups[0]["swa_lr"] for group in groups[:place]):
                    raise KeyError(
                        f"swa_lr: group {place} was added after SWALR was built, and the others' differ: give it its "
                        "own, add_param_group({'params': ..., 'swa_lr': ...})"
                    )
                set_option(groups[place], "swa_lr", groups[0]["swa_lr"], type(self).__name__)
        super().take_in_new_groups()
