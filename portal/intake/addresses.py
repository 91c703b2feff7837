"""Where a reporter wants to be written to: sealed to the post, read by the letter that goes out."""

import re
from typing import Final
from uuid import UUID

from sqlalchemy import delete

from portal.custody.service.post import AddressTable, has_post, seal_address
from portal.custody.service.rewrapping import keep_under_newest
from portal.infra.config import settings
from portal.infra.database import db
from portal.infra.erasures import ErasureKind, note_erasure
from portal.infra.uow import UnitOfWork
from portal.intake.models import ContactMode, Report, ReporterMail
from portal.kernel.errors import RuleBroken

# One plain address: no second one, no name beside it, nothing a header could be broken with.
_USABLE: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
)


def is_usable(address: str) -> bool:
    """Whether letters can be sent to what somebody typed."""
    return _USABLE.fullmatch(address) is not None


def can_be_written_to() -> bool:
    """Whether this installation sends letters and has a post to seal addresses to."""
    return bool(settings().mail_url) and has_post(db.session())


def keep_address(uow: UnitOfWork, report: Report, address: str) -> None:
    """Keep the address for letters that there is news; refuse one that cannot be used.

    An anonymous report has none, and where there is no post nothing is kept.
    """
    if report.contact_mode is ContactMode.ANONYMOUS or not address:
        return
    if not is_usable(address):
        raise RuleBroken("mail-address-unusable")
    sealed = seal_address(uow.session, address, address_place(report.id))
    if sealed is not None:
        uow.insert(
            ReporterMail(
                report_id=report.id,
                key_id=sealed.key_id,
                address=sealed.address,
                language=report.language,
                kept_at=uow.now,
            )
        )


def stop_letters(uow: UnitOfWork, report_id: UUID) -> bool:
    """Destroy the address for letters; whether there was one."""
    gone = uow.session.execute(
        delete(ReporterMail)
        .where(ReporterMail.report_id == report_id)
        .returning(ReporterMail.report_id)
        .execution_options(synchronize_session="fetch")
    )
    if gone.first() is None:
        return False
    note_erasure(uow, ErasureKind.ADDRESS, report_id)
    return True


def address_place(report_id: UUID) -> str:
    """The one place a sealed address may stand in."""
    return f"sunline/reporter_mail/1/{report_id}"


keep_under_newest(AddressTable(ReporterMail.report_id, address_place))
