"""Prints the lowest versions that setup.cfg allows, a requirement a line: what the package and its tests are run with.

pip install $(python tools/lowest.py)
"""

from __future__ import annotations

import configparser
import re
from pathlib import Path

SETUP = Path(__file__).parents[1] / "setup.cfg"
# matplotlib 3.9 calls what pyparsing has warned of since 3.3, and the tests take warnings for errors.
OF_ITS_DAY = ["pyparsing<3.3"]


def lowest() -> list[str]:
    """Each requirement of the package and of its tests, `name>=version`, as `name==version`."""
    setup = configparser.ConfigParser()
    setup.read(SETUP, encoding="utf-8")
    named = setup["options"]["install_requires"] + setup["options.extras_require"]["test"]
    found = [re.match(r"([\w-]+)>=([\d.]+)", line.strip()) for line in named.splitlines() if line.strip()]
    return [f"{match[1]}=={match[2]}" for match in found if match]


if __name__ == "__main__":
    print(*lowest(), *OF_ITS_DAY, sep="\n")
