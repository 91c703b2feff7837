"""Reports with one and the same text, dealt with together: merged into the first, or closed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select

from portal.access.permissions import Permission, demand
from portal.accounts.queries import find_actor
from portal.audit.trail import record
from portal.casework.models import MassAct, mass_text_context
from portal.casework.queries.masses import waiting_in_mass
from portal.casework.rules import listed_reason
from portal.casework.service.closing import end_unrouted
from portal.casework.service.in_hand import take, touch
from portal.casework.service.merging import join
from portal.casework.states import MassActKind
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind, TaskState
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake import queries as reports
from portal.intake.models import Report
from portal.intake.states import ReportAction
from portal.jurisdiction.place import ReasonKind
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, PortalError, RuleBroken
from portal.triage.relations import lock_together
from portal.triage.states import LikenessReason

# So many are done while the person waits; more are a task, so many in one transaction.
AT_ONCE: Final = 50
TOGETHER: Final = 20

_PERMISSIONS: Final = {
    MassActKind.MERGE: Permission.RELATE_REPORTS,
    MassActKind.CLOSE: Permission.CLOSE_UNROUTED_REPORTS,
}


@dataclass(frozen=True, slots=True)
class OrderMassAct:
    """What is to be done to all reports with the text of this one; `expected` were on the page."""

    reference: str
    act: MassActKind
    expected: int
    reason: str | None = None
    text: str = field(default="", repr=False)


def order_mass_act(command: OrderMassAct, *, actor: Actor) -> int:
    """Merge or close all open reports of one text at one desk; return how many are still to do.

    Each is done, or refused, as if it were done by hand. Raises MoveRefused when there are not
    as many as the page has said, others once it is their turn, or an act on them that is under
    way; and RuleBroken where there is no mass or no such reason. What comes in later is left alone.
    """
    demand(actor, _PERMISSIONS[command.act])
    if command.act is MassActKind.CLOSE:
        reasons = current_place().reasons
        listed_reason(reasons, command.reason or "", ReasonKind.CLOSE_UNROUTED)
    with unit_of_work(actor) as uow:
        first = reports.get_report(uow.session, command.reference, actor)
        waiting = waiting_in_mass(uow.session, first, actor)
        # A task locks its own, some at a time.
        _lock(uow, first, waiting if len(waiting) <= AT_ONCE else ())
        still = waiting_in_mass(uow.session, first, actor)
        if still != waiting or len(waiting) != command.expected:
            raise MoveRefused("changed-meanwhile", subject="report", state=first.state)
        if _is_under_way(uow, first):
            raise MoveRefused("changed-meanwhile", subject="report", state=first.state)
        if len(waiting) <= 1:
            raise RuleBroken("no-mass")
        made = _write(uow, first, command, len(waiting))
        if len(waiting) > AT_ONCE:
            uow.task(TaskKind.CLEAR_MASS, made.id)
            return len(waiting)
        for reference in waiting:
            _do(uow, made, first, reference)
        _end(uow, made, first)
        return 0


def clear_mass(act_id: UUID, *, actor: Actor) -> None:
    """Do what was ordered for a mass of reports, some in each transaction, as who ordered it.

    Safe to run twice: what was merged or closed does not wait any more. Whoever is no longer
    there, or may no longer do it, does nothing by a task either.
    """
    made = db.session.get(MassAct, act_id, populate_existing=True)
    if made is None or made.ended_at is not None:
        return
    person = find_actor(db.session(), made.asked_by) if made.asked_by else None
    if person is not None:
        first = db.session.get_one(Report, made.first_id)
        waiting = waiting_in_mass(db.session(), first, person, until=made.asked_at)
        _begin(act_id, person)
        for start in range(0, len(waiting), TOGETHER):
            _do_some_that_wait(act_id, waiting[start : start + TOGETHER], person)
    with unit_of_work(person or actor) as uow:
        made = uow.session.get_one(MassAct, act_id)
        _end(uow, made, uow.session.get_one(Report, made.first_id))


def _write(uow: UnitOfWork, first: Report, command: OrderMassAct, total: int) -> MassAct:
    closing = command.act is MassActKind.CLOSE
    made = MassAct(
        first_id=first.id,
        act=command.act,
        reason=command.reason if closing else None,
        text=None,
        asked_by=uow.actor.id,
        asked_at=uow.now,
        total=total,
    )
    if closing and command.text:
        made.text = reports.key_of(first).encrypt_text(command.text, mass_text_context(made.id))
    uow.session.add(made)
    record(
        uow,
        "report.order-mass-act",
        "report",
        first.id,
        act=command.act,
        reason=made.reason,
        total=total,
    )
    return made


def _begin(act_id: UUID, person: Actor) -> None:
    """A second run counts anew what it is refused."""
    with unit_of_work(person, more_to_come=True) as uow:
        uow.session.get_one(MassAct, act_id).refused = 0


def _do_some_that_wait(act_id: UUID, references: Sequence[str], person: Actor) -> None:
    """Do some of the mass; if one was merged or parted meanwhile, once more those that still wait.

    If that happens again the task fails, and is handed out again: it looks anew at what waits.
    """
    try:
        _do_some(act_id, references, person)
    except MoveRefused:
        first = db.session.get_one(Report, db.session.get_one(MassAct, act_id).first_id)
        waiting = frozenset(waiting_in_mass(db.session(), first, person))
        _do_some(act_id, [one for one in references if one in waiting], person)


def _do_some(act_id: UUID, references: Sequence[str], person: Actor) -> None:
    with unit_of_work(person, more_to_come=True) as uow:
        made = uow.session.get_one(MassAct, act_id, with_for_update=True)
        first = uow.session.get_one(Report, made.first_id)
        _lock(uow, first, references)
        for reference in references:
            _do(uow, made, first, reference)
        touch(uow, first)


def _is_under_way(uow: UnitOfWork, first: Report) -> bool:
    """Whether a task has still to do something that was ordered for the mass."""
    pending = exists().where(Task.subject_id == MassAct.id, Task.state == TaskState.PENDING)
    ordered = select(MassAct.id).where(MassAct.first_id == first.id, pending)
    return uow.session.scalar(ordered.limit(1)) is not None


def _lock(uow: UnitOfWork, first: Report, references: Sequence[str]) -> None:
    """Lock the first report and what is about to be done, in the order that all others keep."""
    found = uow.session.scalars(select(Report.id).where(Report.reference.in_(references)))
    lock_together(uow, first.id, *found)


def _do(uow: UnitOfWork, made: MassAct, first: Report, reference: str) -> None:
    """One report of the mass; what a rule refuses stays as it is, and is counted."""
    try:
        if made.act is MassActKind.MERGE:
            _merge(uow, first, reference)
        else:
            _close(uow, made, first, reference)
    except PortalError:
        made.refused += 1
    else:
        made.done += 1


def _merge(uow: UnitOfWork, first: Report, reference: str) -> None:
    if reference == first.reference:
        return  # it leads
    demand(uow.actor, Permission.RELATE_REPORTS)
    one = reports.get_report(uow.session, reference, uow.actor, for_update=True)
    join(uow, first, one, reasons=(LikenessReason.SAME_TEXT,))


def _close(uow: UnitOfWork, made: MassAct, first: Report, reference: str) -> None:
    one = take(uow, reference, None, ReportAction.CLOSE_UNROUTED)
    one.lifecycle.after(one.state, ReportAction.CLOSE_UNROUTED)  # refused before anything changes
    reasons = current_place().reasons
    reason = listed_reason(reasons, made.reason or "", ReasonKind.CLOSE_UNROUTED)
    end_unrouted(uow, one, reason, _text(made, first))


def _text(made: MassAct, first: Report) -> str:
    if made.text is None:
        return ""
    return reports.key_of(first).decrypt_text(made.text, mass_text_context(made.id))


def _end(uow: UnitOfWork, made: MassAct, first: Report) -> None:
    made.ended_at = uow.now
    touch(uow, first)
    record(uow, "report.end-mass-act", "report", first.id, done=made.done, refused=made.refused)
