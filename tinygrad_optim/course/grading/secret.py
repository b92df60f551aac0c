"""The grader's secret, and the inputs' seeds drawn from it: no learner can know them before grading."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

LEAST = 16  # bytes that a secret has at least
VARIABLE = "TINYGRAD_OPTIM_SECRET"  # the environment variable that may hold it


class BadSecret(ValueError):
    """A secret that cannot be used; the message says why, and what to do. It never says the secret."""


def read_secret(path: Path | None) -> tuple[bytes, str]:
    """The secret, and what is to be said of it, if anything: from a file, which is made if it is missing.

    Without a file it is what the environment variable holds; without both it is one for this run alone.
    """
    if path is not None:
        return from_file(path)
    given = os.environ.get(VARIABLE, "")
    if given:
        return long_enough(given.encode("utf-8", "surrogateescape"), VARIABLE), ""
    words = "inputs are drawn from a secret of this run alone: give --secret FILE to grade again on the same inputs"
    return secrets.token_bytes(32), words


def from_file(path: Path) -> tuple[bytes, str]:
    """The secret in a file; a new one, that only its owner can read, where there is no file."""
    try:
        place = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        data = path.read_bytes().strip()
        others = os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077
        words = f"others than you may read {path}: `chmod 600 {path}` keeps it secret" if others else ""
        return long_enough(data, str(path)), words
    data = secrets.token_hex(32).encode("ascii")
    with os.fdopen(place, "wb") as file:
        file.write(data + b"\n")
    return data, f"wrote a new secret to {path}: keep it, and grade again on the same inputs with it"


def long_enough(data: bytes, where: str) -> bytes:
    """The secret, if it is one. BadSecret if it is too short to be."""
    if len(data) < LEAST:
        raise BadSecret(
            f"the secret in {where} has {len(data)} bytes, and needs {LEAST}: give a file that does not exist yet, and "
            "one is made"
        )
    return data


def seed_of(secret: bytes, digest: str, lesson: str) -> str:
    """What the inputs of a lesson are drawn from, for the submission with this digest."""
    return hmac.new(secret, f"{digest}/{lesson}".encode(), hashlib.sha256).hexdigest()


def name_of(secret: bytes) -> str:
    """What tells a secret from others, and tells nothing of it."""
    return hmac.new(secret, b"name", hashlib.sha256).hexdigest()[:16]
