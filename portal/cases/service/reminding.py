"""Reminding of tasks whose day is near: a number on the desk, noted in office hours only."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select, text

from portal.audit.trail import record
from portal.cases.models import IS_TO_REMIND_OF, Case, CaseTask
from portal.cases.rules import REMIND_DAYS
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.desks import at_the_desks_of
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.deadline import DayUnit, due_on

AT_ONCE: Final = 200


def remind_of_tasks(*, actor: Actor) -> int:
    """Note the tasks of open cases that are due soon; return how many.

    Nobody is told what a task is: their desk counts it, and its page lists it. Nothing outside
    the office hours of the unit. Safe to run twice: each is noted once.
    """
    place, now = current_place(), datetime.now(UTC)
    day = local_date(place, now)
    near = at_the_desks_of(
        *(Case.department_code, place, now),
        lambda days: CaseTask.due_on <= due_on(day, REMIND_DAYS, DayUnit.WORKING, days).on,
    )
    if near is None:
        return 0
    found = db.session.scalars(
        select(CaseTask.id)
        .join(Case, Case.id == CaseTask.case_id)
        .where(text(IS_TO_REMIND_OF), near, Case.ending.is_(None))
        .order_by(CaseTask.due_on, CaseTask.id)
        .limit(AT_ONCE)
    ).all()
    for task_id in found:
        with unit_of_work(actor) as uow:
            task = uow.session.get_one(CaseTask, task_id, with_for_update=True)
            if task.reminded_at is None and task.done_at is None:
                task.reminded_at = uow.now
                record(uow, "case.remind-task", "case", task.case_id, task=task.id.hex)
    return len(found)
