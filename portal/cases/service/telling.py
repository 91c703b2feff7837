"""Telling the reporters of a case who has it now, in the words of the place (F9)."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select

from portal.audit.trail import record
from portal.cases.models import Case, CaseReport
from portal.cases.states import CaseLeadAction
from portal.casework.service.in_hand import write
from portal.infra.uow import UnitOfWork
from portal.intake.models import MessageKind, Report, Stream
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import NoticeEvent, Recipient
from portal.triage.relations import list_following

TOLD: Final = "report.told-of-case"

_NOTICES: Final[Mapping[CaseLeadAction, NoticeEvent]] = {
    CaseLeadAction.DISPUTE: NoticeEvent.TRANSFER_DISPUTED,
    CaseLeadAction.KEEP: NoticeEvent.TRANSFER_KEPT,
    CaseLeadAction.ACCEPT: NoticeEvent.TRANSFER_ACCEPTED,
}


def reports_of(uow: UnitOfWork, case: Case) -> list[Report]:
    """The reports of a case that its unit has, and those merged into one of them, locked."""
    wanted = (
        select(Report)
        .join(CaseReport, CaseReport.report_id == Report.id)
        .where(
            CaseReport.case_id == case.id,
            CaseReport.left_at.is_(None),
            Report.department_code == case.department_code,
        )
        .order_by(Report.id)
        .with_for_update(of=Report)
    )
    own = list(uow.session.scalars(wanted))
    found = {one.id: one for one in own}
    for report in own:
        found.update((one.id, one) for one in list_following(uow, report))
    return list(found.values())


def tell_of_offer(uow: UnitOfWork, case: Case, action: CaseLeadAction) -> None:
    """Tell each reporter what an action on the offer of a case means, if the place says it.

    No date is named: what each was promised stays as it was.
    """
    event = _NOTICES.get(action)
    if event is None:
        return
    notice = current_place().notices.get((event, Recipient.OTHER_REPORTERS))
    if notice is None:
        return
    for report in reports_of(uow, case):
        if report.stream is Stream.REPORTED:
            put_notice(uow, case, report, notice.sentence.in_(report.language), event=event)


def put_notice(uow: UnitOfWork, case: Case, report: Report, text: str, **of: str) -> None:
    """Put a notice into the thread of a report; the trail says of which case, and `of` what.

    Nothing once the contents of the report are destroyed.
    """
    if report.content_key is not None:
        write(uow, report, MessageKind.NOTICE, text)
        record(uow, TOLD, "report", report.id, number=case.number, **of)
