"""Who reported, sealed the moment it comes in; nothing here can open it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from portal.custody.queries import group_keys
from portal.custody.sealing import seal_record
from portal.custody.service.rewrapping import SealedTable, keep_under_newest
from portal.intake.models import ReporterIdentity


def identity_context(report_id: UUID) -> str:
    """The one place a sealed identity may stand in."""
    return f"reporter_identity:{report_id}"


def sealed_identity(report_id: UUID, given: Mapping[str, str], at: datetime) -> ReporterIdentity:
    """The fields that were filled in, sealed to both groups of custodians."""
    sealed = seal_record(given, group_keys(), identity_context(report_id))
    return ReporterIdentity(
        report_id=report_id,
        body=sealed.body,
        wrap=sealed.wrap,
        key_version=sealed.key_version,
        wrap_version=sealed.wrap_version,
        fields=sorted(given),
        sealed_at=at,
    )


keep_under_newest(SealedTable(ReporterIdentity.report_id, identity_context))
