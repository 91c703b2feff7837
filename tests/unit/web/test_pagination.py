"""Keyset pages: nothing twice, nothing left out, and no cursor but our own."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from werkzeug.exceptions import BadRequest

from portal.kernel.page import Window, page_of
from portal.web.pagination import decode_cursor, encode_cursor

KEY = (datetime(2026, 11, 22, 8, 30, tzinfo=UTC), UUID(int=7), 3, "东城区")
KINDS = (datetime, UUID, int, str)


def read(rows, window):
    """What a query with keyset paging gives for ascending numbers."""
    if window.backwards:
        return [row for row in reversed(rows) if row < window.key[0]][: window.fetch]
    after = window.key[0] if window.key else -1
    return [row for row in rows if row > after][: window.fetch]


@pytest.mark.parametrize("total", range(12))
def test_walking_forwards_and_back_shows_each_row_once(total):
    rows = list(range(total))
    window, seen, last = Window(limit=3), [], None
    while True:
        page = page_of(read(rows, window), window, lambda row: (row,))
        seen += page.items
        last = page
        if page.after is None:
            break
        window = Window(page.after, limit=3)
    assert seen == rows

    back = list(last.items)
    while last.before is not None:
        window = Window(last.before, backwards=True, limit=3)
        last = page_of(read(rows, window), window, lambda row: (row,))
        back = [*last.items, *back]
    assert back == rows


def test_a_cursor_gives_back_the_key_it_was_made_of():
    assert decode_cursor(encode_cursor(KEY), KINDS) == KEY


def text_of(json: str) -> str:
    return urlsafe_b64encode(json.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "!!!!",
        "a" * 513,
        "é",
        text_of("{}"),
        text_of("[]"),
        text_of('["2026-11-22T08:30:00", "00000000-0000-0000-0000-000000000007", 3, "x"]'),
        text_of('["2026-11-22T08:30:00+00:00", "7", 3, "x"]'),
        text_of('["2026-11-22T08:30:00+00:00", "00000000-0000-0000-0000-000000000007", true, "x"]'),
        text_of('["2026-11-22T08:30:00+00:00", "00000000-0000-0000-0000-000000000007", 1e9, "x"]'),
        text_of(f'["2026-11-22T08:30:00+00:00", "{uuid4()}", 99999999999999999999, "x"]'),
        text_of(f'["2026-11-22T08:30:00+00:00", "{uuid4()}", 3, "\\u0000"]'),
        text_of(f'["2026-11-22T08:30:00+00:00", "{uuid4()}", 3, "\\ud800"]'),
        text_of(f'["0001-01-01T00:00:00+14:00", "{uuid4()}", 3, "x"]'),
        text_of(f'["9999-12-31T23:59:59-14:00", "{uuid4()}", 3, "x"]'),
        text_of("[" * 200),
    ],
)
def test_any_other_cursor_is_refused(cursor):
    with pytest.raises(BadRequest):
        decode_cursor(cursor, KINDS)
