"""Legal holds, and until when a record is kept."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Row, Select, or_, select, text
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, may
from portal.accounts.models import Account
from portal.cases.models import Case
from portal.cases.queries import access as cases
from portal.casework.queries.filters import Viewpoint
from portal.disposal.models import LegalHold, RetentionItem, words_context
from portal.disposal.rules import FOR_GOOD
from portal.infra.keyset import in_window
from portal.infra.vault import ContentKey, EnvelopeBroken
from portal.intake import queries as reports
from portal.intake.models import Report
from portal.jurisdiction.tables import RecordKind
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of

HOLDS_KEY: Final = (int, UUID)
IS_LIVE: Final = "legal_hold.lifted_at IS NULL"


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A hold that keeps a record; `words` that went with older ones of the record are empty."""

    id: UUID
    record: RecordKind
    name: str
    basis: str = field(repr=False)
    reason: str = field(repr=False)
    until_on: date
    overdue: bool
    placed_at: datetime
    by: str = field(repr=False)
    own: bool


@dataclass(frozen=True, slots=True)
class Keeping:
    """Until when a record is kept, and what keeps it beyond that."""

    hold: HoldLine | None
    due_on: date | None
    for_good: bool
    may_hold: bool


def key_of(target: Report | Case) -> ContentKey:
    """The key everything of the record is encrypted under."""
    return reports.key_of(target) if isinstance(target, Report) else cases.key_of(target)


def get_hold(
    session: Session, hold_id: UUID, actor: Actor, *, for_update: bool = False
) -> tuple[LegalHold, Report | Case]:
    """A live hold and its record; NotFound for any other, and out of the actor's scope.

    To change it both are locked, the record first, as whoever destroys it does.
    """
    hold = session.get(LegalHold, hold_id)
    if hold is None:
        raise NotFound("hold")
    target = _target(session, hold, actor, for_update=for_update)
    if for_update:
        session.refresh(hold, with_for_update=True)
    if hold.lifted_at is not None:
        raise NotFound("hold")
    return hold, target


def _target(session: Session, hold: LegalHold, actor: Actor, *, for_update: bool) -> Report | Case:
    report = select(Report).where(Report.id == hold.report_id, reports.in_scope(actor))
    case = select(Case).where(Case.id == hold.case_id, cases.in_scope(actor))
    found: Report | Case | None
    if hold.report_id is not None:
        found = session.scalar(report.with_for_update() if for_update else report)
    else:
        found = session.scalar(case.with_for_update() if for_update else case)
    if found is None:
        raise NotFound("hold")
    return found


def list_holds(session: Session, view: Viewpoint, window: Window) -> Page[HoldLine]:
    """The holds there are, those to be looked at first in front."""
    seen = or_(reports.in_scope(view.actor), cases.in_scope(view.actor))
    asked = _holds(view).where(text(IS_LIVE), seen)
    rows = session.execute(in_window(asked, window, LegalHold.until_on, LegalHold.id)).all()
    page = page_of(rows, window, lambda row: (row[0].until_on.toordinal(), row[0].id))
    return Page(tuple(_line(row, view) for row in page.items), page.after, page.before)


def _holds(view: Viewpoint) -> Select[LegalHold, str, Report, Case, bool]:
    person = select(Account.person_id).where(Account.id == view.actor.id).scalar_subquery()
    own = (LegalHold.placed_person == person).label("own")
    return (
        select(LegalHold, Account.display_name, Report, Case, own)
        .join(Account, Account.id == LegalHold.placed_by)
        .outerjoin(Report, Report.id == LegalHold.report_id)
        .outerjoin(Case, Case.id == LegalHold.case_id)
    )


def _line(row: Row[LegalHold, str, Report, Case, bool], view: Viewpoint) -> HoldLine:
    hold, by, report, case, own = row
    of_report = hold.report_id is not None
    said = _words(hold, report if of_report else case)
    return HoldLine(
        id=hold.id,
        record=RecordKind.REPORT if of_report else RecordKind.CASE,
        name=report.reference if of_report else case.number,
        basis=said.get("basis", ""),
        reason=said.get("reason", ""),
        until_on=hold.until_on,
        overdue=hold.until_on < view.today,
        placed_at=hold.placed_at,
        by=by,
        own=bool(own),
    )


def _words(hold: LegalHold, target: Report | Case) -> dict[str, str]:
    try:
        said: dict[str, str] = key_of(target).decrypt_json(hold.words, words_context(hold.id))
    except EnvelopeBroken:
        return {}
    return said


def get_hold_line(session: Session, hold_id: UUID, view: Viewpoint) -> HoldLine:
    """A live hold in the reader's scope, for its page."""
    hold, _target_of = get_hold(session, hold_id, view.actor)
    return _line(session.execute(_holds(view).where(LegalHold.id == hold.id)).one(), view)


def keeping_of(
    session: Session,
    record: RecordKind,
    record_id: UUID,
    view: Viewpoint,
    *,
    held: bool,
    ended: bool,
) -> Keeping:
    """What the page of a record says about its time: one statement for each thing it may say."""
    own = LegalHold.report_id if record is RecordKind.REPORT else LegalHold.case_id
    item = RetentionItem.report_id if record is RecordKind.REPORT else RetentionItem.case_id
    hold = None
    if held:
        row = session.execute(_holds(view).where(text(IS_LIVE), own == record_id)).first()
        hold = _line(row, view) if row is not None else None
    due = session.scalar(select(RetentionItem.due_on).where(item == record_id)) if ended else None
    kept = due == FOR_GOOD
    may_hold = may(view.actor, Permission.DISPOSE_RECORDS)
    return Keeping(hold, None if kept else due, kept, may_hold)


def kept_until(session: Session, reference: str) -> date | None:
    """The day until which the report of a reporter is kept, once that is settled."""
    wanted = (
        select(RetentionItem.due_on)
        .join(Report, Report.id == RetentionItem.report_id)
        .where(Report.reference == reference, RetentionItem.due_on < FOR_GOOD)
    )
    return session.scalar(wanted)
