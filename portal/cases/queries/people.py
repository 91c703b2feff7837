"""Who may be given a case or a task of it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.absences import Colleague
from portal.cases.joint_models import CaseMember
from portal.cases.models import Case
from portal.cases.queries.access import ORDINARY, excluded_from, get_case
from portal.cases.queries.joint import lasts_on
from portal.casework.queries.board import viewpoint
from portal.casework.queries.staff import list_holders
from portal.kernel.actor import Actor


def list_owners(session: Session, number: str, actor: Actor) -> list[Colleague]:
    """Everybody of the unit who may have a part in this case; NotFound outside the scope."""
    return _owners(session, get_case(session, number, actor), actor)


def list_doers(
    session: Session, number: str, actor: Actor
) -> tuple[list[Colleague], Sequence[CaseMember]]:
    """The same people, and the units that take part while they may know of it.

    NotFound outside the scope.
    """
    case = get_case(session, number, actor)
    live = (CaseMember.case_id == case.id, lasts_on(viewpoint(actor).today), ORDINARY)
    members = select(CaseMember).join(Case, Case.id == CaseMember.case_id).where(*live)
    in_order = members.order_by(CaseMember.joined_at)
    return _owners(session, case, actor), session.scalars(in_order).all()


def _owners(session: Session, case: Case, actor: Actor) -> list[Colleague]:
    return list_holders(session, case.department_code, actor, excluded_from(case))
