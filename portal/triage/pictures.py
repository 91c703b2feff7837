"""Comparing a picture with all others once it is known how it looks."""

from uuid import UUID

from portal.infra.uow import unit_of_work
from portal.intake.models import Report, ReportFile
from portal.kernel.actor import Actor
from portal.triage.offers import offer_pictures


def compare_picture(evidence_id: UUID, *, actor: Actor) -> None:
    """Offer to each other the reports whose pictures look alike.

    Safe to run twice: what is offered already is not offered again. A picture that waits with a
    draft belongs to no report yet; it is compared when its report is triaged.
    """
    with unit_of_work(actor) as uow:
        link = uow.session.get(ReportFile, evidence_id)
        if link is not None:
            report = uow.session.get_one(Report, link.report_id, with_for_update=True)
            offer_pictures(uow, report, [evidence_id])
