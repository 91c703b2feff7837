"""What the party and those who were told of its counter-notice learn of what became of it."""

from typing import Final

from sqlalchemy import select

from portal.cases.models import Case
from portal.counter_notices.models import CounterNotice, CounterNoticeComplaint
from portal.decisions.service.telling import tell
from portal.infra.uow import UnitOfWork
from portal.jurisdiction.tables import NoticeEvent, Recipient
from portal.rights_holders.models import Complaint

_OF_PARTIES: Final = (Recipient.THE_PARTY, Recipient.OTHER_PARTIES)


def tell_of(uow: UnitOfWork, case: Case, notice: CounterNotice, event: NoticeEvent) -> None:
    """Tell the party, and each of those who complained and were told of the counter-notice."""
    reports = uow.session.scalars(
        select(Complaint.report_id)
        .join(CounterNoticeComplaint, CounterNoticeComplaint.complaint_id == Complaint.id)
        .where(CounterNoticeComplaint.notice_id == notice.id)
    ).all()
    tell(uow, case, event, party=notice.party_id)
    for report in reports:
        tell(uow, case, event, report=report, leave_out=_OF_PARTIES)
