"""Modules against PyTorch: names, state, conversions, hooks, and what is refused."""

from __future__ import annotations

import warnings

import pytest

import tinygrad_optim

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")
BOTH = (tinygrad_optim, torch)


def counter(lib):
    class Counter(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = lib.nn.Parameter(lib.ones(2))
            self.register_buffer("mean", lib.zeros(2))
            self.register_buffer("scratch", lib.zeros(3), persistent=False)
            self.register_buffer("count", lib.tensor(0))
            self.register_buffer("missing", None)

        def forward(self, *inputs, scale=1.0):
            if len(inputs) == 1:
                return inputs[0] * self.weight * scale
            return tuple(x * self.weight * scale if isinstance(x, lib.Tensor) else x for x in inputs)

    return Counter()


def net(lib):
    shared = lib.nn.Linear(2, 2)
    return lib.nn.Sequential(counter(lib), lib.nn.Sequential(shared, counter(lib), shared), shared)


def told(value):
    """What a test compares: tensors as their types and numbers, modules as their kind."""
    if isinstance(value, tinygrad_optim.Tensor | torch.Tensor):
        return str(value.dtype).removeprefix("torch."), value.tolist()
    if isinstance(value, tinygrad_optim.nn.Module | torch.nn.Module):
        return type(value).__name__
    if isinstance(value, dict):
        return [(key, told(one)) for key, one in value.items()]
    return [told(one) for one in value] if isinstance(value, list | tuple) else value


def assert_both(scenario):
    """The scenario gives the same in both, the types of exceptions and warnings included."""
    found = []
    for lib in BOTH:
        lib.manual_seed(0)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            warnings.filterwarnings("ignore", "Full backward hook is firing")  # which is no fault of the caller's
            try:
                result = told(scenario(lib))
            except Exception as error:
                result = type(error).__name__
        found.append((result, [w.category.__name__ for w in warned]))
    assert found[0] == found[1]


LISTINGS = {
    "named_parameters": {},
    "named_buffers": {},
    "named_modules": {},
    "named_children": {},
    "parameters": {},
    "buffers": {},
    "children": {},
    "modules": {},
}


@pytest.mark.parametrize("name", LISTINGS)
def test_listings_are_pytorchs(name):
    assert_both(lambda lib: list(getattr(net(lib), name)()))


@pytest.mark.parametrize("name", ["named_parameters", "named_buffers"])
@pytest.mark.parametrize("recurse", [True, False])
@pytest.mark.parametrize("remove_duplicate", [True, False])
def test_listings_with_options_are_pytorchs(name, recurse, remove_duplicate):
    assert_both(lambda lib: list(getattr(net(lib), name)("pre", recurse, remove_duplicate)))


def test_modules_with_duplicates_are_pytorchs():
    assert_both(lambda lib: list(net(lib).named_modules(None, "pre", False)))


SCENARIOS = {
    "state": lambda lib: net(lib).state_dict(),
    "state with a prefix": lambda lib: counter(lib).state_dict(prefix="a.", destination={}),
    "keep_vars": lambda lib: [t.requires_grad for t in net(lib).state_dict(keep_vars=True).values()],
    "double": lambda lib: net(lib).double().state_dict(),
    "half": lambda lib: net(lib).half().state_dict(),
    "to a tensor's type": lambda lib: net(lib).to(lib.ones(1, dtype=lib.float64)).state_dict(),
    "to cpu and type": lambda lib: net(lib).to("cpu", lib.float64).state_dict(),
    "by keywords": lambda lib: net(lib).to(device="cpu", dtype=lib.float16).state_dict(),
    "type": lambda lib: net(lib).type(lib.float64).state_dict(),
    "loading": lambda lib: repr(net(lib).load_state_dict(net(lib).double().state_dict())),
    "loading too little": lambda lib: counter(lib).load_state_dict({"mean": lib.ones(2), "z": lib.ones(1)}, False),
    "a buffer of another shape": lambda lib: counter(lib).load_state_dict({"mean": lib.ones(3)}, strict=False),
    "printing": lambda lib: repr(net(lib)),
    "a missing module": lambda lib: [repr(with_nothing(lib)), list(with_nothing(lib).named_children())],
    "submodule": lambda lib: [net(lib).get_submodule("1.1"), net(lib).get_submodule("")],
    "no submodule": lambda lib: net(lib).get_submodule("1.7"),
    "no module": lambda lib: net(lib).get_submodule("0.weight"),
    "parameter": lambda lib: net(lib).get_parameter("1.0.bias"),
    "no parameter": lambda lib: net(lib).get_parameter("0.mean"),
    "buffer": lambda lib: net(lib).get_buffer("0.count"),
    "no buffer": lambda lib: net(lib).get_buffer("0.weight"),
    "taken": lambda lib: counter(lib).register_buffer("weight", lib.ones(1)),
    "dotted": lambda lib: counter(lib).register_buffer("a.b", lib.ones(1)),
    "no name": lambda lib: counter(lib).register_buffer("", lib.ones(1)),
    "number as name": lambda lib: counter(lib).register_buffer(3, lib.ones(1)),
    "number as buffer": lambda lib: counter(lib).register_buffer("z", 5),
    "number into a buffer": lambda lib: setattr(counter(lib), "mean", 5),
    "ints": lambda lib: counter(lib).to(lib.int64),
    "ints by type": lambda lib: counter(lib).type(lib.int64),
    "another type": lambda lib: counter(lib).type(3),
    "nothing to apply": lambda lib: counter(lib).apply(3),
    "before init": lambda lib: early(lib),
}


def with_nothing(lib):
    module = lib.nn.Module()
    module.add_module("a", None)
    module.register_module("b", lib.nn.ReLU())
    return module


def early(lib):
    class Early(lib.nn.Module):
        def __init__(self):
            self.register_buffer("x", lib.ones(1))

    return Early()


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_module_does_as_pytorchs(name):
    assert_both(SCENARIOS[name])


@pytest.mark.parametrize("typed", ["float32", "float64"])
def test_assigned_state_is_pytorchs(typed):
    def scenario(lib):
        layer = counter(lib)
        layer.weight.requires_grad_(False)
        state = {
            "weight": lib.ones(2, dtype=getattr(lib, typed)),
            "mean": lib.ones(2, dtype=getattr(lib, typed)),
            "count": lib.tensor(3),
        }
        answer = layer.load_state_dict(state, assign=True)
        return [repr(answer), layer.state_dict(), layer.weight.requires_grad, type(layer.weight).__name__]

    assert_both(scenario)


# ---- hooks ---------------------------------------------------------------------------------------------------------


def changes_args(module, args):
    return args[0] * 2


FORWARD = {
    "plain": lambda lib, layer, note: layer.register_forward_hook(note),
    "before": lambda lib, layer, note: layer.register_forward_pre_hook(note),
    "kwargs": lambda lib, layer, note: (
        layer.register_forward_pre_hook(lambda m, a, k: (a, {"scale": 3.0}), with_kwargs=True),
        layer.register_forward_hook(note, with_kwargs=True),
    ),
    "changed arguments": lambda lib, layer, note: (
        layer.register_forward_pre_hook(changes_args),
        layer.register_forward_hook(note),
    ),
    "prepended": lambda lib, layer, note: (
        layer.register_forward_hook(lambda m, a, o: o * 10),
        layer.register_forward_hook(lambda m, a, o: o + 1, prepend=True),
        layer.register_forward_hook(note),
    ),
    "removed": lambda lib, layer, note: layer.register_forward_hook(note).remove(),
    "as a block": lambda lib, layer, note: layer.register_forward_hook(note).__enter__(),
    "wrong return": lambda lib, layer, note: layer.register_forward_pre_hook(lambda m, a, k: 5, with_kwargs=True),
}


@pytest.mark.parametrize("name", FORWARD)
def test_forward_hooks_are_pytorchs(name):
    def scenario(lib):
        layer, seen = counter(lib), []
        FORWARD[name](lib, layer, lambda *what: seen.append(told(what)))
        x = lib.tensor([1.0, 2.0])
        return [layer(x), layer(x, scale=2.0), seen]

    assert_both(scenario)


def test_hooks_after_an_error_are_pytorchs():
    def scenario(lib):
        layer, seen = counter(lib), []
        layer.register_forward_hook(lambda m, a, o: seen.append("plain"))
        layer.register_forward_hook(lambda m, a, o: seen.append(("always", a, o)), always_call=True)
        layer.register_forward_hook(lambda m, a, o: 1 / 0, always_call=True)
        try:
            layer("text")
        except TypeError:
            seen.append("raised")
        return seen

    assert_both(scenario)


def inputs(lib, kind):
    plain, one, other = lib.ones(2), lib.ones(2, requires_grad=True), lib.ones(3, 2, requires_grad=True)
    return {
        "one": (one,),
        "two": (one, other),
        "none takes a gradient": (plain,),
        "one of two": (plain, other),
        "a number between": (one, 5, other),
        "twice the same": (one, one),
    }[kind]


BACKWARD = {
    "seen": lambda layer, note: layer.register_full_backward_hook(note),
    "seen before": lambda layer, note: layer.register_full_backward_pre_hook(note),
    "changed": lambda layer, note: (
        layer.register_full_backward_hook(lambda m, i, o: tuple(None if g is None else g * 2 for g in i)),
        layer.register_full_backward_hook(note),
    ),
    "changed before": lambda layer, note: (
        layer.register_full_backward_pre_hook(lambda m, o: tuple(None if g is None else g * 2 for g in o)),
        layer.register_full_backward_hook(note),
    ),
    "prepended": lambda layer, note: (
        layer.register_full_backward_hook(note),
        layer.register_full_backward_hook(lambda m, i, o: tuple(None if g is None else g * 2 for g in i), prepend=True),
    ),
    "too many": lambda layer, note: layer.register_full_backward_hook(lambda m, i, o: (*i, None)),
    "too many before": lambda layer, note: layer.register_full_backward_pre_hook(lambda m, o: (*o, None)),
}
KINDS = ["one", "two", "none takes a gradient", "one of two", "a number between", "twice the same"]


def no_zeros(value):
    """What was told, with None for tensors of zeros.

    Where an output was not used, PyTorch sends zeros on to what is behind it; here nothing goes.
    """
    if isinstance(value, list | tuple) and len(value) == 2 and value[0] == "float32":
        return None if value[1] in ([0.0] * 2, [[0.0] * 2] * 3) else value
    return [no_zeros(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", BACKWARD)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("used", ["all", "last"])
def test_backward_hooks_are_pytorchs(name, kind, used):
    def scenario(lib):
        layer, seen, given = counter(lib), [], inputs(lib, kind)
        BACKWARD[name](layer, lambda *what: seen.append(told(what)))
        out = layer(*given)
        parts = [o for o in (out if isinstance(out, tuple) else (out,)) if isinstance(o, lib.Tensor)]
        (parts[-1].sum() if used == "last" else sum(part.sum() * 3 for part in parts)).backward()
        return no_zeros(told([seen, [t.grad for t in given if isinstance(t, lib.Tensor)], layer.weight.grad]))

    assert_both(scenario)


# ---- containers ----------------------------------------------------------------------------------------------------


def row(lib, kind="Sequential", count=3):
    modules = [lib.nn.Linear(1, 1) for _ in range(count)]
    return lib.nn.Sequential(*modules) if kind == "Sequential" else lib.nn.ModuleList(modules)


def changed(container, act):
    """The container after an act, and what the act returned."""
    found = act(container)
    return [list(container.state_dict()), repr(container), found if isinstance(found, str) else None]


def removed(container, index):
    del container[index]


ROWS = {
    "append": lambda lib: lambda r: r.append(lib.nn.Tanh()),
    "extend": lambda lib: lambda r: r.extend([lib.nn.Tanh(), lib.nn.Tanh()]),
    "extend by one": lambda lib: lambda r: r.extend(lib.nn.Tanh()),
    "insert": lambda lib: lambda r: r.insert(1, lib.nn.Tanh()),
    "insert beyond the end": lambda lib: lambda r: r.insert(0, lib.nn.Tanh()),
    "pop": lambda lib: lambda r: repr(r.pop(-2)),
    "delete": lambda lib: lambda r: removed(r, 1),
    "delete a slice": lambda lib: lambda r: removed(r, slice(1, None)),
    "delete beyond": lambda lib: lambda r: removed(r, 7),
    "index": lambda lib: lambda r: repr(r[-1]),
    "slice": lambda lib: lambda r: repr(r[1:]),
    "index beyond": lambda lib: lambda r: r[3],
    "text": lambda lib: lambda r: r["a"],
    "write": lambda lib: lambda r: r.__setitem__(-1, lib.nn.Tanh()),
    "write a number": lambda lib: lambda r: r.__setitem__(0, 3),
    "in place": lambda lib: lambda r: r.__iadd__(r[:1]),
    "add": lambda lib: lambda r: repr(r + r[:1]),
}


@pytest.mark.parametrize("kind", ["Sequential", "ModuleList"])
@pytest.mark.parametrize("name", ROWS)
def test_a_row_of_modules_is_pytorchs(name, kind):
    assert_both(lambda lib: changed(row(lib, kind), ROWS[name](lib)))


DICTS = {
    "module dict": lambda lib: repr(lib.nn.ModuleDict({"b": lib.nn.Tanh(), "a": lib.nn.Linear(1, 1)})),
    "pairs": lambda lib: list(lib.nn.ModuleDict([("b", lib.nn.Tanh()), ("a", lib.nn.Tanh())])),
    "wrong pairs": lambda lib: lib.nn.ModuleDict([("b",)]),
    "no pairs": lambda lib: lib.nn.ModuleDict([lib.nn.Tanh()]),
    "no dict": lambda lib: lib.nn.ModuleDict(3),
    "no text": lambda lib: lib.nn.ModuleDict({3: lib.nn.Tanh()}),
    "no module": lambda lib: lib.nn.ModuleDict({"a": 3}),
    "a method's name": lambda lib: lib.nn.ModuleDict({"pop": lib.nn.Tanh()}),
    "parameter list": lambda lib: lib.nn.ParameterList([lib.ones(2), lib.ones(1)]).state_dict(),
    "as printed": lambda lib: repr(lib.nn.ParameterList([lib.ones(2, 3), lib.ones(())])).replace("torch.", ""),
    "none printed": lambda lib: repr(lib.nn.ParameterList()),
    "parameter dict": lambda lib: lib.nn.ParameterDict({"b": lib.ones(2), "a": lib.ones(1)}).state_dict(),
    "beyond the end": lambda lib: lib.nn.ParameterList([lib.ones(1)])[1],
    "times": lambda lib: repr(2 * row(lib)),
    "no times": lambda lib: row(lib) * 0,
    "added a list": lambda lib: row(lib) + list(row(lib)),
}


@pytest.mark.parametrize("name", DICTS)
def test_modules_and_parameters_by_name_are_pytorchs(name):
    assert_both(lambda lib: DICTS[name](lib))
