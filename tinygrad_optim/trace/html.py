"""The story as HTML that needs no script: folded and unfolded by the browser, in the dark and on a phone."""

from __future__ import annotations

from typing import Any

from .chapters import BackNode, Backward, Construct, Forward, Group, OpRun, Option, Step, StepGroup, Update
from .html_parts import CHANGED, code, facts, fold, lines, place, source, table, text, value
from .shown import range_of, shown, size, size_of
from .snapshot import ABSENT, SAMPLE, WHOLE, ArrayAt
from .text import TITLES, told_before

LONG = 900_000  # characters: a story is told to here, and of the later steps it is said that they are left out


def story_html(story: Any) -> str:
    """The whole story, as it is read where no script runs."""
    notes = "".join(f'<p class="note">{text(note)}</p>' for note in story.notes)
    ended = (
        f'<p class="note" role="alert">It ended with an exception: {code(story.ended_by)}</p>' if story.ended_by else ""
    )
    empty = (
        ""
        if story.chapters
        else "<p>No optimizer was built, no op applied and no step taken while this was recorded.</p>"
    )
    told = sections(story)
    if len(told) < len(story.chapters):
        left = len(story.chapters) - len(told)
        empty = f'<p class="note">The last {left} chapters are shown only where JavaScript runs: they are too long.</p>'
    return (
        f"<header><h1>{text(title(story))}</h1>{introduction(story)}{notes}{ended}</header>"
        f"{contents(story.chapters[: len(told)])}<main>{empty}{''.join(told)}</main>"
    )


def sections(story: Any) -> list[str]:
    """The chapters, as far as they are told."""
    told: list[str] = []
    for number, chapter in enumerate(story.chapters, 1):
        if sum(map(len, told)) > LONG:
            break
        told.append(section(number, chapter))
    return told


def title(story: Any) -> str:
    """The page's title: whose story it is."""
    names = dict.fromkeys(one.optimizer for one in story.chapters if isinstance(one, Construct | Step))
    return f"What {' and '.join(names)} did, line by line" if names else "What ran, line by line"


def introduction(story: Any) -> str:
    """What is shown here and how to read it."""
    return (
        f"<p>Recorded from {story.lines} lines of the real source as they ran; every number is the one of that moment. "
        "Long arrays show their first elements, the last, and the norm (the root of the sum of squares); "
        f"of those with more than {WHOLE} elements, a sample of {SAMPLE} was recorded. "
        f"What a line changed is marked {CHANGED}.</p>"
    )


def contents(chapters: list[Any]) -> str:
    """Links to every chapter, and to every parameter's part of a step."""
    items = []
    for number, chapter in enumerate(chapters, 1):
        inner = ""
        if isinstance(chapter, Step):
            links = [
                f'<li><a href="#{anchor(number, update)}">{text(update.parameter.name)}</a> '
                f'<span class="quiet">in group {update.group}</span></li>'
                for group in chapter.groups
                for update in group.updates
            ]
            inner = f"<ul>{''.join(links)}</ul>"
        items.append(f'<li><a href="#chapter-{number}">{text(TITLES[chapter.kind](chapter))}</a>{inner}</li>')
    return f'<nav aria-labelledby="contents"><h2 id="contents">Contents</h2><ol>{"".join(items)}</ol></nav>'


def anchor(number: int, update: Update) -> str:
    """Where one parameter's part of a step stands: by numbers, for a name may hold anything."""
    return f"step-{number}-{update.group}-{update.parameter.token}"


def section(number: int, chapter: Any) -> str:
    """One chapter."""
    heading = f'<h2 id="chapter-{number}">{number}. {text(TITLES[chapter.kind](chapter))}</h2>'
    body = WRITERS[chapter.kind](chapter, number)
    begun_by = source(getattr(chapter, "place", None))
    return f'<section aria-labelledby="chapter-{number}">{heading}{begun_by}{body}</section>'


