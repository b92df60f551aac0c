"""A story as the page's script reads it: every text, place and source file once, all else by number."""

from __future__ import annotations

import linecache
import math
from pathlib import Path
from typing import Any

import numpy as np

from .chapters import Backward, Param, Term, Update
from .page_graph import Graphs
from .page_groups import Tables, in_words
from .recording import Place
from .scenes import screenplay
from .screenplay import ARRIVES, GOES_ON, LEAF, OP, Scene, Screenplay
from .shown import number, range_of, shown, size, size_of
from .snapshot import ABSENT, ArrayAt, numbers_of
from .story import Story

PACKAGE = Path(__file__).parents[1]
OWN, RAISED = 1, 2  # flags of a scene


class Shelf:
    """Things, each kept once and known by its number."""

    def __init__(self) -> None:
        self.things: list[Any] = []
        self.numbers: dict[Any, int] = {}

    def number(self, thing: Any) -> int:
        """The thing's number: that of the equal one that is there already, if there is one."""
        found = self.numbers.get(thing)
        if found is None:
            found = self.numbers[thing] = len(self.things)
            self.things.append(thing)
        return found


class PageData:
    """Collects what the page needs to know. `as_dict` names its parts; page.js reads them under these names."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.play: Screenplay = screenplay(story)
        self.texts, self.files, self.places = Shelf(), Shelf(), Shelf()
        self.parameters: dict[int, int] = {}  # token -> number
        self.described: list[list[str]] = []
        self.graphs = Graphs(story)
        self.updates: list[dict[str, Any]] = []
        for chapter in story.chapters:
            if isinstance(chapter, Backward):
                for leaf in chapter.leaves:
                    self.parameter(leaf.leaf)
        self.tables = Tables(self.play.scenes, self.parameter)
        self.scenes = [self.scene(at, one) for at, one in enumerate(self.play.scenes)]

    def as_dict(self) -> dict[str, Any]:
        """Lists, numbers and texts alone."""
        story = self.story
        parts = [
            [one.depth, one.title, one.first, one.kind, -1 if one.group is None else one.group, self.known(one)]
            for one in self.play.parts
        ]
        return {
            "version": story.version,
            "notes": story.notes,
            "ended": story.ended_by,
            "texts": self.texts.things,
            "files": [source_of(file, self.files.things) for file in self.files.things],
            "places": self.places.things,
            "scenes": self.scenes,
            "parts": parts,
            "chapters": [*self.graphs.of_chapter, -1],
            "graphs": self.graphs.drawn,
            "tables": self.tables.tables,
            "begins": self.tables.begins,
            "parameters": self.described,
            "updates": self.updates,
        }

    # ---- what is said ------------------------------------------------------------------------------------

    def text(self, said: str) -> int:
        return self.texts.number(said)

    def value(self, recorded: Any) -> int:
        """A value's text; -1 for what was not there."""
        return -1 if recorded is ABSENT else self.text(shown(recorded))

    def place(self, where: Place | None) -> int:
        if where is None:
            return -1
        rows = where.text.count("\n")
        return self.places.number((self.files.number(where.file), where.line, where.line + rows, where.function))

    def parameter(self, one: Param) -> int:
        """A parameter's number."""
        found = self.parameters.get(one.token)
        if found is None:
            found = self.parameters[one.token] = len(self.described)
            self.described.append([one.name, size_of(one.shape) or "one number", one.dtype])
        return found

    def known(self, about: Any) -> int:
        """The number of the parameter that a scene or part is about; -1 if it is about none."""
        return self.parameters.get(about.parameter, -1)

    def scene(self, at: int, one: Scene) -> list[Any]:
        """[kind, chapter, place, sentence, reads, writes, box, parameter, flags, update, short]"""
        reads = [part for name, value in one.reads.items() for part in (self.text(name), self.value(value))]
        writes = [
            part
            for change in one.writes
            for part in (self.text(change.name), self.value(change.before), self.value(change.after), +change.changed)
        ]
        update = -1
        if one.update is not None:
            update = len(self.updates)
            self.updates.append(self.update(at, one.update))
        short = self.text(short_of(one.writes[-1].after)) if one.kind in (OP, ARRIVES, GOES_ON, LEAF) else -1
        box = self.graphs.box(one.chapter, one.op, one.parameter)
        flags = OWN * one.own + RAISED * one.raised
        place, parameter = self.place(one.place), self.known(one)
        says = self.text(one.says) if one.says else -1
        return [one.kind, one.chapter, place, says, reads, writes, box, parameter, flags, update, short]

    # ---- groups and updates ------------------------------------------------------------------------------

    def update(self, at: int, update: Update) -> dict[str, Any]:
        """One parameter's step: what the page's panel on it says."""
        found: dict[str, Any] = {
            "scene": at,
            "parameter": self.parameter(update.parameter),
            "group": update.group,
            "gradient": self.value(update.gradient),
            "made": [self.text(one) for one in update.made_of],
            "rule": self.text(f"{update.rule}: {update.formula}" if update.rule else ""),
            "options": in_words(update.options),
            "range": self.text(range_of(update.new)),
            "rows": self.rows(update),
            "terms": [self.term(term) for term in update.terms],
            "proof": [{True: 1, False: 0, None: -1}[update.proof.holds], self.text(update.proof.words)],
        }
        if update.change is not None:
            found["change"] = [self.value(update.change), size(update.change)]
        if update.adds_up is not None:
            found["sum"] = f"{update.adds_up:.2g}"
        found["norms"] = [rounded(norm(one)) for one in (update.gradient, update.change, update.old)]
        if isinstance(update.old, ArrayAt) and update.old.sampled and update.old.numbers is not None:
            found["sampled"] = [update.old.numbers.size, math.prod(update.old.shape)]
        return found

    def term(self, term: Term) -> list[Any]:
        """A share of the change: [its name, it, its norm, the whole change without it, the norm of that]"""
        if term.without is None:
            return [term.name, self.value(term.share), size(term.share), self.value(ABSENT), ""]
        return [term.name, self.value(term.share), size(term.share), self.value(term.without), size(term.without)]

    def rows(self, update: Update) -> list[list[Any]]:
        """The parameter and its state: [what, before, after]"""
        rows = [[update.parameter.name, self.value(update.old), self.value(update.new)]]
        for key in {**update.state_before, **update.state_after}:
            before, after = update.state_before.get(key, ABSENT), update.state_after.get(key, ABSENT)
            rows.append([f"state {key}", self.value(before), self.value(after)])
        return rows


