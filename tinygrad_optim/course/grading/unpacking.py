"""A packed submission, unpacked without harm: plain files alone, inside the folder, and no more than a few."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import IO, cast

MOST_FILES = 2_000
MOST_ENTRIES = 20_000  # that are looked at, of whatever kind
MOST_BYTES = 50_000_000  # of all files together, unpacked
MOST_PACKED = 4 * MOST_BYTES  # and of a whole tar archive, with what in it is passed over
PIECE = 1 << 16

Member = tuple[str, float, IO[bytes]]  # its name, when it was changed, what is in it


class BadArchive(ValueError):
    """An archive that is not unpacked; the message says why."""


def unpack(archive: Path, folder: Path) -> None:
    """Write an archive's plain files into a folder, with the times of their last change.

    BadArchive if it is none, is too large, or holds a path that leads out of the folder. Links, devices and what else
    is no plain file are left out.
    """
    written, left = 0, MOST_BYTES
    try:
        for name, changed, file in members(archive):
            target = folder / place_of(name)
            written += 1
            if written > MOST_FILES:
                raise BadArchive(f"it holds more than {MOST_FILES:,} files")
            target.parent.mkdir(parents=True, exist_ok=True)
            left -= copy(file, target, left)
            with suppress(OSError, OverflowError):
                os.utime(target, (changed, changed))
    except (
        tarfile.TarError,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        lzma.LZMAError,
    ) as error:
        raise BadArchive(f"it cannot be unpacked: {error}") from None
    except OSError as error:  # two files of one path, a name too long, or a broken archive
        raise BadArchive(f"it cannot be unpacked: {error.strerror or error}") from None
    except (ValueError, KeyError, LookupError, MemoryError) as error:
        raise error if isinstance(error, BadArchive) else BadArchive(f"it cannot be unpacked: {error}") from None


def members(archive: Path) -> Iterator[Member]:
    """The plain files of an archive, one after the other."""
    return zip_members(archive) if archive.name.lower().endswith(".zip") else tar_members(archive)


def zip_members(archive: Path) -> Iterator[Member]:
    import time

    with zipfile.ZipFile(archive) as packed:
        for count, one in enumerate(packed.infolist()):
            refuse_too_many(count)
            kind = stat.S_IFMT(one.external_attr >> 16)
            if one.is_dir() or kind not in (0, stat.S_IFREG):
                continue
            try:
                changed = time.mktime((*one.date_time, 0, 0, -1))
            except (ValueError, OverflowError):
                changed = 0.0
            with packed.open(one) as file:
                yield one.filename, changed, file


def tar_members(archive: Path) -> Iterator[Member]:
    with opened(archive) as data, tarfile.open(fileobj=cast(IO[bytes], Limited(data)), mode="r|") as packed:
        for count, one in enumerate(packed):
            refuse_too_many(count)
            file = packed.extractfile(one) if one.isreg() else None
            if file is not None:
                yield one.name, float(one.mtime), file


def opened(archive: Path) -> IO[bytes]:
    """A tar archive's bytes, as they are before they are compressed."""
    with open(archive, "rb") as file:
        first = file.read(6)
    if first.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.open(archive))
    if first.startswith(b"BZh"):
        return bz2.open(archive)
    return lzma.open(archive) if first == b"\xfd7zXZ\0" else open(archive, "rb")


class Limited:
    """What can be read of an archive: no more than MOST_PACKED, since a few bytes may stand for very many."""

    def __init__(self, data: IO[bytes]) -> None:
        self.data, self.left = data, MOST_PACKED

    def read(self, size: int) -> bytes:
        found = self.data.read(min(size, self.left + 1))
        self.left -= len(found)
        if self.left < 0:
            raise BadArchive(f"it holds more than {MOST_PACKED // 1_000_000} MB")
        return found


def refuse_too_many(count: int) -> None:
    """BadArchive if an archive has so many entries."""
    if count >= MOST_ENTRIES:
        raise BadArchive(f"it has more than {MOST_ENTRIES:,} entries")


def place_of(name: str) -> str:
    """A member's place in the folder. BadArchive if it lies outside, on any system."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name) or "\0" in name or not path.parts:
        raise BadArchive(f"it holds a path that leads out of it: {name!r:.80}")
    return str(path)


def copy(file: IO[bytes], target: Path, most: int) -> int:
    """Write what is in a file to another, which must be new, and count it. BadArchive beyond so many bytes."""
    count = 0
    with open(target, "xb") as out:
        while piece := file.read(PIECE):
            count += len(piece)
            if count > most:
                raise BadArchive(f"it holds more than {MOST_BYTES // 1_000_000} MB")
            out.write(piece)
    return count
