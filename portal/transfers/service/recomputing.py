"""Times of transfers to the police become certain when their year is loaded (F15)."""

from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.audit.trail import record
from portal.cases.models import Case
from portal.cases.service.recomputing import date_each
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place, forget_place
from portal.kernel.actor import Actor
from portal.transfers.referral_models import CaseReferral
from portal.transfers.service.police import decide_until
from portal.transfers.states import ReferralState

_REFERRALS: Final = select(CaseReferral.id, CaseReferral.case_id).where(
    CaseReferral.provisional, CaseReferral.state == ReferralState.PROPOSED
)


def recompute_referrals(version_id: UUID, *, actor: Actor) -> None:
    """Date the provisional times to decide by the calendar of the newest place.

    Safe to run twice, since a time comes out the same however often it is dated.
    """
    forget_place()
    dated = date_each(_REFERRALS, _date_again, actor)
    with unit_of_work(actor) as uow:
        record(uow, "pack.recompute-referrals", "pack", version_id, referrals=dated)


def _date_again(uow: UnitOfWork, case: Case, which: UUID) -> bool:
    made = uow.session.get_one(CaseReferral, which, with_for_update=True)
    if made.state is not ReferralState.PROPOSED:
        return False
    proposed = local_date(current_place(), made.proposed_at)
    end = decide_until(case.department_code, proposed)
    made.decide_by, made.provisional = end.on, end.provisional
    return True
