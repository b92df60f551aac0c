"""How much one submission may use, and the part of it that the operating system itself sees to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a confined process may use; sizes are in bytes."""

    seconds: float = 10.0  # a case may take, by the clock
    cpu: int = 300  # seconds, of each process
    memory: int = 512 << 20  # address space of each process; Python, numpy and this package alone take about 110 MB
    file: int = 16 << 20  # one file
    disk: int = 64 << 20  # all files together
    files: int = 5_000  # and how many
    files_open: int = 64
    processes: int = 16  # threads too
    printed: int = 1 << 20
    answer: int = 1 << 20  # one answer, as text


def set_limits(limits: Limits, processes: int | None) -> None:
    """Limit the process that calls this, and all that it will start.

    processes: how many its user has at this moment, since the system counts all of a user's; None: it is not known.
    A limit that is lower already stays, and one that this system does not have is passed over.
    """
    import resource

    wanted = {
        "RLIMIT_CPU": limits.cpu,
        "RLIMIT_AS": limits.memory,
        "RLIMIT_FSIZE": limits.file,
        "RLIMIT_NOFILE": limits.files_open,
        "RLIMIT_CORE": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    if processes is not None:
        wanted["RLIMIT_NPROC"] = limits.processes + processes
    for name, most in wanted.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (most, most))
        except (OSError, ValueError):  # macOS has the name of RLIMIT_AS, and refuses it
            continue
