"""Nothing is owned by a closed account: open work goes on with somebody else (U14)."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import select, text

from portal.accounts.models import Account
from portal.audit.trail import advance, record
from portal.casework.rules import keeps_work
from portal.casework.service.holding import holder
from portal.casework.service.in_hand import touch
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.lead_models import Lead
from portal.intake.models import IS_OPEN, Report
from portal.intake.states import OPEN_STATES, LeadAction, LeadState
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken

AT_ONCE: Final = 200


def give_work_away(account_id: UUID, *, actor: Actor) -> None:
    """Give what an account has open and may not work on any more to whoever stands in, or nobody.

    Safe to run twice, and to be interrupted: a report that has somebody else by now is left alone.
    """
    for batch in _batches(account_id):
        with unit_of_work(actor, more_to_come=True) as uow:
            for report_id in batch:
                let_go(uow, uow.session.get(Report, report_id, with_for_update=True))
    with unit_of_work(actor) as uow:
        _release_leads(uow, account_id)


def give_lost_work_away(*, actor: Actor) -> int:
    """Do so for every closed account that has anything open still; return how many had.

    For reports that were on their way when the account was closed. Safe to run at any time.
    """
    closed = select(Account.id).where(Account.disabled_at.is_not(None))
    owners = db.session.scalars(
        select(Report.handler_id).where(text(IS_OPEN), Report.handler_id.in_(closed)).distinct()
    ).all()
    for owner in owners:
        if owner is not None:
            give_work_away(owner, actor=actor)
    return len(owners)


def _release_leads(uow: UnitOfWork, account_id: UUID) -> None:
    """Put back what the account has taken of its unit's leads and may not look into any more."""
    before = uow.session.get_one(Account, account_id)
    taken = select(Lead).where(Lead.taken_by == account_id, Lead.state == LeadState.TAKEN)
    for lead in uow.session.scalars(taken.order_by(Lead.id).with_for_update()).all():
        if keeps_work(
            before.disabled_at is None, before.roles, before.department, lead.department_code
        ):
            continue
        lead.taken_by, lead.changed_at = None, uow.now
        advance(uow, lead, LeadAction.RELEASE, taken_before=account_id.hex)


def let_go(uow: UnitOfWork, report: Report | None) -> None:
    """Take an open report from an account that may not work on it any more."""
    if report is None or report.handler_id is None or report.state not in OPEN_STATES:
        return
    before = uow.session.get_one(Account, report.handler_id)
    if keeps_work(
        before.disabled_at is None, before.roles, before.department, report.department_code
    ):
        return
    report.handler_id = _stand_in(uow, before, report)
    after = report.handler_id.hex if report.handler_id else None
    record(
        uow,
        "report.let-go",
        "report",
        report.id,
        handler_before=before.id.hex,
        handler=after,
    )
    touch(uow, report)


def _stand_in(uow: UnitOfWork, gone: Account, report: Report) -> UUID | None:
    """Whoever stands in for somebody who is away, if they can have the report."""
    try:
        given = holder(uow, report, gone.id)
    except RuleBroken:
        return None
    return given.id if given.id != gone.id else None


def _batches(account_id: UUID) -> Iterator[list[UUID]]:
    """The open reports of an account; what it may keep is looked at once and left."""
    last: UUID | None = None
    while True:
        wanted = select(Report.id).where(text(IS_OPEN), Report.handler_id == account_id)
        if last is not None:
            wanted = wanted.where(Report.id > last)
        batch = list(db.session.scalars(wanted.order_by(Report.id).limit(AT_ONCE)))
        if not batch:
            return
        yield batch
        last = batch[-1]