# ---- construct ---------------------------------------------------------------------------------------------


def construct(chapter: Construct, number: int) -> str:
    folded = [
        fold(
            f"How add_param_group made group {group.number}",
            lines(group.lines, f"add_param_group, group {group.number}"),
        )
        for group in chapter.groups
        if group.lines
    ]
    return group_table(chapter.groups) + "".join(folded)


def group_table(groups: list[Group]) -> str:
    """One column a group: its parameters, and each option with where its value came from."""
    names = dict.fromkeys(option.name for group in groups for option in group.options)
    head = ["option", *(f"group {group.number}" for group in groups)]
    rows = [["parameters", *("<br>".join(parameter(one) for one in group.parameters) for group in groups)]]
    rows += [[code(name), *(cell(group.options, name) for group in groups)] for name in names]
    return table("The groups: who is in which, and where each option's value came from", head, rows, "groups")


def parameter(one: Any) -> str:
    return f'{code(one.name)} <span class="quiet">{text(size_of(one.shape) or "one number")} {text(one.dtype)}</span>'


def cell(options: list[Option], name: str) -> str:
    """An option's value and origin; one that was given in the group itself stands out."""
    found = [option for option in options if option.name == name]
    if not found:
        return "&ndash;"
    kind = "" if found[0].origin.startswith("default") else ' class="chosen"'
    return f'<span{kind}>{value(found[0].value)} <span class="origin">{text(found[0].origin)}</span></span>'


# ---- forward and backward ----------------------------------------------------------------------------------


def forward(chapter: Forward, number: int) -> str:
    return "".join(op_run(run) for run in chapter.ops)


def op_run(run: OpRun) -> str:
    """One op: folded to what it is and what came out."""
    where = f' <span class="quiet">in {text(run.module)}</span>' if run.module else ""
    head = f"op {run.number} <strong>{text(run.op)}</strong>{where} {place(run.place)}"
    inputs = [(one.role, f"{text(one.who) + ': ' if one.who else ''}{value(one.value)}") for one in run.inputs]
    seen = "" if run.remembered else ' <span class="quiet">(not remembered for backward)</span>'
    said = [("computes", text(run.formula))] if run.formula else []
    return fold(head, source(run.place) + facts([*said, *inputs, ("result", value(run.output) + seen)]))


def backward(chapter: Backward, number: int) -> str:
    rows = [
        [
            code(f"{leaf.leaf.name}.grad"),
            f'<span class="was">{value(leaf.before)}</span> &rarr; {value(leaf.after)}',
            "<br>".join(text(one) for one in leaf.sources),
        ]
        for leaf in chapter.leaves
    ]
    leaves = table("What arrived at the leaves", ["leaf", "before and after", "made by"], rows, "plain") if rows else ""
    return leaves + "".join(back_node(node) for node in chapter.nodes)


def back_node(node: BackNode) -> str:
    """One node of the walk back."""
    run = f'<span class="quiet">op {node.run}</span> ' if node.run else ""
    head = f"back through {run}<strong>{text(node.op)}</strong> {place(node.place)}"
    body = facts([("arrives", value(node.arrived))])
    for given in node.contributions:
        said = [("goes to", code(given.to)), ("by the rule", text(given.formula)), ("value", value(given.value))]
        if given.summed is not ABSENT:
            said.append(("summed to", value(given.summed) + " where broadcasting had repeated it"))
        if given.total is not ABSENT:
            said.append(("in all", value(given.total) + " with what had arrived before"))
        rule = fold(f"the lines of {code(given.rule)}", lines(given.lines, given.rule)) if given.lines else ""
        body += facts(said) + rule
    return fold(head, body)


# ---- step --------------------------------------------------------------------------------------------------


def step(chapter: Step, number: int) -> str:
    return "".join(step_group(chapter, group, number) for group in chapter.groups)


