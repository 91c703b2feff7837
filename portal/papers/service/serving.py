"""That a paper was served: on whom, how, by whom; and taking back what was written down wrongly."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from portal.audit.trail import record
from portal.cases.models import Case, CasePaper
from portal.cases.queries.access import context_of, key_of
from portal.cases.service.in_hand import take, today, touch
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.papers.models import MadePaper, PaperService
from portal.papers.rules import demand_day, demand_service
from portal.papers.service.in_hand import get_paper
from portal.papers.states import PaperState, ServiceWay


@dataclass(frozen=True, slots=True)
class RecordService:
    """How a paper reached its party; `served_on` is the day on which it counts as served."""

    number: str
    paper_id: UUID
    way: ServiceWay
    served_on: date
    to_whom: str = field(repr=False)
    by_whom: str = field(repr=False)
    refused: bool = False
    witness: str = field(default="", repr=False)
    consent: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class StrikeService:
    """Taking back a service that was written down wrongly; it stays in the file, struck out."""

    number: str
    paper_id: UUID
    service_id: UUID
    seen_version: int | None = None


def record_service(command: RecordService, *, actor: Actor) -> None:
    """Write down a service, from which on what the kind of paper says runs.

    Raises RuleBroken for a paper that is not served or was struck out, for a day before it was made
    or to come, and for a service that would not hold (see `demand_service`).
    """
    said = {"witness": command.witness, "consent": command.consent}
    demand_service(command.way, refused=command.refused, **said)
    with unit_of_work(actor) as uow:
        case = take(uow, command.number, command.seen_version)
        made = _served_paper(uow, case, command.paper_id)
        demand_day(command.served_on, _issued_on(made), today(uow))
        service = PaperService(
            paper_id=made.id,
            way=command.way,
            served_on=command.served_on,
            refused=command.refused,
            body=b"",
            recorded_at=uow.now,
            recorded_by=actor.id,
        )
        said |= {"to_whom": command.to_whom, "by_whom": command.by_whom, "note": command.note}
        service.body = key_of(case).encrypt_json(said, context_of("paper_service.body", service.id))
        uow.session.add(service)
        _settle(uow, case, made, "serve", way=command.way)


def strike_service(command: StrikeService, *, actor: Actor) -> None:
    """Take a service back; a paper without another one has to be served again."""
    with unit_of_work(actor) as uow:
        case = take(uow, command.number, command.seen_version)
        made = get_paper(uow, case, command.paper_id)
        service = uow.session.get(PaperService, command.service_id)
        if service is None or service.paper_id != made.id or service.struck_at is not None:
            raise NotFound("service")
        service.struck_at = uow.now
        _settle(uow, case, made, "strike-service", way=service.way)


def _served_paper(uow: UnitOfWork, case: Case, paper_id: UUID) -> MadePaper:
    made = get_paper(uow, case, paper_id)
    if made.state is not PaperState.ISSUED or not made.to_serve:
        raise RuleBroken("paper-not-served")
    paper = uow.session.get_one(CasePaper, made.case_paper_id)
    if paper.struck_at is not None:
        raise RuleBroken("paper-struck")
    return made


def _issued_on(made: MadePaper) -> date:
    if made.issued_at is None:
        raise RuleBroken("paper-not-served")
    return local_date(current_place(), made.issued_at)


def _settle(uow: UnitOfWork, case: Case, made: MadePaper, act: str, *, way: ServiceWay) -> None:
    """Note the first day on which the paper counts as served, and what was done."""
    uow.session.flush()
    first = select(func.min(PaperService.served_on)).where(
        PaperService.paper_id == made.id, PaperService.struck_at.is_(None)
    )
    made.served_on = uow.session.scalar(first)
    record(uow, f"paper.{act}", "paper", made.id, way=way)
    record(uow, f"case.{act}", "case", case.id, form=made.form, made=made.id.hex, way=way)
    touch(uow, case)
