"""Destroying the sealed name and contact of a reporter; the report goes on as an anonymous one."""

from sqlalchemy import delete

from portal.audit.trail import record
from portal.custody.service.openings import end_openings
from portal.infra.erasures import ErasureKind, note_erasure
from portal.infra.uow import UnitOfWork
from portal.intake.addresses import stop_letters
from portal.intake.models import ContactMode, Report, ReporterIdentity


def destroy_identity(uow: UnitOfWork, report: Report, *, reason: str | None = None) -> bool:
    """Destroy what is sealed of a report, which the caller has locked; False if there is nothing.

    `reason` is a code, for what its reporter has not asked for.
    """
    kept = uow.session.get(ReporterIdentity, report.id)
    if kept is None:
        return False
    fields = ",".join(kept.fields)
    end_openings(uow, report.id)  # first: whoever releases locks the request, then what is sealed
    note_erasure(uow, ErasureKind.IDENTITY, report.id)
    uow.session.execute(delete(ReporterIdentity).where(ReporterIdentity.report_id == report.id))
    report.contact_mode = ContactMode.ANONYMOUS
    report.changed_at = uow.now
    action = "identity.erase" if reason is None else "identity.destroy"
    record(uow, action, "report", report.id, fields=fields, reason=reason)
    stop_letters(uow, report.id)
    return True
