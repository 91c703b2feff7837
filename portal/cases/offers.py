"""What pages offer this reader: on a case, and on the report that is or could be in one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, may
from portal.cases.models import Case, CaseReport
from portal.cases.queries.access import in_scope
from portal.cases.queries.course import Course
from portal.cases.queries.oversight import Oversight
from portal.cases.queries.page import CaseFacts, CasePage
from portal.cases.queries.release import releases
from portal.cases.rules import (
    ENDS,
    MAY_JOIN,
    UNDOES,
    may_head,
    may_move,
    may_supervise,
    may_work,
    step_of,
)
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
    above: bool
    shares: bool
    tells: bool

    def include(self, act: str) -> bool:
        """Whether there is a button for this; some stand beside what is in the case."""
        beside = (
            (self.fills and act in BESIDE)
            or (self.shares and act in BESIDE_FOR_OTHERS)
            or (self.tells and act in BESIDE_A_FLASH)
            or (self.fills and self.heads and act in BESIDE_FOR_HEADS)
        )
        return beside or act in self.moves or act in self.acts


# Acts on something in an open case, whose buttons stand beside it.
BESIDE: Final = frozenset(
    {
        *("take_out", "strike_party", "strike_paper", "strike_edge"),
        *("record_advice", "send_again", "add_point"),
    }
)
# The same, where the units that take part may know of the case.
BESIDE_FOR_OTHERS: Final = frozenset({"give_member_task"})
# Beside a flash report that the unit of the case owes the office above, closed or not.
BESIDE_A_FLASH: Final = frozenset({"send_flash"})
BESIDE_FOR_HEADS: Final = frozenset(
    {"take_out_unseen", "end_member", "offer_again", "withdraw_offer"}
)


def offers_of(page: CasePage, course: Course, oversight: Oversight, actor: Actor) -> Offers:
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
        "record_meeting": works and open_,
        "add_note": works,
        "add_edge": works and open_ and len(page.parties) > 1,
        "add_member": heads and open_ and not page.closed_to_others,
        "follow": works and open_ and not page.closed_to_others,
        "offer_case": heads and open_ and not (facts.offered or page.closed_to_others),
        "ask_adviser": works and open_,
        "answer_all": works and any(one.waits for one in page.reports),
        **_above(page, oversight, actor),
        "extend": heads and open_ and course.clock is not None and course.clock.may_extend,
    }
    return Offers(
        moves=tuple(move for move in facts.open_actions if _offered(move, page, actor)),
        acts=tuple(act for act, offered in acts.items() if offered),
        works=works,
        heads=heads,
        fills=works and open_,
        above=_is_above(facts, oversight, actor),
        shares=works and open_ and page.seen_above,
        tells=works and not may_supervise(actor, unit) and any(_owed(oversight)),
    )


def _above(page: CasePage, oversight: Oversight, actor: Actor) -> dict[str, bool]:
    """What an office above may do with a case, and what the unit owes it."""
    facts = page.facts
    unit, open_, live = facts.department, facts.state is not CaseState.CLOSED, oversight.live
    above = _is_above(facts, oversight, actor)
    return {
        "supervise": open_ and live is None and may_supervise(actor, unit),
        "set_milestone": above,
        "release": not page.hand.had_it and _releases(page, oversight, actor),
        "report_progress": live is not None and not above and may_work(actor, unit),
        "direct": may_work(actor, unit),
    }


def _owed(oversight: Oversight) -> Iterator[bool]:
    """Of each flash report whether it was not sent yet."""
    return (one.sent_at is None for one in oversight.flashes)


def _is_above(facts: CaseFacts, oversight: Oversight, actor: Actor) -> bool:
    """Whether the actor belongs to the office that supervises the case now."""
    live = oversight.live
    return (
        live is not None
        and live.unit == actor.department
        and may_supervise(actor, facts.department)
    )


def _releases(page: CasePage, oversight: Oversight, actor: Actor) -> bool:
    live = oversight.live
    return live is not None and releases(page.released_by, page.facts.department, live.unit, actor)


def _offered(move: CaseAction, page: CasePage, actor: Actor) -> bool:
    """What would be refused is not offered; of papers and answers the page says what lacks."""
    facts, step = page.facts, step_of(current_place(), move)
    if facts.decision_stands and move in UNDOES:
        return False
    if step.decision and not facts.decision_stands:
        return False
    if (facts.supervised or facts.referred or facts.offered) and move in ENDS:
        return False
    return may_move(actor, move, step, facts.department) and move not in page.barred


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
