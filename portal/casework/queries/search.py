"""Searching what reports say, inside what the actor may see."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import CompoundSelect
from sqlalchemy.orm import Session

from portal.casework.queries.board import ReportLine, lines_of, report_rows
from portal.casework.queries.filters import Viewpoint
from portal.infra.search import candidates, matches
from portal.intake import queries as reports
from portal.intake.models import Report
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window

# The key of a page of findings: the last report that was looked at.
SEARCH_KEY = (UUID,)


def search_reports(
    session: Session, words: str, view: Viewpoint, window: Window
) -> Page[ReportLine]:
    """The reports that really say all of `words`, newest first; nothing tells of hidden ones.

    The index gives candidates in sight; each is decrypted and looked at.
    """
    sight = reports.in_sight(view.actor)
    within = reports.ids_in_sight(view.actor)
    found = _candidates(session, words, window, within)
    shown = found[: window.limit]
    rows = session.execute(report_rows(view.today).where(Report.id.in_(shown), sight)).all()
    said = reports.list_said(session, [row[0].id for row in rows])
    kept = [row for row in rows if matches(reports.words_of(row[0], said[row[0].id]), words)]
    kept.sort(key=lambda row: shown.index(row[0].id))
    more = len(found) > window.limit
    return Page(lines_of(kept, view), after=(shown[-1],) if more else None)


def _candidates(
    session: Session, words: str, window: Window, within: CompoundSelect[UUID]
) -> Sequence[UUID]:
    last = window.key[0] if window.key else None
    before = last if isinstance(last, UUID) else None
    try:
        return candidates(session, words, window.fetch, before, within)
    except NotFound:
        # The report that ended the page before was erased meanwhile: begin again.
        return candidates(session, words, window.fetch, None, within)
