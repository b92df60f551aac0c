"""Checks of lesson 7: inside the constructor."""

from __future__ import annotations

from random import Random

from tinygrad_optim.course import Check, Exercise, Wrong

# ---- final_options ---------------------------------------------------------------------------------------


def draw_options(random: Random) -> dict:
    momentum, own, later = random.sample((0.5, 0.6, 0.7, 0.8, 0.9), 3)
    return {"lr": random.choice((0.01, 0.02, 0.05, 0.2)), "momentum": momentum, "own": own, "later": later}


def call_final_options(exercises, lr, momentum, own, later):
    return exercises.final_options(lr, momentum, own, later)


def options_of_the_program(lr, momentum, own, later):
    import tinygrad_optim as torch

    a, b, c = (torch.zeros(1, requires_grad=True) for _ in range(3))
    optimizer = torch.optim.SGD([{"params": [a]}, {"params": [b], "momentum": own}], lr=lr, momentum=momentum)
    optimizer.defaults["momentum"] = later
    optimizer.param_groups[0]["lr"] = 2 * lr
    optimizer.add_param_group({"params": [c]})
    return [[group["lr"], group["momentum"]] for group in optimizer.param_groups]


def ask_final_options(lr, momentum, own, later):
    return f"""groups = [{{"params": [a]}}, {{"params": [b], "momentum": {own}}}]
optimizer = optim.SGD(groups, lr={lr}, momentum={momentum})
optimizer.defaults["momentum"] = {later}
optimizer.param_groups[0]["lr"] = {2 * lr}
optimizer.add_param_group({{"params": [c]}})
What are [lr, momentum] of group 0, of group 1 and of group 2?"""


FINAL_OPTIONS = Exercise(
    name="final_options",
    kind="predict",
    question=ask_final_options,
    checks=(
        Check(
            says="each group has its own value, or the default of the moment at which it was added",
            draw=draw_options,
            call=call_final_options,
            expected=options_of_the_program,
            cases=1,
            tolerance=1e-6,
        ),
    ),
    wrong=(
        Wrong(
            "a new default reaches the groups that are there",
            lambda lr, momentum, own, later: [[2 * lr, later], [lr, own], [lr, later]],
            "When are a group's missing options filled in? Has group 0 been looked at again since?",
        ),
        Wrong(
            "nothing after the constructor counts",
            lambda lr, momentum, own, later: [[lr, momentum], [lr, own], [lr, momentum]],
            "So it is when the constructor has ended. Three lines follow: which group does each of them reach?",
        ),
        Wrong(
            "one group's lr is every group's",
            lambda lr, momentum, own, later: [[2 * lr, momentum], [2 * lr, own], [2 * lr, later]],
            "param_groups[0] is one dict. Who else has been written to by that line?",
        ),
        Wrong(
            "the added group has the old default",
            lambda lr, momentum, own, later: [[2 * lr, momentum], [lr, own], [lr, momentum]],
            "The last group is filled in when it is added. What do the defaults say by then?",
        ),
        Wrong(
            "the added group is like group 0",
            lambda lr, momentum, own, later: [[2 * lr, momentum], [lr, own], [2 * lr, momentum]],
            "A new group's missing options come from the defaults, not from another group.",
        ),
        Wrong(
            "the call's momentum wins over the group's",
            lambda lr, momentum, own, later: [[2 * lr, momentum], [lr, momentum], [lr, later]],
            "Group 1 gave a momentum itself. Is an option filled in that is there already?",
        ),
    ),
    hints=(
        "Go through the program line by line, and keep a table: the defaults, and a column for each group.",
        "add_param_group runs three times: twice in the constructor, and once in the last line.",
        "The second line changes the column of the defaults alone, the third that of group 0 alone.",
    ),
)

# ---- complete --------------------------------------------------------------------------------------------


