"""The chapters on the two passes: the ops forward, and the gradients back."""

from __future__ import annotations

from typing import Any

from .. import delivery, engine
from ..value import Value
from .chapters import BackNode, Backward, Contribution, Input, LeafGradient, OpRun
from .reading import Teller, first_argument, lines_of
from .recording import Call
from .snapshot import ABSENT, ObjectAt

# The engine's functions that the story hangs on. Of their variables it knows, in walk_back: node, g, parent,
# contribution, arrived[parent]; in receive: leaf; in Value.backward: v, parent, local.
APPLY, VALUE_INIT = engine.apply.__code__, Value.__init__.__code__


def is_op(call: Call) -> bool:
    """Whether this call applied one op: to Tensors by `apply`, or to Values by the method that made a new one."""
    inner = [one.code for one in call.calls()]
    if call.code is APPLY:
        return APPLY not in inner and isinstance(call.result, ObjectAt)
    made = call.code.co_filename == VALUE_INIT.co_filename and VALUE_INIT in inner
    return made and call.name not in ("state_like", "state_number", "<module>")


def is_backward(call: Call) -> bool:
    return call.runs(engine.walk_back) or call.runs(Value.backward)


def is_arrival(call: Call) -> bool:
    """Whether this call added a gradient to a leaf's."""
    return call.runs(delivery.receive)


def tell_op(teller: Teller, call: Call) -> OpRun | None:
    """One op: what went in, what came out, and which line of the program asked for it."""
    result = call.result
    if not isinstance(result, ObjectAt):
        return None
    if call.code is APPLY:
        op = call.args["op"].name or "op"
        forward = next((one for one in call.calls() if one.name == f"{op}_forward"), None)
        inputs, formula = tensor_inputs(teller, call, forward), forward.formula() if forward else ""
    else:
        op, formula, forward = call.name.strip("_"), "", call
        inputs = [
            Input(role, teller.name(one, "a number"), value_in(one), token_of(one)) for role, one in call.args.items()
        ]
    node = result.made_by or (result.token if call.code is not APPLY else 0)
    place = call.place()
    output = result.array
    run = OpRun(
        len(teller.ops) + 1, op, formula, inputs, output, place, module_of(teller, call), bool(node), node, result.token
    )
    run.lines = lines_of(forward) if forward else []
    teller.ops.append(run)
    teller.by_result[result.token] = run
    if node:
        teller.by_node[node] = run
    return run


def value_in(thing: Any) -> Any:
    return thing.array if isinstance(thing, ObjectAt) else thing


def token_of(thing: Any) -> int:
    return thing.token if isinstance(thing, ObjectAt) else 0


def tensor_inputs(teller: Teller, call: Call, forward: Call | None) -> list[Input]:
    """The arguments of an op: their names and numbers from its forward, who they are from what `apply` got."""
    given = [one for _, one in call.args["args"].items]
    if forward is None:
        return [
            Input(f"argument {i}", teller.name(one, ""), value_in(one), token_of(one)) for i, one in enumerate(given)
        ]
    told = zip(forward.args.items(), given)
    return [Input(role, teller.name(one), value, token_of(one)) for (role, value), one in told]


def module_of(teller: Teller, call: Call) -> str:
    """The module whose forward the op is in, by name and type."""
    for above in call.ancestors():
        first = first_argument(above)
        if isinstance(first, ObjectAt) and first.kind == "module":
            return f"{first.name} ({first.type})" if first.name else first.type
    return ""


# ---- backward ----------------------------------------------------------------------------------------------


def tell_backward(teller: Teller, call: Call) -> Backward:
    """A walk back: node by node, what arrived there and what went on."""
    chapter = Backward(call.place(), [], [])
    if call.runs(Value.backward):
        tell_value_nodes(teller, call, chapter)
    else:
        tell_nodes(teller, call, chapter)
    return chapter


