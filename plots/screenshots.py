"""Takes the README's pictures of what is seen on a screen: `python plots/screenshots.py`. Needs chromium."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

from browser import Browser  # noqa: E402

from tinygrad_optim import demo  # noqa: E402
from tinygrad_optim.trace import record, tell  # noqa: E402

LINE = "g = g + weight_decay * p"  # the picture's moment: where decay is added


def page(browser: Browser, folder: Path) -> Path:
    """page.png: the page of the demo's first step, at a line of SGD's rule."""
    settings = demo.Settings()
    story = tell(record(demo.first_step(demo.load_digits()[0], settings)))
    html = story.save_html(folder / ".page.html")
    try:
        browser.screen(1280, 980)
        browser.open(html)
        browser.run(f"go(story.scenes.findIndex((one, i) => one[0] === LINE && briefly(i).includes({LINE!r})))")
        browser.run("new Promise((done) => setTimeout(done, 500))")
        return browser.picture(folder / "page.png")
    finally:
        html.unlink()


PICTURES: tuple[Callable[[Browser, Path], Path], ...] = (page,)


def main() -> None:
    browser = Browser()
    try:
        for picture in PICTURES:
            print("wrote", picture(browser, HERE))
    finally:
        browser.close()


if __name__ == "__main__":
    main()
