"""Draws the gallery anew, from the demo's own run: `python plots/draw.py`."""

from __future__ import annotations

from pathlib import Path

from tinygrad_optim import demo, manual_seed
from tinygrad_optim.plot import History

HERE = Path(__file__).parent


def main() -> None:
    """Train as the demo does, and put loss.png and groups.png beside this file."""
    settings = demo.Settings()
    manual_seed(settings.seed)
    net = demo.DigitNet()
    optimizer = demo.make_optimizer(net, settings.lr, settings.momentum, settings.weight_decay)
    with History(optimizer) as history:
        for _loss in demo.train(net, optimizer, demo.load_digits(), settings, history):
            pass
    for path in demo.write_figures(history, HERE):
        print("wrote", path)


if __name__ == "__main__":
    main()
