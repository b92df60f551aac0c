"""An explanation as text, and as a piece of HTML for a notebook."""

from __future__ import annotations

import html
from typing import Any

from .explanation import Explanation, Without
from .shown import elements, shown, size_of
from .snapshot import ABSENT, ArrayAt, summary
from .text import is_own, write_line
from .text_page import Page

STYLES = {"bold": "font-weight:600", "dim": "opacity:.65", "green": "color:#2e7d32", "red": "color:#c62828"}

WALKED = {True: "; backward() has been through them", False: "; backward() has not been through them", None: ""}


def page_of(told: Explanation) -> Page:
    """All that an explanation says, on one page."""
    page = Page(full=True)
    one = told.parameter
    size = size_of(one.shape) or "one number"
    page.say(0, (one.name, "bold"), f"  {size} {one.dtype}: {title(told)}")
    say_group(page, told)
    say_gradient(page, told)
    say_rule(page, told)
    say_equation(page, told)
    say_outcome(page, told)
    for note in told.notes:
        page.row(1, "note", note, "dim")
    return page


def title(told: Explanation) -> str:
    """In a few words, what the step does."""
    step = f"{told.optimizer}.step()"
    if told.happened:
        return f"what {step} did" if told.moves is not False else f"{step} did not move it"
    if told.moves is None:
        return f"what {step} will do cannot be told"
    return f"what {step} will do" if told.moves else f"{step} will not move it"


def say_group(page: Page, told: Explanation) -> None:
    """Which group, with whom, under which name; and its options."""
    if told.group is None:
        return
    beside = f", with {', '.join(told.beside[:4])}" if told.beside else ", alone"
    more = f" and {len(told.beside) - 4} more" if len(told.beside) > 4 else ""
    page.row(1, "group", f"{told.group} of {told.groups} (from 0): params[{told.place}]{beside}{more}")
    if told.named_by:
        page.row(1, "", f"named {told.named_by}", "dim")
    for option in told.options:
        if not is_own(option):
            page.row(1, "option", f"{option.name} = {shown(option.value)}   ({option.origin})")
    own = [f"{option.name} {shown(option.value)}" for option in told.options if is_own(option)]
    if own:
        page.row(1, "", f"{told.optimizer}'s own: {', '.join(own)}", "dim")


def say_gradient(page: Page, told: Explanation) -> None:
    """Its numbers, and the ops they came by."""
    page.row(1, "gradient", "None" if told.gradient is None else shown(told.gradient))
    if told.passages:
        page.row(1, "", f"the ops between the loss and it, from the loss{WALKED[told.walked]}", "dim")
    for one in told.passages:
        words = f"{one.op} by {one.rule}: {one.formula}" if one.rule else one.formula
        page.say(2, " " * 9, (f"{one.place}  " if one.place else "", "cyan"), words)
        if one.place and one.place.text:
            page.say(2, " " * 11, (one.place.text.split("\n")[0], "dim"))
    if told.more_passages:
        page.row(1, "", f"and {told.more_passages} more", "dim")
    for note in told.gradient_notes:
        page.row(1, "", note, "dim")


def say_rule(page: Page, told: Explanation) -> None:
    """The lines of the rule (or of a step of its own), with their values."""
    update = told.update
    if update is None:
        return
    page.row(
        1, "rule" if update.rule else "step", f"{update.rule}: {update.formula}" if update.rule else "its own lines"
    )
    for line in update.lines:
        write_line(page, 2, line)


def say_equation(page: Page, told: Explanation) -> None:
    """The equation in names, and with one element's numbers."""
    if told.equation is None:
        return
    page.row(1, "equation", "what these options leave of the rule; ' marks what is new", "dim")
    for line in told.equation.names:
        page.say(3, (line, "bold"))
    where = f"in numbers, at [{', '.join(map(str, told.equation.element))}]" if told.equation.element else "in numbers"
    page.row(1, "", where, "dim")
    for line in told.equation.numbers:
        page.say(3, line)


def say_outcome(page: Page, told: Explanation) -> None:
    """State and value, before and after; what would have been; why not; and the proof."""
    update = told.update
    if update is not None:
        for key in {**update.state_before, **update.state_after}:
            before, after = update.state_before.get(key, ABSENT), update.state_after.get(key, ABSENT)
            page.row(1, "state", f"{key}: {shown(before)} -> {shown(after)}")
        page.row(1, "before", shown(update.old))
        page.row(1, "after", shown(update.new), "bold")
    if told.change is not None:
        page.row(1, "change", change_words(told.change))
    for one in told.without:
        page.row(1, "without", without_words(one))
    for reason in told.reasons:
        page.row(1, "stays", reason, "bold")
    if told.confirmed:
        page.row(1, "wrote", "the step itself wrote just these numbers, bit for bit", "dim")
    if update is not None:
        page.row(1, "proof", update.proof.words, "red" if update.proof.holds is False else "dim")


def without_words(one: Without) -> str:
    """What the step would be with an option off."""
    off = f"{one.option} (if it were {shown(one.off)})"
    if one.change is None:
        return f"{off}: the step could not be taken"
    return f"{off}: {change_words(one.change) if one.differs else 'the same'}"


def change_words(change: ArrayAt) -> str:
    """A change's elements and how long it is in all."""
    if change.numbers is None or change.numbers.size == 1:
        return shown(change)
    norm = summary(change)[2]
    return f"{'sample ' if change.sampled else ''}{elements(change.numbers)}   norm {shown(norm)}"


def as_html(told: Explanation) -> str:
    """The page's lines as one block, every text escaped."""
    lines = ["".join(span(text, style) for text, style in line) for line in page_of(told).lines]
    style = "white-space:pre-wrap;line-height:1.45;overflow-x:auto"
    return f'<pre class="tinygrad-optim-explanation" style="{style}">' + "\n".join(lines) + "</pre>"


def span(text: str, style: Any) -> str:
    looks = ";".join(STYLES[word] for word in str(style).split() if word in STYLES)
    return f'<span style="{looks}">{html.escape(text)}</span>' if looks else html.escape(text)
