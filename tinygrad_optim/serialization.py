"""save and load: nested dicts and lists of tensors in one file, written whole or not at all, read without running it.

The file is an uncompressed zip: `structure.json` says what is in what, and `arrays/N.npy` hold the numbers. Nothing
in it is a program (there is no pickle), so that a file from a stranger can do no more than be refused.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections import Counter
from io import BytesIO
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from .engine import new_tensor
from .nn.parameter import Parameter
from .saving import written_whole
from .tensor import Tensor
from .value import Value

FORMAT, VERSION = "tinygrad_optim", 1
STRUCTURE, DEEPEST = "structure.json", 100
PLAIN = (type(None), bool, int, float, str)
KEYS = (*PLAIN, tuple)


def save(obj: Any, f: str | os.PathLike[str] | IO[bytes]) -> None:
    """Save nested dicts, lists and tuples of tensors, arrays, numbers, strings, bools and None: a state_dict, say.

    f: a path, whose file is replaced once the new one is whole, or a binary file to write to.
    TypeError, with the place inside the object and before the file is touched, for what cannot be saved.
    """
    writer = Writer()
    structure = json.dumps({"format": FORMAT, "version": VERSION, "object": writer.described(obj, "obj", 0)})
    if hasattr(f, "write"):
        writer.write(structure, f)
        return
    with written_whole(f) as file:
        writer.write(structure, file)


def load(f: str | os.PathLike[str] | IO[bytes], map_location: Any = None, *, weights_only: bool | None = None) -> Any:
    """What save() saved. Nothing in the file is executed.

    map_location, weights_only: for PyTorch's sake. The only device is "cpu", and files hold nothing but numbers.
    ValueError for a file that is truncated, was tampered with, or is not one of save()'s.
    """
    if str(map_location) not in ("None", "cpu"):
        raise ValueError(f"load() reads to the cpu, which map_location={map_location!r} is not: leave it out")
    name = getattr(f, "name", "the file") if hasattr(f, "read") else os.fspath(f)
    content = f.read() if hasattr(f, "read") else _read(f)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return Reader(archive).whole()
    except Exception as error:  # a damaged file can upset zipfile, json and numpy in a dozen ways
        raise ValueError(
            f"{name} is not a whole file made by tinygrad_optim.save(): {type(error).__name__}: {error}. It may be "
            "truncated, changed, or of another program (PyTorch's own files: see tinygrad_optim.interop)."
        ) from error


def _read(path: Any) -> bytes:
    with open(path, "rb") as file:
        return file.read()


class Writer:
    """Turns an object into a structure that JSON can hold and a list of arrays."""

    def __init__(self) -> None:
        self.arrays: list[np.ndarray] = []
        self.numbers: dict[int, int] = {}  # id(array) -> its number: what was shared stays shared

    def described(self, obj: Any, path: str, depth: int) -> Any:
        """The structure of an object; path is where it stands. TypeError for what cannot be saved."""
        if depth > DEEPEST:
            raise TypeError(f"{path:.120} is nested more than {DEEPEST} deep, or contains itself: it cannot be saved")
        if type(obj) in PLAIN:
            return obj
        if isinstance(obj, Tensor):
            kind = "parameter" if isinstance(obj, Parameter) else "tensor"
            return {kind: self.number(obj.array, path), "requires_grad": obj.requires_grad}
        if isinstance(obj, Value):
            return {"value": obj.data}
        if isinstance(obj, np.ndarray | np.generic):
            return {"array" if isinstance(obj, np.ndarray) else "scalar": self.number(np.asarray(obj), path)}
        if type(obj) in (list, tuple):
            items = [self.described(one, f"{path}[{i}]", depth + 1) for i, one in enumerate(obj)]
            return {type(obj).__name__: items}
        if isinstance(obj, dict):
            kind = "counter" if isinstance(obj, Counter) else "dict"
            return {kind: [self.item(key, value, path, depth + 1) for key, value in obj.items()]}
        raise TypeError(
            f"{path} is a {type(obj).__name__}, which cannot be saved: {obj!r:.80}. Save dicts, lists and tuples of "
            "tensors, arrays, numbers, strings, bools and None; of a module or an optimizer, its state_dict()."
        )

    def item(self, key: Any, value: Any, path: str, depth: int) -> list[Any]:
        """One entry of a dict: key and value."""
        if type(key) not in KEYS:
            raise TypeError(f"{path} has the key {key!r:.80}, a {type(key).__name__}: use strings or numbers as keys")
        return [self.described(key, f"a key of {path}", depth), self.described(value, f"{path}[{key!r}]", depth)]

    def number(self, array: np.ndarray, path: str) -> int:
        """The number under which an array is saved."""
        if array.dtype.kind not in "biuf":
            raise TypeError(f"{path} is an array of {array.dtype}, which cannot be saved: only plain numbers and bools")
        if id(array) not in self.numbers:
            self.numbers[id(array)] = len(self.arrays)
            self.arrays.append(array)
        return self.numbers[id(array)]

    def write(self, structure: str, file: Any) -> None:
        """The structure and the arrays, as a zip file."""
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(STRUCTURE, structure)
            for i, array in enumerate(self.arrays):
                with archive.open(f"arrays/{i}.npy", "w", force_zip64=True) as member:
                    npy.write_array(member, array, allow_pickle=False)


class Reader:
    """Turns the structure and arrays of a file into the object again, believing none of it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        for info in archive.infolist():
            if info.compress_type != zipfile.ZIP_STORED:  # a few bytes could swell to fill the memory
                raise ValueError(f"{info.filename} is compressed, which save() never does")
        self.arrays: dict[int, np.ndarray] = {}

    def whole(self) -> Any:
        """The object that was saved."""
        structure = json.loads(self.archive.read(STRUCTURE))
        if not isinstance(structure, dict) or structure.get("format") != FORMAT:
            raise ValueError(f"its structure is not marked as {FORMAT}'s")
        if structure.get("version") != VERSION:
            raise ValueError(f"it has version {structure.get('version')!r}, and this program reads version {VERSION}")
        return self.made(structure["object"])

    def made(self, described: Any) -> Any:
        """The object that a structure describes."""
        if type(described) in PLAIN:
            return described
        kind, content = next(iter(described.items()))
        if kind in ("list", "tuple"):
            items = [self.made(one) for one in content]
            return items if kind == "list" else tuple(items)
        if kind in ("dict", "counter"):
            entries = {self.made(key): self.made(value) for key, value in content}
            return entries if kind == "dict" else Counter(entries)
        if kind == "value":
            return Value(content)
        array = self.array(content)
        if kind in ("array", "scalar"):
            return array if kind == "array" else array[()]
        if kind not in ("tensor", "parameter"):
            raise ValueError(f"it holds a {kind!r}, which is not known here")
        tensor = new_tensor(array) if kind == "tensor" else Parameter(new_tensor(array))
        tensor.requires_grad = described["requires_grad"]
        return tensor

    def array(self, number: Any) -> np.ndarray:
        """The array of this number; asked for twice, the same."""
        if number not in self.arrays:
            self.arrays[number] = read_array(self.archive.read(f"arrays/{int(number)}.npy"))
        return self.arrays[number]


def read_array(content: bytes) -> np.ndarray:
    """An .npy file's array. ValueError if it is not as long as its own header says, or does not hold numbers."""
    stream = BytesIO(content)
    version = npy.read_magic(stream)
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, in_columns, dtype = read_header(stream)
    if dtype.kind not in "biuf":
        raise ValueError(f"an array is said to be of {dtype}, which save() never writes")
    numbers = np.frombuffer(content[stream.tell() :], dtype)
    return numbers.reshape(shape, order="F" if in_columns else "C").copy(order="K")
