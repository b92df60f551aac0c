"""Calls of the kernel that learners' code has no need of, refused to a process for good: by Linux's seccomp."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

from . import system

FILTER, BY_FILTER = 22, 2  # PR_SET_SECCOMP, and its mode
KINDS = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # the kernel's names of them
NUMBERS = {  # on either
    # The network, and services of this machine: Landlock knows TCP, but not the sockets that are files.
    "socket": (41, 198),
    # Memory that no limit counts, or that stays when whoever asked for it has ended.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # Other processes' memory and files.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    # Ways to do one of these by another name, and to parts of the kernel where faults have been.
    "io_uring_setup": (425, 425),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "bpf": (321, 280),
    "mount": (165, 40),
    "unshare": (272, 97),
    "setns": (308, 268),
}
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # what the filter's instructions do
ALLOW, REFUSE, END = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
CALL, KIND = 0, 4  # where a call's number, and the kind of machine that it is meant for, stand
OTHER_NUMBERS = 0x40000000  # from here on they are those of x86_64's second table


def machine() -> str:
    """The kind of machine, if it is one whose numbers are known."""
    name = os.uname().machine if sys.platform == "linux" and sys.maxsize > 1 << 32 else ""
    return name if name in KINDS else ""


def can_be_refused() -> bool:
    """Whether this kernel takes filters: it is given one from nowhere."""
    if not machine():
        return False
    try:
        system.call("prctl", FILTER, BY_FILTER, 0, 0, 0)
    except OSError as error:
        return error.errno == errno.EFAULT
    return False


def program() -> bytes:
    """The filter: an instruction has a code, how many to skip if it holds and if not, and a number."""
    place = list(KINDS).index(machine())
    numbers = [both[place] for both in NUMBERS.values()]
    steps = [(LOAD, 0, 0, KIND), (EQUAL, 1, 0, KINDS[machine()]), (RETURN, 0, 0, END)]
    steps += [(LOAD, 0, 0, CALL), (AT_LEAST, len(numbers) + 1, 0, OTHER_NUMBERS)]
    steps += [(EQUAL, len(numbers) - count, 0, number) for count, number in enumerate(numbers)]
    steps += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def refuse() -> None:
    """Refuse them to this process and all that it will start: PermissionError. It must have no new privileges."""
    steps = ctypes.create_string_buffer(program())
    system.call("prctl", FILTER, BY_FILTER, struct.pack("H6xQ", len(steps) // 8, ctypes.addressof(steps)), 0, 0)
