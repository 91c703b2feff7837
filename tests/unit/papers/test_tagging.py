"""A bound file says of its structure what its pieces said, in the order of its pages."""

import io

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from portal.evidence.kinds import FileKind
from portal.papers.binder import Bound, bind, piece_of


def scan(**root):
    """A PDF of one page as a scanner makes it, or with what somebody put at its root."""
    made, written = pikepdf.new(), io.BytesIO()
    made.add_blank_page(page_size=(595, 842))
    for name, value in root.items():
        made.Root[f"/{name}"] = value(made)
    made.save(written)
    return Bound("扫描件", written.getvalue(), 1)


def paper(title, *lines):
    return piece_of(title, None, b"", lines)


def bound(*pieces):
    index = paper("卷内目录", "一").body
    return pikepdf.open(io.BytesIO(bind(index, pieces, title="C-1", language="zh-CN")))


def tree(made):
    """The kinds of element, with what they are called, from the top."""

    def down(one, depth=0):
        yield depth, str(one.S), str(one.get("/T", ""))
        for kid in one.K:
            if isinstance(kid, Dictionary):
                yield from down(kid, depth + 1)

    [document] = made.Root.StructTreeRoot.K
    return list(down(document))


@pytest.mark.requirement("B7")
def test_each_piece_is_a_part_of_the_tree_and_every_page_finds_its_own_elements():
    with bound(paper("第一件", "甲", "乙"), paper("第二件", "丙")) as made:
        assert tree(made)[0] == (0, "/Document", "")
        parts = [title for depth, kind, title in tree(made) if (depth, kind) == (1, "/Part")]
        assert parts == ["C-1", "第一件", "第二件"]
        headings = [title for _depth, kind, title in tree(made) if kind == "/H1"]
        assert headings == ["卷内目录", "第一件", "第二件"]
        pairs = list(made.Root.StructTreeRoot.ParentTree.Nums)
        numbered = dict(zip(pairs[::2], pairs[1::2], strict=True))
        assert sorted(numbered) == list(numbered)
        for page in made.pages:
            for element in numbered[page.obj.StructParents]:
                assert element.Pg.objgen == page.obj.objgen
        assert made.Root.StructTreeRoot.ParentTreeNextKey == len(numbered)
        said = dict(made.Root.MarkInfo)
        assert (bool(said["/Marked"]), bool(said["/Suspects"])) == (True, False)


def test_a_scan_has_no_tags_and_the_file_says_that_they_are_not_complete():
    with bound(paper("第一件", "甲"), scan(), paper("第二件", "乙")) as made:
        assert [title for depth, _kind, title in tree(made) if depth == 1] == [
            *("C-1", "第一件", "第二件")
        ]
        assert bool(made.Root.MarkInfo.Suspects)
        assert "/StructParents" not in made.pages[2].obj


def looping(made):
    """A tree whose numbers lead back to where they began, with nonsense between them."""
    numbers = made.make_indirect(Dictionary(Nums=Array([Name.A, 1, -5, 2, 3])))
    numbers.Kids = Array([numbers])
    root = made.make_indirect(Dictionary(Type=Name.StructTreeRoot, ParentTree=numbers))
    root.K = Array([made.make_indirect(Dictionary(Type=Name.StructElem, S=Name.P, P=root, K=0))])
    return root


def another_meaning(made):
    roles = Dictionary({"/Strong": Name.H1})
    return made.make_indirect(Dictionary(Type=Name.StructTreeRoot, K=Array(), RoleMap=roles))


@pytest.mark.parametrize(
    ("tags", "complete"),
    [
        (looping, True),
        (another_meaning, False),
        (lambda _made: Dictionary(K=Array([7])), False),
        (lambda made: made.make_indirect(Dictionary(K=Array([7]))), False),
    ],
)
def test_nonsense_in_the_tags_of_a_piece_is_left_out_and_the_file_is_bound(tags, complete):
    odd = scan(StructTreeRoot=tags)

    with bound(paper("第一件", "甲"), odd, paper("第二件", "乙")) as made:
        assert len(made.pages) == 4
        assert bool(made.Root.MarkInfo.Suspects) is not complete
        numbers = list(made.Root.StructTreeRoot.ParentTree.Nums)[::2]
        assert numbers == [0, 1, 2]


def test_a_piece_that_is_a_pdf_keeps_its_own_tags():
    inside = paper("文书", "甲").body

    with bound(piece_of("卷内文书", FileKind.PDF, inside, ())) as made:
        assert (2, "/Document", "") in tree(made)