def norm(recorded: Any) -> float | None:
    """The norm of the recorded numbers."""
    numbers = recorded if isinstance(recorded, np.ndarray) else numbers_of(recorded)
    return None if numbers is None else float(np.linalg.norm(np.asarray(numbers, np.float64)))


def rounded(value: float | None) -> float | None:
    return float(f"{value:.5g}") if value is not None and math.isfinite(value) else None


def short_of(recorded: Any) -> str:
    """A number, or how large several numbers are: what fits into a box of the graph."""
    numbers = numbers_of(recorded)
    if numbers is None or np.size(numbers) == 0 or np.asarray(numbers).dtype.kind not in "fiub":
        return ""
    flat = np.asarray(numbers).ravel()
    if flat.size == 1:
        return number(flat[0])
    known = getattr(getattr(recorded, "array", recorded), "norm", None)
    return f"norm {number(known if known is not None else norm(numbers))}"


def source_of(file: str, files: list[str]) -> list[Any]:
    """[name to show, its lines]. The folders it lies in stay private, but where two have one name."""
    path = Path(file)
    if path.is_relative_to(PACKAGE):
        name = path.relative_to(PACKAGE.parent).as_posix()
    else:
        alone = sum(Path(other).name == path.name for other in files) == 1
        name = path.name if alone else f"{path.parent.name}/{path.name}"
    return [name, [line.rstrip("\r\n") for line in linecache.getlines(file)]]
