"""Reminding units of the tasks of plans: a number on the desk, noted in office hours only (B28)."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, text

from portal.audit.trail import record
from portal.campaigns.models import IS_TO_REMIND_OF, Campaign, CampaignPlan, CampaignTask
from portal.campaigns.states import PlanState, PlanTaskState
from portal.cases.rules import REMIND_DAYS
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.desks import at_the_desks_of
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.deadline import DayUnit, due_on

AT_ONCE: Final = 200


def remind_of_plan_tasks(*, actor: Actor) -> int:
    """Note the open tasks of current plans that are due soon; return how many.

    As with tasks of cases the desk counts them and a page lists them. Nothing outside office
    hours, nor on a day on which nobody works in the territory of the unit. Safe to run twice:
    each is noted once.
    """
    place, now = current_place(), datetime.now(UTC)
    day = local_date(place, now)
    near = at_the_desks_of(
        *(CampaignTask.department_code, place, now),
        lambda days: CampaignTask.due_on <= due_on(day, REMIND_DAYS, DayUnit.WORKING, days).on,
    )
    if near is None:
        return 0
    wanted = (
        select(CampaignTask.id)
        .join(Campaign, Campaign.id == CampaignTask.campaign_id)
        .join(CampaignPlan, CampaignPlan.id == Campaign.plan_id)
        .where(
            CampaignTask.id.in_(select(CampaignTask.id).where(text(IS_TO_REMIND_OF))),
            near,
            CampaignPlan.state == PlanState.CURRENT,
        )
        .order_by(CampaignTask.due_on, CampaignTask.id)
        .limit(AT_ONCE)
    )
    found = db.session.scalars(wanted).all()
    for task_id in found:
        with unit_of_work(actor) as uow:
            _remind(uow, task_id)
    return len(found)


def _remind(uow: UnitOfWork, task_id: UUID) -> None:
    task = uow.session.get_one(CampaignTask, task_id, with_for_update=True)
    if task.reminded_at is None and task.state is PlanTaskState.OPEN:
        task.reminded_at = uow.now
        plan = uow.session.get_one(Campaign, task.campaign_id).plan_id
        record(uow, "plan.remind-task", "plan", plan, task=task.id.hex)