def step_group(chapter: Step, group: StepGroup, number: int) -> str:
    chosen = [option for option in group.options if not option.origin.startswith("default")]
    said = "; ".join(f"{option.name} {shown(option.value)}, {option.origin}" for option in chosen)
    idle = "".join(f"<p>{code(one.name)} stays as it is: it has no gradient.</p>" for one in group.idle)
    told = "".join(update_part(chapter, update, number) for update in group.updates)
    about = f'<p class="quiet">{text(said)}</p>' if said else ""
    return f"<h3>Group {group.number}</h3>{about}{told}{idle}"


def update_part(chapter: Step, update: Update, number: int) -> str:
    """One parameter's step; open where its lines are told for the first time."""
    moved = (
        f"the change: {size(update.change) or shown(update.change)}{sampled(update)}"
        if update.change is not None
        else ""
    )
    head = f'<strong>{code(update.parameter.name)}</strong> <span class="quiet">{text(moved)}</span>'
    body = beginning(update) + rule_lines(update) + outcome(update)
    return fold(head, body, not told_before(chapter, update), anchor(number, update))


def sampled(update: Update) -> str:
    """Said where the numbers are those of the sample."""
    return " (of the sampled elements)" if isinstance(update.old, ArrayAt) and update.old.sampled else ""


def beginning(update: Update) -> str:
    """Who it is, what its gradient is made of, and the options its group gives it."""
    known = [("parameter", parameter(update.parameter)), ("in group", str(update.group))]
    known.append(("gradient", value(update.gradient)))
    if update.made_of:
        known.append(("made by", "<br>".join(text(one) for one in update.made_of)))
    rows = [[code(one.name), value(one.value), text(one.origin)] for one in update.options]
    return facts(known) + (
        table("Options used, and where each came from", ["option", "value", "origin"], rows) if rows else ""
    )


def rule_lines(update: Update) -> str:
    caption = f"{update.rule}: {update.formula}" if update.rule else "The lines of step() about this parameter"
    around = fold("The lines of step() around it", lines(update.around, "The lines of step()")) if update.around else ""
    return lines(update.lines, caption) + around


def outcome(update: Update) -> str:
    """The value and the state before and after; the change as a sum; the proof."""
    rows = [[code(update.parameter.name), value(update.old), value(update.new)]]
    for key in {**update.state_before, **update.state_after}:
        before, after = update.state_before.get(key, ABSENT), update.state_after.get(key, ABSENT)
        rows.append([f"state {code(key)}", value(before), value(after)])
    body = table("Before and after", ["what", "before the step", "after the step"], rows, "plain")
    if said := range_of(update.new):
        body += f'<p class="quiet">The new value: {text(said)}.</p>'
    return body + terms(update) + proof(update)


def terms(update: Update) -> str:
    """The change, and the share of it that each option has."""
    if update.change is None:
        return ""
    rows = [["the whole change", value(update.change), text(size(update.change)), ""]]
    for term in update.terms:
        without = "" if term.without is None else f"{value(term.without)} {text(size(term.without))}"
        rows.append([code(term.name), value(term.share), text(size(term.share)), without])
    head = ["what", "share of the change", "its size", "the change without it"]
    said = f"They add up to the change within {update.adds_up:.2g}." if update.adds_up is not None else ""
    return (
        table(f"The change{sampled(update)}, and what it is made of", head, rows, "plain")
        + f'<p class="quiet">{said}</p>'
    )


def proof(update: Update) -> str:
    """Whether the lines shown give the value shown."""
    holds = update.proof.holds
    mark = "&#10003; Proved: " if holds else "Not proved: " if holds is None else "&#10007; Fails: "
    kind = "holds" if holds else "quiet" if holds is None else "fails"
    return f'<p class="{kind}">{mark}{text(update.proof.words)}.</p>'


WRITERS: dict[str, Any] = {"construct": construct, "forward": forward, "backward": backward, "step": step}
