"""Where the boxes of a graph go: in rows, every box above those made from it, and lines that pass no box.

The layered method of Sugiyama, Tagawa and Toda 1981, "Methods for visual understanding of hierarchical system
structures": rows by the longest path to the result; where a line passes a row it gets a place there, like a
narrow box; the order within rows by the mean place of the neighbours, swept up and down, the order with the
fewest crossings kept; then coordinates. Nothing here recurses, and nothing knows what the boxes stand for.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field

SPACE, GAP = 20.0, 52.0  # between boxes side by side, and between rows
LANE = 6.0  # how wide a place a passing line gets
ORDERINGS, ALIGNMENTS = 3, 4  # how often the rows are swept, down and up again
CALM = 4000  # items; of more, one sweep must do

Point = tuple[float, float]


@dataclass
class Layout:
    """Where each box is (its centre along x, its top), and the lines: one stem for all that leave the same box."""

    x: list[float]
    top: list[float]
    stems: list[list[Point]]  # the pieces of lines that pass a row
    tips: dict[tuple[int, int], list[Point]]  # (parent, child) -> the last piece, from the parent or its stem
    width: float
    height: float


@dataclass
class Rows:
    """Boxes and lanes in rows from the top; above and below, each item's neighbours in the next rows."""

    rows: list[list[int]]
    row_of: list[int]
    above: list[list[int]]
    below: list[list[int]]
    lanes: dict[tuple[int, int], int] = field(default_factory=dict)  # (box, row) -> the lane of its lines there


def lay_out(parents: Sequence[Sequence[int]], widths: Sequence[float], heights: Sequence[float]) -> Layout:
    """Place boxes of these sizes; box i was made from those numbered parents[i], all less than i."""
    distinct = [list(dict.fromkeys(mine)) for mine in parents]
    rows = with_lanes(distinct, rows_by_longest_path(distinct))
    put_in_order(rows)
    sizes = [*widths, *[LANE] * (len(rows.above) - len(widths))]
    x = align(rows, sizes)
    left = min((x[i] - sizes[i] / 2 for i in range(len(x))), default=0.0)
    x = [one - left for one in x]
    return drawn(rows, distinct, x, sizes, heights)


# ---- rows --------------------------------------------------------------------------------------------------


def rows_by_longest_path(parents: list[list[int]]) -> list[int]:
    """Each box's row, the first at the top: as late as its children allow, with no row overfull."""
    most = max(12, int(len(parents) ** 0.5))
    least = [0] * len(parents)  # the earliest height above the last row that its children leave it
    height = [0] * len(parents)
    count: dict[int, int] = {}
    open_at: dict[int, int] = {}  # a full row's height -> where to look next
    for child in reversed(range(len(parents))):
        at = least[child]
        passed = []
        while at in open_at:
            passed.append(at)
            at = open_at[at]
        for one in passed:
            open_at[one] = at
        height[child] = at
        count[at] = count.get(at, 0) + 1
        if count[at] == most:
            open_at[at] = at + 1
        for parent in parents[child]:
            least[parent] = max(least[parent], at + 1)
    top = max(height, default=0)
    return [top - one for one in height]


def with_lanes(parents: list[list[int]], row_of: list[int]) -> Rows:
    """The rows, with a lane wherever a box's lines pass a row: one for all that leave the same box.

    The lanes that all lines of a large graph would need are more than can be placed: the longest go without.
    """
    n = len(parents)
    last = [row + 1 for row in row_of]  # the row of the furthest child
    for child, mine in enumerate(parents):
        for parent in mine:
            last[parent] = max(last[parent], row_of[child])
    rows = Rows([[] for _ in range(max(row_of, default=-1) + 1)], list(row_of), [[] for _ in parents], [])
    left = max(2 * n, 500)
    for box in sorted(range(n), key=lambda box: last[box] - row_of[box]):
        left -= last[box] - row_of[box] - 1
        if left < 0:
            break
        above = box
        for row in range(row_of[box] + 1, last[box]):
            rows.lanes[box, row] = lane = len(rows.above)
            rows.above.append([above])
            rows.row_of.append(row)
            above = lane
    for child, mine in enumerate(parents):
        for parent in mine:
            row = row_of[child] - 1
            near = parent if row == row_of[parent] else rows.lanes.get((parent, row))
            if near is not None:
                rows.above[child].append(near)
    rows.below = [[] for _ in rows.above]
    for item, mine in enumerate(rows.above):
        for one in mine:
            rows.below[one].append(item)
    return rows


# ---- the order within rows ---------------------------------------------------------------------------------


def put_in_order(rows: Rows) -> None:
    """Order every row so that few lines cross."""
    first_order(rows)
    best, fewest = [list(row) for row in rows.rows], crossings(rows)
    for _ in range(ORDERINGS if len(rows.above) <= CALM else 1):
        for row in rows.rows[1:]:
            sort_by_neighbours(rows, row, rows.above)
        for row in reversed(rows.rows[:-1]):
            sort_by_neighbours(rows, row, rows.below)
        found = crossings(rows)
        if found < fewest:
            best, fewest = [list(row) for row in rows.rows], found
    rows.rows = best


