"""Whose result a reporter contests: it is for somebody else to look at again (F11)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.intake.models import Message, MessageKind, Report
from portal.kernel.actor import Actor


def contests_result_of(session: Session, report: Report, actor: Actor) -> bool:
    """Whether the reporter contests what this person said, from whichever account."""
    if report.contested_result == 0:
        return False
    person = select(Account.person_id).where(Account.id == actor.id).scalar_subquery()
    wanted = (
        select(Message.id)
        .join(Account, Account.id == Message.account_id)
        .where(
            Message.report_id == report.id,
            Message.kind == MessageKind.ANSWER,
            Message.result_number == report.contested_result,
            Account.person_id == person,
        )
    )
    return session.scalar(wanted.limit(1)) is not None
