"""The runs that the gallery shows: real ones, recorded once and kept in plots/data."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_optim import demo, manual_seed, optim
from tinygrad_optim.optim.lr_scheduler import OneCycleLR
from tinygrad_optim.plot import (
    SURFACES,
    History,
    Series,
    Slice,
    Tuning,
    descend,
    measure_slice,
    random_direction,
    tune,
)

# Each begins, on every surface, with the lr that serves it best there: anything else would compare the lrs.
RACERS: dict[str, Callable[..., optim.Optimizer]] = {
    "SGD": optim.SGD,
    "SGD, momentum 0.9": partial(optim.SGD, momentum=0.9),
    "RMSprop": optim.RMSprop,
    "Adam": optim.Adam,
}
RACE_STEPS = 200
COMPARED: dict[str, Callable[..., optim.Optimizer]] = {
    "SGD, lr 0.1": partial(optim.SGD, lr=0.1),
    "SGD, lr 0.1, momentum 0.9": partial(optim.SGD, lr=0.1, momentum=0.9),
    "Adam, lr 0.003": partial(optim.Adam, lr=0.003),
}
WEIGHT = ("first.weight", (5, 27))  # from a pixel in the middle, where there is ink, to a hidden unit


@dataclass
class Runs:
    """All that the gallery is drawn from."""

    demo: History
    digits: History
    compared: dict[str, History] = field(default_factory=dict)
    races: dict[str, dict[str, History]] = field(default_factory=dict)  # by surface, by optimizer
    tunings: dict[str, dict[str, Tuning]] = field(default_factory=dict)
    slices: dict[str, Slice] = field(default_factory=dict)


# ---- running ---------------------------------------------------------------------------------------------


def demo_run(settings: demo.Settings) -> History:
    """The demo's own training, as `tinygrad-optim demo` does it."""
    manual_seed(settings.seed)
    net = demo.DigitNet()
    optimizer = demo.make_optimizer(net, settings.lr, settings.momentum, settings.weight_decay)
    with History(optimizer) as history:
        for _loss in demo.train(net, optimizer, demo.load_digits(), settings, history):
            pass
    return history


