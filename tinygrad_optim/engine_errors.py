"""What the engine says when it must refuse: what is wrong, what was found, what to do."""

from __future__ import annotations

from typing import Any

import numpy as np

from .source_line import describe_line


def op_failed(op: Any, values: list[Any], error: Exception) -> Exception:
    """The error of an op whose arrays do not fit each other: numpy's reason, with every shape. Or which argument
    is no tensor at all, if that is why it failed."""
    if not isinstance(error, ValueError):
        return (op.promotes and not_a_tensor(op, values)) or error
    if isinstance(error, np.exceptions.AxisError):
        return IndexError(f"{op.name}: dimension out of range: {error}")
    names = [*op.arguments, *(f"number {i}" for i in range(len(values) - len(op.arguments)))]  # of *tensors
    found = ", ".join(
        f"{name} {tuple(value.shape)}" for name, value in zip(names, values) if isinstance(value, np.ndarray)
    )
    advice = ""
    if op.promotes is not None:
        advice = (
            ". Sizes are compared from the last dimension backwards; two match if they are equal or one of them "
            "is 1. Use reshape or unsqueeze so that they do."
        )
    return RuntimeError(f"{op.name}: these shapes do not fit together: {found} ({error}){advice}")


def not_a_tensor(op: Any, values: list[Any]) -> TypeError | None:
    """The error of an op given a list or a string, or nothing but numbers, where it takes tensors; None if all fit."""
    numbers = (int, float, np.ndarray, np.generic)
    places = [i for i, rule in enumerate(op.rules) if rule is not None or not op.differentiable]
    wrong = [i for i in places if not isinstance(values[i], numbers)]
    if not wrong and any(isinstance(value, np.ndarray) for value in values):
        return None
    i = (wrong or places)[0]
    name = {"x": "input", "y": "other"}.get(op.arguments[i], op.arguments[i])
    return TypeError(
        f"{op.name}(): argument '{name}' (position {i + 1}) must be Tensor, not {type(values[i]).__name__}: expected a "
        f"Tensor{' or a number' if len(places) > 1 else ''}, and got {values[i]!r:.80}. Use tensor(...) to make one."
    )


def not_differentiable(op: Any, argument: str) -> RuntimeError:
    return RuntimeError(
        f"the derivative of {op.name} with respect to {argument!r} is not implemented, and the tensor given there "
        f"requires a gradient. Give {argument}.detach() if no gradient should go there."
    )


def walked_twice(node: Any) -> RuntimeError:
    return RuntimeError(
        f"Trying to backward through the graph a second time: what {node.name()} had kept for its derivatives "
        f"was let go by the first backward (it was made at {describe_line(node.code, node.lasti)}). Run the forward "
        "pass again before each backward, or give retain_graph=True to the first one. If it is of an earlier iteration "
        "(a hidden state that was carried over, a sum of losses), cut it there: state = state.detach()."
    )


def overwritten(node: Any, storage: Any) -> RuntimeError:
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"{node.name()} (made at {describe_line(node.code, node.lasti)}) kept a value, of shape "
        f"{kept_shapes(node)}, which was overwritten at {describe_line(*storage.where)}. Write `x = x + ...` instead "
        "of changing x in place, or use a clone(). If optimizer.step() wrote it, the graph is of before the step: "
        "compute the loss anew, and detach() what is carried over from the last iteration."
    )


def kept_shapes(node: Any) -> str:
    """The shapes of the arrays that a node has kept, for a message."""
    return " or ".join(dict.fromkeys(str(tuple(v.shape)) for v in node.kept if isinstance(v, np.ndarray)))


def view_overtaken(tensor: Any) -> RuntimeError:
    where = f" at {describe_line(*tensor.storage.where)}" if tensor.storage.where else ""
    return RuntimeError(
        f"this tensor of shape {tensor.shape} is a view made {how_made(tensor)}, and its memory was rewritten by a "
        f"recorded in-place op{where}: its gradient would miss that op. Take the view again after the write, or make "
        "it where ops are recorded."
    )


def write_through_view(tensor: Any, op: Any) -> RuntimeError:
    return RuntimeError(
        f"{op.name} in place on a view of shape {tensor.shape}, with a gradient asked for: A view was created "
        f"{how_made(tensor)} and is being modified inplace with grad mode enabled, and the graph of the tensor it is a "
        "view of could not know. Take the view and write to it in the same mode, or make a new tensor with clone()."
    )


def how_made(view: Any) -> str:
    """In which way that a graph cannot follow a view was made."""
    _, op, _, recording, _ = view.made_from
    return "in no_grad mode or inside a Function" if not recording else f"by {op.name}, which no gradient goes through"


def write_to_leaf(tensor: Any, op: Any, base: Any = None) -> RuntimeError:
    return RuntimeError(
        f"a {'view of a ' if base is not None else ''}leaf Variable that requires grad is being used in an in-place "
        f"operation: {op.name} on {(tensor if base is None else base).described()}. Its old value would be lost to "
        "the graph. To update a parameter, write inside `with no_grad():`; to compute with it, make a new tensor."
    )


def write_to_repeated(tensor: Any) -> RuntimeError:
    return RuntimeError(
        "unsupported operation: more than one element of the written-to tensor refers to a single memory location: "
        f"this tensor of shape {tensor.shape} was expanded. Please clone() the tensor before performing the operation."
    )


def kept_inference_tensor(tensor: Any) -> RuntimeError:
    return RuntimeError(
        "Inference tensors cannot be saved for backward: a derivative would need the numbers of a tensor of shape "
        f"{tensor.shape} that was made inside inference_mode, whose writes nobody follows. Use a clone() of it, made "
        "outside, or make it inside no_grad() instead."
    )


def write_to_inference_tensor(tensor: Any) -> RuntimeError:
    return RuntimeError(
        f"Inplace update to inference tensor outside InferenceMode is not allowed: this tensor of shape {tensor.shape} "
        "was made inside inference_mode. Write to a clone() of it, made outside."
    )


def made_nonfinite(node: Any, what: str) -> RuntimeError:
    return RuntimeError(
        f"Function {node.name()!r} returned {what} values in the forward, from finite ones: it was called at "
        f"{describe_line(node.code, node.lasti)}. Look at the numbers that went in there."
    )


def nan_gradient(node: Any, place: int, first: Any, what: str | None) -> RuntimeError:
    cause = ""
    if first is not None:
        where = "there" if first is node else f"by {first.name()} at {describe_line(first.code, first.lasti)}"
        cause = f" The first {what} of the forward was made {where}, from finite numbers."
    return RuntimeError(
        f"Function {node.name()!r} returned nan values in its {place}th output: it was called in the forward at "
        f"{describe_line(node.code, node.lasti)}.{cause} Look at the numbers that went in there: a division by 0, or "
        "the slope of a root or logarithm at 0, times 0."
    )


def wrong_shape(node: Any, found: tuple[int, ...], wanted: tuple[int, ...]) -> RuntimeError:
    return RuntimeError(
        f"a derivative rule of {node.op.name} returned a gradient of shape {tuple(found)} for a value of shape "
        f"{tuple(wanted)}, and broadcasting does not explain the difference. Mend the rule."
    )
