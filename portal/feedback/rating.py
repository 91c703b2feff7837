"""What a reporter says about the handling, and that no more letters are wanted."""

from dataclasses import dataclass
from uuid import UUID

from portal.audit.trail import record
from portal.feedback.service import get_own
from portal.infra.uow import unit_of_work
from portal.intake.addresses import stop_letters
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken

MOST_STARS = 5


@dataclass(frozen=True, slots=True)
class RateHandling:
    """Two answers from 1 (no) to 5 (yes): was the report answered; were you treated well."""

    report_id: UUID
    answered: int
    treated: int


def rate_handling(command: RateHandling, *, actor: Actor) -> None:
    """Keep two answers about a finished report; the last ones given count (U29)."""
    for stars in (command.answered, command.treated):
        if not 1 <= stars <= MOST_STARS:
            raise RuleBroken("rating-out-of-range")
    with unit_of_work(actor) as uow:
        report = get_own(uow, command.report_id)
        if report.result_number == 0:
            raise RuleBroken("no-result-yet")
        report.rating_answered, report.rating_treated = command.answered, command.treated
        record(uow, "report.rate", "report", report.id)


def stop_being_told(report_id: UUID, *, actor: Actor) -> None:
    """Destroy the address for letters, as its owner wants; the report goes on as it was."""
    with unit_of_work(actor) as uow:
        report = get_own(uow, report_id)
        if stop_letters(uow, report.id):
            record(uow, "identity.stop-letters", "report", report.id)
