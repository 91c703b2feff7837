"""Whom of the staff a text names: by title and surname, in both languages."""

from uuid import uuid4

import pytest

from portal.triage.rules.fold import fold
from portal.triage.rules.staff import Colleague, folded_name, says_title, titled

WANG_HEAD = Colleague(uuid4(), "王小明", leads=True)
WANG = Colleague(uuid4(), "王大力")
OUYANG = Colleague(uuid4(), "欧阳示例")
SMITH = Colleague(uuid4(), "Jane Smith", leads=True)
ALL = (WANG_HEAD, WANG, OUYANG, SMITH)


def found(text: str) -> set[str]:
    ids = titled(fold(text).text, ALL)
    return {one.name for one in ALL if one.id in ids}


@pytest.mark.requirement("F13")
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("文化执法大队的王队长收了老板的钱。", {"王小明"}),
        ("王某某大队长每次都提前打电话。", {"王小明"}),
        ("队长姓王，跟店主是亲戚。", {"王小明"}),
        ("找王队说一声就没事了。", {"王小明"}),
        ("執法大隊的王隊長收了錢。", {"王小明"}),
        ("执法人员王某来查之前先打招呼。", {"王小明", "王大力"}),
        ("那个姓王的执法人员拿了两条烟。", {"王小明", "王大力"}),
        ("欧阳科长是股东。", {"欧阳示例"}),
        ("Chief Smith gets free tickets.", {"Jane Smith"}),
        ("Smith, the inspector, looked away.", {"Jane Smith"}),
        ("老王书店卖盗版。", set()),
        ("王朝大道有一家店，老板姓李。", set()),
        ("李队长来过一次。", set()),
        ("A goldsmith officer cadet.", set()),
        ("国王科技城三楼卖盗版软件。", set()),
    ],
)
def test_a_title_beside_a_surname_means_those_who_bear_it(text, names):
    assert found(text) == names


def test_a_title_of_a_leader_means_any_bearer_where_none_leads():
    assert titled("王队长收钱", (WANG,)) == {WANG.id}


@pytest.mark.parametrize(
    ("text", "says"), [("队长来了", True), ("officer smith", True), ("卖盗版书的店", False)]
)
def test_a_text_without_titles_needs_no_look_at_surnames(text, says):
    assert says_title(text) is says


def test_names_are_compared_in_the_form_of_folded_texts():
    assert folded_name(" Jane  SMITH ") == "jane smith"
    assert folded_name("歐陽示例") == "欧阳示例"
