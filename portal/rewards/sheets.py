"""The statement of a fund to take along: its movements as a sheet, its accounts as a paper."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from flask_babel import force_locale, format_date, gettext

from portal.infra.typesetting import typeset
from portal.papers.sheets import LOCALES, word
from portal.rewards.ledger.queries import Statement
from portal.web.templating import show_money as money

TEMPLATE: Final = Path(__file__).with_name("statement.typ")
# By this mark spreadsheets know that the Chinese in a sheet is UTF-8.
_MARK: Final = "\ufeff"


def rows_of(lines: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """The lines of a sheet as CSV, one by one; its cells are harmless already."""
    yield _MARK
    for line in lines:
        row = io.StringIO()
        csv.writer(row).writerow(line)
        yield row.getvalue()


def statement_pdf(statement: Statement, language: str) -> bytes:
    """The statement as PDF/A-2a and PDF/UA-1."""
    with force_locale(LOCALES[language]):
        content = _content(statement, language)
    return typeset(TEMPLATE, content, archive=True)


def _content(statement: Statement, language: str) -> dict[str, object]:
    fund, day = statement.fund, statement.last
    first, last = format_date(statement.first), format_date(statement.last)
    return {
        "lang": "en" if language == "en" else "zh",
        "title": gettext("Statement: %(name)s", name=fund.name.in_(language)),
        "day": [day.year, day.month, day.day],
        "head": [
            [gettext("Code"), fund.code],
            [gettext("Period"), gettext("%(first)s to %(last)s", first=first, last=last)],
            [gettext("Currency"), fund.currency],
        ],
        "columns": [
            gettext("Account of the fund"),
            gettext("Before"),
            gettext("Came in"),
            gettext("Went out"),
            gettext("After"),
        ],
        "rows": [
            [
                word(flow.account),
                *(
                    money(one, fund.currency)
                    for one in (flow.before, flow.came, flow.went, flow.after)
                ),
            ]
            for flow in statement.flows
        ],
        "note": gettext("All accounts together come to nothing: what one gave another has."),
        "years_title": gettext("Free in the budget lines"),
        "years": [[str(one.year), money(one.free, fund.currency)] for one in statement.years],
    }
