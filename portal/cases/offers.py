"""What pages offer this reader: on a case, and on the report that is or could be in one."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, may
from portal.cases.models import Case, CaseReport
from portal.cases.queries.access import in_scope
from portal.cases.queries.page import CaseFacts, CasePage
from portal.cases.rules import MAY_JOIN, UNDOES, may_head, may_move, may_work, step_of
from portal.cases.states import CaseAction, CaseState
from portal.intake.states import ReportState
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Offers:
    """The buttons of the page of a case; `moves` come from the lifecycle only, in its order."""

    moves: tuple[CaseAction, ...]
    acts: tuple[str, ...]
    works: bool
    heads: bool
    fills: bool


def offers_of(page: CasePage, actor: Actor) -> Offers:
    """What the actor may do with a case as it stands."""
    facts, place = page.facts, current_place()
    unit, open_ = facts.department, facts.state is not CaseState.CLOSED
    works, heads = may_work(actor, unit), may_head(actor, unit)
    acts = {
        "describe": works and open_,
        "add_report": works and open_,
        "grade": works and open_,
        "assign": heads and open_,
        "add_party": works and open_,
        "add_paper": works and open_ and bool(place.papers),
        "waive_paper": heads and open_ and bool(place.papers),
        "give_task": works and open_,
        "add_note": works,
    }
    return Offers(
        moves=tuple(move for move in facts.open_actions if _offered(move, facts, actor)),
        acts=tuple(act for act, offered in acts.items() if offered),
        works=works,
        heads=heads,
        fills=works and open_,
    )


def _offered(move: CaseAction, facts: CaseFacts, actor: Actor) -> bool:
    """Whoever has the case is not offered what somebody else confirms."""
    if facts.decision_stands and move in UNDOES:
        return False
    step = step_of(current_place(), move)
    own = facts.handler_id is not None and facts.handler_id == actor.id
    return may_move(actor, move, step, facts.department) and not (step.confirmed and own)


@dataclass(frozen=True, slots=True)
class CaseOfReport:
    """The case of a report, as far as the reader may know of it, and whether one may be opened."""

    number: str | None = None
    state: CaseState | None = None
    opens: bool = False


def case_of_report(
    session: Session, report_id: UUID, state: ReportState, unit: str | None, actor: Actor
) -> CaseOfReport:
    """What the page of a report in the reader's scope says about its case."""
    if not may(actor, Permission.WORK_CASES):
        return CaseOfReport()
    row = session.execute(
        select(Case.number, Case.state, in_scope(actor).label("seen"))
        .join(CaseReport, CaseReport.case_id == Case.id)
        .where(CaseReport.report_id == report_id, CaseReport.left_at.is_(None))
    ).first()
    if row is None:
        return CaseOfReport(opens=state in MAY_JOIN and unit is not None and may_work(actor, unit))
    return CaseOfReport(row.number, row.state) if row.seen else CaseOfReport()
