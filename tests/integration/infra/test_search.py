"""Encrypted texts are found by those who have the key, and by nobody else."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Uuid, bindparam, select, text, union_all

from portal.infra import search
from portal.infra.config import settings
from portal.infra.database import db
from portal.infra.search import candidates, erase, index_text, matches
from portal.kernel.errors import NotFound

pytestmark = pytest.mark.usefixtures("app")


def indexed(original: str) -> UUID:
    subject_id = uuid4()
    index_text(db.session(), subject_id, original)
    return subject_id


def found(query: str, limit: int = 50, **where: object) -> list[UUID]:
    return list(candidates(db.session(), query, limit, **where))


def only(*subject_ids: UUID):
    """A scope of these ids, as a caller's own SELECT would be."""
    return (
        union_all(
            *(select(bindparam(None, subject_id, Uuid()).label("id")) for subject_id in subject_ids)
        )
        .subquery()
        .select()
    )


@pytest.mark.parametrize(
    ("original", "query"),
    [
        ("有人在夜市贩卖盗版光盘", "盗版"),
        ("有人在夜市贩卖盗版光盘", "夜市 光盘"),
        ("有人在夜市贩卖盗版光盘", "贩卖盗版光盘"),
        ("販賣盜版書籍", "盗版书籍"),
        ("贩卖盗版书籍", "盜版書籍"),
        ("盗\u200b版", "盗版"),
        ("盗\n版", "盗版"),
        ("un cafe\u0301 pirate", "CAFÉ"),
        ("un caf\u00e9 pirate", "cafe\u0301"),
        ("ＷＷＷ．Example．com", "www.example.com"),
        ("打折50%出售", "%"),
        ("a_b", "_"),
        ("C:\\temp", "\\"),
        ('it\'s "quoted"', "' \""),
        ("𠮷野家盗用", "𠮷野"),
        ("ピーマン", "ピー"),
        ("见🎵链接", "🎵"),
    ],
)
def test_a_text_is_found_by_what_is_in_it(original, query):
    subject_id = indexed(original)
    indexed("完全无关的内容 nothing of the kind")

    assert found(query) == [subject_id]
    assert matches(original, query)


@pytest.mark.parametrize("query", ["", " ", "盗", "a", "\x00", "盗 版", "\u200b", "字" * 201])
def test_a_query_of_single_characters_finds_nothing(query):
    indexed("盗版 a b")

    assert found(query) == []


@pytest.mark.parametrize(
    "query",
    [
        *("%", "_", "'", '"', "\\", "--", "' OR 1=1 --", "NEAR(ab cd)", "tokens:ab", "ab*", "^ab"),
        *("ab & !cd", "%" * 200, "\ud800\udc00", "(", "AND", "*"),
    ],
)
def test_signs_that_mean_something_to_a_database_mean_only_themselves(query):
    indexed("盗版书籍")

    assert found(query) == []


def test_a_text_that_was_indexed_again_is_found_by_the_new_one_only():
    subject_id = indexed("盗版光盘")
    later = indexed("盗版书籍")

    for _ in range(2):
        index_text(db.session(), subject_id, "盗版软件")

    assert found("光盘") == []
    assert found("软件") == [subject_id]
    assert found("盗版") == [later, subject_id]


def test_an_erased_text_is_found_no_more_and_erasing_again_is_no_error():
    kept, erased = indexed("盗版光盘"), indexed("盗版光盘")

    erase(db.session(), erased)
    erase(db.session(), erased)

    assert found("盗版") == [kept]


def test_a_text_without_anything_to_find_is_indexed_as_nothing():
    subject_id = indexed("盗版")

    index_text(db.session(), subject_id, "。")
    index_text(db.session(), subject_id, "")

    assert found("盗版") == []


def test_the_newest_come_first_and_page_after_page_gives_each_once():
    ids = [indexed(f"盗版 number{n}") for n in range(7)]

    first = found("盗版", limit=3)
    second = found("盗版", limit=3, before=first[-1])
    third = found("盗版", limit=3, before=second[-1])

    assert first + second + third == ids[::-1]


def test_a_page_after_a_subject_that_is_gone_is_not_found():
    with pytest.raises(NotFound):
        found("盗版", before=uuid4())


@pytest.mark.parametrize("small", [0, 4000], ids=["word first", "scope first"])
def test_what_is_out_of_scope_is_not_found(monkeypatch, small):
    monkeypatch.setattr(search, "SMALL_SCOPE", small)
    ids = [indexed("盗版光盘") for _ in range(6)]
    scope = only(ids[1], ids[3], ids[5], uuid4())

    page = found("盗版", limit=2, within=scope)

    assert page == [ids[5], ids[3]]
    assert found("盗版", limit=2, within=scope, before=page[-1]) == [ids[1]]
    assert found("书籍", within=scope) == []
    assert found("盗版", within=only(uuid4())) == []


def test_the_database_holds_no_word_of_the_text():
    indexed("盗版光盘 warez")

    stored = db.session.execute(text("SELECT * FROM search_entry")).all()

    for word in ("盗版", "光盘", "warez"):
        assert word not in repr(stored)


@pytest.mark.parametrize("newest", [0, 2])
def test_a_word_that_is_rare_among_the_newest_is_found_among_the_older(monkeypatch, newest):
    monkeypatch.setattr(search, "NEWEST", newest)
    rare = [indexed("麒麟"), indexed("麒麟")]
    for _ in range(3):
        indexed("盗版")

    assert found("麒麟") == rare[::-1]


def test_a_site_may_switch_narrative_search_off(monkeypatch):
    subject_id = indexed("盗版光盘")
    monkeypatch.setattr(
        search, "settings", lambda: settings().model_copy(update={"narrative_search": False})
    )

    assert found("盗版") == []
    index_text(db.session(), subject_id, "盗版光盘")
    monkeypatch.undo()
    assert found("盗版") == []
