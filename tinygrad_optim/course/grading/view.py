"""The part of the file system that a confined process is shown: Python, the packages, and a private folder."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

from . import system

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store")
SETTINGS = ("/etc/ld.so.cache", "/etc/localtime")
DEVICES = ("null", "zero", "full", "random", "urandom")
PACKAGES = ("site-packages", "dist-packages")


def shown() -> list[str]:
    """What has to be there for Python, numpy and this package to run: absolute paths, none inside another."""
    import numpy

    package = Path(__file__).parents[2]
    found = {*SYSTEM, *SETTINGS, sys.prefix, sys.base_prefix, sys.exec_prefix, str(package)}
    found |= {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    found |= {
        str(Path(path).parents[0]) for path in numpy.__path__ if os.path.basename(os.path.dirname(path)) in PACKAGES
    }
    found |= {os.path.abspath(path) for path in sys.path if os.path.basename(path) in PACKAGES}
    found |= {os.path.realpath(path) for path in found}
    there = sorted(path for path in found if path != "/" and os.path.exists(path))
    return [path for path in there if not any(is_inside(path, other) for other in there if other != path)]


def is_inside(path: str, folder: str) -> bool:
    """Whether a path is the folder or something in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def imported_from(paths: list[str]) -> list[str]:
    """The places to import from, for a process that is shown these paths."""
    package = str(Path(__file__).parents[3])
    places = [os.path.abspath(place) for place in sys.path if place]
    return [place for place in places if place == package or any(is_inside(place, path) for path in paths)]


def without(paths: list[str], hidden: list[str]) -> list[str]:
    """What these paths hold that is neither hidden nor holds what is: a folder is taken apart where it has to be."""
    kept = []
    for path in paths:
        if any(is_inside(path, one) for one in hidden):
            continue
        if any(is_inside(one, path) for one in hidden):
            kept += without([entry.path for entry in os.scandir(path)], hidden)
        else:
            kept.append(path)
    return kept


def show_only(root: str, paths: list[str], hidden: list[str], private: str, size: int, files: int) -> None:
    """Make a file system of these paths alone, and go to live in it. Needs a mount namespace of one's own.

    root: an empty folder, on which it is put together. private: a path inside /tmp, which will be the one folder that
    can be written to, of this size in bytes and with as many files.
    """
    quiet = system.NO_SETUID | system.NO_DEVICES
    system.mount("none", "/", "", system.RECURSIVE | system.PRIVATE)
    system.mount("tmpfs", root, "tmpfs", quiet, "mode=755,size=1m")
    for path in paths:
        bind(path, root + path)
    for path in hidden:
        cover(root + path)
    os.makedirs(root + "/dev", exist_ok=True)
    for name in DEVICES:
        bind(f"/dev/{name}", f"{root}/dev/{name}")
    make_folders(root + private)
    system.mount("tmpfs", root + private, "tmpfs", quiet, f"mode=700,size={size},nr_inodes={files}")
    system.mount("none", root, "", system.REMOUNT | system.READ_ONLY | system.BIND | quiet)
    os.chdir(root)
    system.call("pivot_root", b".", b".")
    system.call("umount2", b".", system.DETACH)
    os.chdir("/")


def bind(source: str, target: str) -> None:
    """Show a folder or a file of the old file system at a place in the new one, not to be written to."""
    if os.path.isdir(source):
        make_folders(target)
    else:
        make_folders(os.path.dirname(target))
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    system.mount(source, target, "", system.BIND | system.RECURSIVE)
    flags = system.REMOUNT | system.BIND | system.READ_ONLY | flags_of(target)
    system.mount("none", target, "", flags if source.startswith("/dev/") else flags | system.NO_SETUID)


def flags_of(path: str) -> int:
    """How the file system of a path is mounted: nosuid, nodev and so on, which a user namespace may not take away."""
    found = os.statvfs(path).f_flag
    return (found & system.KEPT) | (system.RELATIVE_TIMES if found & os.ST_RELATIME else 0)


def make_folders(path: str) -> None:
    """A folder that everybody can go through, and those above it."""
    os.makedirs(path, mode=0o755, exist_ok=True)


def cover(path: str) -> None:
    """Put something empty where this was."""
    if os.path.isdir(path):
        system.mount("tmpfs", path, "tmpfs", system.READ_ONLY, "mode=000,size=4k")
    elif os.path.exists(path):
        system.mount("/dev/null", path, "", system.BIND)