def draw_groups(random: Random) -> dict:
    """Three groups; some options are given, and one at least is given as 0, False or None."""
    defaults = {"lr": 0.1, "momentum": 0.9, "nesterov": True, "foreach": True}
    others = {"lr": [0.5, 0.02], "momentum": [0.5, 0.0], "nesterov": [False], "foreach": [None, False]}
    groups: list[dict] = [{"params": ["w1", "b1"]}, {"params": ["w2"]}, {"params": ["w3", "b3"]}]
    for group in groups:
        for option in random.sample(sorted(others), random.randint(0, 2)):
            group[option] = random.choice(others[option])
    random.choice(groups)["momentum"] = 0.0
    random.choice(groups)["lr"] = 0.5
    return {"params": groups, "defaults": defaults}


def draw_plain_list(random: Random) -> dict:
    names = random.sample(("w1", "b1", "w2", "b2", "w3"), random.randint(2, 4))
    return {"params": names, "defaults": {"lr": random.choice((0.1, 0.3)), "momentum": 0.9}}


def draw_shared(random: Random) -> dict:
    drawn = draw_groups(random)
    first, second = random.choice(((0, 1), (1, 2), (0, 2)))
    drawn["params"][second]["params"].append(drawn["params"][first]["params"][0])
    return drawn


def call_complete(exercises, params, defaults):
    return exercises.complete(params, defaults)


def call_refused(exercises, params, defaults):
    try:
        return exercises.complete(params, defaults)
    except ValueError:
        return "ValueError"


def call_unchanged(exercises, params, defaults):
    import copy

    before = copy.deepcopy((params, defaults))
    groups = exercises.complete(params, defaults)
    groups[0]["params"].append("one more")
    return {"the list and the defaults are as they were": (params, defaults) == before}


def completed(params, defaults):
    """What the real base class makes of it, with a tensor for each name."""
    import tinygrad_optim as torch

    given = params if isinstance(params[0], dict) else [{"params": params}]
    tensors = {name: torch.zeros(1, requires_grad=True) for group in given for name in group["params"]}
    names = {id(tensor): name for name, tensor in tensors.items()}
    groups = [{**group, "params": [tensors[name] for name in group["params"]]} for group in given]
    try:
        made = torch.optim.Optimizer(groups, defaults)
    except ValueError:
        return "ValueError"
    return [{**group, "params": [names[id(p)] for p in group["params"]]} for group in made.param_groups]


def stay_the_same(params, defaults):
    return {"the list and the defaults are as they were": True}


def making(fill, as_list=lambda params: [{"params": params}], in_place=False, refuses=True):
    """A `complete` that fills in so, takes a plain list so, and refuses a shared name or does not."""

    def complete(params, defaults):
        groups: list[dict] = []
        for group in params if isinstance(params[0], dict) else as_list(params):
            whole = group if in_place else {**group, "params": list(group["params"])}
            fill(whole, defaults)
            if refuses and any({*other["params"]} & {*whole["params"]} for other in groups):
                raise ValueError
            groups.append(whole)
        return groups

    return complete


def fill_missing(group, defaults):
    for option, default in defaults.items():
        group.setdefault(option, default)


def fill_empty(group, defaults):
    for option, default in defaults.items():
        group[option] = group.get(option) or default


COMPLETE = Exercise(
    name="complete",
    kind="write",
    checks=(
        Check(
            says="a group keeps what it gives, be it 0 or None, and gets every option that it does not give",
            draw=draw_groups,
            call=call_complete,
            expected=completed,
            points=2,
            cases=5,
        ),
        Check(
            says="a plain list of parameters is one group",
            draw=draw_plain_list,
            call=call_complete,
            expected=completed,
        ),
        Check(
            says="a name that is in two groups is refused with a ValueError",
            draw=draw_shared,
            call=call_refused,
            expected=completed,
            cases=6,
        ),
        Check(
            says="what was given is as it was, also after the new groups were changed",
            draw=draw_groups,
            call=call_unchanged,
            expected=stay_the_same,
        ),
    ),
    wrong=(
        Wrong(
            "what is 0 or None counts as missing",
            making(fill_empty),
            "A momentum of 0 was given, and yours is another. Is `not value` the same question as `not in`?",
        ),
        Wrong(
            "the defaults win",
            making(lambda group, defaults: group.update(defaults)),
            "Every group has the defaults now, also where it gave something else. Who should win?",
        ),
        Wrong(
            "a group for each parameter",
            making(fill_missing, as_list=lambda params: [{"params": [name]} for name in params]),
            "From a plain list you make many groups. How many sets of options has the caller asked for?",
        ),
        Wrong(
            "the caller's dict is filled in",
            making(fill_missing, in_place=True),
            "The groups are right, but the caller's own dicts have changed. Where do you make a copy?",
        ),
        Wrong(
            "nothing is refused",
            making(fill_missing, refuses=False),
            "A name in two groups went through. What should each step do with such a parameter?",
        ),
    ),
    hints=(
        "Three parts, as in add_param_group: make a group of your own, fill in what is missing, check. Then append.",
        "Ask `option not in group`, or let a dict do it: in {**one, **two} the keys of two win.",
        "dict(group) copies the dict, but not the list in it: group['params'] needs a list(...) of its own.",
    ),
)