def digits_run(epochs: int) -> tuple[History, dict[str, Slice]]:
    """AdamW on the digits: a schedule of one cycle, a group a layer, each with its own lr. And slices of its loss."""
    manual_seed(0)
    net, digits = demo.DigitNet(), demo.load_digits()[0]
    layers = ("first", "second", "third")
    groups = [
        {"params": [(f"{layer}.{name}", p) for name, p in getattr(net, layer).named_parameters()]} for layer in layers
    ]
    optimizer = optim.AdamW(groups, lr=0.01, weight_decay=0.01)
    steps = epochs * -(-len(digits.labels) // 32)
    schedule = OneCycleLR(optimizer, max_lr=[0.002, 0.005, 0.01], total_steps=steps + 1, cycle_momentum=False)
    start = [p.array.copy() for p in net.parameters()]
    with History(optimizer, state=True, watch=[WEIGHT]) as history:
        for _ in range(epochs):
            for images, labels in demo.batches(digits, 32):
                history.log("train loss", demo.training_step(net, optimizer, images, labels))
                schedule.step()
    return history, slices_of(net, digits, start)


def slices_of(net: demo.DigitNet, digits: Any, start: list[np.ndarray]) -> dict[str, Slice]:
    """The loss on all digits: along the line from the start, and over a plane of two random directions."""

    def loss() -> Any:
        return demo.loss_function(net(digits.images), digits.labels)

    parameters = list(net.parameters())
    way = [p.array - begun for p, begun in zip(parameters, start)]
    plane = [random_direction(parameters, seed=seed) for seed in (1, 2)]
    return {
        "line": measure_slice(loss, parameters, [way], reach=(-1.2, 0.8), points=61),
        "plane": measure_slice(loss, parameters, plane, reach=1.0, points=25),
    }


def compared_run(make: Callable[..., optim.Optimizer], epochs: int) -> History:
    """The demo's net, with another optimizer."""
    manual_seed(0)
    net, digits = demo.DigitNet(), demo.load_digits()[0]
    optimizer = make(net.parameters())
    with History(optimizer) as history:
        for _ in range(epochs):
            for images, labels in demo.batches(digits, 32):
                history.log("train loss", demo.training_step(net, optimizer, images, labels))
    return history


def run_all() -> Runs:
    """Train, tune and race: half a minute."""
    digits, slices = digits_run(epochs=8)
    runs = Runs(demo_run(demo.Settings()), digits, slices=slices)
    runs.compared = {name: compared_run(make, epochs=8) for name, make in COMPARED.items()}
    for name, surface in SURFACES.items():
        runs.tunings[name] = {racer: tune(surface, make, RACE_STEPS) for racer, make in RACERS.items()}
        runs.races[name] = {
            racer: descend(surface, partial(make, lr=runs.tunings[name][racer].best), RACE_STEPS)
            for racer, make in RACERS.items()
        }
    return runs


# ---- keeping ---------------------------------------------------------------------------------------------


def keep(runs: Runs, folder: Path) -> None:
    """Write what the figures need to the folder; to the digits that a figure can show."""
    (folder / "races").mkdir(parents=True, exist_ok=True)
    for history in (runs.demo, *runs.compared.values()):
        only_norms(history, keep=history is runs.demo)
    for race in runs.races.values():
        for history in race.values():
            only_values(history)
    for name, history in files(runs).items():
        rounded(history).save(folder / name)
    tunings = {name: {racer: kept_tuning(t) for racer, t in of.items()} for name, of in runs.tunings.items()}
    slices = {name: [s.a, s.b, np.round(s.values.ravel(), 6).tolist()] for name, s in runs.slices.items()}
    for name, told in (("tunings.json", tunings), ("slices.json", slices)):
        (folder / name).write_text(json.dumps(told, indent=None) + "\n", encoding="utf-8")


def files(runs: Runs) -> dict[str, History]:
    """Which history is kept in which file."""
    named = {"demo.json": runs.demo, "digits.json": runs.digits}
    named.update({f"compared_{i}.json": history for i, history in enumerate(runs.compared.values())})
    for name, race in runs.races.items():
        named.update({f"races/{name}_{i}.json": history for i, history in enumerate(race.values())})
    return named


def kept(folder: Path) -> Runs:
    """What keep() wrote."""
    runs = Runs(History.load(folder / "demo.json"), History.load(folder / "digits.json"))
    runs.compared = {name: History.load(folder / f"compared_{i}.json") for i, name in enumerate(COMPARED)}
    for name in SURFACES:
        runs.races[name] = {racer: History.load(folder / f"races/{name}_{i}.json") for i, racer in enumerate(RACERS)}
    tunings = json.loads((folder / "tunings.json").read_text(encoding="utf-8"))
    for name, of in tunings.items():
        runs.tunings[name] = {racer: as_tuning(told) for racer, told in of.items()}
    slices = json.loads((folder / "slices.json").read_text(encoding="utf-8"))
    for name, (a, b, values) in slices.items():
        runs.slices[name] = Slice(tuple(a), tuple(b), np.array(values).reshape((len(a), len(b)) if b else len(a)))
    return runs


def kept_tuning(tuning: Tuning) -> list[Any]:
    return [tuning.lrs, in_words(tuning.finals), in_words(tuning.peaks), tuning.start]


def as_tuning(told: list[Any]) -> Tuning:
    lrs, finals, peaks, start = told
    return Tuning(tuple(lrs), tuple(map(float, finals)), tuple(map(float, peaks)), start)


def in_words(numbers: Any) -> list[Any]:
    """These numbers, what is not finite as a word: JSON has none for it."""
    return [float(n) if math.isfinite(n) else str(float(n)) for n in numbers]


def rounded(history: History) -> History:
    """The same history, each number to six digits; what was logged in a race keeps more, near the minimum it counts."""
    for series in all_series(history):
        digits = 12 if series is history.logged.get("value") else 6
        series.values[:] = [float(f"{value:.{digits}g}") for value in series.values]
    return history


def all_series(history: History) -> list[Series]:
    found = list(history.logged.values())
    for group in history.groups:
        found += group.options.values()
        for p in group.parameters:
            found += [p.weight_norm, p.update_norm, p.gradient_norm, *p.state.values()]
            found += [series for weight in p.weights for series in (weight.value, weight.update, weight.gradient)]
    return found


def only_norms(history: History, keep: bool) -> None:
    """Leave the learning rates and, if they are to be kept, the norms of weights and updates."""
    for group in history.groups:
        group.options = {"lr": group.lr}
        for p in group.parameters:
            p.gradient_norm = Series()
            if not keep:
                p.weight_norm, p.update_norm = Series(), Series()


def only_values(history: History) -> None:
    """Of a race leave the way gone and the values."""
    only_norms(history, keep=False)
    for group in history.groups:
        for weight in [weight for p in group.parameters for weight in p.weights]:
            weight.update, weight.gradient = Series(), Series()
