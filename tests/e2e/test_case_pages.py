"""Every page of a case that has something of everything: accessible, on a telephone and a desk."""

import re

import pytest

from tests.e2e import people
from tests.e2e.examination import VARIABLE

pytestmark = pytest.mark.timeout(400, method="thread")

# What is saved and not shown, and what signs out or leads away.
SAVED = re.compile(r"/files/|/made/[^/]+/draft$|/(pdf|bag|bundle)$|#")
LISTS = (
    *("", "?list=all", "/leads", "/joint", "/tasks", "/standing", "/supervised"),
    *("/to-serve", "/files", "/files?list=patrol"),
)


def walk(somebody, start, inside, most=100):
    """Open every page below `inside` that can be reached from `start`, one of each kind."""
    waiting, known = [start], {VARIABLE.sub("…", start)}
    while waiting:
        somebody.open(waiting.pop(0))
        assert somebody.text("h1")
        found = somebody.page.locator("main a[href]").all()
        for address in filter(None, [one.get_attribute("href") for one in found]):
            kind = VARIABLE.sub("…", address.partition("?")[0])
            if address.startswith(inside) and not SAVED.search(address) and kind not in known:
                known.add(kind)
                waiting.append(address)
        assert len(known) < most, known
    return known


@pytest.mark.requirement("U34")
def test_every_page_of_a_case_can_be_used_by_everybody_at_every_width(
    enter, installation, colleagues, full_case
):
    home = f"/desk/cases/{full_case}"
    with enter("zh-CN") as head:
        people.enter_desk(head, installation, "second-head")
        kinds = walk(head, home, home)

    ends = {kind.rpartition("/")[2] for kind in kinds}
    expected = {"decisions", "papers", "file", "add-member", "follow", "approve", "serve", "page"}
    assert expected <= ends


@pytest.mark.requirement("U34")
@pytest.mark.parametrize("name", ["neighbour-head", "supervisor"])
def test_the_lists_of_cases_and_the_part_of_a_unit_can_be_used_by_everybody(
    enter, installation, colleagues, full_case, name
):
    with enter("en") as somebody:
        people.enter_desk(somebody, installation, name)
        for address in (*(f"/desk/cases{one}" for one in LISTS), "/desk/reviews"):
            somebody.open(address)
            assert somebody.text("h1")
        if name == "neighbour-head":
            for inside in ("/desk/cases/joint", "/desk/cases/leads"):
                assert len(walk(somebody, inside, f"{inside}/")) > 2
