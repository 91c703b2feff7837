"""Flash reports: a major case is told upward at once; sent, received and read have their times."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.cases.models import Case
from portal.cases.oversight_models import FlashReport
from portal.cases.queries.access import context_of, get_case, key_of
from portal.cases.rules import Weight, demand_supervision, major_grounds, may_supervise
from portal.cases.service.in_hand import take, touch
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted


@dataclass(frozen=True, slots=True)
class SendFlash:
    """What the office above is told of a major case."""

    number: str
    which: UUID
    text: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class ReceiveFlash:
    """That the office above has a flash report."""

    number: str
    which: UUID


def demand_flash(uow: UnitOfWork, case: Case) -> None:
    """Ask for a flash report if a rule of the place makes this a major case by now.

    Once for each rule. One that no office above may know of is told to none.
    """
    if case.restricted or case.conflict:
        return
    weight = Weight(case.amount, case.copies, case.factors, police=case.referred_at is not None)
    grounds = major_grounds(current_place().major_rules, weight)
    earlier = uow.session.scalars(select(FlashReport.grounds).where(FlashReport.case_id == case.id))
    known = {code for codes in earlier for code in codes}
    fresh = [code for code in grounds if code not in known]
    if fresh:
        asked = FlashReport(case_id=case.id, grounds=fresh, demanded_at=uow.now)
        uow.session.add(asked)
        record(uow, "case.demand-flash", "case", case.id, grounds=" ".join(fresh))


def send_flash(command: SendFlash, *, actor: Actor) -> None:
    """Tell the office above; MoveRefused for what was sent already.

    Raises NotPermitted for that office itself, which would confirm what it has written.
    """
    with unit_of_work(actor) as uow:
        case = take(uow, command.number, command.seen_version)
        if may_supervise(actor, case.department_code):
            raise NotPermitted("not-your-case")
        asked = _get(uow, case, command.which)
        if asked.sent_at is not None:
            raise MoveRefused("done-already", subject="case", state=case.state)
        asked.sent_at, asked.sent_by = uow.now, actor.id
        asked.body = key_of(case).encrypt_text(
            command.text, context_of("case_flash.body", asked.id)
        )
        record(uow, "case.send-flash", "case", case.id, flash=asked.id.hex)
        touch(uow, case)


def receive_flash(command: ReceiveFlash, *, actor: Actor) -> None:
    """Confirm that the office above has it; MoveRefused once it was, or before the sending."""
    with unit_of_work(actor) as uow:
        case = get_case(uow.session, command.number, actor, for_update=True)
        asked = _get(uow, case, command.which)
        demand_supervision(actor, case.department_code)
        if asked.sent_at is None or asked.received_at is not None:
            raise MoveRefused("done-already", subject="case", state=case.state)
        _received(uow, case, asked)
        touch(uow, case)


def open_flash(number: str, which: UUID, *, actor: Actor) -> None:
    """Note that the office above reads a flash report, and thereby has it; nothing for others."""
    demand(actor, Permission.WORK_CASES)
    with unit_of_work(actor) as uow:
        case = get_case(uow.session, number, actor, for_update=True)
        asked = _get(uow, case, which)
        if asked.sent_at is None:
            raise NotFound("flash")
        if not may_supervise(actor, case.department_code) or asked.read_at is not None:
            return
        if asked.received_at is None:
            _received(uow, case, asked)
        asked.read_at, asked.read_by = uow.now, actor.id
        record(uow, "case.read-flash", "case", case.id, flash=asked.id.hex)
        touch(uow, case)


def _received(uow: UnitOfWork, case: Case, asked: FlashReport) -> None:
    asked.received_at, asked.received_by = uow.now, uow.actor.id
    record(uow, "case.receive-flash", "case", case.id, flash=asked.id.hex)


def _get(uow: UnitOfWork, case: Case, which: UUID) -> FlashReport:
    asked = uow.session.get(FlashReport, which, with_for_update=True)
    if asked is None or asked.case_id != case.id:
        raise NotFound("flash")
    return asked