# ---- given_options ---------------------------------------------------------------------------------------


def draw_trace(random: Random) -> dict:
    """The real recorder's lines of an optimizer being made, of which one group is refused."""
    import tinygrad_optim as torch
    from tinygrad_optim.trace import Recorder

    values = {"lr": 0.5, "momentum": 0.5, "weight_decay": 0.01, "dampening": 0.1}
    tensors = [torch.zeros(1, requires_grad=True) for _ in range(4)]
    groups = [{name: values[name] for name in random.sample(sorted(values), random.randint(0, 3))} for _ in range(4)]
    refused = random.choice((1, 2, 3))
    with Recorder() as recorder:
        for number, (group, tensor) in enumerate(zip(groups, tensors)):
            if number == 0:
                optimizer = torch.optim.SGD([{"params": [tensor], **group}], lr=0.1)
                continue
            try:
                optimizer.add_param_group({"params": [tensors[0] if number == refused else tensor], **group})
            except ValueError:
                continue
    wanted = ("where = ", "for option, default", "group.fill_in", "self.param_groups.append")
    trace = []
    for call in recorder.recording.all_calls():
        if call.name != "add_param_group":
            continue
        seen = None
        for line in call.lines:
            text = line.plan.text.strip().split("  #")[0]
            found = {**line.values("reads"), **line.values("writes")}
            kept = {name: found[name] for name in ("where", "option", "default") if name in found}
            if text.startswith(wanted) and not (text.startswith("for") and kept == seen):  # the loop's end
                trace.append((text, kept))
                seen = kept if text.startswith("for") else seen
    order = ["lr", "momentum", "dampening", "weight_decay"]
    gave = [[name for name in order if name in group] for i, group in enumerate(groups) if i != refused]
    return {"trace": trace, "gave": gave}


def call_given_options(exercises, trace, gave):
    return exercises.given_options(trace)


def what_was_given(trace, gave):
    return gave


def reading(filled=False, refused=False, whole=False, forgets=True):
    """A `given_options` that mistakes something."""

    def given_options(trace):
        groups, mine = [], []
        for text, values in trace:
            if text.startswith("where"):
                if refused and groups and mine is not groups[-1]:
                    groups.append(mine)
                mine = [] if forgets else list(mine)
            elif text.startswith("group.fill_in" if filled else "for"):
                mine.append(values["option"])
            elif text.startswith("group.fill_in") and not whole:
                mine.remove(values["option"])
            elif text.startswith("self.param_groups.append"):
                groups.append(mine)
        return [*groups, mine] if refused and mine is not groups[-1] else groups

    return given_options


GIVEN_OPTIONS = Exercise(
    name="given_options",
    kind="read",
    checks=(
        Check(
            says="an option that was not filled in was given, and a refused group is in no optimizer",
            draw=draw_trace,
            call=call_given_options,
            expected=what_was_given,
            points=2,
            cases=4,
        ),
    ),
    wrong=(
        Wrong(
            "what was filled in",
            reading(filled=True),
            "Those are the options that fill_in set. Were they given by the group, or were they missing in it?",
        ),
        Wrong(
            "refused groups too",
            reading(refused=True),
            "There is a group too many. Which line of the trace says that a group has come in?",
        ),
        Wrong(
            "every option of the loop",
            reading(whole=True),
            "The loop goes over all the defaults. Which of its rounds go on to the line with fill_in?",
        ),
        Wrong(
            "groups run together",
            reading(forgets=False),
            "The later groups have the options of those before them too. What should happen at a line with `where`?",
        ),
    ),
    hints=(
        "Go through the trace once. What do you know at each of the four kinds of line?",
        "Begin a new list at `where`, note each option at `for`, take it out at `fill_in`, keep the list at `append`.",
        "A refused group never comes to `append`: at the next `where` its list is simply dropped.",
    ),
)

