"""Who releases a case from supervision: the office that supervises it, or whoever is left to."""

from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.access.permissions import GRANTS, Permission
from portal.accounts.models import Account, AccountRole
from portal.cases.models import Case, CaseReport
from portal.cases.queries.access import codes_inside, is_ordinary
from portal.cases.queries.steps import handlers_of
from portal.cases.rules import may_head, may_supervise
from portal.intake.lead_models import ReportExclusion
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role

_RELEASING: Final = tuple(
    one for one in Role if Permission.SUPERVISE_CASES in GRANTS.get(one, frozenset())
)


def is_left_to_those_above(session: Session, case: Case, office: str) -> bool:
    """Whether nobody of the supervising office may release: each had a part, or must not know."""
    handlers = handlers_of(session, case)
    had_it = select(Account.person_id).where(Account.id.in_(handlers))
    excluded = (
        select(ReportExclusion.account_id)
        .join(CaseReport, CaseReport.report_id == ReportExclusion.report_id)
        .where(CaseReport.case_id == case.id)
    )
    may = exists().where(
        AccountRole.account_id == Account.id,
        AccountRole.role.in_(_RELEASING),
        Account.department == office,
        Account.disabled_at.is_(None),
        Account.person_id.not_in(had_it),
        Account.id.not_in(excluded),
    )
    return not session.scalar(select(may))


def is_above(actor: Actor, office: str) -> bool:
    """Whether somebody answers for a region in which another office lies."""
    own = actor.region or (actor.department or "").partition("@")[2]
    inside = codes_inside(current_place().version, own) if own else ()
    return actor.department != office and office.partition("@")[2] in inside


def releases(session: Session, case: Case, office: str, actor: Actor) -> bool:
    """Whether it is for the actor to release a case that this office supervises.

    Once few may know of it (F21) no office above sees it: its head does, or it could never end.
    """
    if not is_seen_above(session, case):
        return may_head(actor, case.department_code)
    if not may_supervise(actor, case.department_code):
        return False
    if actor.department == office:
        return True
    return is_above(actor, office) and is_left_to_those_above(session, case, office)


def is_seen_above(session: Session, case: Case) -> bool:
    """Whether offices above may know of a case."""
    return session.scalar(select(Case.id).where(Case.id == case.id, is_ordinary())) is not None
