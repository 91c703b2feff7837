"""What the pieces of a bound file say of their structure (PDF/UA) is carried over into it.

Each piece is a part of the one tree, in the order of the pages. A piece without tags, as a scan is,
has none in the bound file either; then that says of itself that its tags are not complete.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, Stream

# A tree of numbers is not deeper than this in any file that somebody made to be read.
_DEEPEST: Final = 12


@dataclass(slots=True)
class Tags:
    """The tree of a file that is being bound."""

    made: Pdf
    complete: bool = True
    _next: int = 0
    _moved: set[tuple[int, int]] = field(default_factory=set)
    _root: Object = field(init=False)
    _document: Object = field(init=False)

    def __post_init__(self) -> None:
        """Begin a tree with nothing in it."""
        numbers = self.made.make_indirect(Dictionary(Nums=Array()))
        self._root = self.made.make_indirect(
            Dictionary(Type=Name.StructTreeRoot, ParentTree=numbers, RoleMap=Dictionary())
        )
        self._document = self._element(Name.Document, self._root, "")
        self._root.K = Array([self._document])

    def carry(self, piece: Pdf, pages: Iterable[Page], title: str) -> None:
        """Take over the tags of a piece whose pages were put in just now."""
        tree = piece.Root.get("/StructTreeRoot")
        if tree is None or not tree.is_indirect or not self._takes(tree):
            self.complete = False
            return
        copied = self.made.copy_foreign(tree)
        part = self._element(Name.Part, self._document, title)
        part.K = _several(copied.K)
        for one in part.K:
            one.P = part
        self._document.K.append(part)
        self._root.RoleMap.update(copied.get("/RoleMap", Dictionary()))
        begin = self._next
        for number, element in _numbered(copied.get("/ParentTree", Dictionary())):
            pair: tuple[Any, Any] = (number + begin, element)
            self._root.ParentTree.Nums.extend(pair)
            self._next = max(self._next, number + begin + 1)
        for page in pages:
            self._renumber(page, begin)

    def finish(self) -> None:
        """Put the tree into the file, if it has anything in it."""
        if not len(self._document.K):
            return
        self._root.ParentTreeNextKey = self._next
        self.made.Root.StructTreeRoot = self._root
        self.made.Root.MarkInfo = Dictionary(Marked=True, Suspects=not self.complete)
        self.made.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)

    def _takes(self, tree: Object) -> bool:
        """Whether its tags are elements that mean what they mean here."""
        known = self._root.RoleMap
        roles = tree.get("/RoleMap", Dictionary())
        same = all(str(known.get(name, role)) == str(role) for name, role in roles.items())
        return same and all(isinstance(one, Dictionary) for one in _several(tree.get("/K")))

    def _element(self, kind: Name, parent: Object, title: str) -> Object:
        made = Dictionary(Type=Name.StructElem, S=kind, P=parent, K=Array())
        if title:
            made.T = pikepdf.String(title)
        return self.made.make_indirect(made)

    def _renumber(self, page: Page, begin: int) -> None:
        """Have a page, its notes and its drawings name their elements by their new numbers."""
        for one in (page.obj, *_in_page(page)):
            if one.is_indirect and one.objgen in self._moved:
                continue
            for name in ("/StructParents", "/StructParent"):
                number: object = one.get(name)
                if isinstance(number, int):
                    one[name] = number + begin
            self._moved.add(one.objgen)


def _in_page(page: Page) -> Iterator[Object]:
    """The notes and drawings of a page, as far as they are what they should be."""
    notes = page.obj.get("/Annots", Array())
    drawings = page.obj.get("/Resources", Dictionary()).get("/XObject", Dictionary())
    found = [*(notes if isinstance(notes, Array) else ())]
    found += dict(drawings).values() if isinstance(drawings, Dictionary) else ()
    yield from (one for one in found if isinstance(one, Dictionary | Stream))


def _several(kids: Object | None) -> Array:
    """What an element has in it, one or several."""
    if kids is None:
        return Array()
    return kids if isinstance(kids, Array) else Array([kids])


def _numbered(tree: Object, depth: int = 0) -> Iterator[tuple[int, object]]:
    """The pairs of a tree of numbers (ISO 32000-1, 7.9.7)."""
    pairs: list[object] = list(tree.get("/Nums", Array()))
    for number, element in zip(pairs[::2], pairs[1::2], strict=False):
        if isinstance(number, int) and number >= 0:
            yield number, element
    if depth < _DEEPEST:
        for one in tree.get("/Kids", Array()):
            yield from _numbered(one, depth + 1)
