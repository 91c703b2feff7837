"""Cases as a unit has them, brought by the real services into the state a test needs."""

from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import select

from portal.cases.models import Case
from portal.cases.rules import step_of
from portal.cases.service.filling import WaivePaper, waive_paper
from portal.cases.service.moving import MoveCase, move_case
from portal.cases.service.opening import OpenCase, open_case
from portal.cases.states import CaseAction, CaseEnding
from portal.infra.database import db
from portal.intake.models import Report
from portal.intake.rules import local_date
from portal.intake.states import ReportState
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from tests.factories.casework import make_head, make_officer
from tests.factories.decisions import make_decision
from tests.factories.intake import make_report

ENDINGS = {
    CaseAction.CLOSE: CaseEnding.PENALTY_CARRIED_OUT,
    CaseAction.DROP: CaseEnding.NO_BREACH,
}
TITLE = "湖塘某音像店销售盗版光盘案"


def make_case(
    *reports: Report, officer: Actor | None = None, head: Actor | None = None, upto: str = ""
) -> str:
    """The number of a saved case on these reports; `upto` names the last moves, by spaces."""
    officer = officer or make_officer()
    given = reports or (make_report(state=ReportState.ACCEPTED, officer=officer),)
    order = OpenCase([one.reference for one in given], TITLE, "货架上有盗版光盘。")
    number = open_case(order, actor=officer)
    for move in upto.split():
        make_move(number, CaseAction(move), head or make_head())
    return number


def make_move(number: str, action: CaseAction, head: Actor) -> None:
    """A move by the head, another of whom does without the papers that it asks for."""
    step = step_of(current_place(), action)
    if step.decision and not _decided(number):
        make_decision(number)
    other = make_head(head.department or "") if step.groups else head
    for group in step.groups:
        waive_paper(WaivePaper(number, group[0], "测试不附"), actor=other)
    move_case(MoveCase(number, action, ENDINGS.get(action), "理由"), actor=head)


def _decided(number: str) -> bool:
    """Whether a decision of the case stands."""
    standing = select(Case.decision_stands).where(Case.number == number)
    return bool(db.session.scalar(standing))


def today() -> date:
    """The day it is at the place."""
    return local_date(current_place(), datetime.now(UTC))


def get_case_id(number: str) -> UUID:
    """The id of a case."""
    return db.session.scalars(select(Case.id).where(Case.number == number)).one()
