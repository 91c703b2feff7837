"""Who of a unit may be given a report."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, and_, func, select, text
from sqlalchemy.orm import Session

from portal.accounts.absences import Colleague, away, list_colleagues
from portal.accounts.models import Absence, Account, AccountRole
from portal.casework.queries.board import viewpoint
from portal.casework.rules import can_hold
from portal.intake import queries as reports
from portal.intake.models import IS_OPEN, Report
from portal.kernel.actor import Actor, Role


def list_officers(session: Session, reference: str, actor: Actor) -> list[Colleague]:
    """Everybody who may be given this report; NotFound outside the scope.

    Whom the report concerns is left out, as somebody who does not work there.
    """
    report = reports.get_report(session, reference, actor)
    apart_from = reports.excluded_from(report)
    return list_holders(session, report.department_code, actor, apart_from)


def list_holders(
    session: Session,
    department: str | None,
    actor: Actor,
    apart_from: Select[UUID] | None = None,
) -> list[Colleague]:
    """Everybody who may be given reports of a unit, by name, and until when they are away.

    `apart_from` are persons.
    """
    roles = [role for role in Role if can_hold({role}, department, department)]
    rows = session.execute(
        select(Account.id, Account.display_name, Absence.until_on)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .outerjoin(Absence, and_(Absence.account_id == Account.id, away(viewpoint(actor).today)))
        .where(
            Account.department == department,
            Account.disabled_at.is_(None),
            AccountRole.role.in_(roles),
            *(() if apart_from is None else (Account.person_id.not_in(apart_from),)),
        )
        .distinct()
        .order_by(Account.display_name, Account.id)
    )
    return [Colleague(row.id, row.display_name, row.until_on) for row in rows]


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member of a unit, and how many open reports they have there."""

    colleague: Colleague
    open: int


def list_members(session: Session, actor: Actor) -> list[MemberLine]:
    """Everybody of the actor's unit, with what each of them has open there."""
    unit = actor.department or ""
    held = (
        select(Report.handler_id, func.count())
        .where(
            text(IS_OPEN),
            Report.department_code == unit,
            Report.handler_id.is_not(None),
            reports.in_scope(actor),
        )
        .group_by(Report.handler_id)
    )
    counts = dict(session.execute(held).all())
    return [
        MemberLine(one, counts.get(one.id, 0))
        for one in list_colleagues(session, unit, viewpoint(actor).today)
    ]