def first_order(rows: Rows) -> None:
    """Walk up from the result: what goes into one box stands together."""
    seen = bytearray(len(rows.above))
    for start in reversed(range(len(rows.above))):
        if rows.below[start]:
            continue
        stack = [start]
        while stack:
            item = stack.pop()
            if not seen[item]:
                seen[item] = 1
                rows.rows[rows.row_of[item]].append(item)
                stack.extend(reversed(rows.above[item]))


def sort_by_neighbours(rows: Rows, row: list[int], neighbours: list[list[int]]) -> None:
    """Order a row by the mean place of each item's neighbours in the next; those without stay where they are."""
    if len(row) < 2:
        return
    other = rows.row_of[row[0]] + (-1 if neighbours is rows.above else 1)
    place = {item: i for i, item in enumerate(rows.rows[other])}
    keys = {}
    for i, item in enumerate(row):
        found = [place[one] for one in neighbours[item]]
        keys[item] = sum(found) / len(found) if found else i
    row.sort(key=keys.__getitem__)


def crossings(rows: Rows) -> int:
    """How many pairs of lines cross between neighbouring rows."""
    total = 0
    for above, below in zip(rows.rows, rows.rows[1:]):
        place = {item: i for i, item in enumerate(below)}
        ends: list[int] = []  # of the lines further left
        for item in above:
            mine = sorted(place[one] for one in rows.below[item])
            total += sum(len(ends) - bisect_right(ends, end) for end in mine)
            for end in mine:
                insort(ends, end)
    return total


# ---- coordinates -------------------------------------------------------------------------------------------


def align(rows: Rows, sizes: list[float]) -> list[float]:
    """The centre of each item along x: near its neighbours, in its row's order, none touching another."""
    x = [0.0] * len(sizes)
    for row in rows.rows:
        spread(row, x, [0.0] * len(row), sizes)
    for _ in range(ALIGNMENTS if len(x) <= CALM else 1):
        for row in rows.rows[1:]:
            spread(row, x, wishes(row, x, rows.above), sizes)
        for row in reversed(rows.rows[:-1]):
            spread(row, x, wishes(row, x, rows.below), sizes)
    return x


def wishes(row: list[int], x: list[float], neighbours: list[list[int]]) -> list[float]:
    """Where each item would be best: at the mean of its neighbours."""
    wanted = []
    for item in row:
        near = neighbours[item]
        wanted.append(sum([x[one] for one in near]) / len(near) if near else x[item])
    return wanted


def spread(row: list[int], x: list[float], wanted: list[float], sizes: list[float]) -> None:
    """Put a row's items as near to their wishes (in squares) as their order and sizes allow.

    Less the room that those before it take, each place must only not be left of the one before: that is isotonic
    regression, solved by pooling neighbours that are out of order (Barlow et al. 1972).
    """
    pools: list[list[float]] = []  # [sum of wishes, how many]
    taken, before, offsets = 0.0, None, []
    for item, wish in zip(row, wanted):
        if before is not None:
            both_lanes = sizes[before] == sizes[item] == LANE
            taken += (sizes[before] + sizes[item]) / 2 + (0 if both_lanes else SPACE)
        before = item
        offsets.append(taken)
        pools.append([wish - taken, 1])
        while len(pools) > 1 and pools[-2][0] * pools[-1][1] > pools[-1][0] * pools[-2][1]:
            total, count = pools.pop()
            pools[-1][0] += total
            pools[-1][1] += count
    at = 0
    for total, count in pools:
        for i in range(at, at + int(count)):
            x[row[i]] = total / count + offsets[i]
        at += int(count)


def drawn(rows: Rows, parents: list[list[int]], x: list[float], sizes: list[float], heights: Sequence[float]) -> Layout:
    """Heights for the rows, and the lines: straight down through a row, free to bend between rows."""
    n = len(parents)
    tops, bottoms, y = [], [], 0.0
    for row in rows.rows:
        tops.append(y)
        y += max([heights[item] for item in row if item < n], default=0.0)
        bottoms.append(y)
        y += GAP
    top = [tops[rows.row_of[box]] for box in range(n)]

    def out_of(item: int) -> list[Point]:
        """Where a line leaves a box or a lane, down to the end of its row."""
        bottom = (x[item], bottoms[rows.row_of[item]])
        return [(x[item], top[item] + heights[item]), bottom] if item < n else [bottom]

    stems = []
    for (_, passed), lane in rows.lanes.items():
        stems.append([*out_of(rows.above[lane][0]), (x[lane], tops[passed]), (x[lane], bottoms[passed])])
    tips: dict[tuple[int, int], list[Point]] = {}
    for child, mine in enumerate(parents):
        for parent in mine:
            start = rows.lanes.get((parent, rows.row_of[child] - 1), parent)
            tips[parent, child] = [*out_of(start), (x[child], top[child])]
    width = max((x[i] + sizes[i] / 2 for i in range(len(x))), default=0.0)
    return Layout(x[:n], top, stems, tips, width, bottoms[-1] if bottoms else 0.0)
