"""Writing a file whole or not at all: a failure half way leaves what was there before."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A binary file to write to, which takes the path's place once the block has ended well.

    Until then it has another name in the same folder; if the block raises, it is removed and the path is as it
    was. A link is followed, and what is no file, such as /dev/stdout, is written to as it stands.
    OSError where the folder is missing or may not be written to.
    """
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        with open(path, "wb") as file:
            yield file
        return
    path = Path(os.path.realpath(path))
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with open(part, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # on the disk before it replaces anything
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    r"""Write text in UTF-8, half a surrogate pair as \ud800, whole or not at all; returns the path."""
    with written_whole(path) as file:
        file.write(text.encode("utf-8", "backslashreplace"))
    return Path(path)


def save_figure(figure: Figure, path: str | os.PathLike[str], **options: Any) -> Path:
    """Draw a figure into a file of the kind its name ends in (.png, .svg, .pdf), whole or not at all.

    The options are those of matplotlib's savefig, such as dpi. ValueError for an ending matplotlib does not know.
    """
    kind = Path(path).suffix[1:].lower() or "png"
    with written_whole(path) as file:
        figure.savefig(file, format=kind, **options)
    return Path(path)


def ready_folder(folder: str | os.PathLike[str], names: tuple[str, ...]) -> Path:
    """The folder, made if it is missing, once it is certain that files of these names can be written to it.

    OSError if not, before anything is written: the path is a file, may not be written to, or a name is a folder.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        if (folder / name).is_dir():
            raise IsADirectoryError(errno.EISDIR, "a folder stands where a file is to be written", str(folder / name))
    probe = folder / f".{secrets.token_hex(4)}.part"
    try:
        probe.touch(exist_ok=False)
    finally:
        probe.unlink(missing_ok=True)
    return folder
