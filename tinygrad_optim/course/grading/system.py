"""The calls of Linux that Python has no names for: by way of the C library, which is loaded when first used."""

from __future__ import annotations

import ctypes
import os
import struct
from functools import cache
from typing import Any

NEW_MOUNTS, NEW_USER, NEW_PROCESSES = 0x00020000, 0x10000000, 0x20000000
NEW_NETWORK, NEW_IPC, NEW_NAMES = 0x40000000, 0x08000000, 0x04000000
READ_ONLY, NO_SETUID, NO_DEVICES, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
KEPT = 2 | 4 | 8 | 1024 | 2048  # nosuid, nodev, noexec, noatime, nodiratime: the same in statvfs and in mount
RELATIVE_TIMES = 1 << 21
DETACH = 2
PARENT_DEATH_SIGNAL, DUMPABLE, SUBREAPER, NO_NEW_PRIVILEGES = 1, 4, 36, 38
ADD_RULE, CREATE_RULESET, RESTRICT_SELF = 445, 444, 446  # Landlock's, the same on every architecture
VERSION = 1
EXECUTE, WRITE_FILE, READ_FILE, READ_FOLDER, TRUNCATE, DEVICES = 1, 2, 4, 8, 1 << 14, 1 << 15
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | DEVICES
SIGNALS_STAY = 6  # the version of Landlock since which signals can be kept inside
TCP_STAYS = 4


@cache
def library() -> ctypes.CDLL:
    """The C library."""
    return ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: Any) -> int:
    """A function of the C library. OSError, with the function's name, where it fails."""
    found = getattr(library(), name)
    result = int(found(*[ctypes.c_ulong(one) if isinstance(one, int) else one for one in arguments]))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def unshare(kinds: int) -> None:
    """Go into namespaces of one's own, of these kinds."""
    call("unshare", kinds)


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount a file system, or bind a folder or file to another place."""
    call("mount", source.encode(), os.fsencode(target), kind.encode(), flags, options.encode())


def set_process(option: int, value: int = 1) -> None:
    """One of the options of prctl."""
    call("prctl", option, value, 0, 0, 0)


def drop_capabilities() -> None:
    """Give up what root may do, where a user namespace has given it."""
    header, nothing = struct.pack("Ii", 0x20080522, 0), bytes(24)
    call("capset", header, nothing)


def landlock_version() -> int:
    """Which Landlock this kernel has; 0 for none."""
    try:
        return call("syscall", CREATE_RULESET, None, 0, VERSION)
    except (OSError, AttributeError, TypeError):
        return 0


def landlock(folders: list[str], readable: list[str], writable: list[str]) -> None:
    """Leave this process, for good, no files but these; where the kernel can, no TCP and no signals to others.

    folders: whose names may be listed; readable: what may be read; writable: what may be changed, too.
    """
    version = landlock_version()
    everything = (1 << (13, 14, 15, 15, 16)[min(version, 5) - 1]) - 1
    fields = struct.pack("QQQ", everything, 3, 3)[
        : 24 if version >= SIGNALS_STAY else 16 if version >= TCP_STAYS else 8
    ]
    ruleset = call("syscall", CREATE_RULESET, fields, len(fields), 0)
    allowed = [(path, READ_FOLDER) for path in folders]
    allowed += [(path, READ_FILE | EXECUTE | READ_FOLDER) for path in readable]
    allowed += [(path, everything) for path in writable]
    for path, what in allowed:
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:  # it cannot be got at anyway
            continue
        what &= everything if os.path.isdir(path) else everything & ON_FILES
        if what:
            call("syscall", ADD_RULE, ruleset, 1, struct.pack("=Qi", what, place), 0)
        os.close(place)
    call("syscall", RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
