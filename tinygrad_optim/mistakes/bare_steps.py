"""Steps that find no gradient, and why: they change nothing, and say nothing."""

from __future__ import annotations

from typing import Any

from .facts import FACTS, Facts, Program, cleared_since, facts_of, made_so_far
from .names import class_of, described, names_of
from .places import Place
from .source_reading import statement_text
from .speaking import MANNER, speak

REPLACED = {"model-rebuilt", "parameter-replaced"}  # what has been told then says it better


def bare_step(optimizer: Any) -> None:
    """A step without any gradient: they were cleared, or never computed, or went to others."""
    facts = facts_of(optimizer)
    if facts.using is not None or facts.explained:
        return
    if facts.deliveries:
        zero_grad_before_step(facts)
    elif any(p.gradient is not None for p in facts.parameters):
        return  # they are all 0
    elif facts.bare and Program.walks == facts.walks:
        step_without_backward(facts)
    elif facts.bare and Program.stray is not None and Program.stray[0] > facts.events:
        gradients_elsewhere(facts)
    elif facts.bare and not facts.moved and Program.events == facts.events:
        gradients_returned(facts)


def zero_grad_before_step(facts: Facts) -> None:
    """The gradients were cleared between backward() and the step. To skip a single step so is right."""
    if facts.too_early or (facts.moved and not facts.bare):
        return
    place = cleared_since(facts, facts.delivered)
    if facts.delivery_place is None or (place is None and any(p.gradient is not None for p in facts.parameters)):
        return
    speak(
        "zero-grad-before-step",
        f"the gradients that backward() brought at {facts.delivery_place.describe()} are cleared here before the step "
        "that should use them, which finds none and changes nothing. Write zero_grad() before loss.backward(), or "
        "after optimizer.step().",
        place,
    )


def step_without_backward(facts: Facts) -> None:
    """Something was computed between two steps, and no backward() called since before the first."""
    if not facts.moved and made_so_far() > facts.made:
        facts.too_early = True
        speak(
            "step-before-backward",
            f"this is step {facts.steps + 1} of the {class_of(facts)}, and backward() has not been called yet: no "
            "parameter has a gradient, so the step changes nothing. Write loss.backward() before optimizer.step().",
        )


def backward_after_step(order: list[Any]) -> None:
    """A walk begins at a loss that is older than a step which found no gradients: they come too late for it."""
    for facts in list(FACTS.values()):
        if facts.bare and not facts.moved and not facts.too_early and 0 < order[0].number < facts.stepped:
            own = {id(p) for p in facts.parameters}
            if any(id(node) in own for node in reversed(order)):
                facts.too_early = True
                speak(
                    "step-before-backward",
                    "this step found no gradients and changed nothing: the loss was computed before it, but its "
                    "backward() was called after it. Write loss.backward() before optimizer.step().",
                    facts.step_place,
                )


def gradients_elsewhere(facts: Facts) -> None:
    """The gradients of the walks since the last step went to leaves that no optimizer holds."""
    assert Program.stray is not None
    if any(code in REPLACED for code, _, _ in MANNER.told):
        return
    _, place, references = Program.stray
    leaves = [
        leaf for leaf in (reference() for reference in references) if leaf is not None and leaf.gradient is not None
    ]
    if not leaves or any(leaf is p for other in list(FACTS.values()) for p in other.parameters for leaf in leaves):
        return
    nothing = f"no parameter of the {class_of(facts)} has a gradient, so this step changes nothing: backward() at"
    if is_walked_itself(leaves, place):
        speak(
            "step-without-gradients",
            f"{nothing} {place.describe()} was called of a tensor that was made of plain numbers: it has no history "
            "that leads back to any parameter. Compute the loss with tensors all the way, without item(), numpy() or "
            "torch.tensor(...) between the model and backward().",
        )
        return
    speak(
        "step-without-gradients",
        f"{nothing} {place.describe()} brought them to {', '.join(described(leaf) for leaf in leaves)}, which no "
        f"optimizer holds{gone(facts)}. Give the optimizer the tensors that the loss is computed from.",
    )


def gradients_returned(facts: Facts) -> None:
    """There were walks, and none of them brought a gradient to anything: grad() returns what it finds."""
    if Program.walk_place is not None:
        speak(
            "step-without-gradients",
            f"this is step {facts.steps + 1} of the {class_of(facts)}, and no parameter has ever had a gradient, so it "
            f"changes nothing: what {Program.walk_place.describe()} computes is returned, and a step reads .grad alone."
            " Call loss.backward(), which leaves the gradients there; or write p.grad = gradient.",
        )


def is_walked_itself(leaves: list[Any], place: Place) -> bool:
    """Whether the only leaf of a walk is the loss itself: what that line calls backward() of."""
    called = statement_text(place).partition(".backward(")
    return len(leaves) == 1 and bool(called[1]) and called[0] in names_of(leaves[0])


def gone(facts: Facts) -> str:
    """What became of the module that held the optimizer's parameters, if that is known."""
    for p in facts.parameters:
        registered = getattr(p, "registered", None)
        if registered is not None and getattr(registered[0](), registered[1], None) is not p:
            return f", while the module that held the optimizer's {registered[1]} is gone or holds another by now"
    return ""


LOOKS: dict[str, list[Any]] = {"walk": [backward_after_step], "step": [bare_step]}
