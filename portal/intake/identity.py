"""Who reported, sealed the moment it comes in; nothing here can open it."""

from collections.abc import Mapping
from uuid import UUID

from portal.custody.queries import group_keys
from portal.custody.sealing import seal_record
from portal.custody.service.rewrapping import SealedTable, keep_under_newest
from portal.infra.uow import UnitOfWork
from portal.intake.models import Report, ReporterIdentity


def identity_context(report_id: UUID) -> str:
    """The one place a sealed identity may stand in."""
    return f"reporter_identity:{report_id}"


def seal_identity(uow: UnitOfWork, report: Report, given: Mapping[str, str]) -> None:
    """Seal the fields that were filled in to both groups of custodians."""
    sealed = seal_record(given, group_keys(), identity_context(report.id))
    uow.insert(
        ReporterIdentity(
            report_id=report.id,
            body=sealed.body,
            wrap=sealed.wrap,
            key_version=sealed.key_version,
            wrap_version=sealed.wrap_version,
            fields=sorted(given),
            sealed_at=uow.now,
        )
    )


keep_under_newest(SealedTable(ReporterIdentity.report_id, identity_context))
