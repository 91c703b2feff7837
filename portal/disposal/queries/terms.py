"""How long records are kept by the schedule of today, and what stands against destroying them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.audit.models import AuditEvent
from portal.cases.chain_models import CaseLead
from portal.cases.models import Case, CaseReport
from portal.cases.states import LEADS_THAT_WAIT, CaseLeadState, CaseState
from portal.decisions.models import Review
from portal.decisions.states import ReviewState
from portal.disposal.models import RetentionItem
from portal.disposal.rules import Ended, Terms, terms_of
from portal.disposal.states import NotDisposed
from portal.intake.models import Author, ContactMode, Message, Report
from portal.intake.rules import local_date
from portal.intake.states import OPEN_STATES
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import RecordKind
from portal.rewards.payment.queries.waiting import waits_for_reward

REPORT_ENDS: Final = ("report.close", "report.close_unrouted", "report.decline")
CASE_ENDS: Final = ("case.close", "case.drop")
_LEADS: Final = (*LEADS_THAT_WAIT, CaseLeadState.DISPUTED)
_REVIEWS: Final = (ReviewState.FILED, ReviewState.ADMITTED)


@dataclass(frozen=True, slots=True)
class Kept:
    """The unit that has a record, and how long it is kept; no terms for one that has not ended."""

    department: str | None
    terms: Terms | None


def kept_reports(session: Session, ids: Collection[UUID]) -> Mapping[UUID, Kept]:
    """The terms of reports; one of a case is kept as long as its case."""
    rows = session.execute(
        select(
            *(Report.id, Report.state, Report.kind, Report.close_reason, Report.decline_reason),
            *(Report.received_at, Report.changed_at, Report.contact_mode, Report.department_code),
            CaseReport.case_id,
        )
        .outerjoin(
            CaseReport, and_(CaseReport.report_id == Report.id, CaseReport.left_at.is_(None))
        )
        .where(Report.id.in_(ids))
    ).all()
    ends, words = _ended_at(session, ids, REPORT_ENDS), _last_words(session, ids)
    cases = _ended_cases(session, {row.case_id for row in rows if row.case_id is not None})
    return {
        row.id: Kept(
            row.department_code,
            None
            if row.state in OPEN_STATES
            else _terms(
                cases.get(row.case_id)
                if row.case_id is not None
                else Ended(
                    record=RecordKind.REPORT,
                    kinds=frozenset({str(row.kind)}),
                    ending=row.close_reason or row.decline_reason or "",
                    received_on=_day(row.received_at),
                    closed_on=_day(ends.get(row.id, row.changed_at)),
                ),
                words.get(row.id),
                named=row.contact_mode is not ContactMode.ANONYMOUS,
            ),
        )
        for row in rows
    }


def kept_cases(session: Session, ids: Collection[UUID]) -> Mapping[UUID, Kept]:
    """The terms of cases."""
    units = session.execute(select(Case.id, Case.department_code).where(Case.id.in_(ids))).all()
    ended = _ended_cases(session, ids)
    return {row.id: Kept(row.department_code, _terms(ended.get(row.id))) for row in units}


def _terms(
    ended: Ended | None, last_word: datetime | None = None, *, named: bool = False
) -> Terms | None:
    if ended is None:
        return None
    said_on = _day(last_word) if last_word else None
    known = Ended(
        ended.record, ended.kinds, ended.ending, ended.received_on, ended.closed_on, said_on, named
    )
    return terms_of(current_place().retention, known)


def _ended_cases(session: Session, ids: Collection[UUID]) -> Mapping[UUID, Ended]:
    """What the schedule asks about the cases among these that are closed."""
    if not ids:
        return {}
    rows = session.execute(
        select(Case.id, Case.ending, Case.opened_at, Case.changed_at).where(
            Case.id.in_(ids), Case.state == CaseState.CLOSED
        )
    ).all()
    ends, kinds = _ended_at(session, ids, CASE_ENDS), _kinds_of(session, ids)
    return {
        row.id: Ended(
            record=RecordKind.CASE,
            kinds=frozenset(kinds.get(row.id, ())),
            ending=str(row.ending or ""),
            received_on=_day(row.opened_at),
            closed_on=_day(ends.get(row.id, row.changed_at)),
        )
        for row in rows
    }


def _kinds_of(session: Session, ids: Collection[UUID]) -> Mapping[UUID, set[str]]:
    rows = session.execute(
        select(CaseReport.case_id, Report.kind)
        .join(Report, Report.id == CaseReport.report_id)
        .where(CaseReport.case_id.in_(ids), CaseReport.left_at.is_(None))
        .distinct()
    )
    found: dict[UUID, set[str]] = {}
    for case_id, kind in rows:
        found.setdefault(case_id, set()).add(str(kind))
    return found


def _ended_at(
    session: Session, ids: Collection[UUID], actions: Sequence[str]
) -> Mapping[UUID | None, datetime]:
    """When each of these last came to its end, as the trail has it."""
    wanted = (
        select(AuditEvent.subject_id, func.max(AuditEvent.at))
        .where(AuditEvent.subject_id.in_(ids), AuditEvent.action.in_(actions))
        .group_by(AuditEvent.subject_id)
    )
    return dict(session.execute(wanted).all())


def _last_words(session: Session, ids: Collection[UUID]) -> Mapping[UUID, datetime]:
    wanted = (
        select(Message.report_id, func.max(Message.sent_at))
        .where(Message.report_id.in_(ids), Message.author == Author.REPORTER)
        .group_by(Message.report_id)
    )
    return dict(session.execute(wanted).all())


def _day(at: datetime) -> date:
    return local_date(current_place(), at)


# --- What stands against it ----------------------------------------------------------------------


def find_obstacles(
    session: Session, items: Iterable[RetentionItem], today: date
) -> Mapping[UUID, NotDisposed]:
    """Why each of these is not destroyed now, in a fixed number of statements."""
    listed = list(items)
    ids = [item.id for item in listed]
    kept = {
        **kept_reports(session, {item.report_id for item in listed if item.report_id}),
        **kept_cases(session, {item.case_id for item in listed if item.case_id}),
    }
    held, waited = _where(session, ids, is_held()), _where(session, ids, _is_waited_for())
    found: dict[UUID, NotDisposed] = {}
    for item in listed:
        why = _obstacle(item, kept, today)
        if item.id in held:
            why = NotDisposed.HELD
        elif why is None and item.id in waited:
            why = NotDisposed.OTHERS_WAIT
        if why is not None:
            found[item.id] = why
    return found


def _obstacle(item: RetentionItem, kept: Mapping[UUID, Kept], today: date) -> NotDisposed | None:
    record = item.report_id or item.case_id
    terms = kept[record].terms if record and record in kept else None
    if terms is None:
        return NotDisposed.OPEN_AGAIN
    return NotDisposed.NOT_DUE if terms.due_on > today else None


def _where(session: Session, ids: Sequence[UUID], condition: ColumnElement[bool]) -> set[UUID]:
    wanted = (
        select(RetentionItem.id)
        .outerjoin(Report, Report.id == RetentionItem.report_id)
        .outerjoin(Case, Case.id == RetentionItem.case_id)
        .where(RetentionItem.id.in_(ids), condition)
    )
    return set(session.scalars(wanted))


def is_held() -> ColumnElement[bool]:
    """Whether a legal hold keeps the record, the case a report is in, or a report of a case."""
    link, case = aliased(CaseReport), aliased(Case)
    back, report = aliased(CaseReport), aliased(Report)
    in_held_case = exists().where(
        link.report_id == RetentionItem.report_id,
        link.left_at.is_(None),
        case.id == link.case_id,
        case.held_at.is_not(None),
    )
    has_held_report = exists().where(
        back.case_id == RetentionItem.case_id,
        back.left_at.is_(None),
        report.id == back.report_id,
        report.held_at.is_not(None),
    )
    own = or_(Report.held_at.is_not(None), Case.held_at.is_not(None))
    return or_(own, in_held_case, has_held_report)


def _is_waited_for() -> ColumnElement[bool]:
    """Whether others need it: reports merged into it, a unit, a reviewer, the police, a payment."""
    follower, link, report = aliased(Report), aliased(CaseReport), aliased(Report)
    followed = exists().where(
        follower.merged_into == RetentionItem.report_id, follower.state.in_(OPEN_STATES)
    )
    lead = exists().where(CaseLead.case_id == RetentionItem.case_id, CaseLead.state.in_(_LEADS))
    review = exists().where(Review.case_id == RetentionItem.case_id, Review.state.in_(_REVIEWS))
    unanswered = exists().where(
        link.case_id == RetentionItem.case_id,
        link.left_at.is_(None),
        report.id == link.report_id,
        report.state.in_(OPEN_STATES),
    )
    above = or_(Case.supervised_at.is_not(None), Case.referred_at.is_not(None))
    reward = waits_for_reward(RetentionItem.report_id, RetentionItem.case_id)
    return or_(followed, lead, review, unanswered, above, reward)