def tell_nodes(teller: Teller, call: Call, chapter: Backward) -> None:
    """Follow walk_back's own lines: a write of g opens a node, one of contribution a parent."""
    node = parent = None
    shared = None
    for line in call.lines:
        writes = line.values("writes")
        node, parent = writes.get("node", node), writes.get("parent", parent)
        rules = [one for one in line.calls if "_vjp" in one.name]
        if "g" in writes and isinstance(node, ObjectAt):
            run = teller.by_node.get(node.token)
            chapter.nodes.append(
                BackNode(node.name or "?", run.number if run else 0, run.place if run else None, writes["g"], [])
            )
        if "shared" in writes and rules:
            shared = rules[0]
        if "contribution" in writes and chapter.nodes and isinstance(parent, ObjectAt):
            undone = [one for one in line.calls if one.name == "unbroadcast"]
            given = chapter.nodes[-1].contributions
            if undone and given:
                given[-1].summed = writes["contribution"]
            elif writes["contribution"] is not None:
                given.append(contribution(teller, parent, rules[0] if rules else shared, writes["contribution"]))
        add_total(line, parent, chapter)


def add_total(line: Any, parent: Any, chapter: Backward) -> None:
    """Note the sum where a gradient had already arrived at this parent."""
    if "arrived[parent]" in line.values("writes") and "arrived[parent]" in line.values("before"):
        for given in chapter.nodes[-1].contributions[-1:] if chapter.nodes else ():
            given.total = line.values("writes")["arrived[parent]"]


def contribution(teller: Teller, parent: ObjectAt, rule: Call | None, value: Any) -> Contribution:
    """What went on to one parent, and by which rule."""
    run = teller.by_node.get(parent.token)
    to = f"op {run.number}, {run.op}" if run else teller.name(parent, parent.name or "")
    if rule is None:
        return Contribution(to, parent.token, "", "", value, [])
    return Contribution(to, parent.token, rule.name, rule.formula(), value, lines_of(rule))


def tell_value_nodes(teller: Teller, call: Call, chapter: Backward) -> None:
    """The same for Values: `parent.grad += v.grad * local`, one line for each path."""
    v = parent = None
    for line in call.lines:
        writes, reads = line.values("writes"), line.values("reads")
        v, parent = writes.get("v", v), writes.get("parent", parent)
        if "parent.grad" not in writes or not isinstance(v, ObjectAt) or not isinstance(parent, ObjectAt):
            continue
        run = teller.by_node.get(v.token)
        if not chapter.nodes or chapter.nodes[-1].contributions[0].rule != f"node {v.token}":
            chapter.nodes.append(
                BackNode(
                    run.op if run else "op", run.number if run else 0, run.place if run else None, reads["v.grad"], []
                )
            )
        to = teller.by_result.get(parent.token)
        value = reads["v.grad"] * reads["local"]
        formula = "the gradient that arrived * the local derivative"
        name = f"op {to.number}, {to.op}" if to else teller.name(parent)
        total = writes["parent.grad"] if reads.get("parent.grad") else ABSENT
        given = Contribution(name, parent.token, f"node {v.token}", formula, value, [], total=total)
        chapter.nodes[-1].contributions.append(given)
        if to is None:
            add_leaf(teller, chapter, parent, line.values("before").get("parent.grad"), value, writes["parent.grad"])


def tell_leaf(teller: Teller, call: Call, chapter: Backward) -> None:
    """A call of `receive`: a gradient added to a leaf's."""
    leaf, g = call.args.get("leaf"), call.args.get("g", ABSENT)
    if not isinstance(leaf, ObjectAt):
        return
    for line in call.lines:
        for name, after in line.values("writes").items():
            if name in ("leaf.gradient", "leaf.grad"):
                add_leaf(teller, chapter, leaf, line.values("before").get(name), g, after)


def add_leaf(teller: Teller, chapter: Backward, leaf: ObjectAt, before: Any, added: Any, after: Any) -> None:
    """Note what arrived at a leaf, and what it is made of."""
    sources = []
    for node in chapter.nodes:
        for given in node.contributions:
            if given.token == leaf.token:
                where = f", op {node.run} at {node.place}" if node.place else ""
                made_by = given.rule if "_vjp" in given.rule else f"{node.op}'s local derivative"
                sources.append(f"{made_by}: {given.formula}{where}" if given.formula else f"{made_by}{where}")
    known = [one for one in chapter.leaves if one.leaf.token == leaf.token]
    if known:
        known[0].after, known[0].sources = after, sources
        known[0].added = known[0].added + added if isinstance(added, float) else added
    else:
        chapter.leaves.append(LeafGradient(teller.param(leaf), before, added, after, sources))
    teller.arrivals[leaf.token] = sources
