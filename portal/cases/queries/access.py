"""Which cases somebody may see: one rule in SQL that lists and single reads carry."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.access.permissions import Permission, may
from portal.cases.models import Case, CaseReport
from portal.cases.queries.regions import lies_in
from portal.cases.queries.sight import kept_in_sight
from portal.infra.vault import ContentKey, vault
from portal.intake.lead_models import ReportExclusion
from portal.intake.models import Report
from portal.intake.queries import kept_from
from portal.kernel.actor import Actor, ActorKind, Role
from portal.kernel.errors import Disposed, MoveRefused, NotFound

# What a report became after it was put into the case counts as well.
_HAS_CLOSED_REPORT = exists().where(
    CaseReport.case_id == Case.id,
    Report.id == CaseReport.report_id,
    or_(Report.restricted, Report.conflict),
)
# The cases that more than the unit may know of: nothing of them is restricted, or about it.
ORDINARY = and_(Case.restricted.is_(False), Case.conflict.is_(False), ~_HAS_CLOSED_REPORT)


def in_scope(actor: Actor) -> ColumnElement[bool]:
    """The cases this actor may read; what was disposed of is in nobody's scope."""
    return and_(Case.disposed_at.is_(None), ever_in_scope(actor))


def ever_in_scope(actor: Actor) -> ColumnElement[bool]:
    """The cases this actor may read, those that were disposed of with them.

    - a member of a unit who works on cases sees those of the unit;
    - a supervisor sees the ordinary cases of the region, and of those in which the unit that has
      them is complained of, what the own office supervises (see `kept_in_sight`);
    - nobody sees a case one of whose reports they must not know of (F13), now or earlier.
    """
    if actor.kind in {ActorKind.SYSTEM, ActorKind.OPERATOR}:
        return true()
    if actor.kind is not ActorKind.STAFF or actor.department is None:
        return false()
    if not may(actor, Permission.WORK_CASES):
        return false()
    seen: list[ColumnElement[bool]] = [Case.department_code == actor.department]
    if Role.SUPERVISOR in actor.roles:
        region = actor.region or actor.department.partition("@")[2]
        sight = or_(ORDINARY, kept_in_sight(actor.department, region))
        seen.append(and_(sight, lies_in(Case.region, region)))
    return and_(or_(*seen), ~concerns(actor, Case.id))


def concerns(actor: Actor, case_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Whether somebody must not know of a report of the case with this id (F13)."""
    return exists().where(
        CaseReport.case_id == case_id,
        ReportExclusion.report_id == CaseReport.report_id,
        kept_from(actor),
    )


def excluded_from(case: Case) -> Select[UUID]:
    """The persons who must not know of a report of the case."""
    of_case = CaseReport.report_id == ReportExclusion.report_id
    return (
        select(ReportExclusion.person_id)
        .join(CaseReport, of_case)
        .where(CaseReport.case_id == case.id)
    )


def get_case(session: Session, number: str, actor: Actor, *, for_update: bool = False) -> Case:
    """The case with this number; NotFound if there is none or none that the actor may see."""
    wanted = select(Case).where(Case.number == number, in_scope(actor))
    case = session.scalar(wanted.with_for_update() if for_update else wanted)
    if case is None:
        raise _missing(session, number, actor)
    return case


def _missing(session: Session, number: str, actor: Actor) -> NotFound:
    """Why there is no case with this number: Disposed, for whoever might have seen it."""
    wanted = select(Case.id).where(
        Case.number == number, Case.disposed_at.is_not(None), ever_in_scope(actor)
    )
    gone = session.scalar(wanted)
    return NotFound("case") if gone is None else Disposed("disposed", record=gone.hex)


def is_in_scope(session: Session, case: Case, actor: Actor) -> bool:
    """Whether somebody may see a case."""
    wanted = select(Case.id).where(Case.id == case.id, in_scope(actor))
    return session.scalar(wanted) is not None


def is_ordinary(session: Session, case: Case) -> bool:
    """Whether offices above may know of a case."""
    return session.scalar(select(Case.id).where(Case.id == case.id, ORDINARY)) is not None


def demand_version(case: Case, seen: int | None) -> None:
    """Refuse to act on a page that is out of date, so that nobody overwrites unseen."""
    if seen is not None and case.version != seen:
        raise MoveRefused("changed-meanwhile", subject="case", state=case.state)


def key_of(case: Case) -> ContentKey:
    """The key everything of this case is encrypted under; NotFound once it was disposed of."""
    if case.disposed_at is not None:
        raise NotFound("erased")
    return vault().open_key(case.content_key)


def context_of(part: str, own: UUID) -> str:
    """The one place something of a case may stand in, such as `case_note.body:<uuid>`."""
    return f"{part}:{own}"
