"""Destroying one record: its keys and all that could find it; what is left is its tombstone."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.audit.trail import advance, record
from portal.cases.models import Case, CaseReport
from portal.cases.service.erasure import destroy_case
from portal.casework.service.erasure import destroy_report
from portal.counter_notices.service.erasure import destroy_counter_notices
from portal.decisions.service.erasure import destroy_party_pages
from portal.disposal.models import DisposalList, RetentionItem
from portal.disposal.queries.terms import find_obstacles
from portal.disposal.service.deciding import put_back
from portal.disposal.states import DisposalAction, DisposalState
from portal.hosts.service.erasure import destroy_online
from portal.infra.erasures import ErasureKind, note_erasure
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.models import Report
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.papers.service.erasure import destroy_bound
from portal.papers.service.of_reports import destroy_report_papers
from portal.rights_holders.service.erasure import forget_complaint
from portal.transfers.service.keeping import destroy_hand_overs, destroy_referrals


@dataclass(frozen=True, slots=True)
class Authority:
    """By what a record is destroyed: its series and days, its list, and the two who decided."""

    series: str
    starts_on: date
    due_on: date
    list_number: int
    proposed_by: UUID | None
    approved_by: UUID | None


def dispose_record(item_id: UUID, *, actor: Actor) -> None:
    """Destroy one record of an approved list, or put it back if something has come between.

    Safe to run twice: what is destroyed or put back is not approved any more. All of it is one
    transaction; a hold is placed before it or finds nothing left to hold.
    """
    with unit_of_work(actor) as uow:
        item = uow.session.get(RetentionItem, item_id, with_for_update=True)
        if item is None or item.state is not DisposalState.APPROVED:
            return
        target = lock_record(uow, item)
        today = local_date(current_place(), uow.now)
        why = find_obstacles(uow.session, [item], today).get(item.id)
        if why is not None:
            put_back(uow, item, why)
            return
        made = uow.session.get_one(DisposalList, item.list_id)
        said = item.series, item.starts_on, item.due_on, made.number
        authority = Authority(*said, made.proposed_by, made.decided_by)
        carry_out(uow, item, target, authority, DisposalAction.CARRY_OUT)


def lock_record(uow: UnitOfWork, item: RetentionItem) -> Report | Case:
    """The record, locked with what a hold on it may stand on: its case first, then the reports."""
    session = uow.session
    if item.case_id is not None:
        case = session.get_one(Case, item.case_id, with_for_update=True)
        held = select(CaseReport.report_id).where(
            CaseReport.case_id == case.id, CaseReport.left_at.is_(None)
        )
        wanted = select(Report.id).where(Report.id.in_(held)).order_by(Report.id)
        session.execute(wanted.with_for_update()).all()
        return case
    around = select(CaseReport.case_id).where(
        CaseReport.report_id == item.report_id, CaseReport.left_at.is_(None)
    )
    session.execute(select(Case.id).where(Case.id.in_(around)).with_for_update()).all()
    return session.get_one(Report, item.report_id, with_for_update=True)


def carry_out(
    uow: UnitOfWork,
    item: RetentionItem,
    target: Report | Case,
    by: Authority,
    action: DisposalAction,
) -> None:
    """Destroy the record and leave its tombstone; the ledger has it before the commit."""
    what = ErasureKind.REPORT if isinstance(target, Report) else ErasureKind.CASE
    note_erasure(uow, what, target.id, **_for_ledger(by))
    _keep_place_on_trail(uow, item, target.id)
    if isinstance(target, Report):
        destroy_hand_overs(uow, target.id)
        destroy_report_papers(uow, target.id)
        forget_complaint(uow, target.id)
        destroy_report(uow, target)
    else:
        destroy_bound(uow, target.id)
        destroy_counter_notices(uow, target.id)
        destroy_online(uow, target.id)
        destroy_party_pages(uow, target.id)
        destroy_referrals(uow, target.id)
        destroy_case(uow, target)
    item.series, item.starts_on, item.due_on = by.series, by.starts_on, by.due_on
    item.list_number = by.list_number
    item.proposed_by, item.approved_by = by.proposed_by, by.approved_by
    item.disposed_at, item.identity_on, item.put_back_because = uow.now, None, None
    advance(uow, item, action, list=by.list_number, series=by.series)
    record(uow, f"{what}.dispose", what, target.id, list=by.list_number, series=by.series)


def _for_ledger(by: Authority) -> dict[str, str]:
    """What a tombstone is made of again after a restore: codes, days and ids."""
    people = {"proposed_by": by.proposed_by, "approved_by": by.approved_by}
    known = {name: one.hex for name, one in people.items() if one is not None}
    days = {"starts_on": by.starts_on.isoformat(), "due_on": by.due_on.isoformat()}
    return {"series": by.series, "list": str(by.list_number), **days, **known}


def _keep_place_on_trail(uow: UnitOfWork, item: RetentionItem, record_id: UUID) -> None:
    """Note where the trail of the record ends: nothing before can be changed unseen."""
    wanted = select(AuditEvent.seq, AuditEvent.hash).where(AuditEvent.subject_id == record_id)
    last = uow.session.execute(wanted.order_by(AuditEvent.seq.desc()).limit(1)).first()
    if last is not None:
        item.trail_seq, item.trail_hash = last.seq, last.hash
