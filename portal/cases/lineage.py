"""The chain of a case laid out as a picture: pure geometry, sources above and shops below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

WIDTH: Final = 150
HEIGHT: Final = 56
GAP_X: Final = 30
GAP_Y: Final = 54
LONGEST: Final = 14

N = TypeVar("N")


@dataclass(frozen=True, slots=True)
class Box(Generic[N]):
    """A party in the picture, by its upper left corner."""

    own: N
    x: int
    y: int

    @property
    def middle(self) -> int:
        return self.x + WIDTH // 2


@dataclass(frozen=True, slots=True)
class Arrow:
    """From a supplier to a customer; `number` is that of the list under the picture."""

    number: int
    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def label_x(self) -> int:
        return (self.x1 + self.x2) // 2

    @property
    def label_y(self) -> int:
        return (self.y1 + self.y2) // 2


@dataclass(frozen=True, slots=True)
class Picture(Generic[N]):
    """Boxes and arrows within a width and a height."""

    width: int
    height: int
    boxes: tuple[Box[N], ...]
    arrows: tuple[Arrow, ...]


def levels_of(nodes: Sequence[N], edges: Sequence[tuple[N, N]]) -> Mapping[N, int]:
    """How many suppliers stand above each node, by the longest way; a circle is cut somewhere."""
    level = dict.fromkeys(nodes, 0)
    for _round in nodes:
        for supplier, customer in edges:
            if level[supplier] < level[customer] or level[supplier] + 1 >= len(nodes):
                continue
            level[customer] = level[supplier] + 1
    return level


def picture_of(nodes: Sequence[N], edges: Sequence[tuple[N, N]]) -> Picture[N]:
    """The chain with sources above; the nodes of a level stand in the order in which they came."""
    level = levels_of(nodes, edges)
    rows = [[one for one in nodes if level[one] == at] for at in sorted(set(level.values()))]
    widest = max((len(row) for row in rows), default=0)
    width = max(1, widest * (WIDTH + GAP_X) - GAP_X)
    boxes = {
        one: _box(one, at, place, len(row), width)
        for at, row in enumerate(rows)
        for place, one in enumerate(row)
    }
    arrows = tuple(
        _arrow(number, boxes[supplier], boxes[customer])
        for number, (supplier, customer) in enumerate(edges, 1)
    )
    height = max(1, len(rows) * (HEIGHT + GAP_Y) - GAP_Y)
    return Picture(width, height, tuple(boxes.values()), arrows)


def _box(own: N, at: int, place: int, count: int, width: int) -> Box[N]:
    row = count * (WIDTH + GAP_X) - GAP_X
    return Box(own, (width - row) // 2 + place * (WIDTH + GAP_X), at * (HEIGHT + GAP_Y))


def _arrow(number: int, supplier: Box[N], customer: Box[N]) -> Arrow:
    """From the lower side of the one to the upper of the other, or back up in a circle."""
    if supplier.y < customer.y:
        ends = (supplier.middle, supplier.y + HEIGHT, customer.middle, customer.y)
    elif supplier.y > customer.y:
        ends = (supplier.middle, supplier.y, customer.middle, customer.y + HEIGHT)
    else:
        left, right = supplier.x + WIDTH, customer.x
        if supplier.x > customer.x:
            left, right = supplier.x, customer.x + WIDTH
        ends = (left, supplier.y + HEIGHT // 2, right, customer.y + HEIGHT // 2)
    return Arrow(number, *ends)


def shortened(name: str) -> str:
    """A name as long as fits into a box; the list under the picture has all of it."""
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