# ---- lost ------------------------------------------------------------------------------------------------


def draw_forgotten(random: Random) -> dict:
    return {"layers": 5, "forgotten": sorted(random.sample(range(5), random.randint(0, 2))), "replaced": []}


def draw_replaced(random: Random) -> dict:
    forgotten, *replaced = random.sample(range(5), random.randint(2, 3))
    return {"layers": 5, "forgotten": [forgotten], "replaced": sorted(replaced)}


def call_lost(exercises, layers, forgotten, replaced):
    import tinygrad_optim as torch

    torch.manual_seed(0)
    net = torch.nn.Sequential(*[torch.nn.Linear(2, 2) for _ in range(layers)])
    held = [p for number in range(layers) if number not in forgotten for p in net[number].parameters()]
    optimizer = torch.optim.SGD([{"params": held[:3]}, {"params": held[3:], "lr": 0.5}], lr=0.1)
    for number in replaced:  # a new layer with the old one's numbers
        fresh = torch.nn.Linear(2, 2)
        fresh.load_state_dict(net[number].state_dict())
        net[number] = fresh
    return exercises.lost(net, optimizer)


def names_of_the_lost(layers, forgotten, replaced):
    return [f"{number}.{kind}" for number in sorted([*forgotten, *replaced]) for kind in ("weight", "bias")]


def lost_by_values(net, optimizer):
    held = [p.tolist() for group in optimizer.param_groups for p in group["params"]]
    return [name for name, p in net.named_parameters() if p.tolist() not in held]


def lost_by_equality(net, optimizer):
    held = [p for group in optimizer.param_groups for p in group["params"]]
    return [name for name, p in net.named_parameters() if p not in held]


def lost_by_number(net, optimizer):
    held = sum(len(group["params"]) for group in optimizer.param_groups)
    return [name for name, _ in net.named_parameters()][held:]


def lost_of_the_first_group(net, optimizer):
    held = {id(p) for p in optimizer.param_groups[0]["params"]}
    return [name for name, p in net.named_parameters() if id(p) not in held]


def held_ones(net, optimizer):
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    return [name for name, p in net.named_parameters() if id(p) in held]


LOST = Exercise(
    name="lost",
    kind="find",
    checks=(
        Check(
            says="a layer that was forgotten is found, in whichever group it is missing",
            draw=draw_forgotten,
            call=call_lost,
            expected=names_of_the_lost,
        ),
        Check(
            says="a layer that was replaced is found, though its numbers are the old one's",
            draw=draw_replaced,
            call=call_lost,
            expected=names_of_the_lost,
            points=2,
        ),
    ),
    wrong=(
        Wrong(
            "by their numbers",
            lost_by_values,
            "Two parameters with the same numbers are still two. How do you ask whether it is the very same object?",
        ),
        Wrong(
            "with in and not in",
            lost_by_equality,
            "`in` looks for an equal one, and == of two tensors is a tensor of answers. .any() or .all() would compare "
            "their numbers. How do you ask whether it is the very same object?",
        ),
        Wrong(
            "by how many there are",
            lost_by_number,
            "You count. But which ones are missing? The last ones need not be.",
        ),
        Wrong(
            "the first group only",
            lost_of_the_first_group,
            "Some of those that you name are held, in another group.",
        ),
        Wrong(
            "those that are held",
            held_ones,
            "These are the ones that the optimizer does have.",
        ),
    ),
    hints=(
        "Collect what all the groups hold. Then go through net.named_parameters() and ask of each whether it is there.",
        "`p in [list of tensors]` compares numbers. `p is q`, and id(p) == id(q), ask whether it is the same object.",
        "A set of id(p) for every p of every group answers the question with `in`.",
    ),
)

EXERCISES = (FINAL_OPTIONS, COMPLETE, GIVEN_OPTIONS, LOST)
