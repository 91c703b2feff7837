"""Every night: sealed identities whose own time is over are destroyed, unless a hold keeps them."""

from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select, text

from portal.cases.models import Case
from portal.disposal.models import HAS_IDENTITY, RetentionItem
from portal.disposal.queries.terms import is_held, kept_reports
from portal.disposal.service.destroying import lock_record
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.forgetting import destroy_identity
from portal.intake.models import Report
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor

BATCH: Final = 200


def erase_old_identities(*, actor: Actor) -> int:
    """Destroy the identities that the schedule gives less time than their reports; return how many.

    Safe to run late and twice. One that is held, or whose report has come back to life, stays.
    """
    today, erased = local_date(current_place(), datetime.now(UTC)), 0
    while True:
        found = db.session.scalars(_due(today).limit(BATCH)).all()
        erased += sum(_erase(item_id, today, actor) for item_id in found)
        if len(found) < BATCH:
            return erased


def _due(today: date) -> Select[UUID]:
    return (
        select(RetentionItem.id)
        .join(Report, Report.id == RetentionItem.report_id)
        .outerjoin(Case, Case.id == RetentionItem.case_id)
        .where(text(HAS_IDENTITY), RetentionItem.identity_on <= today, ~is_held())
        .order_by(RetentionItem.identity_on, RetentionItem.id)
    )


def _erase(item_id: UUID, today: date, actor: Actor) -> bool:
    """Destroy one, unless by now it is not to be: then its row says when, if ever."""
    with unit_of_work(actor) as uow:
        item = uow.session.get(RetentionItem, item_id, with_for_update=True)
        if item is None or item.report_id is None or item.identity_on is None:
            return False
        report = lock_record(uow, item)
        if uow.session.scalar(_due(today).where(RetentionItem.id == item.id)) is None:
            return False
        terms = kept_reports(uow.session, {report.id})[report.id].terms
        item.identity_on = terms.identity_on if terms else None
        if item.identity_on is None or item.identity_on > today:
            return False
        item.identity_on = None
        return isinstance(report, Report) and destroy_identity(uow, report, reason="schedule")
