"""Pages by key: what a window gives, whichever way it looks and however many rows are equal."""

from datetime import date
from itertools import pairwise

import pytest
from sqlalchemy import select

from portal.infra.database import db
from portal.infra.keyset import in_window
from portal.intake.models import Report
from portal.kernel.page import Window, page_of
from tests.factories.intake import make_report

pytestmark = pytest.mark.usefixtures("app")


def page(window, *, newest_first):
    asked = in_window(
        select(Report), window, Report.next_due_on, Report.id, newest_first=newest_first
    )
    rows = db.session.scalars(asked).all()
    return page_of(rows, window, lambda one: (one.next_due_on.toordinal(), one.id))


@pytest.mark.parametrize("newest_first", [False, True])
def test_pages_on_and_back_show_every_row_once_in_one_order(newest_first):
    days = (1, 1, 1, 2, 3, 3, 4)
    made = [make_report() for _day in days]
    for report, day in zip(made, days, strict=True):
        report.next_due_on = date(2026, 1, day)
    db.session.commit()

    there, window = [], Window(limit=2)
    while True:
        found = page(window, newest_first=newest_first)
        there.append(found)
        if found.after is None:
            break
        window = Window(found.after, limit=2)
    back = [
        page(Window(one.before, backwards=True, limit=2), newest_first=newest_first)
        for one in there[1:]
    ]

    keys = [(one.next_due_on, one.id) for found in there for one in found.items]
    assert keys == sorted(keys, reverse=newest_first)
    assert len(set(keys)) == len(made)
    assert [found.items for found in back] == [first.items for first, _next in pairwise(there)]


@pytest.mark.parametrize("number", [-5, 0, 10**18])
def test_any_number_out_of_an_address_is_some_day(number):
    report = make_report()

    found = page(Window((number, report.id)), newest_first=False)

    assert found.items == ((report,) if number <= 0 else ())
